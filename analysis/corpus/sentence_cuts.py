"""Cuts sentences that are too long, such as a whole file without blank lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.errors import AnalysisError
from analysis.formats.annotations import SENTENCE_ENDS, Annotations
from analysis.run.tags import OUTSIDE


def cut_sentences(annotations: Annotations, tags: Sequence[Sequence[str | None]], max_words: int) -> None:
    """Cut sentences of more than `max_words` words, and add a note on how many were cut.

    A cut is behind the last full stop, question or exclamation mark of the words that fit, else behind the last of
    them, but never inside an entity that fits. The parts of a sentence keep its id, document and line.

    Args:
        annotations: The sentences.
        tags: Their tags in BIO2.
        max_words: The largest number of words of a sentence.

    Raises:
        AnalysisError: `max_words` is less than 1.
    """
    if max_words < 1:
        raise AnalysisError(f"--max-sentence-words {max_words} is not valid. Give 1 or more.")
    if annotations.texts:
        annotations.notes.append("--max-sentence-words has no effect: the source has texts, which are not cut.")
        return
    whole = list(zip(annotations.ids, annotations.documents, annotations.words, annotations.tags, tags, strict=True))
    lines = list(annotations.lines)
    for each in (annotations.ids, annotations.documents, annotations.words, annotations.tags, annotations.lines):
        each.clear()
    cut = entities_cut = 0
    for row, (sentence_id, document, words, written, bio2) in enumerate(whole):
        is_inside = _inside_entities(bio2)
        bounds = list(_bounds(words, bio2, is_inside, max_words)) or [(0, 0)]
        cut += len(bounds) > 1
        entities_cut += sum(is_inside[start] for start, _ in bounds[1:])
        for start, stop in bounds:
            line = lines[row] if lines else None
            annotations.append(sentence_id, words[start:stop], written[start:stop], line, document)
    if cut:
        parts = len(annotations) - len(whole) + cut
        annotations.notes.append(f"Sentences of more than {max_words:,} words: {cut:,}, cut into {parts:,} parts.")
    if entities_cut:
        annotations.notes.append(f"Cuts inside entities that are longer than {max_words:,} words: {entities_cut:,}.")


def _inside_entities(tags: Sequence[str | None]) -> list[bool]:
    """Whether a cut before each word cuts an entity, which may continue after words without a tag."""
    inside = [False] * len(tags)
    continues = False
    for position in range(len(tags) - 1, -1, -1):
        tag = tags[position]
        continues = continues if tag is None else tag.startswith("I-")
        inside[position] = continues
    return inside


def _bounds(
    words: Sequence[str], tags: Sequence[str | None], is_inside: Sequence[bool], max_words: int
) -> Iterator[tuple[int, int]]:
    """The [start, end) of the parts of a sentence."""
    start = 0
    while start < len(words):
        stop = min(start + max_words, len(words))
        if stop < len(words):
            legal = [end for end in range(stop, start, -1) if not is_inside[end]]
            marks = (end for end in legal if words[end - 1] in SENTENCE_ENDS and tags[end - 1] in (None, OUTSIDE))
            stop = next(marks, None) or next(iter(legal), stop)
        yield start, stop
        start = stop
