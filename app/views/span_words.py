"""The words of a span, and the word to focus for a span or a sentence."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run


def span_bounds(run: Run, row: int) -> tuple[int, int]:
    """Word positions [start, end) that the gold and predicted span of a ledger row cover together."""
    spans = run.spans
    starts = [int(start[row]) for start in (spans.gold_start, spans.predicted_start) if start[row] >= 0]
    return min(starts), max(int(spans.gold_end[row]), int(spans.predicted_end[row]))


def span_focus_word(run: Run, row: int) -> int:
    """Row of the word to focus for a ledger row: its word with the largest loss."""
    start, end = span_bounds(run, row)
    first = int(run.sentences.first_word[run.spans.sentence[row]])
    losses = np.nan_to_num(run.words.loss[first + start : first + end], nan=-1.0)
    return first + start + int(np.argmax(losses))


def worst_word(run: Run, sentence: int) -> int | None:
    """Row of the word to focus for a sentence: its word with the largest loss; None without words."""
    rows = run.sentence_words(sentence)
    if rows.stop == rows.start:
        return None
    return int(rows.start + np.argmax(np.nan_to_num(run.words.loss[rows], nan=-1.0)))
