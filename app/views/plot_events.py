"""The parts of plotly's click and hover events that callbacks read."""

from __future__ import annotations

from typing_extensions import TypedDict


class Box(TypedDict):
    """Position of a point on the page, in px."""

    x0: float
    x1: float
    y0: float
    y1: float


class Point(TypedDict):
    """A point of a word."""

    curveNumber: int
    pointNumber: int
    bbox: Box


class PointEvent(TypedDict):
    """An event on a map."""

    points: list[Point]


class NamedPoint(TypedDict):
    """A point of an entity type."""

    customdata: str


class NamedPointEvent(TypedDict):
    """An event on a figure of entity types."""

    points: list[NamedPoint]
