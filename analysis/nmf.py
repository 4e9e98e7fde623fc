"""Non-negative matrix factorisation: rows of activity as sums of a few components, fast enough to wait for.

Minimises the Frobenius norm of X - S C over S, C >= 0 (Lee and Seung 1999, "Learning the parts of objects by non-
negative matrix factorization") by hierarchical alternating least squares: one component at a time has its best value
in closed form while the others stand (Cichocki and Phan 2009, "Fast local algorithms for large scale nonnegative
matrix and tensor factorizations", algorithm 2). The wide products S^T X and X C^T cost most, so each is used for
several sweeps over the components (Gillis and Glineur 2012, "Accelerated multiplicative updates and hierarchical ALS
algorithms for nonnegative matrix factorization"). The start is NNDSVD (Boutsidis and Gallopoulos 2008, "SVD based
initialization: a head start for nonnegative matrix factorization"), whose singular vectors come from the smaller of
the Gram matrices X X^T and X^T X. Nothing in it is random: the same rows give the same components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh

Float32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating[Any]]

ROUNDS = 60
"""Most times that strengths and components are both brought up to date."""
SWEEPS = 4
"""Over the components, for each product with X."""
STILL = 3e-4
"""Fall of the squared error in a round, relative to it, below which the rounds end."""
SETTLING_SWEEPS = 2_000
SETTLED = 1e-9
"""Largest change of a strength in a sweep, relative to the largest strength, below which a fit is exact."""
TINY = 1e-12


@dataclass(frozen=True)
class Factors:
    """Rows as non-negative sums of components.

    Attributes:
        strengths: float32, rows x components: the part of each row's sum that each component accounts for.
        components: float32, components x columns, each summing to 1; those that account for most of all come first.
        error: Frobenius norm of what they leave over, relative to that of the rows; 0 for rows of zeros.
    """

    strengths: Float32
    components: Float32
    error: float


def factorise(rows: Float32, count: int) -> Factors:
    """Find components whose sums come close to the rows.

    Args:
        rows: float32, rows x columns, not negative.
        count: Components wanted; fewer come back where the rows have fewer dimensions, none for rows of zeros.

    Raises:
        ValueError: A value is negative or not a number.
    """
    if not (rows >= 0).all():
        raise ValueError("the rows to factorise hold a number that is negative or none")
    square = float(np.vdot(rows, rows))
    components, strengths = _start(rows, min(count, *rows.shape) if square > 0 else 0)
    products, gram = components @ rows.T, components @ components.T
    before = square
    for _ in range(ROUNDS):
        for _ in range(SWEEPS):
            _sweep(strengths, products, gram)
        error = square - 2 * float(np.vdot(strengths, products)) + float(np.vdot(strengths @ strengths.T, gram))
        if before - error <= STILL * before:
            break
        before = error
        products, gram = strengths @ rows, strengths @ strengths.T
        for _ in range(SWEEPS):
            _sweep(components, products, gram)
        products, gram = components @ rows.T, components @ components.T
    return _arranged(rows, components)


def fit_strengths(rows: Float32, components: Float32) -> Float32:
    """Non-negative least squares: the strengths with which components come closest to each row.

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
    for _ in range(SETTLING_SWEEPS):
        change = _sweep(strengths, products, gram)
        if change <= SETTLED * strengths.max(initial=0):
            break
    return np.ascontiguousarray(strengths.T, dtype=np.float32)


def _start(rows: Float32, count: int) -> tuple[Float32, Float32]:
    """NNDSVD: components x columns and components x rows, from the leading singular vectors' one-signed parts."""
    size = min(rows.shape)
    is_wide = rows.shape[0] == size
    square = rows @ rows.T if is_wide else rows.T @ rows
    if count == 0:
        return np.zeros((0, rows.shape[1]), np.float32), np.zeros((0, rows.shape[0]), np.float32)
    values, vectors = eigh(square, subset_by_index=[size - count, size - 1])
    scales = np.sqrt(np.maximum(values[::-1], TINY))
    near = vectors[:, ::-1].T.astype(np.float32)
    far = (near @ (rows if is_wide else rows.T)) / scales[:, None]
    left, right = (near, far) if is_wide else (far, near)
    starts = [_one_signed(u, v, float(scale)) for u, v, scale in zip(left, right, scales, strict=True)]
    return np.array([of_columns for _, of_columns in starts]), np.array([of_rows for of_rows, _ in starts])


def _one_signed(left: Floats, right: Floats, scale: float) -> tuple[Float32, Float32]:
    """Of a pair of singular vectors, the positive or the negative parts, whichever are larger together."""
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
    """Give each row of a factor its best value while the others stand; returns the largest change.

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


def _arranged(rows: Float32, components: Float32) -> Factors:
    """Components that sum to 1, by what they account for, with the strengths that fit them best."""
    sums = components.sum(axis=1)
    components = components[sums > 0] / sums[sums > 0, None]
    strengths = fit_strengths(rows, components)
    totals = strengths.sum(axis=0)
    order = np.argsort(-totals, kind="stable")[: np.count_nonzero(totals)]
    strengths, components = np.ascontiguousarray(strengths[:, order]), components[order]
    size = float(np.linalg.norm(rows))
    error = float(np.linalg.norm(rows - strengths @ components)) / size if size > 0 else 0.0
    return Factors(strengths, components, error)
