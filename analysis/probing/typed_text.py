"""Splits typed text into words and subwords; character positions refer to the text as typed."""

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
"""How typed text is split into words; see `splitting_of`."""

_CHUNK = re.compile(r"\S+")
_MARKS = "[,;!?،؛؟，；！？]"  # not the full stop, which belongs to abbreviations
_MARK_ALONE = f"^{_MARKS}+$"
_MARK_GLUED = rf"[\pL\pN]{_MARKS}+$"

_GLUED: RunCache[bool] = RunCache(1)
_VOCABULARY: RunCache[frozenset[str]] = RunCache(1)


class Word(NamedTuple):
    """A word and its position: text[start:end]."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class CutTexts:
    """Typed texts, split.

    Attributes:
        words: The words of each text.
        offsets: int64, texts + 1: first word of each text, counted over all texts.
        subwords: The subwords of all texts; each text is one sentence.
    """

    words: tuple[tuple[Word, ...], ...]
    offsets: Int64
    subwords: Subwords


def splitting_of(run: Run, encoder: SubwordEncoder | None) -> str:
    """How to split text so that its words resemble those of the run's corpus.

    Args:
        run: The run.
        encoder: The tokenizer; None: the tagger splits texts into words itself.

    Returns:
        CORPUS_SPACES: at white space, because in the corpus punctuation marks are more often attached to a word
        (`Paris,`) than words of their own. Otherwise TOKENIZER: as the tokenizer pre-tokenizes text; ONLY_SPACES if it
        does not.
    """
    if _GLUED.get(run, None, lambda: _glues_punctuation(run)):
        return CORPUS_SPACES
    if encoder is None:
        return TOKENIZER
    pieces = encoder.encode_text("a b").piece
    return TOKENIZER if len(set(pieces.tolist())) > 1 else ONLY_SPACES


def vocabulary_of(run: Run) -> frozenset[str]:
    """The words of the run's corpus, case-folded. In typed text they are not split further."""
    return _VOCABULARY.get(
        run, None, lambda: frozenset(word.casefold() for word in pc.unique(run.words.text).to_pylist())
    )


def _glues_punctuation(run: Run) -> bool:
    glued, alone = (
        pc.sum(pc.match_substring_regex(run.words.text, pattern)).as_py() or 0 for pattern in (_MARK_GLUED, _MARK_ALONE)
    )
    return bool(glued > alone)


def cut_texts(encoder: SubwordEncoder, texts: Sequence[str], splitting: str, kept: Collection[str] = ()) -> CutTexts:
    """Split texts into words, and the words into subwords.

    Args:
        encoder: The tokenizer.
        texts: The texts as typed.
        splitting: See `splitting_of`.
        kept: Case-folded words (`vocabulary_of`): one between spaces, in any letter case, is not split, even if the
            tokenizer would split it. A text with only such words is tokenized like a sentence of the corpus.

    Returns:
        The words in order. Characters that the tokenizer drops belong to the word before them, or to no word.
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


def chunks_of(text: str) -> tuple[Word, ...]:
    """The parts of a text between white space."""
    return tuple(Word(match.group(), *match.span()) for match in _CHUNK.finditer(text))


@dataclass(frozen=True)
class _Part:
    """One text, split; its arrays are those of `Subwords`."""

    words: tuple[Word, ...]
    ids: Int32
    first: Int64
    counts: Int64


def _cut(encoder: SubwordEncoder, text: str, splitting: str, kept: Collection[str]) -> _Part:
    chunks = chunks_of(text)
    if splitting != TOKENIZER or all(chunk.text.casefold() in kept for chunk in chunks):
        return _of_words(encoder, chunks)
    encoded = encoder.encode_text(text)
    found = _words_of(text, encoded, chunks, kept)
    if not encoder.spaced:  # the text only says where words are; they are read as the corpus's are
        return _of_words(encoder, tuple(word for word, _, _ in found))
    first, counts = (np.array([row[column] for row in found], np.int64) for column in (1, 2))
    return _Part(tuple(word for word, _, _ in found), encoded.ids, first, counts)


def _of_words(encoder: SubwordEncoder, words: tuple[Word, ...]) -> _Part:
    subwords = encoder.encode([word.text for word in words], np.array([0, len(words)]))
    return _Part(words, subwords.ids, subwords.first, subwords.counts)


def _running_total(lengths: Sequence[int]) -> Int64:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _words_of(
    text: str, subwords: TextSubwords, chunks: Sequence[Word], kept: Collection[str]
) -> list[tuple[Word, int, int]]:
    """Words, each with its first subword and its number of subwords.

    A word is one piece of the tokenizer's pre-tokenization, but never contains spaces. Characters after it that the
    tokenizer drops belong to it.
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
        continues = following is not None and following[0].chunk == group[0].chunk
        start = max(start, chunk.start)
        end = following[0].start if continues else chunk.end
        found.append((Word(text[start:end], start, end), group[0].subword, len(group)))
        start = end
    return found


class _Place(NamedTuple):
    """The start of a subword of a word, and the chunk between spaces that contains it."""

    subword: int
    start: int
    chunk: int


def _places(text: str, subwords: TextSubwords, chunk_ends: Sequence[int]) -> list[_Place]:
    """The subwords of words, in order.

    A subword that consists only of the space before a word belongs to that word, as in the tokenizer's
    pre-tokenization. Other subwords of white space are read by the tagger but belong to no word.
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
    """The bounds without white space, which many tokenizers include in the following subword."""
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
