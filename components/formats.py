"""Formats of numbers and plurals."""

from __future__ import annotations

import math

NOTHING = "–"


def count(number: int) -> str:
    """1204 -> `1,204`."""
    return f"{number:,}"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """1 -> `1 word`, 1204 -> `1,204 words`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def ratio(value: float | None, digits: int = 3) -> str:
    """A score or probability with a fixed number of digits; a dash for None and NaN (0/0)."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """0.1234 -> `12.3%`; a dash for None and NaN."""
    return NOTHING if value is None or math.isnan(value) else f"{100 * value:.1f}%"


def loss(value: float | None) -> str:
    """A loss in nats, with two decimals: 1204.5 -> `1,204.50`; a dash for None and NaN."""
    return NOTHING if value is None or math.isnan(value) else f"{value:,.2f}"
