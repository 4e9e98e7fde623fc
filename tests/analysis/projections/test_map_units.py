"""Map units and lassos, against exact fractions point by point and figures drawn by hand."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.projections.map_units import EXTENT, inside_polygon, map_coordinates, to_map_units
from tests.runs import random_run
from tests.work import calls_in

coordinate = st.integers(-8, 8)
polygons = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9)
GRID = np.array([(x, y) for y in range(-9, 10) for x in range(-9, 10)], dtype=np.int16)


def edges_of(polygon):
    return list(zip(polygon, polygon[1:] + polygon[:1], strict=True))


def on_an_edge(point, polygon):
    (x, y) = point
    return any(
        (x - x1) * (y2 - y1) == (y - y1) * (x2 - x1)
        and min(x1, x2) <= x <= max(x1, x2)
        and min(y1, y2) <= y <= max(y1, y2)
        for (x1, y1), (x2, y2) in edges_of(polygon)
    )


def crossings_to_the_left(point, polygon):
    x, y = point[0], point[1] + Fraction(1, 1000)  # no vertex lies at such a height
    return sum(
        (y1 < y) != (y2 < y) and x1 + (x2 - x1) * (y - y1) / (y2 - y1) < x for (x1, y1), (x2, y2) in edges_of(polygon)
    )


@settings(max_examples=150, deadline=None)
@given(polygons)
def test_even_odd_rule(polygon):
    inside = inside_polygon(GRID, polygon)
    for point, is_in in zip(GRID.tolist(), inside.tolist(), strict=True):
        if not on_an_edge(point, polygon):
            assert is_in == (crossings_to_the_left(point, polygon) % 2 == 1), point


@pytest.mark.parametrize(
    ("polygon", "inside", "outside"),
    [
        ([(-2, -2), (2, -2), (2, 2), (-2, 2)], [(0, 0), (-1, 1)], [(3, 0), (0, 3), (-3, 0), (0, -3)]),
        # A U: its notch is outside.
        ([(0, 0), (6, 0), (6, 6), (4, 6), (4, 2), (2, 2), (2, 6), (0, 6)], [(1, 5), (5, 5), (3, 1)], [(3, 4), (7, 1)]),
        # A bow tie: both wings are inside.
        ([(-4, -4), (4, 4), (4, -4), (-4, 4)], [(-3, 0), (3, 0)], [(0, 3), (0, -3)]),
        # A pentagram: its heart is crossed twice.
        ([(0, 8), (5, -7), (-8, 2), (8, 2), (-5, -7)], [(0, 6), (-6, 1)], [(0, 0), (0, -6)]),
    ],
)
def test_figures_drawn_by_hand(polygon, inside, outside):
    assert inside_polygon(np.array(inside, dtype=np.int16), polygon).all()
    assert not inside_polygon(np.array(outside, dtype=np.int16), polygon).any()


def test_neighbouring_polygons_share_no_point_and_leave_none_out():
    left = [(-9, -9), (2, -9), (-1, 9), (-9, 9)]
    right = [(2, -9), (9, -9), (9, 9), (-1, 9)]
    whole = [(-9, -9), (9, -9), (9, 9), (-9, 9)]
    below = [(-9, -9), (9, -9), (9, 2), (-9, 2)]
    above = [(-9, 2), (9, 2), (9, 9), (-9, 9)]
    for one, other in ((left, right), (below, above)):
        counts = inside_polygon(GRID, one).astype(int) + inside_polygon(GRID, other)
        assert (counts == inside_polygon(GRID, whole)).all()


def test_vertices_far_outside_the_map():
    points = np.array([(-EXTENT, -EXTENT), (0, 0), (EXTENT, EXTENT)], dtype=np.int16)
    far = 1_000_000
    assert inside_polygon(points, [(-far, -far), (far, -far), (far, far), (-far, far)]).all()
    assert inside_polygon(points, [(-far, -far), (far, -far), (far, 100), (-far, -200)]).tolist() == [
        True,
        False,
        False,
    ]


def test_each_axis_fills_the_map():
    xy = np.array([[0, 10], [1, 30], [np.nan, np.nan], [4, 20]], dtype=np.float32)
    points, valid = to_map_units(xy)
    assert valid.tolist() == [True, True, False, True]
    assert points.tolist() == [[-EXTENT, -EXTENT], [-EXTENT // 2, EXTENT], [0, 0], [EXTENT, 0]]
    assert points.dtype == np.int16


def test_a_far_outlier_leaves_the_others_their_room():
    middle = np.linspace(0, 1, 5_000)
    xy = np.column_stack([np.append(middle, 1_000), np.append(middle, -1_000)])
    points, _ = to_map_units(xy)
    assert np.ptp(points[:-1].astype(int), axis=0).min() > 60_000
    assert points[-1].tolist() == [EXTENT, -EXTENT]
    assert (np.diff(points[:-1, 0].astype(int)) >= 0).all(), "the order along an axis is kept"


def test_a_map_without_width_or_without_points():
    points, valid = to_map_units(np.array([[3, 1], [3, 2]], dtype=np.float32))
    assert points.tolist() == [[0, -EXTENT], [0, EXTENT]]
    points, valid = to_map_units(np.full((2, 2), np.nan, dtype=np.float32))
    assert not valid.any()
    assert points.shape == (2, 2)


def test_map_of_a_run_leaves_out_what_the_projection_does_and_is_kept():
    run = random_run(10)
    points, valid = map_coordinates(run, "umap", "entities")
    assert (valid == ((run.words.gold_tag > 0) | (run.words.predicted_tag > 0))).all()
    assert np.abs(points[valid]).max() == EXTENT
    assert map_coordinates(run, "umap", "entities").points is points
    assert map_coordinates(run, "pca", "all").points is not points


def test_a_lasso_takes_as_many_steps_around_many_points_as_around_few():
    random = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = np.where(np.arange(40) % 2, 30_000, 15_000)
    polygon = [(int(r * np.cos(a)), int(r * np.sin(a))) for r, a in zip(radius, angles, strict=True)]
    steps = []
    for count in (200, 20_000):
        points = random.integers(-EXTENT, EXTENT, size=(count, 2)).astype(np.int16)
        steps.append(calls_in(partial(inside_polygon, points, polygon)))
    assert steps[0] == steps[1] < 40 * len(polygon)
