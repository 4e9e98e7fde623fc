"""Aligns words with subwords, and splits long sentences into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from analysis.errors import AnalysisError

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

ENCODING_BLOCK = 1024
"""Sentences per call of the tokenizer: enough for its threads, few enough to limit the memory for encodings."""
ABSENT = -1


@dataclass(frozen=True)
class SpecialTokens:
    """The special tokens around a sentence, and the segment ids (`token_type_ids`) of all tokens."""

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    prefix_segments: tuple[int, ...]
    suffix_segments: tuple[int, ...]
    segment: int

    @property
    def count(self) -> int:
        """Number of special tokens around each sentence."""
        return len(self.prefix) + len(self.suffix)


@dataclass(frozen=True)
class Subwords:
    """The subwords of a corpus in one sequence, without special tokens.

    Attributes:
        ids: int32, subwords: token ids.
        sentence_starts: int64, sentences + 1: first subword of each sentence.
        first: int64, words: the word's first subword, as an index into `ids`; ABSENT if it has none.
        counts: int64, words: number of subwords.
    """

    ids: Int32
    sentence_starts: Int64
    first: Int64
    counts: Int64


@dataclass(frozen=True)
class TextSubwords:
    """The subwords of a running text, without special tokens.

    Attributes:
        ids: int32, subwords: token ids.
        start: int64, subwords: the subword is text[start:end]; many tokenizers include the space before it.
        end: int64, subwords.
        piece: int64, subwords: the piece of the pre-tokenized text that it belongs to.
    """

    ids: Int32
    start: Int64
    end: Int64
    piece: Int64


@dataclass(frozen=True)
class Windows:
    """Parts of sentences as input to the tagger, in corpus order; each word with a subword is read in exactly one.

    Attributes:
        start: int64, windows: first subword, as an index into `Subwords.ids`.
        length: int64, windows: number of subwords, without special tokens.
        first_word: int64, windows: the words read here are those in [first_word, stop_word) that have a subword.
        stop_word: int64, windows.
        number: int64, windows: position among the windows of its sentence, from 0.
        per_sentence: int64, sentences: number of windows, at least 1.
    """

    start: Int64
    length: Int64
    first_word: Int64
    stop_word: Int64
    number: Int64
    per_sentence: Int64


class SubwordEncoder:
    """A fast tokenizer that tokenizes the words of a list.

    Attributes:
        known_word: A word that has subwords.
        leading_space: What the tokenizer needs before a word so that it is tokenized as inside a running text: a space,
            or nothing.
        spaced: Whether words get that space. Otherwise the tokenizer gets the list of words as it is.
        special_tokens: The special tokens around a sentence.
    """

    def __init__(self, tokenizer: Tokenizer, spaced: bool = True) -> None:
        # The saved settings of a tokenizer may truncate or pad, which would lose or shift words.
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.encode_special_tokens = tokenizer.encode_special_tokens
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.known_word = _known_word(self._tokenizer)
        self.leading_space = _leading_space(self._tokenizer, self.known_word)
        self.spaced = spaced or not self.leading_space
        self.special_tokens = _special_tokens(self._tokenizer, self.known_word)

    def encode(self, words: Sequence[str], offsets: Int64) -> Subwords:
        """Split the words of a corpus into subwords.

        Args:
            words: The words of all sentences.
            offsets: int64, sentences + 1: first word of each sentence.
        """
        before = self.leading_space if self.spaced else ""
        ids: list[npt.NDArray[np.int32]] = []
        word_of: list[npt.NDArray[np.int64]] = []
        lengths = np.zeros(len(offsets) - 1, np.int64)
        for block in range(0, len(lengths), ENCODING_BLOCK):
            bounds = offsets[block : block + ENCODING_BLOCK + 1].tolist()
            sentences = [[before + word for word in words[start:stop]] for start, stop in pairwise(bounds)]
            encodings = self._tokenizer.encode_batch(sentences, is_pretokenized=True, add_special_tokens=False)
            lengths[block : block + len(encodings)] = [len(encoding) for encoding in encodings]
            ids += [np.array(encoding.ids, np.int32) for encoding in encodings]
            word_of += [
                np.array(encoding.word_ids, np.int64) + start
                for encoding, start in zip(encodings, bounds[:-1], strict=True)
            ]
        flat_word_of = np.concatenate([np.zeros(0, np.int64), *word_of])
        begins = np.flatnonzero(np.diff(flat_word_of, prepend=-1))
        first = np.full(len(words), ABSENT, np.int64)
        first[flat_word_of[begins]] = begins
        return Subwords(
            ids=np.concatenate([np.zeros(0, np.int32), *ids]),
            sentence_starts=np.concatenate([[0], np.cumsum(lengths)]),
            first=first,
            counts=np.bincount(flat_word_of, minlength=len(words)),
        )

    def encode_text(self, text: str) -> TextSubwords:
        """Split a running text into subwords, in the same way as in the middle of a longer text."""
        encoding = self._tokenizer.encode(self.leading_space + text, add_special_tokens=False)
        bounds = np.array(encoding.offsets, np.int64).reshape(-1, 2) - len(self.leading_space)
        return TextSubwords(
            ids=np.array(encoding.ids, np.int32),
            start=np.maximum(bounds[:, 0], 0),
            end=bounds[:, 1],
            piece=np.array(encoding.word_ids, np.int64),
        )

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The tokens with these ids; an empty string for an unknown id."""
        return [self._tokenizer.id_to_token(number) or "" for number in ids]


def _known_word(tokenizer: Tokenizer) -> str:
    """A word that the tokenizer does not drop; one without an unknown token drops letters that it does not know."""
    if _ids(tokenizer, ["a"]):
        return "a"
    tokens = sorted(tokenizer.get_vocab(with_added_tokens=False).items(), key=lambda item: item[1])
    for token, _ in tokens:
        if _ids(tokenizer, [token]):
            return token
    raise AnalysisError("The tokenizer finds no subword in any text: its vocabulary is empty. Save it again.")


def _ids(tokenizer: Tokenizer, text: str | list[str]) -> list[int]:
    encoding = tokenizer.encode(text, is_pretokenized=isinstance(text, list), add_special_tokens=False)
    return list(encoding.ids)


def _leading_space(tokenizer: Tokenizer, word: str) -> str:
    """The prefix with which a word of a list is tokenized as inside a running text: a space, or nothing.

    Byte-level tokenizers include the space before a word in its first subword, and a word list has no spaces. Whether
    a tokenizer adds the space itself depends on its settings, so both ways are tried.
    """
    inside_text = _ids(tokenizer, f"{word} {word}")[len(_ids(tokenizer, word)) :]
    return next((space for space in ("", " ") if _ids(tokenizer, [space + word]) == inside_text), "")


def _special_tokens(tokenizer: Tokenizer, word: str) -> SpecialTokens:
    encoding: Any = tokenizer.encode([word], is_pretokenized=True, add_special_tokens=True)
    inside = [index for index, number in enumerate(encoding.word_ids) if number is not None]
    before, after = slice(0, inside[0]), slice(inside[-1] + 1, None)
    return SpecialTokens(
        prefix=tuple(encoding.ids[before]),
        suffix=tuple(encoding.ids[after]),
        prefix_segments=tuple(encoding.type_ids[before]),
        suffix_segments=tuple(encoding.type_ids[after]),
        segment=encoding.type_ids[inside[0]],
    )


def cut_windows(subwords: Subwords, offsets: Int64, capacity: int) -> Windows:
    """Split sentences longer than `capacity` subwords into windows that overlap by half.

    A word is read in the window where its first subword is farthest from the nearer cut (the ends of the sentence do
    not count as cuts). Windows in which no word is read, inside a very long word, are omitted.

    Args:
        subwords: The subwords of the corpus.
        offsets: int64, sentences + 1: first word of each sentence.
        capacity: Maximum number of subwords in a window, at least 1.
    """
    starts = subwords.sentence_starts
    lengths = np.diff(starts)
    per_sentence = np.ones(len(lengths), np.int64)
    whole = np.flatnonzero((lengths > 0) & (lengths <= capacity))
    pieces = [np.stack([starts[whole], lengths[whole], offsets[whole], offsets[whole + 1], np.zeros_like(whole)])]
    for sentence in np.flatnonzero(lengths > capacity):
        cuts = window_cuts(int(lengths[sentence]), capacity)
        per_sentence[sentence] = len(cuts)
        words = np.arange(offsets[sentence], offsets[sentence + 1])
        words = words[subwords.first[words] != ABSENT]
        window_of_word = _best_window(cuts, capacity, subwords.first[words] - starts[sentence])
        used, first, count = np.unique(window_of_word, return_index=True, return_counts=True)
        last = first + count - 1
        pieces.append(
            np.stack([starts[sentence] + cuts[used], np.full(len(used), capacity), words[first], words[last] + 1, used])
        )
    # Words are numbered in corpus order, so sorting by the first word gives corpus order.
    joined = np.concatenate(pieces, axis=1)
    start, length, first_word, stop_word, number = joined[:, np.argsort(joined[2], kind="stable")]
    return Windows(start, length, first_word, stop_word, number, per_sentence)


def window_cuts(length: int, capacity: int) -> Int64:
    """First subword of each window of a sentence of `length` subwords; the last window ends with the sentence."""
    if length <= capacity:
        return np.zeros(1, np.int64)
    step = max(1, capacity // 2)
    return np.append(np.arange(0, length - capacity, step), length - capacity)


def _best_window(cuts: Int64, capacity: int, positions: Int64) -> Int64:
    """The window in which each position has the most context on the side with less context (ties: the first).

    All windows have the same width, so the choice between two adjacent windows changes in the middle of their overlap.
    """
    midpoints = (cuts[:-1] + cuts[1:] + capacity - 1) / 2
    return np.searchsorted(midpoints, positions, side="left")
