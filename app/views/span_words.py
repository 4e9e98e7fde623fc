"""Which words a span covers, and which word stands for a span or for a sentence as the focus."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run


def span_bounds(run: Run, row: int) -> tuple[int, int]:
    """Word positions [start, end) that a ledger row covers with either of its spans."""
    spans = run.spans
    starts = [int(start[row]) for start in (spans.gold_start, spans.predicted_start) if start[row] >= 0]
    return min(starts), max(int(spans.gold_end[row]), int(spans.predicted_end[row]))


def span_focus_word(run: Run, row: int) -> int:
    """Row of the word of a ledger row that stands for it: the one with the largest loss."""
    start, end = span_bounds(run, row)
    first = int(run.sentences.first_word[run.spans.sentence[row]])
    losses = np.nan_to_num(run.words.loss[first + start : first + end], nan=-1.0)
    return first + start + int(np.argmax(losses))


def worst_word(run: Run, sentence: int) -> int | None:
    """Row of a sentence's word with the largest loss, which stands for it as the focus; None without words."""
    rows = run.sentence_words(sentence)
    if rows.stop == rows.start:
        return None
    return int(rows.start + np.argmax(np.nan_to_num(run.words.loss[rows], nan=-1.0)))
