"""Lasso and box in `assets/map.js`, under node: what is drawn is what is selected, however far the map is zoomed in."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from analysis.projections.map_units import inside_polygon
from analysis.selection.clauses import Lasso
from analysis.selection.scene import Scene
from tests.components.node import run_node
from tests.runs import make_run

RUN = make_run([(["a"], ["B-PER"], ["O"])])

DRAG = """
give(input.data.map(({ selected, range, key }) => {
  const axis = { range, _length: 700 };
  const base = { _fullLayout: { xaxis: axis, yaxis: { range, _length: 350 } } };
  const written = [];
  const window = {
    dash_clientside: { no_update: "no update" },
    explainer: { facts, navigate: (changes) => written.push(changes) },
    Plotly: { relayout: () => {} },
  };
  const holder = { querySelector: () => base };
  const document = { getElementById: () => holder, addEventListener: () => {} };
  load("map.js", { window, document, setTimeout: (later) => later() });
  window.dash_clientside.map.lasso(selected, key, "map");
  return written;
}));
"""


def drag(selected: Any, extent: float = 33_500, key: str = "run=R") -> str | None:
    """The lasso that is written into the URL; the map shows [-extent, extent] on both axes."""
    (written,) = run_node(DRAG, [{"selected": selected, "range": [-extent, extent], "key": key}])
    assert len(written) <= 1
    return written[0]["lasso"] if written else None


def circle(radius: float, vertices: int = 400) -> dict[str, Any]:
    """What plotly says of a lasso drawn as a circle."""
    angles = [2 * math.pi * number / vertices for number in range(vertices)]
    return {
        "points": [],
        "lassoPoints": {"x": [radius * math.cos(a) for a in angles], "y": [radius * math.sin(a) for a in angles]},
    }


@pytest.mark.parametrize("zoom", [1, 10, 60])
def test_drawn_circle_selects_a_circle_and_fits_into_a_link(zoom: int) -> None:
    extent = 33_500 / zoom
    radius = 0.5 * extent
    value = drag(circle(radius), extent)
    assert value is not None
    assert len(quote(value)) < 1_500
    lasso = Lasso.parse(value, Scene(RUN))
    assert 20 <= len(lasso.polygon) <= 60
    grid = np.linspace(-extent * 0.9, extent * 0.9, 81)
    points = np.array([(x, y) for x in grid for y in grid]).astype(np.int16)
    distance = np.hypot(points[:, 0].astype(float), points[:, 1].astype(float))
    clear = np.abs(distance - radius) > 0.06 * radius
    np.testing.assert_array_equal(inside_polygon(points, lasso.polygon)[clear], (distance < radius)[clear])


def test_a_box_is_a_lasso_of_four_corners() -> None:
    assert drag({"points": [], "range": {"x": [-10.4, 20.6], "y": [5, -7]}}) == "umap.all:-10,5;21,5;21,-7;-10,-7"


def test_a_lasso_names_the_map_that_it_was_drawn_on() -> None:
    box = {"points": [], "range": {"x": [0, 9], "y": [0, 9]}}
    assert str(drag(box, key="run=R&method=pca&points=entities&theme=dark")).startswith("pca.entities:")


@pytest.mark.parametrize("selected", [None, {"points": []}, {"lassoPoints": {"x": [1, 1.1], "y": [1, 1.1]}}])
def test_empty_lasso_selects_nothing(selected: Any) -> None:
    assert drag(selected) is None


def test_lasso_may_extend_beyond_the_map() -> None:
    value = drag(circle(60_000), 100_000)
    assert value is not None
    assert max(abs(x) for x, _ in Lasso.parse(value, Scene(RUN)).polygon) > 50_000
