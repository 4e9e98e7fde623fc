"""Projections of word vectors to few dimensions: PCA, SVD and UMAP, without access to the store.

The decompositions convert one block of vectors at a time to float32, while the usual libraries copy all vectors as
float64. UMAP is that of umap-learn, without two slow parts: its neighbour search, which must be compiled (scikit-learn
finds exact neighbours instead), and its spectral initialisation.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError
from analysis.run.stage import ProgressCallback

BLOCK_ROWS = 4096
"""Rows converted to float32 at a time."""
FIT_LIMIT = 50_000
"""Maximum number of rows that UMAP lays out; further rows are placed among these."""
MIN_ROWS = 4
"""Minimum number of rows for UMAP."""

Vectors = npt.NDArray[np.floating]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Moments:
    """First and second moments of a set of vectors: everything that PCA and SVD need.

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
        origin: float64, width: the vector that is subtracted first.
        directions: float64, components x width, orthonormal, ordered by falling variance; in each, the entry with the
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

    Values are taken relative to the first block's mean, so that a large mean does not reduce the precision of the
    variance. Sums are accumulated in float64.
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
    """Principal axes: eigenvectors of the covariance matrix, at most as many as there are dimensions."""
    return Axes(moments.mean, _leading_eigenvectors(moments.scatter, components))


def svd_axes(moments: Moments, components: int) -> Axes:
    """Right singular vectors of the uncentred vectors: eigenvectors of their Gram matrix X^T X."""
    gram = moments.scatter + moments.count * np.outer(moments.mean, moments.mean)
    return Axes(np.zeros_like(moments.mean), _leading_eigenvectors(gram, components))


def normalised(scores: Float32) -> Float32:
    """Rows scaled to length 1; rows of zeros are unchanged."""
    lengths = np.linalg.norm(scores, axis=1, keepdims=True)
    scaled: Float32 = np.divide(scores, lengths, out=np.zeros_like(scores), where=lengths > 0)
    return scaled


def plane(scores: Float32) -> Float32:
    """The first two columns; a missing second is all zeros."""
    return np.pad(scores[:, :2], ((0, 0), (0, max(0, 2 - scores.shape[1]))))


def umap(
    scores: Float32,
    neighbours: int,
    min_dist: float,
    epochs: int,
    seed: int,
    *,
    always_fit: Mask,
    progress: ProgressCallback,
) -> Float32:
    """A UMAP layout (McInnes, Healy, Melville 2018, arXiv:1802.03426) in two dimensions, the same for the same input.

    Unlike umap-learn's defaults, neighbours are exact, the layout starts from the first two components, and with more
    than FIT_LIMIT rows only a random sample of FIT_LIMIT rows is laid out. Each other row is placed at the mean of its
    nearest rows in the layout, weighted by inverse distance. With fewer than MIN_ROWS rows, the result is their first
    two components.

    Args:
        scores: rows x components, ordered by falling variance.
        neighbours: umap-learn's `n_neighbors`, which includes the row itself; at least 2, reduced below the number of
            rows.
        min_dist: umap-learn's `min_dist`: minimum distance of rows in the layout, 0 to 1.
        epochs: Number of passes over the neighbour graph.
        seed: Seed of the sample, of the noise in the initial layout and of the negative samples.
        always_fit: bool, rows: rows that are sampled first.
        progress: Receives each step: search for neighbours, layout, placement of other rows.

    Returns:
        float32, rows x 2.

    Raises:
        AnalysisError: There is no folder in which numba can cache compiled code.
    """
    if len(scores) < MIN_ROWS:
        return plane(scores)
    # Imported here: loading and compiling take seconds.
    from sklearn.neighbors import KNeighborsRegressor, NearestNeighbors  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Tensorflow not installed", ImportWarning
        )  # only needed by its parametric UMAP
        try:
            from umap import UMAP  # noqa: PLC0415
        except RuntimeError as error:  # numba can write neither to the package's folder nor to a home folder
            raise AnalysisError(
                f"UMAP cannot be loaded ({error}). Set NUMBA_CACHE_DIR to a writable folder."
            ) from error

    random = np.random.default_rng(seed)
    fitted = _sample(always_fit, FIT_LIMIT, random)
    points = scores[fitted]
    neighbours = min(neighbours, len(points) - 1)
    _cache_compiled_functions()
    progress(0, len(points), "neighbourhoods")
    distances, near = NearestNeighbors(n_neighbors=neighbours - 1, algorithm="brute").fit(points).kneighbors()
    # umap-learn expects each row as its own first neighbour. It divides by the extent of the initial layout; the noise
    # ensures that this is not zero.
    near = np.column_stack([np.arange(len(points)), near])
    distances = np.pad(distances, ((0, 0), (1, 0)))
    start = plane(points) + random.normal(scale=1e-5, size=(len(points), 2)).astype(np.float32)
    model = UMAP(
        n_neighbors=neighbours,
        min_dist=min_dist,
        n_epochs=epochs,
        init=start,
        random_state=seed,
        n_jobs=1,
        precomputed_knn=(near, distances, None),
    )
    progress(0, epochs, "epochs")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"precomputed_knn\[2\]", UserWarning)  # only needed to transform other rows
        layout: Float32 = model.fit_transform(points)
    if len(fitted) == len(scores):
        return layout
    others = np.setdiff1d(np.arange(len(scores)), fitted, assume_unique=True)
    progress(0, len(others), "other rows")
    placer = KNeighborsRegressor(neighbours - 1, weights="distance", algorithm="brute").fit(points, layout)
    placed = np.empty((len(scores), 2), np.float32)
    placed[fitted] = layout
    placed[others] = placer.predict(scores[others])
    return placed


def _cache_compiled_functions() -> None:
    """Make numba cache all functions of UMAP on disk, so that later processes do not compile them again.

    umap-learn caches only a few functions. numba's cache distinguishes processors, versions and source code, and
    replaces its files atomically, so that several processes can share it.
    """
    from numba.extending import is_jitted  # noqa: PLC0415 - as above
    from umap import layouts, umap_  # noqa: PLC0415

    for function in (*vars(umap_).values(), *vars(layouts).values()):
        if is_jitted(function):
            function.enable_caching()


def _blocks(vectors: Vectors, rows: Rows) -> Iterator[tuple[slice, Float32]]:
    """The vectors at `rows` as float32, BLOCK_ROWS at a time, each block with its slice of `rows`."""
    for start in range(0, len(rows), BLOCK_ROWS):
        part = slice(start, min(start + BLOCK_ROWS, len(rows)))
        yield part, vectors[rows[part]].astype(np.float32)


def _leading_eigenvectors(matrix: Float64, count: int) -> Float64:
    """Leading eigenvectors of a symmetric matrix, by falling eigenvalue: count x width."""
    _, vectors = np.linalg.eigh(matrix)
    directions = vectors[:, ::-1][:, :count].T
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return np.ascontiguousarray(directions * signs[:, None])


def _sample(always: Mask, limit: int, random: np.random.Generator) -> Rows:
    """A random sample of at most `limit` rows, ascending; rows in `always` are chosen first."""
    order = random.permutation(len(always))
    first = np.argsort(~always[order], kind="stable")
    return np.sort(order[first[:limit]])
