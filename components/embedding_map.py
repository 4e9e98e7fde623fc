"""The embedding map: the base figure with every word, and the overlay with the selected words.

Any change to a large WebGL figure redraws all of it. So highlights are in a second, transparent figure above the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from components.palette import Theme

MAP_RANGE = (-33500, 33500)
"""Axis range in map units; the coordinates are in [-32000, 32000]."""

QUIET_OPACITY = 0.35
FEW, MANY = 400, 4_000
"""Numbers of highlighted words from which their markers are smaller, and also transparent."""

Points = npt.NDArray[np.int16]
Corners = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Category:
    """The points of a legend entry.

    Attributes:
        label: Name in the legend.
        colour: CSS colour.
        agree: int16, n x 2: points of words that are not misclassified.
        disagree: int16, m x 2: points of misclassified words, drawn with a border above the others.
        quiet: Whether the points are small and pale, as for `O` words.
        shape: Marker symbol.
        type_class: CSS classes of the entry's entity type, or "".
    """

    label: str
    colour: str
    agree: Points
    disagree: Points
    quiet: bool = False
    shape: str = "circle"
    type_class: str = ""


def _layout(**extra: object) -> go.Layout:
    axis = {"range": list(MAP_RANGE), "visible": False, "fixedrange": False}
    return go.Layout(
        xaxis=axis,
        yaxis=axis,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        **extra,
    )


def _points(points: Points, marker: dict[str, object], **extra: object) -> go.Scattergl:
    same = {"marker": {"opacity": marker.get("opacity", 1)}}
    return go.Scattergl(
        x=np.ascontiguousarray(points[:, 0]),
        y=np.ascontiguousarray(points[:, 1]),
        mode="markers",
        marker=marker,
        hoverinfo="none",
        selected=same,
        unselected=same,
        **extra,
    )


def map_figure(categories: Sequence[Category], theme: Theme) -> go.Figure:
    """The base figure, with two traces for each category.

    For n categories, trace t has the points of category t that agree, and trace n + t those that disagree. So the
    `curveNumber` and `pointNumber` of a click identify a word.
    """
    total = sum(len(category.agree) + len(category.disagree) for category in categories)
    size = 3 if total > 60_000 else 4 if total > 4_000 else 6
    agreements = [
        _points(
            category.agree,
            {
                "color": category.colour,
                "symbol": category.shape,
                "size": size - 1 if category.quiet else size,
                "opacity": QUIET_OPACITY if category.quiet else 0.8,
            },
        )
        for category in categories
    ]
    disagreements = [
        _points(
            category.disagree,
            {
                "color": category.colour,
                "symbol": category.shape,
                "size": size + 2.5,
                "opacity": 0.95,
                "line": {"width": 1, "color": theme.ink},
            },
        )
        for category in categories
    ]
    layout = _layout(
        dragmode="pan",
        hovermode="closest",
        hoverdistance=12,
        newselection={"line": {"color": theme.accent, "width": 1.5, "dash": "dot"}, "mode": "immediate"},
        activeselection={"fillcolor": theme.accent, "opacity": 0},
    )
    return go.Figure([*agreements, *disagreements], layout)


def highlight_traces(points: Points, focus: Points, polygon: Corners | None, theme: Theme) -> list[dict[str, object]]:
    """The three traces of the overlay: selected words, focused word, outline of the lasso.

    Args:
        points: int16, n x 2: the selected words.
        focus: int16, 1 x 2 or 0 x 2: the focused word.
        polygon: int32, k x 2: vertices of the lasso, or None.
        theme: The colour scheme.

    Returns:
        Dictionaries whose coordinates are typed bytes, as the browser reads them.
    """
    closed = np.vstack([polygon, polygon[:1]]) if polygon is not None else np.zeros((0, 2), np.int16)
    if len(points) < MANY:
        size = 10 if len(points) < FEW else 7
        marker = {"color": theme.accent, "size": size, "opacity": 0.95, "line": {"width": 1, "color": theme.panel}}
    else:
        marker = {"color": theme.accent, "size": 5, "opacity": 0.3}
    chosen = _points(points, marker)
    ring = _points(
        focus,
        {"symbol": "circle-open", "color": theme.ink, "size": 18, "opacity": 1, "line": {"width": 2.5}},
    )
    outline = go.Scattergl(
        x=np.ascontiguousarray(closed[:, 0]),
        y=np.ascontiguousarray(closed[:, 1]),
        mode="lines",
        line={"color": theme.accent, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    return [dict(trace) for trace in go.Figure([chosen, ring, outline]).to_dict()["data"]]


def overlay_figure() -> go.Figure:
    """The overlay without highlights."""
    return go.Figure([], _layout(dragmode=False))
