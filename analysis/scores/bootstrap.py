"""Bootstrap over sentences: the sampling uncertainty of a score."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.run.run import Run
from analysis.run.run_cache import RunCache

Float64 = npt.NDArray[np.float64]
Int = npt.NDArray[np.integer[Any]]

RESAMPLES = 1_000
SEED = 20_240_229
LEVEL = 0.95
"""Confidence level of the intervals."""

_BLOCK = 1_024
"""Number of weights summed at once: few enough for a 16-bit sum."""
_WEIGHTS: RunCache[npt.NDArray[np.uint8]] = RunCache(1)


def _poisson_table() -> npt.NDArray[np.uint8]:
    """65,536 entries in which each number is as frequent as under Poisson(1)."""
    shares = np.cumsum([math.exp(-1) / math.factorial(k) for k in range(10)])
    return np.searchsorted(np.rint(shares * 65_536), np.arange(65_536), side="right").astype(np.uint8)


def _weights(run: Run) -> npt.NDArray[np.uint8]:
    """How often each resample contains each sentence, sentences x RESAMPLES: Poisson(1), drawn once per run.

    Independent Poisson(1) weights approximate the multinomial weights of resampling with replacement (Hanley and
    MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson frequencies"; Chamandy et al. 2012,
    "Estimating uncertainty for massive data streams").
    """

    def draw() -> npt.NDArray[np.uint8]:
        random = np.random.default_rng(SEED)
        shape = (len(run.sentences), RESAMPLES)
        return _poisson_table()[random.integers(0, 65_536, size=shape, dtype=np.uint16)]

    return _WEIGHTS.get(run, None, draw)


def resampled_counts(run: Run, sentences: Int, kinds: Int) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """The number of items of each kind in each resample of the run's sentences, kind by kind.

    Sums small integers instead of a matrix product, whose threads wait for each other on a busy machine.

    Args:
        run: The run.
        sentences: The sentence of each item, n.
        kinds: The kind of each item, n.

    Yields:
        Each kind that occurs, ascending, with its counts, RESAMPLES.
    """
    weights = _weights(run)
    order = np.argsort(kinds, kind="stable")
    occurring, firsts = np.unique(kinds[order], return_index=True)
    bounds = [*firsts.tolist(), len(order)]
    for kind, (start, stop) in zip(occurring.tolist(), pairwise(bounds), strict=True):
        counts = np.zeros(RESAMPLES, dtype=np.int64)
        for first in range(start, stop, _BLOCK):
            counts += weights[sentences[order[first : min(first + _BLOCK, stop)]]].sum(axis=0, dtype=np.uint16)
        yield kind, counts


def interval(samples: Float64) -> tuple[Float64, Float64]:
    """Lower and upper percentile of each column: the bounds of its interval at confidence LEVEL.

    Resamples in which a score is undefined (NaN, from 0 / 0) are ignored. If all are undefined, the bounds are NaN.

    Args:
        samples: RESAMPLES x columns.
    """
    ordered = np.sort(samples, axis=0)  # NaN comes last
    last = np.count_nonzero(~np.isnan(samples), axis=0) - 1
    columns = np.arange(samples.shape[1])

    def percentile(share: float) -> Float64:
        place = np.maximum(last, 0) * share
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(last, 0))
        low, high = ordered[below, columns], ordered[above, columns]
        value: Float64 = low + (high - low) * (place - below)
        return value

    return percentile((1 - LEVEL) / 2), percentile((1 + LEVEL) / 2)
