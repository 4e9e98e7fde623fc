"""Cuts sentences that are too long, such as a whole file without blank lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.corpus.tag_naming import NULL_TAGS
from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, RawTag
from analysis.run.tags import OUTSIDE

SENTENCE_ENDS = frozenset(".!?。！？…")


def cut_sentences(annotations: Annotations, max_words: int) -> None:
    """Cut sentences of more than `max_words` words, and add a note on how many were cut.

    A cut is behind the last full stop, question or exclamation mark of the words that fit, else behind the last of
    them, but never inside an entity that fits. The parts of a sentence keep its id, document and line.

    Raises:
        AnalysisError: `max_words` is less than 1.
    """
    if max_words < 1:
        raise AnalysisError(f"--max-sentence-words {max_words} is not valid. Give 1 or more.")
    if annotations.texts:
        annotations.notes.append("--max-sentence-words has no effect: the source has texts, which are not cut.")
        return
    whole = list(zip(annotations.ids, annotations.documents, annotations.words, annotations.tags, strict=True))
    lines = list(annotations.lines)
    for each in (annotations.ids, annotations.documents, annotations.words, annotations.tags, annotations.lines):
        each.clear()
    cut = 0
    for row, (sentence_id, document, words, tags) in enumerate(whole):
        bounds = list(_bounds(words, tags, max_words)) or [(0, 0)]
        cut += len(bounds) > 1
        for start, stop in bounds:
            line = lines[row] if lines else None
            annotations.append(sentence_id, words[start:stop], tags[start:stop], line, document)
    if cut:
        parts = len(annotations) - len(whole) + cut
        annotations.notes.append(f"Sentences of more than {max_words:,} words: {cut:,}, cut into {parts:,} parts.")


def _bounds(words: Sequence[str], tags: Sequence[RawTag], max_words: int) -> Iterator[tuple[int, int]]:
    """The [start, end) of the parts of a sentence."""
    start = 0
    while start < len(words):
        stop = min(start + max_words, len(words))
        if stop < len(words):
            fitting = range(stop, start, -1)
            marks = (end for end in fitting if words[end - 1] in SENTENCE_ENDS and _is_outside(tags[end - 1]))
            outside = (end for end in fitting if _is_outside(tags[end - 1]) or _is_outside(tags[end]))
            stop = next(marks, None) or next(outside, stop)
        yield start, stop
        start = stop


def _is_outside(tag: RawTag) -> bool:
    return tag in NULL_TAGS or str(tag).upper() == OUTSIDE
