"""Formats names and values of a source for messages."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_VALUE_LENGTH = 60
_MAX_NAME_LENGTH = 200
_MAX_NAMES = 12


def quoted(text: str) -> str:
    """A name in double quotes, truncated after 200 characters."""
    return f'"{_name(text)}"'


def printable(text: str) -> str:
    """A text with its control characters escaped, line breaks too: a terminal would obey them."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def printable_lines(text: str) -> str:
    """A text of several lines with all other control characters escaped."""
    return "\n".join(map(printable, text.split("\n")))


def for_terminal(text: str) -> str:
    """A text with all control characters escaped but line breaks and tabs, which separate columns."""
    return "\t".join(map(printable_lines, text.split("\t")))


def shown(value: object) -> str:
    """A cell value of any type and length; text in double quotes, truncated after 60 characters."""
    # Of a long text only the beginning is escaped: messages and notes show many.
    text = repr(value[: _MAX_VALUE_LENGTH + 1])[1:-1] if isinstance(value, str) else repr(value)
    short = text if len(text) <= _MAX_VALUE_LENGTH else f"{text[:_MAX_VALUE_LENGTH]}…"
    return f'"{short}"' if isinstance(value, str) else short


def listed(names: Iterable[str]) -> str:
    """The first 12 names in alphabetical order; characters that cannot be printed are escaped."""
    return in_order(sorted(names), _MAX_NAMES)


def in_order(names: Iterable[str], at_most: int = 50) -> str:
    """The first names as they are ordered, each cut like a value; characters that cannot be printed are escaped."""
    written = [shown(name)[1:-1] for name in names]
    return ", ".join(written[:at_most]) + (", ..." if len(written) > at_most else "")


def _name(text: str) -> str:
    escaped = repr(text[: _MAX_NAME_LENGTH + 1])[1:-1]
    return escaped if len(escaped) <= _MAX_NAME_LENGTH else f"{escaped[:_MAX_NAME_LENGTH]}…"
