"""Reads the values of a JSON file: JSON lines, a JSON list, or a single object."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from analysis.formats.annotations import lines_of, read_text
from analysis.formats.json_lines import json_line

_WRAPPER = "data"
_WRAPPED = re.compile(rf'\s*\{{[^\[\]{{}}]*"{_WRAPPER}"\s*:\s*\[')


class JsonValue(NamedTuple):
    """A value with its place.

    Attributes:
        value: Any JSON value.
        place: The file with the line or element, for messages.
        line: The line on which it stands, from 1; None: the file is not JSON lines.
    """

    value: Any
    place: str
    line: int | None = None


def json_values(path: Path) -> list[JsonValue]:
    """The values of JSON lines (one per line), the elements of a JSON list, or a single object.

    Raises:
        AnalysisError: The file cannot be read, or is not JSON. The message names the line.
    """
    text = read_text(path)
    wrapped = wrapped_records(text)
    whole = _whole(text) if wrapped is None else wrapped
    if isinstance(whole, list):
        return [JsonValue(value, f"{path}, element {number}") for number, value in enumerate(whole)]
    if whole is not None:
        return [JsonValue(whole, str(path))]
    return [
        JsonValue(json_line(line, f"{path}, line {number}"), f"{path}, line {number}", number)
        for number, line in enumerate(lines_of(text), start=1)
        if line.strip()
    ]


def wrapped_records(text: str) -> list[Any] | None:
    """The records of a text that is one object `{"data": [...]}`; None: it is not.

    Beside the list there may be texts and numbers, such as a version.
    """
    if not _WRAPPED.match(text):
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):  # JSON lines, or wrong: the reader says where
        return None
    records = whole.get(_WRAPPER)
    others = [value for key, value in whole.items() if key != _WRAPPER]
    is_wrapper = isinstance(records, list) and bool(records) and all(isinstance(one, dict) for one in records)
    return records if is_wrapper and not any(isinstance(value, dict | list) for value in others) else None


def _whole(text: str) -> Any:
    """The value of a text that is one JSON list or one object over several lines; None: it is neither."""
    start = text.lstrip()[:1]
    first_line = text.strip().partition("\n")[0].strip()
    if start not in ("[", "{") or (start == "{" and first_line.endswith("}")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # JSON lines, or wrong: the lines tell where
        return None
