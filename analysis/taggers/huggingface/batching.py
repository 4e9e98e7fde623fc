"""Batches of windows of like length, and the shards in which the forward pass is done and resumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BatchSize:
    """How much work goes into a batch and a shard, in tokens with padding."""

    batch: int
    shard: int


BATCH_SIZES = {
    # On a CPU small batches are faster: their activations stay in the cache.
    "cpu": BatchSize(batch=512, shard=16_384),
    "mps": BatchSize(batch=8_192, shard=131_072),
    "cuda": BatchSize(batch=65_536, shard=1_048_576),
}
"""By kind of device. A shard is a few seconds of work for a base-sized model."""


def plan_shards(lengths: Int64, size: BatchSize) -> list[list[Int64]]:
    """Group windows into batches of like length, and batches into shards; the same for the same input.

    The longest come first, so that memory use shows at once and is not outgrown.

    Args:
        lengths: int64, windows: tokens, special ones included.
        size: Most tokens of a batch, padding included (a longer window is a batch of its own), and least of a shard.

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
        if room <= 0:
            shards.append([])
            room = size.shard
        shards[-1].append(batch)
        room -= width * len(batch)
        start += len(batch)
    return shards
