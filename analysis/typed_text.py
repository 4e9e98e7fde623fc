"""Text that a person types, cut into words and subwords: every character stays where it was written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from analysis.alignment import ABSENT, SubwordEncoder, Subwords, TextSubwords
from analysis.run import Run
from analysis.run_cache import RunCache

CORPUS_SPACES, ONLY_SPACES, TOKENIZER = "corpus spaces", "only spaces", "tokenizer"
"""How typed text is split into words: see `splitting_of`."""

_CHUNK = re.compile(r"\S+")
_MARKS = "[,;!?،؛؟，；！？]"  # not the full stop, which belongs to abbreviations
_MARK_ALONE = f"^{_MARKS}+$"
_MARK_GLUED = rf"[\pL\pN]{_MARKS}+$"

_GLUED: RunCache[bool] = RunCache(1)


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
    offsets: np.ndarray[tuple[int], np.dtype[np.int64]]
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
        kept: Words of the corpus: one that stands between spaces stays whole, even if the tokenizer would split it.

    Returns:
        Words in order. Characters that the tokenizer drops stand between words, or are a word without subwords.
    """
    if splitting == TOKENIZER:
        return _as_tokenizer(encoder, texts, kept)
    words = tuple(tuple(Word(match.group(), *match.span()) for match in _CHUNK.finditer(text)) for text in texts)
    offsets = _offsets(words)
    return CutTexts(words, offsets, encoder.encode([word.text for part in words for word in part], offsets))


def _as_tokenizer(encoder: SubwordEncoder, texts: Sequence[str], kept: Collection[str]) -> CutTexts:
    encoded = [encoder.encode_text(text) for text in texts]
    groups = [_words_of(text, subwords, kept) for text, subwords in zip(texts, encoded, strict=True)]
    words = tuple(tuple(word for word, _, _ in part) for part in groups)
    starts = np.concatenate([[0], np.cumsum([len(subwords.ids) for subwords in encoded])]).astype(np.int64)
    first = [
        begin + start if count else ABSENT
        for begin, part in zip(starts.tolist(), groups, strict=False)
        for _, start, count in part
    ]
    subwords = Subwords(
        ids=np.concatenate([np.zeros(0, np.int32), *(subwords.ids for subwords in encoded)]),
        sentence_starts=starts,
        first=np.array(first, np.int64),
        counts=np.array([count for part in groups for _, _, count in part], np.int64),
    )
    return CutTexts(words, _offsets(words), subwords)


def _words_of(text: str, subwords: TextSubwords, kept: Collection[str]) -> list[tuple[Word, int, int]]:
    """Words, each with its first subword and how many it has.

    A word is what the tokenizer's own split leaves of what stands between spaces, with the characters after it that the
    tokenizer drops. Subwords of nothing but white space are read, but belong to no word.
    """
    chunks = list(_CHUNK.finditer(text))
    whole = {number for number, chunk in enumerate(chunks) if chunk.group() in kept}
    bounds = zip(subwords.start.tolist(), subwords.end.tolist(), strict=True)
    spans = [_trimmed(text, start, end) for start, end in bounds]
    solid = [number for number, (start, end) in enumerate(spans) if start < end]
    chunk_ends = [chunk.end() for chunk in chunks]
    chunk_of = np.searchsorted(chunk_ends, [spans[number][0] for number in solid], side="right").tolist()

    def key(pair: tuple[int, int]) -> tuple[int, int]:
        number, chunk = pair
        return chunk, -1 if chunk in whole else int(subwords.piece[number])

    groups = [(chunk, list(pairs)) for (chunk, _), pairs in groupby(zip(solid, chunk_of, strict=True), key)]
    found: list[tuple[Word, int, int]] = []
    start = -1
    for at, (chunk, pairs) in enumerate(groups):
        goes_on = at + 1 < len(groups) and groups[at + 1][0] == chunk
        start = max(start, chunks[chunk].start())
        end = spans[groups[at + 1][1][0][0]][0] if goes_on else chunks[chunk].end()
        found.append((Word(text[start:end], start, end), pairs[0][0], len(pairs)))
        start = end
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds without white space, which many tokenizers count to the subword after it."""
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())


def _offsets(words: Sequence[Sequence[Word]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate([[0], np.cumsum([len(part) for part in words])]).astype(np.int64)
