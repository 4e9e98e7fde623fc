"""The JSON objects of a file: one object, a list of objects, or one object per line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import AnalysisError
from analysis.formats.annotations import lines_of, read_text
from analysis.formats.json_lines import json_line
from analysis.messages import shown


class JsonObject(NamedTuple):
    """An object of a file.

    Attributes:
        value: The object.
        place: The file with the line or element, for messages.
        line: The line on which it begins, from 1; None: the file does not have one object per line.
    """

    value: dict[str, Any]
    place: str
    line: int | None


def json_objects(path: Path) -> Iterator[JsonObject]:
    """Reads the objects of a file.

    Raises:
        AnalysisError: The file cannot be read, is not JSON, or contains something else than objects.
    """
    text = read_text(path)
    lines = [(number, line) for number, line in enumerate(lines_of(text), start=1) if line.strip()]
    if text.lstrip()[:1] == "[":
        values = json_line(text, str(path))
        for index, value in enumerate(values):
            yield _checked(value, f"{path}, element {index}", None)
    elif len(lines) > 1 and lines[0][1].strip()[-1] != "}":  # one object with line breaks
        yield _checked(json_line(text, str(path)), str(path), None)
    else:
        for number, line in lines:
            place = f"{path}, line {number}"
            yield _checked(json_line(line, place), place, number)


def _checked(value: Any, place: str, line: int | None) -> JsonObject:
    if not isinstance(value, dict):
        raise AnalysisError(f"{place} is {shown(value)}, which is not a JSON object.")
    return JsonObject(value, place, line)


def text_in(value: dict[str, Any], key: str, place: str) -> str:
    """The text under a key.

    Raises:
        AnalysisError: There is none.
    """
    found = value.get(key)
    if not isinstance(found, str):
        raise AnalysisError(f'{place}: "{key}" is {shown(found)}, which is not a text.')
    return found


def whole_number_in(value: dict[str, Any], key: str, place: str) -> int:
    """The whole number under a key.

    Raises:
        AnalysisError: There is none.
    """
    found = value.get(key)
    if type(found) is not int:
        raise AnalysisError(f'{place}: "{key}" is {shown(found)}, which is not a whole number.')
    return found


def objects_in(value: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    """The objects in the list under a key; empty if it is missing or null.

    Raises:
        AnalysisError: It is something else than a list of objects.
    """
    found = value.get(key)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise AnalysisError(f'{place}: "{key}" is {shown(found)}, which is not a list of JSON objects.')
    return found
