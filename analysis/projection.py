"""Word vectors in few dimensions: principal components, singular vectors and UMAP. Pure numerics, no store.

The usual libraries take a float64 copy of all vectors, and umap-learn compiles its neighbour search for up to half a
minute in every fresh process. Here the vectors are read in blocks, never more than one of them as float32, and UMAP is
written out with exact neighbours and one compiled function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from analysis.umap_layout import Edges, optimize_layout

BLOCK_ROWS = 4096
"""Rows held as float32 at a time."""
TABLE_ENTRIES = 2**25
"""Distances held at a time, 128 MiB."""
GROUP_SIZE = 32
"""Points of which only the nearest is looked at first."""
FIT_LIMIT = 50_000
"""Rows that UMAP lays out itself; more are placed among these."""

Vectors = npt.NDArray[np.floating]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
StepCallback = Callable[[int, int], None]
"""step(done, total)"""


@dataclass(frozen=True)
class Moments:
    """First and second moments of a set of vectors: all that PCA and SVD need of them.

    Attributes:
        count: Number of vectors.
        mean: float64, width.
        scatter: float64, width x width: the sum of (x - mean)(x - mean)^T.
    """

    count: int
    mean: Float64
    scatter: Float64


@dataclass(frozen=True)
class Axes:
    """A linear map to few dimensions.

    Attributes:
        origin: float64, width, subtracted first.
        directions: float64, components x width, orthonormal, in order of falling variance; in each, the entry of the
            largest magnitude is positive.
    """

    origin: Float64
    directions: Float64

    def scores(self, vectors: Vectors, rows: Rows) -> Float32:
        """Coordinates of the vectors at `rows`: rows x components."""
        scores = np.empty((len(rows), len(self.directions)), np.float32)
        origin, directions = self.origin.astype(np.float32), self.directions.astype(np.float32)
        for part, block in _blocks(vectors, rows):
            scores[part] = (block - origin) @ directions.T
        return scores


def moments(vectors: Vectors, rows: Rows) -> Moments:
    """Mean and scatter of the vectors at `rows`, in one pass over float32 blocks, in O(width^2) memory.

    All is reckoned from the first block's mean, so that a large mean does not swallow the variance, and summed over the
    blocks in float64.
    """
    width = vectors.shape[1]
    origin, total, scatter = np.zeros(width, np.float32), np.zeros(width), np.zeros((width, width))
    for part, block in _blocks(vectors, rows):
        if part.start == 0:
            origin = block.mean(axis=0, dtype=np.float64).astype(np.float32)
        centred = block - origin
        total += centred.sum(axis=0, dtype=np.float64)
        scatter += centred.T @ centred
    shift = total / max(len(rows), 1)
    return Moments(len(rows), origin + shift, scatter - len(rows) * np.outer(shift, shift))


def pca_axes(moments: Moments, components: int) -> Axes:
    """Principal axes: eigenvectors of the covariance matrix; as many as there are dimensions at most."""
    return Axes(moments.mean, _leading_eigenvectors(moments.scatter, components))


def svd_axes(moments: Moments, components: int) -> Axes:
    """Right singular vectors of the vectors as they are, not centred: eigenvectors of their Gram matrix X^T X."""
    gram = moments.scatter + moments.count * np.outer(moments.mean, moments.mean)
    return Axes(np.zeros_like(moments.mean), _leading_eigenvectors(gram, components))


def normalised(scores: Float32) -> Float32:
    """Rows scaled to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(scores, axis=1, keepdims=True)
    scaled: Float32 = np.divide(scores, lengths, out=np.zeros_like(scores), where=lengths > 0)
    return scaled


def umap(
    scores: Float32,
    neighbours: int,
    min_dist: float,
    epochs: int,
    seed: int,
    *,
    always_fit: Mask,
    step: StepCallback,
) -> Float32:
    """A UMAP layout (McInnes, Healy, Melville 2018, arXiv:1802.03426) in two dimensions, the same for the same input.

    Unlike umap-learn's defaults, neighbours are exact, the layout starts from the first two components, and above
    FIT_LIMIT rows only a random sample of FIT_LIMIT rows is laid out. Each other row is put at the mean of its nearest
    laid-out rows, weighted by UMAP's own memberships, which is where umap-learn starts new points from.

    Args:
        scores: rows x components, the widest components first.
        neighbours: As umap-learn's `n_neighbors`, the row itself included; cut to the number of rows.
        min_dist: As umap-learn's: how close rows may come in the layout, 0 to 1.
        epochs: Passes over the neighbour graph.
        seed: Of the sample, the start's noise and the negative samples.
        always_fit: bool, rows: those that are taken into the sample before any other.
        step: Told how many epochs are done.

    Returns:
        float32, rows x 2.
    """
    random = np.random.default_rng(seed)
    fitted = _sample(always_fit, FIT_LIMIT, random)
    points = scores[fitted]
    if len(points) < 2:
        return np.zeros((len(points), 2), np.float32)
    near, distances = nearest(points, points, min(max(neighbours, 2), len(points)) - 1, skip_own=True)
    edges = _edges(near, _memberships(distances), epochs)
    layout = optimize_layout(_start(points, random), edges, _curve(min_dist), epochs, seed, step)
    if len(fitted) == len(scores):
        return layout
    placed = np.empty((len(scores), 2), np.float32)
    placed[fitted] = layout
    others = np.setdiff1d(np.arange(len(scores)), fitted, assume_unique=True)
    near, distances = nearest(scores[others], points, near.shape[1])
    weights = _memberships(distances)
    weights /= weights.sum(axis=1, keepdims=True)
    placed[others] = np.einsum("nk,nkd->nd", weights, layout[near])
    return placed


def nearest(queries: Float32, points: Float32, count: int, *, skip_own: bool = False) -> tuple[Rows, Float32]:
    """The exact nearest points by Euclidean distance.

    The points are dealt into groups: the `count` nearest lie in the `count` groups whose nearest members are nearest,
    so that only a small part of all distances is sorted.

    Args:
        queries: queries x dimensions.
        points: points x dimensions.
        count: Neighbours wanted, at most as many as there are.
        skip_own: The queries are the points, and none is its own neighbour.

    Returns:
        Rows in `points` (int64) and distances (float32), both queries x count, nearest first.
    """
    groups = max(count, -(-len(points) // GROUP_SIZE))
    columns = groups * GROUP_SIZE
    # |p - q|^2 - |q|^2 = (q, 1) . (-2 p, |p|^2); columns beyond the points are infinitely far.
    factors = np.zeros((points.shape[1] + 1, columns), np.float32)
    factors[:-1, : len(points)] = -2 * points.T
    factors[-1] = np.inf
    factors[-1, : len(points)] = (points**2).sum(axis=1)
    near = np.empty((len(queries), count), np.int64)
    distances = np.empty((len(queries), count), np.float32)
    step = max(1, TABLE_ENTRIES // columns)
    for start in range(0, len(queries), step):
        block = queries[start : start + step]
        line = np.arange(len(block))
        table = np.pad(block, ((0, 0), (0, 1)), constant_values=1) @ factors
        if skip_own:
            table[line, start + line] = np.inf
        line = line[:, None]
        nearest_members = table.reshape(len(block), GROUP_SIZE, groups).min(axis=1)
        best_groups = np.argpartition(nearest_members, count - 1, axis=1)[:, :count]
        members = (best_groups[:, None, :] + groups * np.arange(GROUP_SIZE)[:, None]).reshape(len(block), -1)
        rows = members[line, np.argpartition(table[line, members], count - 1, axis=1)[:, :count]]
        exact = np.sqrt(((points[rows] - block[:, None, :]) ** 2).sum(axis=2))
        order = np.lexsort((rows, exact))
        near[start : start + step] = rows[line, order]
        distances[start : start + step] = exact[line, order]
    return near, distances


def _blocks(vectors: Vectors, rows: Rows) -> Iterator[tuple[slice, Float32]]:
    """The vectors at `rows`, float32, BLOCK_ROWS at a time, each with its place among `rows`."""
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, min(start + BLOCK_ROWS, len(rows)))
        yield part, vectors[rows[part]].astype(np.float32)


def _leading_eigenvectors(matrix: Float64, count: int) -> Float64:
    """Of a symmetric matrix, by falling eigenvalue: count x width."""
    _, vectors = np.linalg.eigh(matrix)
    directions = vectors[:, ::-1][:, :count].T
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return np.ascontiguousarray(directions * signs[:, None])


def _sample(always: Mask, limit: int, random: np.random.Generator) -> Rows:
    """Rows in order: at most `limit`, those of `always` before any other."""
    order = random.permutation(len(always))
    first = np.argsort(~always[order], kind="stable")
    return np.sort(order[first[:limit]])


def _memberships(distances: Float32) -> Float32:
    """UMAP's fuzzy memberships of each row's neighbours, in (0, 1]: rows x neighbours.

    exp(-(d - rho) / sigma), rho being the least distance above 0, and sigma such that a row's memberships add up to
    log2(neighbours), the row itself counted as a neighbour.
    """
    target = np.log2(distances.shape[1] + 1)
    rho = np.where(distances > 0, distances, np.inf).min(axis=1, keepdims=True)
    excess = np.maximum(distances - np.where(np.isinf(rho), 0, rho), 0)
    low, sigma, high = (np.full((len(distances), 1), value) for value in (0.0, 1.0, np.inf))
    for _ in range(64):
        too_many = np.exp(-excess / sigma).sum(axis=1, keepdims=True) > target
        high = np.where(too_many, sigma, high)
        low = np.where(too_many, low, sigma)
        sigma = np.where(np.isinf(high), sigma * 2, (low + high) / 2)
    # As in umap-learn: a row among copies of itself is not cut off from everything else.
    typical = np.where(np.isinf(rho), distances.mean(), distances.mean(axis=1, keepdims=True))
    sigma = np.maximum(sigma, np.maximum(1e-3 * typical, np.finfo(np.float32).tiny))
    memberships: Float32 = np.exp(-excess / sigma).astype(np.float32)
    return memberships


def _edges(near: Rows, memberships: Float32, epochs: int) -> Edges:
    """The union of the neighbourhoods as a graph, each edge in both directions, ordered by head."""
    count, neighbours = near.shape
    starts = np.arange(0, near.size + 1, neighbours)
    directed = sparse.csr_array((memberships.ravel(), near.ravel(), starts), shape=(count, count))
    union = directed + directed.T - directed.multiply(directed.T)
    union.sum_duplicates()
    graph = union.tocoo()
    largest = graph.data.max()
    kept = graph.data * epochs >= largest  # the others' turn never comes
    head, tail = (coordinate[kept].astype(np.int32) for coordinate in graph.coords)
    return Edges(head, tail, (largest / graph.data[kept]).astype(np.float32))


def _start(points: Float32, random: np.random.Generator) -> Float32:
    """The first two components, each stretched to 0..10, with a little noise so that copies can part."""
    plane = np.zeros((len(points), 2))
    plane[:, : points.shape[1]] = points[:, :2]
    low, extent = plane.min(axis=0), np.ptp(plane, axis=0)
    stretched = (plane - low) * np.divide(10, extent, out=np.zeros(2), where=extent > 0)
    start: Float32 = (stretched + random.normal(scale=1e-4, size=plane.shape)).astype(np.float32)
    return start


def _curve(min_dist: float) -> tuple[float, float]:
    """The a and b with which 1 / (1 + a d^2b) is nearest to 1 within `min_dist`, to exp(min_dist - d) beyond."""
    distance = np.linspace(0, 3, 300)
    wanted = np.where(distance < min_dist, 1.0, np.exp(min_dist - distance))
    (a, b), _ = optimize.curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, wanted)
    return float(a), float(b)
