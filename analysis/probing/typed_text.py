"""Text that a person types, cut into words and subwords: every character stays where it was written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.taggers.huggingface.alignment import ABSENT, Int32, Int64, SubwordEncoder, Subwords, TextSubwords

CORPUS_SPACES, ONLY_SPACES, TOKENIZER = "corpus spaces", "only spaces", "tokenizer"
"""How typed text is split into words: see `splitting_of`."""

_CHUNK = re.compile(r"\S+")
_MARKS = "[,;!?،؛؟，；！？]"  # not the full stop, which belongs to abbreviations
_MARK_ALONE = f"^{_MARKS}+$"
_MARK_GLUED = rf"[\pL\pN]{_MARKS}+$"

_GLUED: RunCache[bool] = RunCache(1)
_VOCABULARY: RunCache[frozenset[str]] = RunCache(1)


class Word(NamedTuple):
    """A word and where it stands: text[start:end]."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class CutTexts:
    """Typed texts, cut.

    Attributes:
        words: Of each text.
        offsets: int64, texts + 1: first word of each text among the words of all.
        subwords: Of all texts, each a sentence.
    """

    words: tuple[tuple[Word, ...], ...]
    offsets: Int64
    subwords: Subwords


def splitting_of(run: Run, encoder: SubwordEncoder) -> str:
    """How text must be split for its words to be like those of the run's corpus.

    CORPUS_SPACES: at white space, since in the corpus more words end in a comma or the like (`Paris,`) than such marks
    are words of their own. Else TOKENIZER: as the tokenizer splits a text before it cuts subwords; but ONLY_SPACES for
    tokenizers that do not.
    """
    if _GLUED.get(run, None, lambda: _glues_punctuation(run)):
        return CORPUS_SPACES
    pieces = encoder.encode_text("a b").piece
    return TOKENIZER if len(set(pieces.tolist())) > 1 else ONLY_SPACES


def vocabulary_of(run: Run) -> frozenset[str]:
    """The words of the run's corpus, case-folded: written in a text as there, or in other case, they stay whole."""
    return _VOCABULARY.get(
        run, None, lambda: frozenset(word.casefold() for word in pc.unique(run.words.text).to_pylist())
    )


def _glues_punctuation(run: Run) -> bool:
    glued, alone = (
        pc.sum(pc.match_substring_regex(run.words.text, pattern)).as_py() or 0 for pattern in (_MARK_GLUED, _MARK_ALONE)
    )
    return bool(glued > alone)


def cut_texts(encoder: SubwordEncoder, texts: Sequence[str], splitting: str, kept: Collection[str] = ()) -> CutTexts:
    """Cut texts into words and these into subwords.

    Args:
        encoder: The tokenizer.
        texts: As they were written.
        splitting: See `splitting_of`.
        kept: Case-folded words (`vocabulary_of`): one that stands between spaces, in whatever case, stays whole, even
            if the tokenizer would split it. A text of nothing else is cut as a sentence of the corpus is.

    Returns:
        Words in order. Characters that the tokenizer drops are part of the word before them, or stand between words.
    """
    parts = [_cut(encoder, text, splitting, kept) for text in texts]
    starts = _running_total([len(part.ids) for part in parts])
    first = [
        np.where(part.first == ABSENT, ABSENT, part.first + start) for part, start in zip(parts, starts, strict=False)
    ]
    return CutTexts(
        words=tuple(part.words for part in parts),
        offsets=_running_total([len(part.words) for part in parts]),
        subwords=Subwords(
            ids=np.concatenate([np.zeros(0, np.int32), *(part.ids for part in parts)]),
            sentence_starts=starts,
            first=np.concatenate([np.zeros(0, np.int64), *first]),
            counts=np.concatenate([np.zeros(0, np.int64), *(part.counts for part in parts)]),
        ),
    )


@dataclass(frozen=True)
class _Part:
    """One text, cut; its arrays are those of `Subwords`."""

    words: tuple[Word, ...]
    ids: Int32
    first: Int64
    counts: Int64


def _cut(encoder: SubwordEncoder, text: str, splitting: str, kept: Collection[str]) -> _Part:
    chunks = tuple(Word(match.group(), *match.span()) for match in _CHUNK.finditer(text))
    if splitting != TOKENIZER or all(chunk.text.casefold() in kept for chunk in chunks):
        subwords = encoder.encode([chunk.text for chunk in chunks], np.array([0, len(chunks)]))
        return _Part(chunks, subwords.ids, subwords.first, subwords.counts)
    encoded = encoder.encode_text(text)
    found = _words_of(text, encoded, chunks, kept)
    first, counts = (np.array([row[column] for row in found], np.int64) for column in (1, 2))
    return _Part(tuple(word for word, _, _ in found), encoded.ids, first, counts)


def _running_total(lengths: Sequence[int]) -> Int64:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _words_of(
    text: str, subwords: TextSubwords, chunks: Sequence[Word], kept: Collection[str]
) -> list[tuple[Word, int, int]]:
    """Words, each with its first subword and how many it has.

    A word is what the tokenizer's own split leaves of what stands between spaces, with the characters after it that the
    tokenizer drops.
    """
    whole = {number for number, chunk in enumerate(chunks) if chunk.text.casefold() in kept}
    places = _places(text, subwords, [chunk.end for chunk in chunks])

    def key(place: _Place) -> tuple[int, int]:
        return place.chunk, -1 if place.chunk in whole else int(subwords.piece[place.subword])

    groups = [list(group) for _, group in groupby(places, key)]
    found: list[tuple[Word, int, int]] = []
    start = 0
    for group, following in zip_longest(groups, groups[1:]):
        chunk = chunks[group[0].chunk]
        goes_on = following is not None and following[0].chunk == group[0].chunk
        start = max(start, chunk.start)
        end = following[0].start if goes_on else chunk.end
        found.append((Word(text[start:end], start, end), group[0].subword, len(group)))
        start = end
    return found


class _Place(NamedTuple):
    """Where a subword of a word begins, and between which spaces it stands."""

    subword: int
    start: int
    chunk: int


def _places(text: str, subwords: TextSubwords, chunk_ends: Sequence[int]) -> list[_Place]:
    """The subwords of words, in order.

    A subword that is nothing but the space before a word belongs to that word, as the tokenizer's own split has it.
    Other subwords of white space are read by the tagger, but belong to no word.
    """
    places: list[_Place] = []
    piece = -1
    bounds = list(zip(subwords.start.tolist(), subwords.end.tolist(), subwords.piece.tolist(), strict=True))
    for number in range(len(bounds) - 1, -1, -1):
        start, end = _trimmed(text, *bounds[number][:2])
        if start < end:
            places.append(_Place(number, start, bisect_right(chunk_ends, start)))
            piece = bounds[number][2]
        elif bounds[number][2] == piece:
            places.append(_Place(number, places[-1].start, places[-1].chunk))
    return places[::-1]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds without white space, which many tokenizers count to the subword after it."""
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
