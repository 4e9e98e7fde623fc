"""Map units: the integer coordinates of the points of a projection and of a lasso."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS, PROJECTIONS
from analysis.run.run import Run
from analysis.run.run_cache import RunCache

EXTENT = 32_000
"""On each axis the points of a projection fill [-EXTENT, EXTENT]."""
CORE = 30_500
TAIL = 0.001
"""Proportion of the points at each end of an axis that may be compressed into the border beyond CORE."""

Polygon = Sequence[tuple[int, int]]
Bool = npt.NDArray[np.bool_]


class MapPoints(NamedTuple):
    """A projection in map units.

    Attributes:
        points: int16, words x 2; zeros for words that are not in the projection.
        valid: bool, words: the word is in the projection.
    """

    points: npt.NDArray[np.int16]
    valid: Bool


_POINTS: RunCache[MapPoints] = RunCache(len(PROJECTION_METHODS) * len(PROJECTION_SUBSETS))


def map_coordinates(run: Run, method: str, subset: str) -> MapPoints:
    """A projection of the run (analysis.projections.values.PROJECTIONS), each axis scaled to map units."""
    return _POINTS.get(run, (method, subset), lambda: to_map_units(run.read(PROJECTIONS[method, subset])))


def to_map_units(xy: npt.NDArray[np.floating[Any]]) -> MapPoints:
    """Scale each axis so that the points with finite coordinates fill [-EXTENT, EXTENT]; an axis without width is 0.

    The middle 99.8% fill [-CORE, CORE] and the rest is compressed, in order, into the border. Without this, a few far
    outliers would leave most of the map empty.

    Args:
        xy: Coordinates, n x 2; NaN rows for missing points.
    """
    valid = np.isfinite(xy).all(axis=1)
    points = np.zeros(xy.shape, dtype=np.int16)
    if valid.any():
        for axis in range(2):
            points[valid, axis] = np.rint(_scaled(xy[valid, axis].astype(np.float64)))
    points.flags.writeable = False
    valid.flags.writeable = False
    return MapPoints(points, valid)


def _scaled(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, core_low, core_high, high = np.quantile(values, [0, TAIL, 1 - TAIL, 1]).tolist()
    if low == high:
        return np.zeros_like(values)
    # If the tails fit into the border, there is nothing to compress.
    room = (EXTENT - CORE) * (core_high - core_low) / (2 * CORE)
    if core_low == core_high or (core_low - low <= room and high - core_high <= room):
        return np.interp(values, [low, high], [-EXTENT, EXTENT])
    return np.interp(values, [low, core_low, core_high, high], [-EXTENT, -CORE, CORE, EXTENT])


def inside_polygon(points: npt.NDArray[np.int16], polygon: Polygon) -> Bool:
    """Which points lie inside a polygon by the even-odd rule, computed exactly, in integers.

    A ray to the right of a point is crossed by edges whose lower end is at or below the point and whose upper end is
    above it. Points are sorted by height first, so that each edge is compared only with points of its own heights.

    Args:
        points: n x 2.
        polygon: Vertices in order; the last joins the first; edges may cross.
    """
    x, y = points[:, 0], points[:, 1]
    left, right = min(vertex[0] for vertex in polygon), max(vertex[0] for vertex in polygon)
    bottom, top = min(vertex[1] for vertex in polygon), max(vertex[1] for vertex in polygon)
    candidates = np.flatnonzero((x >= left) & (x < right) & (y >= bottom) & (y < top))
    candidates = candidates[np.argsort(y[candidates], kind="stable")]
    across, heights = x[candidates].astype(np.int64), y[candidates].astype(np.int64)
    odd = np.zeros(len(candidates), dtype=np.bool_)
    for edge in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        (x1, y1), (x2, y2) = sorted(edge, key=lambda vertex: vertex[1])
        first, last = np.searchsorted(heights, (y1, y2), side="left")
        of_edge = slice(first, last)
        odd[of_edge] ^= (across[of_edge] - x1) * (y2 - y1) < (x2 - x1) * (heights[of_edge] - y1)
    inside = np.zeros(len(points), dtype=np.bool_)
    inside[candidates[odd]] = True
    return inside
