"""The objects of a JSON file and what must stand under their keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.json_values import JsonValue, json_values
from analysis.messages import shown


def json_objects(path: Path) -> Iterator[JsonValue]:
    """Reads the objects of a file.

    Raises:
        AnalysisError: The file cannot be read, is not JSON, or contains something else than objects.
    """
    for one in json_values(path):
        if not isinstance(one.value, dict):
            raise AnalysisError(f"{one.place} is {shown(one.value)}, which is not a JSON object.")
        yield one


def text_in(value: dict[str, Any], key: str, place: str) -> str:
    """The text under a key.

    Raises:
        AnalysisError: There is none.
    """
    found = value.get(key)
    if not isinstance(found, str):
        raise AnalysisError(f'{place}: "{key}" is {shown(found)}, which is not a text.')
    return found


def text_or_none_in(value: dict[str, Any], key: str, place: str) -> str | None:
    """The text under a key; None: the key is missing or null.

    Raises:
        AnalysisError: It is something else than a text.
    """
    return None if value.get(key) is None else text_in(value, key, place)


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
