"""What a format of labelled text is: how a file in it is recognised, read and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, lines_of
from analysis.formats.json_values import wrapped_records
from analysis.formats.text_records import TextRecords
from analysis.formats.written import LabelledSentence, Labels

SAMPLE_BYTES = 2**20
SAMPLE_OBJECTS = 200

Read = Callable[[Path, Columns], Annotations | TextRecords]
Write = Callable[[Iterable[LabelledSentence], Labels, str], Iterator[bytes]]
"""Sentences, which labels of theirs to write, and the name of the tagger -> the bytes of a file, part by part."""


@dataclass(frozen=True)
class Sample:
    """The beginning of a file, by which its format is recognised.

    Attributes:
        path: The file.
        content: At most SAMPLE_BYTES bytes.
    """

    path: Path
    content: bytes

    @classmethod
    def of(cls, path: Path) -> Sample:
        """The sample of a file.

        Raises:
            AnalysisError: The file cannot be read.
        """
        return cls(path, _beginning(path, SAMPLE_BYTES))

    @property
    def ending(self) -> str:
        """The file extension in lower case, with its dot; empty: there is none."""
        return self.path.suffix.lower()

    @cached_property
    def text(self) -> str:
        """The content as text; what is not UTF-8 is replaced."""
        return self.content.decode("utf-8-sig", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text; the last one may be cut off."""
        return lines_of(self.text)

    @cached_property
    def values(self) -> list[Any]:
        """The first JSON objects and lists, at most SAMPLE_OBJECTS: of a list, or of JSON lines. Empty: not JSON.

        If the sample ends inside the first one, as in a file of whole documents, all of the file is read.
        """
        found = _first_values(self.text)
        if found and (wrapped := wrapped_records(self.text)):
            return wrapped[:SAMPLE_OBJECTS]
        if found or len(self.content) < SAMPLE_BYTES or not self.text.lstrip().startswith(("{", "[")):
            return found
        whole = _beginning(self.path).decode("utf-8-sig", "replace")
        return (wrapped_records(whole) or _first_values(whole))[:SAMPLE_OBJECTS]

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects among `values`."""
        return [value for value in self.values if isinstance(value, dict)]


def _beginning(path: Path, size: int = -1) -> bytes:
    """The first bytes of a file; all of them without `size`."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError as error:
        raise AnalysisError(f"{path} cannot be read ({error.strerror}).") from error


def _first_values(text: str) -> list[Any]:
    """The first JSON objects and lists of a text that are whole."""
    text = text.strip()
    in_list = text.startswith("[") and not _begins_with_list_line(text)
    position = 1 if in_list else 0
    decoder = json.JSONDecoder()
    found: list[Any] = []
    while len(found) < SAMPLE_OBJECTS:
        while position < len(text) and (text[position].isspace() or (in_list and text[position] == ",")):
            position += 1
        if not text.startswith(("{", "["), position):
            break
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # the last one may be cut off; a reader says what is wrong
            break
        found.append(value)
    return found


def _begins_with_list_line(text: str) -> bool:
    """Whether a text is JSON lines whose first line is a list."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):  # a list that is cut off, or no JSON
        return False
    return text[end:].lstrip().startswith(("[", "{"))


@dataclass(frozen=True)
class Format:
    """A format of labelled text.

    Attributes:
        name: Its name on the command line.
        title: Its name in documents and messages.
        endings: File extensions that files in it usually have, with the dot.
        holds: What files in it usually contain.
        recognises: Whether a file is in this format, as far as its content and its file extension
            tell; formats are asked in the order of FORMATS.
        read: Reads a file; None: the format is only written.
        write: Writes sentences; None: the format is only read.
        package: A package that it needs and that is not installed by default.
        recognises_folder: Whether a folder is one corpus in this format, which `read` reads; None: never.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    holds: Literal["gold", "predictions", "both"]
    recognises: Callable[[Sample], bool]
    read: Read | None = None
    write: Write | None = None
    package: str | None = None
    recognises_folder: Callable[[Path], bool] | None = None
