"""The one compiled part of UMAP: stochastic gradient descent over the neighbour graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

NEGATIVES = 5
"""Random rows that a row is pushed away from, each time it is pulled along an edge."""

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Edges:
    """The neighbour graph.

    Attributes:
        head, tail: int32, rows that an edge joins.
        period: float32, epochs from one use of an edge to the next, at least 1.
    """

    head: npt.NDArray[np.int32]
    tail: npt.NDArray[np.int32]
    period: Float32


def optimize_layout(
    start: Float32, edges: Edges, curve: tuple[float, float], epochs: int, seed: int, step: Callable[[int, int], None]
) -> Float32:
    """UMAP's descent as in umap-learn, on one thread, because threads would race and make every result another.

    Args:
        start: rows x 2.
        edges: The graph.
        curve: a and b of the similarity 1 / (1 + a d^2b) in the layout.
        epochs: How often the most similar rows are pulled together; the rate falls from 1 to 0 meanwhile.
        seed: Of the negative samples.
        step: Told after each epoch how many are done.

    Returns:
        float32, rows x 2.
    """
    layout = start.copy()
    due = edges.period.copy()
    a, b = (np.float32(value) for value in curve)
    state = np.array([seed], np.uint64)
    for epoch in range(epochs):
        rate = np.float32(1 - epoch / epochs)
        _run_epoch(layout, edges.head, edges.tail, edges.period, due, np.float32(epoch), rate, a, b, state)
        step(epoch + 1, epochs)
    return layout


@numba.njit(fastmath=True)
def _run_epoch(
    layout: Float32,
    head: npt.NDArray[np.int32],
    tail: npt.NDArray[np.int32],
    period: Float32,
    due: Float32,
    epoch: np.float32,
    rate: np.float32,
    a: np.float32,
    b: np.float32,
    state: npt.NDArray[np.uint64],
) -> None:
    one, two, limit, tiny = np.float32(1), np.float32(2), np.float32(4), np.float32(0.001)
    rows = np.uint64(len(layout))
    number = state[0]
    for edge in range(len(head)):
        if due[edge] > epoch:
            continue
        due[edge] += period[edge]
        i, j = np.uint64(head[edge]), np.uint64(tail[edge])  # unsigned: no test for an index from the end
        x, y = layout[i, 0], layout[i, 1]
        dx, dy = x - layout[j, 0], y - layout[j, 1]
        square = dx * dx + dy * dy
        if square > 0:
            power = square**b
            pull = -two * a * b * power / (square * (a * power + one))
            dx = rate * min(max(pull * dx, -limit), limit)
            dy = rate * min(max(pull * dy, -limit), limit)
            x += dx
            y += dy
            layout[j, 0] -= dx
            layout[j, 1] -= dy
        # All pushes are reckoned from one place, twice as fast as each from where the last has led.
        push_x, push_y = np.float32(0), np.float32(0)
        for _ in range(NEGATIVES):
            number = number * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)  # Knuth's MMIX
            other = ((number >> np.uint64(32)) * rows) >> np.uint64(32)
            dx, dy = x - layout[other, 0], y - layout[other, 1]
            square = dx * dx + dy * dy
            push = two * b / ((tiny + square) * (a * square**b + one))
            push_x += min(max(push * dx, -limit), limit)
            push_y += min(max(push * dy, -limit), limit)
        layout[i, 0] = x + rate * push_x
        layout[i, 1] = y + rate * push_y
    state[0] = number
