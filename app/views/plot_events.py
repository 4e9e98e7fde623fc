"""What plotly says of a click or a hover, as far as callbacks read it."""

from __future__ import annotations

from typing_extensions import TypedDict


class Box(TypedDict):
    """Where a point lies on the page, in px."""

    x0: float
    x1: float
    y0: float
    y1: float


class Point(TypedDict):
    """A point that stands for a word."""

    curveNumber: int
    pointNumber: int
    bbox: Box


class PointEvent(TypedDict):
    """Points of a map."""

    points: list[Point]


class NamedPoint(TypedDict):
    """A point that stands for an entity type."""

    customdata: str


class NamedPointEvent(TypedDict):
    """Points of a figure of the entity types."""

    points: list[NamedPoint]
