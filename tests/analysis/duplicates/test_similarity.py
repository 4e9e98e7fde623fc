"""Pairs and groups by cosine, against scikit-learn and scipy on the whole matrix."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import NearestNeighbors

from analysis.duplicates import similarity
from analysis.duplicates.similarity import (
    LEVELS,
    LOWEST,
    ROUNDING,
    Pairs,
    components,
    joined,
    level_of,
    levels_of,
    near_pairs,
    nearest_between,
    pairs_within,
    threshold_of,
)
from tests.conftest import REPOSITORY

SEVERAL_BLOCKS = 2_600
"""Rows that make several blocks in both directions with the blocks below."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "BLOCK_ROWS", 500)
    monkeypatch.setattr(similarity, "BLOCK_COLUMNS", 700)


def clusters(count: int, width: int = 24, spread: float = 0.35, seed: int = 0) -> np.ndarray:
    """Unit vectors around centres, some of them copies of others."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(max(count // 6, 1), width))
    vectors = centres[random.integers(len(centres), size=count)] + spread * random.normal(size=(count, width))
    vectors[random.integers(count, size=count // 20)] = vectors[0]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def by_scikit_learn(vectors: np.ndarray, threshold: float) -> set[tuple[int, int]]:
    """Pairs i < j whose cosine reaches a threshold."""
    search = NearestNeighbors(radius=1 - threshold, metric="cosine", algorithm="brute").fit(vectors)
    rows = search.radius_neighbors(vectors, return_distance=False)
    return {(i, int(j)) for i, near in enumerate(rows) for j in near if i < j}


def as_set(pairs: Pairs) -> set[tuple[int, int]]:
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert len(set(found)) == len(found), "no pair comes twice"
    return set(found)


@pytest.mark.parametrize("threshold", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("count", [0, 1, 2, 499, 500, 501, SEVERAL_BLOCKS])
def test_pairs_are_those_of_a_radius_search(count: int, threshold: float) -> None:
    vectors = clusters(count) if count else np.zeros((0, 24), np.float32)
    wanted = by_scikit_learn(vectors.astype(np.float64), threshold) if count else set()
    pairs = joined(list(pairs_within(vectors, threshold)))
    assert wanted <= as_set(pairs)
    if count:
        assert as_set(pairs) <= by_scikit_learn(vectors.astype(np.float64), threshold - 2 * ROUNDING)
    if count > 500:
        assert len(wanted) > 100
    exact = np.einsum("nd,nd->n", *(vectors[ends].astype(np.float64) for ends in (pairs.first, pairs.second)))
    np.testing.assert_allclose(pairs.cosine, exact, atol=1e-6)


def test_a_cosine_on_the_threshold_reaches_it() -> None:
    turn = np.arccos(0.95)
    vectors = np.array([[1, 0], [np.cos(turn), np.sin(turn)], [np.cos(2 * turn), np.sin(2 * turn)]], np.float32)
    assert as_set(joined(list(pairs_within(vectors, 0.95)))) == {(0, 1), (1, 2)}
    assert levels_of(np.array([0.95, 1.0, 0.8], np.float32)).tolist() == [level_of(0.95), LEVELS - 1, 0]


def test_levels_are_hundredths() -> None:
    assert [threshold_of(level) for level in range(LEVELS)] == [round(0.8 + n / 100, 2) for n in range(21)]
    assert [level_of(threshold_of(level)) for level in range(LEVELS)] == list(range(LEVELS))


@pytest.mark.parametrize("few", [200, 1 << 18], ids=["thinned", "gathered"])
@pytest.mark.parametrize("spread", [0.2, 0.6])
def test_the_forest_joins_what_the_pairs_join(spread: float, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity, "FEW", few)
    vectors = clusters(SEVERAL_BLOCKS, spread=spread, seed=3)
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    near = near_pairs(vectors, limit=10**9)
    assert len(near.links) < SEVERAL_BLOCKS
    for level in range(LEVELS):
        reached = np.triu(cosines >= threshold_of(level) - 1e-6, 1)
        assert near.counts[level] == reached.sum()
        groups, wanted = connected_components(reached, directed=False)
        found = components(near.links.at(levels_of(near.links.cosine) >= level), SEVERAL_BLOCKS)
        # The same partition: each of their components is one of ours.
        assert len(set(zip(wanted.tolist(), found.tolist(), strict=True))) == groups == found.max() + 1


def test_of_many_pairs_the_most_similar_are_kept() -> None:
    vectors = clusters(SEVERAL_BLOCKS, spread=0.3)
    every = joined(list(pairs_within(vectors, LOWEST)))
    kept = near_pairs(vectors, limit=300).most_similar
    assert len(every) > 1_000
    assert len(kept) == 300
    assert (np.diff(kept.cosine) <= 0).all()
    np.testing.assert_allclose(kept.cosine, np.sort(every.cosine)[::-1][:300], atol=2e-6)
    assert as_set(kept) <= as_set(every)
    assert as_set(near_pairs(vectors, limit=10**9).most_similar) == as_set(every)


def test_the_nearest_of_another_set() -> None:
    vectors, others = clusters(1_300, seed=1), clusters(1_500, seed=2)
    others[700] = vectors[3]
    nearest = nearest_between(vectors, others)
    distance, row = NearestNeighbors(n_neighbors=1, metric="cosine", algorithm="brute").fit(others).kneighbors(vectors)
    np.testing.assert_allclose(nearest.cosine, 1 - distance[:, 0], atol=1e-5)
    assert np.mean(nearest.row == row[:, 0]) > 0.99, "but for ties"
    assert nearest.row[3] == 700
    nothing = nearest_between(vectors[:2], others[:0])
    assert (nothing.row.tolist(), nothing.cosine.tolist()) == ([-1, -1], [-1.0, -1.0])


MEASURE = r"""
import json, re, sys
import numpy as np
from analysis.duplicates.similarity import near_pairs
count, spread = int(sys.argv[1]), float(sys.argv[2])
random = np.random.default_rng(0)
vectors = np.float32(1) + np.float32(spread) * random.normal(size=(count, 16)).astype(np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
near_pairs(vectors[:2000], 1000)  # all libraries are loaded
def peak():  # not ru_maxrss, which a process inherits from the one that starts it
    return int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
before = peak()
near = near_pairs(vectors, 200_000)
grown = peak() - before
print(json.dumps({"grown": grown / 1024, "links": len(near.links), "kept": len(near.most_similar),
                  "pairs": int(near.counts[0])}))
"""


@pytest.mark.parametrize(("count", "spread"), [(25_000, 0.0), (15_000, 0.2)], ids=["the same vector", "all alike"])
def test_very_many_that_are_all_alike_take_bounded_memory(count: int, spread: float) -> None:
    """The matrix of the cosines of 15,000 would take 860 MiB, the pairs 1.3 GB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(count), str(spread)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["pairs"] > 0.99 * count * (count - 1) / 2
    assert told["links"] == count - 1
    assert told["kept"] == 200_000
    assert told["grown"] < 500, "MiB"
