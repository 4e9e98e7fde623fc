"""Finds all pairs of vectors whose cosine reaches a threshold, exactly, one block of the matrix at a time.

The size of the stored result is bounded: it consists of the number of pairs at each level, the most similar pairs, and
a spanning forest, which gives the connected components at every level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

LOWEST = 0.80
"""Pairs with a lower cosine are ignored."""
STEP = 0.01
LEVELS = 21
"""Number of levels, from LOWEST to 1 in steps of STEP; level k is a cosine of at least LOWEST + k STEP."""
ROUNDING = 1e-6
"""Tolerance for the rounding error of a float32 cosine of vectors of length 1."""

BLOCK_ROWS, BLOCK_COLUMNS = 1024, 4096
MERGE_SIZE = 1 << 18
"""Links that are collected before they are merged into the forest; larger sets are reduced first."""
SAMPLED = 16
"""Step of the sample of links that is used to discard others."""

Float32 = npt.NDArray[np.float32]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
ProgressCallback = Callable[[int, int, str], None]
"""progress(done, total, unit)"""


def level_of(threshold: float) -> int:
    """The level of a threshold."""
    return round((threshold - LOWEST) / STEP)


def threshold_of(level: int) -> float:
    """The threshold of a level."""
    return round(LOWEST + level * STEP, 2)


def levels_of(cosines: Float32) -> npt.NDArray[np.int8]:
    """The highest level that each cosine reaches; meaningless below LOWEST."""
    steps = (cosines - np.float32(LOWEST - ROUNDING)) * np.float32(1 / STEP)
    levels: npt.NDArray[np.int8] = np.minimum(steps, LEVELS - 1).astype(np.int8)
    return levels


@dataclass(frozen=True)
class Pairs:
    """Pairs of vectors, n each.

    Attributes:
        first: int32, row of the first vector.
        second: int32, row of the other; of pairs within one set, the larger.
        cosine: float32.
    """

    first: Int32
    second: Int32
    cosine: Float32

    def __len__(self) -> int:
        return len(self.cosine)

    def at(self, chosen: npt.NDArray[np.bool_] | Int64 | slice) -> Pairs:
        """The pairs at an index or mask."""
        return Pairs(self.first[chosen], self.second[chosen], self.cosine[chosen])


def joined(parts: list[Pairs]) -> Pairs:
    """The concatenation of several sets of pairs."""
    if not parts:
        return Pairs(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
    return Pairs(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.cosine for part in parts]),
    )


@dataclass(frozen=True)
class Block:
    """A rectangle of the matrix of cosines.

    Attributes:
        row: The first row.
        column: The first column.
        cosines: float32, rows x columns; overwritten by the next block. Within one set, -1 if the column is not greater
            than the row, so that each pair occurs once.
    """

    row: int
    column: int
    cosines: Float32

    @cached_property
    def highest(self) -> float:
        """The highest cosine."""
        return float(self.cosines.max())

    def pairs(self, threshold: float) -> Pairs:
        """The pairs that reach a threshold."""
        if self.highest < threshold - ROUNDING:
            return joined([])
        reached = np.flatnonzero(self.cosines >= np.float32(threshold - ROUNDING)).astype(np.int32)
        rows, columns = np.divmod(reached, np.int32(self.cosines.shape[1]))
        return Pairs(rows + np.int32(self.row), columns + np.int32(self.column), self.cosines.ravel()[reached])

    def counts(self) -> Int64:
        """int64, LEVELS: number of pairs that reach each level, the lowest first."""
        counts = np.zeros(LEVELS, np.int64)
        lowest = float(self.cosines.min())
        for level in range(LEVELS):
            least = threshold_of(level) - ROUNDING
            if least > self.highest:
                break
            if least <= lowest:
                counts[level] = self.cosines.size
            else:
                counts[level] = np.count_nonzero(self.cosines >= np.float32(least))
        return counts


def blocks(
    vectors: Float32, others: Float32 | None = None, progress: ProgressCallback | None = None
) -> Iterator[Block]:
    """The cosines of all pairs, block by block.

    Args:
        vectors: float32, n x width, rows of length 1 (or 0, which are similar to nothing).
        others: float32, m x width: the columns; None: each pair of different rows of `vectors` once.
        progress: Receives the number of rows done.
    """
    columns = vectors if others is None else others
    buffer = np.empty(BLOCK_ROWS * BLOCK_COLUMNS, np.float32)
    for row in range(0, len(vectors), BLOCK_ROWS):
        if progress is not None:
            progress(row, len(vectors), "texts compared")
        rows = vectors[row : row + BLOCK_ROWS]
        for column in range(row if others is None else 0, len(columns), BLOCK_COLUMNS):
            part = columns[column : column + BLOCK_COLUMNS]
            cosines = buffer[: len(rows) * len(part)].reshape(len(rows), len(part))
            np.matmul(rows, part.T, out=cosines)
            if others is None and column == row:
                cosines[np.tri(*cosines.shape, dtype=bool)] = -1
            yield Block(row, column, cosines)


def pairs_within(vectors: Float32, threshold: float) -> Iterator[Pairs]:
    """All pairs of different rows whose cosine reaches a threshold, block by block.

    Args:
        vectors: float32, n x width, rows of length 1.
        threshold: Minimum cosine; values down to threshold - ROUNDING count.
    """
    for block in blocks(vectors):
        found = block.pairs(threshold)
        if len(found):
            yield found


@dataclass(frozen=True)
class Nearest:
    """The most similar row of another set to each row.

    Attributes:
        row: int64, n: row in the other set (ties: the first); -1 if that set is empty.
        cosine: float32, n; -1 if that set is empty.
    """

    row: Int64
    cosine: Float32


def nearest_between(vectors: Float32, others: Float32, progress: ProgressCallback | None = None) -> Nearest:
    """The most similar row of `others` for each of `vectors`.

    Args:
        vectors: float32, n x width, rows of length 1.
        others: float32, m x width, rows of length 1.
        progress: Receives the number of rows done.
    """
    best = np.full(len(vectors), -1, np.int64)
    cosine = np.full(len(vectors), -1, np.float32)
    for block in blocks(vectors, others, progress):
        rows = slice(block.row, block.row + len(block.cosines))
        places = block.cosines.argmax(axis=1)
        found = block.cosines[np.arange(len(places)), places]
        better = found > cosine[rows]
        best[rows][better] = places[better] + block.column
        cosine[rows][better] = found[better]
    return Nearest(best, cosine)


@dataclass(frozen=True)
class NearPairs:
    """The stored result for the pairs within a set that reach LOWEST.

    Attributes:
        links: A spanning forest of at most n - 1 links: at every level it has the same connected components as all
            pairs.
        most_similar: The pairs, most similar first; truncated to the requested number.
        counts: int64, LEVELS: the number of pairs that reach each level, the lowest first.
    """

    links: Pairs
    most_similar: Pairs
    counts: Int64


def near_pairs(vectors: Float32, limit: int, progress: ProgressCallback | None = None) -> NearPairs:
    """All pairs of rows whose cosine reaches LOWEST, reduced to a bounded result.

    Args:
        vectors: float32, n x width, rows of length 1.
        limit: Maximum number of pairs to keep.
        progress: Receives the number of rows done.
    """
    best, forest, counts = _Best(limit), _Forest(len(vectors)), np.zeros(LEVELS, np.int64)
    for block in blocks(vectors, progress=progress):
        if block.highest >= LOWEST - ROUNDING:
            counts += block.counts()
            best.add(block)
            forest.add(block)
    return NearPairs(forest.links(), best.pairs(), counts)


class _Best:
    """Collects the most similar pairs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[Pairs] = []
        self._least = LOWEST

    def add(self, block: Block) -> None:
        self._kept.append(block.pairs(self._least))
        if sum(map(len, self._kept)) > 2 * self._limit:
            pairs = self.pairs()
            self._kept, self._least = [pairs], float(pairs.cosine.min()) + 2 * ROUNDING

    def pairs(self) -> Pairs:
        pairs = joined(self._kept)
        if len(pairs) > self._limit:
            pairs = pairs.at(np.argpartition(-pairs.cosine, self._limit)[: self._limit])
        return pairs.at(np.lexsort([pairs.second, pairs.first, -pairs.cosine]))


class _Forest:
    """Builds a maximum spanning forest, exact to the level, from links that arrive in parts.

    A link is dropped if other links already connect its ends at its own level. From a large part, links that a sample
    of it makes redundant are dropped first (Karger, Klein, Tarjan 1995, "A randomized linear-time algorithm to find
    minimum spanning trees").
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._links = joined([])
        self._waiting: list[Pairs] = []
        self._component = np.tile(np.arange(count, dtype=np.int32), (LEVELS, 1))

    def add(self, block: Block) -> None:
        level = self._lowest_apart(block)
        if level == LEVELS:
            return
        pairs = self._needed(block.pairs(threshold_of(level)))
        while len(pairs) > MERGE_SIZE:
            self._merge([pairs.at(slice(None, None, SAMPLED))])
            pairs = self._needed(pairs)
        self._waiting.append(pairs)
        if sum(map(len, self._waiting)) > MERGE_SIZE:
            self._merge(self._waiting)
            self._waiting = []

    def links(self) -> Pairs:
        """The forest, most similar first."""
        self._merge(self._waiting)
        self._waiting = []
        order = np.lexsort([self._links.second, self._links.first, -self._links.cosine])
        return self._links.at(order)

    def _lowest_apart(self, block: Block) -> int:
        """The lowest level at which not all rows and columns of a block are joined yet; LEVELS if there is none."""
        rows, columns = block.cosines.shape
        for level, component in enumerate(self._component):
            parts = component[block.row : block.row + rows], component[block.column : block.column + columns]
            if any((part != component[block.row]).any() for part in parts):
                return level
        return LEVELS

    def _needed(self, pairs: Pairs) -> Pairs:
        """The links whose ends are not connected at their own level."""
        levels = levels_of(pairs.cosine)
        return pairs.at(self._component[levels, pairs.first] != self._component[levels, pairs.second])

    def _merge(self, parts: list[Pairs]) -> None:
        links = joined([self._links, *parts])
        # Kruskal's algorithm finds the minimum: 2 - cosine, which is never 0 (0 means no link).
        tree = minimum_spanning_tree(_graph(links, self._count, 2.0 - links.cosine)).tocoo()
        self._links = Pairs(
            np.minimum(tree.row, tree.col).astype(np.int32),
            np.maximum(tree.row, tree.col).astype(np.int32),
            (2.0 - tree.data).astype(np.float32),
        )
        levels = levels_of(self._links.cosine)
        for level in range(LEVELS):
            self._component[level] = components(self._links.at(levels >= level), self._count)


def components(links: Pairs, count: int) -> Int32:
    """The connected component of each of `count` items."""
    found: Int32 = connected_components(_graph(links, count, np.ones(len(links))), directed=False)[1]
    return found


def _graph(links: Pairs, count: int, weights: npt.NDArray[np.floating]) -> csr_array:
    return csr_array((weights, (links.first, links.second)), shape=(count, count))
