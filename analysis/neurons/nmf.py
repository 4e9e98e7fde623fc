"""Non-negative matrix factorisation (NMF) of neuron activity, fast enough for interactive use.

Minimises the Frobenius norm of X - S C over S, C >= 0 (Lee and Seung 1999, "Learning the parts of objects by
non-negative matrix factorization") by hierarchical alternating least squares (HALS): each component in turn is set to
its optimum in closed form while the others are fixed (Cichocki and Phan 2009, "Fast local algorithms for large scale
nonnegative matrix and tensor factorizations", algorithm 2). The wide products S^T X and X C^T are the most expensive
part, so each is used for several sweeps over the components (Gillis and Glineur 2012, "Accelerated multiplicative
updates and hierarchical ALS algorithms for nonnegative matrix factorization"). The initial values are those of NNDSVD
(Boutsidis and Gallopoulos 2008, "SVD based initialization: a head start for nonnegative matrix factorization"). Short
texts have many local minima and are fast to factorise, so random starts are tried as well. All random numbers are
seeded: the same rows give the same components.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating[Any]]

ROUNDS = 60
"""Maximum number of updates of both strengths and components."""
SWEEPS = 8
"""Sweeps over the components for each product with X."""
ROUND_TOLERANCE = 3e-4
"""The rounds end when the squared error decreases by less than this, relative to its value."""
RANDOM_START_LIMIT = 1_000_000
"""Maximum size of the input (rows x columns) for which random starts are tried."""
RANDOM_STARTS = 4
TRIAL_ROUNDS = 15
"""Rounds after which the best start is chosen."""
FIT_SWEEPS = 2_000
FIT_TOLERANCE = 1e-9
"""A fit has converged when no strength changes by more than this in a sweep, relative to the largest strength."""
SINGULAR_VALUE_FLOOR = 1e-3
"""Singular values below this fraction of the largest one count as 0 (float32)."""
OVERSAMPLES = 8
POWER_ITERATIONS = 4
"""Parameters of the randomized SVD: additional vectors and power iterations."""
TINY = 1e-12


@dataclass(frozen=True)
class Factors:
    """Rows as non-negative sums of components.

    Attributes:
        strengths: float32, rows x components: the part of each row's sum that each component explains.
        components: float32, components x columns, each with sum 1; those that explain most come first.
        error: Frobenius norm of the residual, relative to that of the rows; 0 for rows of zeros.
    """

    strengths: Float32
    components: Float32
    error: float


def factorise(rows: Float32, count: int) -> Factors:
    """Factorise rows into components.

    Args:
        rows: float32, rows x columns, not negative.
        count: Number of components; the result has fewer if the rows have fewer dimensions, none for rows of zeros.

    Raises:
        ValueError: A value is negative or not a number.
    """
    if not (rows >= 0).all():
        raise ValueError("the rows to factorise contain a negative number or NaN")
    if not rows.any() or count == 0:
        return _ordered(rows, np.zeros((0, rows.shape[1]), np.float32))
    starts = [_svd_start(rows, min(count, *rows.shape))]
    if rows.size <= RANDOM_START_LIMIT:
        random = np.random.default_rng(0)
        starts += [_random_start(rows, len(starts[0].components), random) for _ in range(RANDOM_STARTS)]
        for start in starts:
            start.run(rows, TRIAL_ROUNDS)
    best = min(starts, key=lambda start: start.error)
    best.run(rows, ROUNDS)
    return _ordered(rows, best.components)


def fit_strengths(rows: Float32, components: Float32) -> Float32:
    """Non-negative least squares: the strengths that approximate each row best with given components.

    By exact coordinate descent on the Gram matrix of the components, all rows at once (Franc, Hlavac and Navara 2005,
    "Sequential coordinate-wise algorithm for the non-negative least squares problem").

    Args:
        rows: float32, rows x columns.
        components: float32, components x columns.

    Returns:
        float32, rows x components.
    """
    products = (components @ rows.T).astype(np.float64)
    exact = components.astype(np.float64)
    gram = exact @ exact.T
    strengths = np.zeros_like(products)
    for _ in range(FIT_SWEEPS):
        change = _sweep(strengths, products, gram)
        if change <= FIT_TOLERANCE * strengths.max(initial=0):
            break
    return np.ascontiguousarray(strengths.T, dtype=np.float32)


@dataclass
class _Attempt:
    """Factors during the optimisation.

    Attributes:
        components: float32, components x columns.
        strengths: float32, components x rows.
        error: Squared; infinite before the first round.
    """

    components: Float32
    strengths: Float32
    error: float = math.inf

    def run(self, rows: Float32, rounds: int) -> None:
        """Optimise the factors until the error converges, at most for a number of rounds."""
        square = float(np.vdot(rows, rows))
        products, gram = self.components @ rows.T, self.components @ self.components.T
        for _ in range(rounds):
            for _ in range(SWEEPS):
                _sweep(self.strengths, products, gram)
            before = min(self.error, square)
            explained = 2 * np.vdot(self.strengths, products) - np.vdot(self.strengths @ self.strengths.T, gram)
            self.error = square - float(explained)
            if before - self.error <= ROUND_TOLERANCE * before:
                break
            products, gram = self.strengths @ rows, self.strengths @ self.strengths.T
            for _ in range(SWEEPS):
                _sweep(self.components, products, gram)
            products, gram = self.components @ rows.T, self.components @ self.components.T


def _svd_start(rows: Float32, count: int) -> _Attempt:
    """NNDSVD: parts of the leading singular vectors with one sign; fewer if the rows have fewer dimensions."""
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - saves 70 MiB when the server starts

    # A full decomposition would take longer than everything else.
    left, scales, right = randomized_svd(
        rows, count, n_oversamples=OVERSAMPLES, n_iter=POWER_ITERATIONS, flip_sign=False, random_state=0
    )
    kept = np.flatnonzero(scales > SINGULAR_VALUE_FLOOR * scales[0])
    parts = [_one_signed(left[:, one], right[one], float(scales[one])) for one in kept]
    return _Attempt(np.array([of_columns for _, of_columns in parts]), np.array([of_rows for of_rows, _ in parts]))


def _random_start(rows: Float32, count: int, random: np.random.Generator) -> _Attempt:
    """Absolute normal values whose products are about as large as the rows."""
    scale = np.sqrt(rows.mean() / count)
    columns, lines = (np.abs(random.standard_normal((count, size), np.float32)) for size in rows.shape[::-1])
    return _Attempt(scale * columns, scale * lines)


def _one_signed(left: Floats, right: Floats, scale: float) -> tuple[Float32, Float32]:
    """The positive or the negative parts of a pair of singular vectors, whichever have the larger product of norms."""
    halves = [(np.maximum(sign * left, 0), np.maximum(sign * right, 0)) for sign in (1, -1)]
    sizes = [(float(np.linalg.norm(one)), float(np.linalg.norm(other))) for one, other in halves]
    chosen = int(sizes[1][0] * sizes[1][1] > sizes[0][0] * sizes[0][1])
    (one, other), (one_size, other_size) = halves[chosen], sizes[chosen]
    weight = np.sqrt(scale * one_size * other_size)
    return (
        (weight / max(one_size, TINY) * one).astype(np.float32),
        (weight / max(other_size, TINY) * other).astype(np.float32),
    )


def _sweep(factor: Floats, products: Floats, gram: Floats) -> float:
    """Set each row of a factor to its optimum while the others are fixed; returns the largest change.

    Args:
        factor: components x n, changed in place.
        products: components x n, the other factor times X.
        gram: components x components, of the other factor.
    """
    change = 0.0
    for one in range(len(factor)):
        if gram[one, one] <= TINY:
            continue
        better = np.maximum(factor[one] + (products[one] - gram[one] @ factor) / gram[one, one], 0)
        change = max(change, float(np.abs(better - factor[one]).max(initial=0)))
        factor[one] = better
    return change


def _ordered(rows: Float32, components: Float32) -> Factors:
    """Components scaled to sum 1, ordered by the activity that they explain, with the best strengths."""
    sums = components.sum(axis=1)
    components = components[sums > 0] / sums[sums > 0, None]
    strengths = fit_strengths(rows, components)
    totals = strengths.sum(axis=0)
    order = np.argsort(-totals, kind="stable")[: np.count_nonzero(totals)]
    strengths, components = np.ascontiguousarray(strengths[:, order]), components[order]
    size = float(np.linalg.norm(rows))
    error = float(np.linalg.norm(rows - strengths @ components)) / size if size > 0 else 0.0
    return Factors(strengths, components, error)
