"""Windows of subwords as the tagger takes them, and which words are read where in them."""

from __future__ import annotations

import numpy as np

from analysis.alignment import ABSENT, Int64, Subwords, Windows
from analysis.tagger import Batch, Tagger


def words_read(subwords: Subwords, windows: Windows, batch: Int64) -> tuple[Int64, Int64, Int64]:
    """The words read in a batch, and at which row and subword of it."""
    counts = windows.stop_word[batch] - windows.first_word[batch]
    rows = np.repeat(np.arange(len(batch)), counts)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    words = windows.first_word[batch][rows] + within
    present = subwords.first[words] != ABSENT
    words, rows = words[present], rows[present]
    return words, rows, subwords.first[words] - windows.start[batch][rows]


def padded(tagger: Tagger, subwords: Subwords, windows: Windows, batch: Int64) -> Batch:
    """The windows with their special tokens, padded on the right whatever the tokenizer's habit.

    On the right no token's position depends on how long the batch's other windows are.
    """
    special = tagger.encoder.special_tokens
    begin = len(special.prefix)
    shape = (len(batch), int(windows.length[batch].max()) + special.count)
    input_ids = np.full(shape, tagger.pad_id, np.int64)
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
