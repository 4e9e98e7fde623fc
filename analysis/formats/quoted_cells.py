"""Files of columns whose cells are quoted, as statistics programs write them: `"Ada" "B-PER"`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_QUOTES = "\"'"
_TAB, _SPACE = "\t", " "
_NUMBER = re.compile(r"-?\d+(\.\d+)?|NA")


def quoting_of(lines: Sequence[str]) -> tuple[str, str] | None:
    """How the cells of a file are quoted: what separates them, and the quote; None: quotes are words.

    All cells of all lines are quoted, but for columns of numbers.

    Args:
        lines: The first lines of the file.
    """
    content = [line.strip() for line in lines if line.strip() and line[0] != "#" and "-DOCSTART-" not in line]
    separator = _TAB if content and _TAB in content[0] else _SPACE
    return next(((separator, quote) for quote in _QUOTES if content and _have_quotes(content, separator, quote)), None)


def without_quotes(lines: Iterable[str], separator: str, quote: str) -> Iterator[str]:
    """The lines with cells that are not quoted, separated by tabs."""
    for line in lines:
        content = line.strip(" \r\n")
        if quote not in content or content[0] == "#":
            yield line
            continue
        cells = (_unquoted(cell, quote) for cell in _cells(content, separator, quote))
        yield _TAB.join(cell.replace(_TAB, _SPACE) for cell in cells) + "\n"


def _have_quotes(lines: Sequence[str], separator: str, quote: str) -> bool:
    """Whether all lines have at least one quoted cell, and no cell without quotes that is no number."""
    if not all(quote in line for line in lines):
        return False
    rows = (_cells(line, separator, quote) for line in lines)
    return all(len(row) > 1 and all(_is_quoted(cell, quote) for cell in row) for row in rows)


def _cells(line: str, separator: str, quote: str) -> list[str]:
    """The cells of a line with their quotes."""
    cell = rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
    other = rf"[^{separator}]+"
    return re.findall(rf"(?:{cell}|{other})(?={separator}|$)", line)


def _unquoted(cell: str, quote: str) -> str:
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == quote
    return cell[1:-1].replace(2 * quote, quote) if is_quoted else cell


def _is_quoted(cell: str, quote: str) -> bool:
    return (len(cell) > 1 and cell[0] == cell[-1] == quote) or _NUMBER.fullmatch(cell) is not None
