"""JSON for files that are written part by part."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def as_json_line(value: Any) -> bytes:
    """A line of JSON in UTF-8."""
    return f"{_json(value)}\n".encode()


def as_json_list(values: Iterable[Any]) -> Iterator[bytes]:
    """A JSON list with one value per line, in UTF-8."""
    before = "[\n"
    for value in values:
        yield f"{before}{_json(value)}".encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
