"""Formats names and values of a source for messages."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_VALUE_LENGTH = 60
_MAX_NAMES = 12


def quoted(text: str) -> str:
    """A name in double quotes."""
    return f'"{repr(text)[1:-1]}"'


def shown(value: object) -> str:
    """A cell value of any type and length; text in double quotes, truncated after 60 characters."""
    text = quoted(value)[1:-1] if isinstance(value, str) else repr(value)
    short = text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"
    return f'"{short}"' if isinstance(value, str) else short


def listed(names: Iterable[str]) -> str:
    """The first 12 names in alphabetical order; characters that cannot be printed are escaped."""
    ordered = [quoted(name)[1:-1] for name in sorted(names)]
    return ", ".join(ordered[:_MAX_NAMES]) + (", ..." if len(ordered) > _MAX_NAMES else "")
