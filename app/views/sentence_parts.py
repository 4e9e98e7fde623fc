"""Sentences of a run as annotated segments."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from components import formats
from components.sentence import Segment, SpanMark, segments

BEFORE, AFTER = 3, 12
"""Words of context before and after a span in a one-line row."""


def sentence_segments(run: Run, sentence: int, focus: int | None = None) -> list[Segment]:
    """The segments of a whole sentence; `focus` is the row of the focused word."""
    rows = run.sentence_words(sentence)
    return _window(run, sentence, rows, focus)


def context_segments(run: Run, sentence: int, start: int, end: int, focus: int | None = None) -> list[Segment]:
    """The segments around positions [start, end) of a sentence, with an ellipsis where words are left out."""
    rows = run.sentence_words(sentence)
    window = slice(max(rows.start + start - BEFORE, rows.start), min(rows.start + end + AFTER, rows.stop))
    parts = _window(run, sentence, window, focus)
    ellipsis = Segment(words=("…",), first=-1)
    return [
        *([ellipsis] if window.start > rows.start else []),
        *parts,
        *([ellipsis] if window.stop < rows.stop else []),
    ]


def _window(run: Run, sentence: int, window: slice, focus: int | None) -> list[Segment]:
    offset = window.start - int(run.sentences.first_word[sentence])
    words = run.words.text.slice(window.start, window.stop - window.start).to_pylist()
    first, last = np.searchsorted(run.spans.sentence, [sentence, sentence + 1])
    marks = [span_mark(run, row, offset) for row in range(int(first), int(last))]
    inside = focus is not None and window.start <= focus < window.stop
    return segments(words, window.start, marks, focus - window.start if focus is not None and inside else -1)


def span_mark(run: Run, row: int, offset: int) -> SpanMark:
    """A ledger row, with bounds relative to word position `offset` of its sentence."""
    spans, types = run.spans, run.tag_set.types

    def side(start: int, end: int, code: int) -> tuple[tuple[int, int] | None, tuple[str, int] | None]:
        return (None, None) if code < 0 else ((start - offset, end - offset), (types[code], code))

    gold, gold_type = side(int(spans.gold_start[row]), int(spans.gold_end[row]), int(spans.gold_type[row]))
    predicted, predicted_type = side(
        int(spans.predicted_start[row]), int(spans.predicted_end[row]), int(spans.predicted_type[row])
    )
    return SpanMark(gold, gold_type, predicted, predicted_type, OUTCOMES[spans.outcome[row]])


def sentence_title(run: Run, word: int | None) -> str:
    """Number, id and length of a word's sentence."""
    if word is None:
        return ""
    sentence = int(run.words.sentence[word])
    source_row, sentence_id = int(run.sentences.source_row[sentence]), run.sentences.id[sentence].as_py()
    named = f" · {sentence_id}" if sentence_id != str(source_row) else ""
    return f"#{source_row}{named} · {formats.counted(int(run.sentences.word_count[sentence]), 'word')}"
