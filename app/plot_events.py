"""What plotly says of a click or a hover, as far as callbacks read it."""

from __future__ import annotations

from typing import TypedDict


class Box(TypedDict):
    """Where a point lies on the page, in px."""

    x0: float
    x1: float
    y0: float
    y1: float


class Point(TypedDict):
    """A point of a scatter plot."""

    curveNumber: int
    pointNumber: int
    bbox: Box


class PointEvent(TypedDict):
    """Points of a map."""

    points: list[Point]


class Bar(TypedDict):
    """A bar that stands for something with a name."""

    customdata: str


class BarEvent(TypedDict):
    """Bars of a bar chart."""

    points: list[Bar]
