"""Builds the tagger's input from windows of subwords, and maps words and subwords to their places in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analysis.taggers.huggingface.alignment import ABSENT, Int64, SubwordEncoder, Subwords, Windows


@dataclass(frozen=True)
class Batch:
    """Windows as input to the tagger, padded on the right: int64, windows x tokens."""

    input_ids: npt.NDArray[np.int64]
    attention_mask: npt.NDArray[np.int64]
    segments: npt.NDArray[np.int64]


class WindowReader(Protocol):
    """A model that reads windows: a tagger or an encoder."""

    @property
    def encoder(self) -> SubwordEncoder:
        """Its tokenizer."""
        ...

    @property
    def pad_id(self) -> int:
        """The padding token id."""
        ...


def words_read(subwords: Subwords, windows: Windows, batch: Int64) -> tuple[Int64, Int64, Int64]:
    """The words read in a batch, with the row and the column of the first subword of each."""
    counts = windows.stop_word[batch] - windows.first_word[batch]
    rows = np.repeat(np.arange(len(batch)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    words = windows.first_word[batch][rows] + within
    present = subwords.first[words] != ABSENT
    words, rows = words[present], rows[present]
    return words, rows, subwords.first[words] - windows.start[batch][rows]


@dataclass(frozen=True)
class SubwordsRead:
    """The words read in a batch, with all their subwords inside its windows.

    Attributes:
        words: int64, words: rows of the words.
        begins: int64, words: index of each word's first subword in the arrays below.
        subwords: int64, subwords: indices into `Subwords.ids`.
        rows: int64, subwords: window of the batch.
        columns: int64, subwords: position in that window.
    """

    words: Int64
    begins: Int64
    subwords: Int64
    rows: Int64
    columns: Int64


def subwords_read(subwords: Subwords, windows: Windows, batch: Int64) -> SubwordsRead:
    """The words read in a batch and their subwords; subwords outside the window of their word are not read."""
    words, rows, columns = words_read(subwords, windows, batch)
    counts = np.minimum(subwords.counts[words], windows.length[batch][rows] - columns)
    begins = np.cumsum(counts) - counts
    within = np.arange(counts.sum()) - np.repeat(begins, counts)
    return SubwordsRead(
        words=words,
        begins=begins,
        subwords=np.repeat(subwords.first[words], counts) + within,
        rows=np.repeat(rows, counts),
        columns=np.repeat(columns, counts) + within,
    )


def padded(reader: WindowReader, subwords: Subwords, windows: Windows, batch: Int64) -> Batch:
    """The windows with their special tokens, padded on the right regardless of the tokenizer's setting.

    With padding on the right, the position of a token does not depend on the other windows of the batch.
    """
    special = reader.encoder.special_tokens
    begin = len(special.prefix)
    shape = (len(batch), int(windows.length[batch].max()) + special.count)
    input_ids = np.full(shape, reader.pad_id, np.int64)
    attention_mask = np.zeros(shape, np.int64)
    segments = np.zeros(shape, np.int64)
    input_ids[:, :begin] = special.prefix
    segments[:, :begin] = special.prefix_segments
    for row, window in enumerate(batch):
        start, length = windows.start[window], windows.length[window]
        end = begin + length
        input_ids[row, begin:end] = subwords.ids[start : start + length]
        segments[row, begin:end] = special.segment
        input_ids[row, end : length + special.count] = special.suffix
        segments[row, end : length + special.count] = special.suffix_segments
        attention_mask[row, : length + special.count] = 1
    return Batch(input_ids, attention_mask, segments)
