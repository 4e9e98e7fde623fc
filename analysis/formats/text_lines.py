"""The lines of a text file, one after another, so that a large file is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import read_text

_BLOCK_BYTES = 2**20


def iterate_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file with their line ends; the byte order mark is left out.

    Lines end with a line feed, or with a carriage return if the file has no line feed.

    Raises:
        AnalysisError: The file cannot be read, or is not UTF-8 text.
    """
    newline = _line_end_of(path)
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as stream:
            yield from stream
    except UnicodeDecodeError:
        read_text(path)  # says where
        raise


def _line_end_of(path: Path) -> str:
    """What ends the lines of a file, which is checked for bytes that text does not contain."""
    has_feed = has_return = False
    try:
        with path.open("rb") as stream:
            block = stream.read(_BLOCK_BYTES)
            is_utf16 = block.startswith((b"\xff\xfe", b"\xfe\xff"))
            while block:
                if is_utf16 or b"\0" in block:
                    read_text(path)  # says what is wrong
                has_feed = has_feed or b"\n" in block
                has_return = has_return or b"\r" in block
                block = stream.read(_BLOCK_BYTES)
    except OSError as error:
        raise AnalysisError(f"{path} cannot be read ({error.strerror}).") from error
    return "\r" if has_return and not has_feed else "\n"
