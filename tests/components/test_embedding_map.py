"""The map's figures: which trace has which points, as a browser reads them."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pytest

from components.embedding_map import MANY, MAP_RANGE, Category, highlight_traces, map_figure, overlay_figure
from components.palette import DARK, LIGHT

Points = npt.NDArray[np.int16]


def points(count: int, seed: int = 0) -> Points:
    return np.random.default_rng(seed).integers(-32_000, 32_001, (count, 2)).astype(np.int16)


def decoded(column: Any) -> npt.NDArray[Any]:
    """Typed bytes as plotly.js reads them; plotly leaves an empty array as it is."""
    if not isinstance(column, dict):
        assert len(column) == 0
        return np.asarray(column)
    return np.frombuffer(base64.b64decode(column["bdata"]), dtype=f"<{column['dtype']}")


def xy(trace: dict[str, Any]) -> npt.NDArray[Any]:
    return np.stack([decoded(trace["x"]), decoded(trace["y"])], axis=1)


CATEGORIES = (
    Category("O", "#cccccc", points(50, 1), points(3, 2), quiet=True),
    Category("PER", "#0000ff", points(20, 3), points(0, 4)),
    Category("LOC", "#00ff00", points(0, 5), points(7, 6)),
)


def test_all_agreements_come_first_in_the_order_of_the_legend() -> None:
    traces = map_figure(CATEGORIES, LIGHT).to_dict()["data"]
    wanted = [category.agree for category in CATEGORIES] + [category.disagree for category in CATEGORIES]
    assert [len(xy(trace)) for trace in traces] == [50, 20, 0, 3, 0, 7]
    for trace, part in zip(traces, wanted, strict=True):
        np.testing.assert_array_equal(xy(trace), part)
        assert len(part) == 0 or trace["x"]["dtype"] == "i2"
    assert [trace["marker"]["color"] for trace in traces] == [category.colour for category in CATEGORIES] * 2


def test_disagreements_have_a_border_and_ordinary_words_are_small() -> None:
    traces = map_figure(CATEGORIES, DARK).data
    assert [bool(trace.marker.line.width) for trace in traces] == [False] * 3 + [True] * 3
    assert all(trace.marker.line.color == DARK.ink for trace in traces[3:])
    assert traces[0].marker.size < traces[1].marker.size < traces[4].marker.size
    assert traces[0].marker.opacity < traces[1].marker.opacity


def test_no_hover_text_is_sent() -> None:
    for trace in map_figure(CATEGORIES, LIGHT).data:
        assert trace.hoverinfo == "none"
        assert trace.text is None
        assert trace.customdata is None


@pytest.mark.parametrize("count", [0, 1, 399, 400, MANY - 1, MANY, MANY + 1])
def test_the_first_trace_of_the_overlay_has_exactly_the_selected_points(count: int) -> None:
    chosen, focus = points(count), points(1, 9)
    polygon = np.array([[0, 0], [40_000, 10], [5, -90_000]], dtype=np.int32)
    first, ring, outline = highlight_traces(chosen, focus, polygon, LIGHT)
    np.testing.assert_array_equal(xy(first), chosen)
    np.testing.assert_array_equal(xy(ring), focus)
    np.testing.assert_array_equal(xy(outline), [[0, 0], [40_000, 10], [5, -90_000], [0, 0]])
    assert first["mode"] == ring["mode"] == "markers"
    assert outline["mode"] == "lines"


def test_an_overlay_without_selection_has_three_empty_traces() -> None:
    empty = points(0)
    traces = highlight_traces(empty, empty, None, LIGHT)
    assert [len(xy(trace)) for trace in traces] == [0, 0, 0]
    assert all(trace["type"] == "scattergl" for trace in traces)


def test_base_and_overlay_are_aligned() -> None:
    base, overlay = map_figure(CATEGORIES, LIGHT).layout, overlay_figure().layout
    for layout in (base, overlay):
        assert tuple(layout.xaxis.range) == tuple(layout.yaxis.range) == MAP_RANGE
        assert layout.margin == go.layout.Margin(l=0, r=0, t=0, b=0)
        assert layout.xaxis.visible is layout.yaxis.visible is False
        assert layout.paper_bgcolor == "rgba(0,0,0,0)"
    assert overlay.dragmode is False
