"""The lines of a text file, one after another, so that a large file is never in memory as a whole."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import read_text

_BLOCK_BYTES = 2**20
_BYTE_ORDER_MARK = "\ufeff"
_LONE_RETURN = re.compile(rb"\r[^\n]")
_LINE = re.compile(r"[^\r\n]*(?:\r*\n|\r)|[^\r\n]+")


def iterate_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file with their line ends; byte order marks, also those of joined files, are left out.

    Lines end with a line feed, with carriage returns before it or not, or with a single carriage return.

    Raises:
        AnalysisError: The file cannot be read, or is not UTF-8 text.
    """
    is_usual = _checked(path)
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            yield from stream if is_usual else _unusual_lines(stream)
    except UnicodeDecodeError:
        read_text(path)  # says where
        raise


def lines_in(text: str) -> Iterator[str]:
    """The lines of a text with their line ends, one after another."""
    return (match[0] for match in _LINE.finditer(text))


def _unusual_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for part in lines_in(line):
            yield part.removeprefix(_BYTE_ORDER_MARK)


def _checked(path: Path) -> bool:
    """Check a file for bytes that text does not contain.

    Returns:
        Whether all lines end with a line feed, and only the first one begins with a byte order mark.
    """
    is_usual = True
    end = b""
    try:
        with path.open("rb") as stream:
            block = stream.read(_BLOCK_BYTES).removeprefix(codecs.BOM_UTF8)
            is_utf16 = block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            while block:
                if is_utf16 or b"\0" in block:
                    read_text(path)  # says what is wrong
                end += block
                is_usual = is_usual and codecs.BOM_UTF8 not in end and not _LONE_RETURN.search(end)
                end = end[1 - len(codecs.BOM_UTF8) :]
                block = stream.read(_BLOCK_BYTES)
    except OSError as error:
        raise AnalysisError(f"{path} cannot be read ({error.strerror}).") from error
    return is_usual and not end.endswith(b"\r")
