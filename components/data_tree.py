"""JSON as a collapsible tree: simple values on one line, objects and long lists under a heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components import formats
from components.static_html import Element, element

LONGEST = 60
"""Maximum number of shown items of a list or entries of an object; the others are counted."""
INLINE = 12
"""Maximum number of simple values on one line."""


def data_tree(value: Mapping[str, Any], opened: Sequence[str] = ()) -> Element:
    """A JSON object as a tree.

    Args:
        value: The object.
        opened: Keys of the first level that are expanded.
    """
    return element("ul", *_items(value, frozenset(opened)), className="data-tree")


def _items(value: Mapping[str, Any], opened: frozenset[str] = frozenset()) -> list[Element]:
    entries = list(value.items())
    shown = [element("li", _entry(str(name), item, str(name) in opened)) for name, item in entries[:LONGEST]]
    return shown + _rest(len(entries))


def _entry(name: str, value: Any, is_open: bool = False) -> Element:
    key = element("span", name, className="key")
    if isinstance(value, Mapping) and value:
        inner, held = _items(value), formats.counted(len(value), "entry", "entries")
    elif isinstance(value, list) and not _fits(value):
        inner = [element("li", _entry(str(number), item)) for number, item in enumerate(value[:LONGEST])]
        inner, held = inner + _rest(len(value)), formats.counted(len(value), "item")
    else:
        return element("div", key, element("span", _plain(value), className="value"), className="leaf")
    head = element("summary", key, element("span", held, className="note"))
    return element("details", head, element("ul", *inner), open=is_open)


def _fits(values: list[Any]) -> bool:
    return len(values) <= INLINE and not any(isinstance(value, Mapping | list) for value in values)


def _rest(number: int) -> list[Element]:
    left = number - LONGEST
    return [element("li", f"and {left:,} more", className="note")] if left > 0 else []


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "(empty)"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "(empty)"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
