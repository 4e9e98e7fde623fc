"""Reads a line of a JSON lines file."""

from __future__ import annotations

import json
from typing import Any

from analysis.errors import AnalysisError

_BYTE_ORDER_MARK = "\ufeff"
"""Also at the start of a later line, where files were joined."""


def json_line(text: str, place: str) -> Any:
    """The JSON value of a line.

    Args:
        text: The line.
        place: The file and the line, for messages.

    Raises:
        AnalysisError: The line cannot be read.
    """
    try:
        return json.loads(text.removeprefix(_BYTE_ORDER_MARK))
    except json.JSONDecodeError as error:
        raise AnalysisError(
            f"{place} is not valid JSON: {error.msg} at column {error.colno}. Write one JSON object per line."
        ) from error
    except RecursionError as error:
        raise AnalysisError(f"{place} is nested too deeply. Write one flat JSON object per line.") from error
    except ValueError as error:  # Python limits the digits of an integer
        raise AnalysisError(f"{place} contains a number with too many digits. Correct the number.") from error
