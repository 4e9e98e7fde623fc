"""The scores of predictions: probabilities, from 0 to 1."""

from __future__ import annotations

from math import isnan
from typing import Any

from analysis.errors import AnalysisError
from analysis.messages import shown


def is_score(value: Any) -> bool:
    """Whether a value is a number from 0 to 1."""
    return type(value) in (int, float) and 0 <= value <= 1


def score_of(value: Any, place: str) -> float | None:
    """A score; None: not given.

    Args:
        value: A number, also as text; None and cells such as `_` are no score.
        place: Where it stands, for messages.

    Raises:
        AnalysisError: It is not a number from 0 to 1.
    """
    if value is None or value in ("", "_") or (isinstance(value, float) and isnan(value)):
        return None
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        number = value
    if not is_score(number):
        raise AnalysisError(f"{place}: the score {shown(value)} is not a number from 0 to 1. Correct or omit it.")
    return float(number)
