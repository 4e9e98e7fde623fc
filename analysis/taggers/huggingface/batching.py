"""Groups windows of similar length into batches, and batches into shards that can be resumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BatchSize:
    """The size of a batch and of a shard, in tokens including padding."""

    batch: int
    shard: int


BATCH_SIZES = {
    # On a CPU, small batches are faster because their activations fit in the cache.
    "cpu": BatchSize(batch=512, shard=16_384),
    "mps": BatchSize(batch=8_192, shard=131_072),
    "cuda": BatchSize(batch=65_536, shard=1_048_576),
}
"""Type of device -> sizes. A shard is a few seconds of work for a base-sized model."""


def plan_shards(lengths: Int64, size: BatchSize, padded: bool = True) -> list[list[Int64]]:
    """Group windows into batches of similar length, and batches into shards; the same for the same input.

    The longest windows come first, so that the peak of memory use is reached at once.

    Args:
        lengths: int64, windows: number of tokens, including special tokens.
        size: Maximum size of a batch, including padding (a longer window is a batch of its own), and minimum size of a
            shard.
        padded: Whether windows of different length may share a batch.

    Returns:
        Shards, each a list of batches, each an int64 array of window numbers, longest first.
    """
    order = np.argsort(-lengths, kind="stable")
    shards: list[list[Int64]] = []
    room = 0
    start = 0
    while start < len(order):
        width = int(lengths[order[start]])
        batch = order[start : start + max(1, size.batch // width)]
        if not padded:
            batch = batch[lengths[batch] == width]
        if room <= 0:
            shards.append([])
            room = size.shard
        shards[-1].append(batch)
        room -= width * len(batch)
        start += len(batch)
    return shards
