"""CoNLL and TSV files: a word a line, its columns parted by tabs or spaces, sentences parted by blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from analysis.corpus.readers.annotations import Annotations, Columns, RawTag, lines_of, read_text
from analysis.corpus.readers.records import TAG_COLUMNS, WORD_COLUMNS
from analysis.corpus.tag_schemes import split_tag
from analysis.errors import AnalysisError
from analysis.run.tags import OUTSIDE

_DOCUMENT = "-DOCSTART-"
_ID_COMMENT = re.compile(r"#\s*(?:sent_id|sentence_id|id)(?:\s*[=:]\s*|[ ]+)([^\t]+)")
_ID_ASSIGNMENT = re.compile(r"#\s*(?:sent_id|sentence_id|id)\s*=")


def read_conll(path: Path, columns: Columns) -> Annotations:
    """Reads a CoNLL or TSV file.

    Columns are counted from 0, from the end where negative, and are the first and the last unless given; a name is
    looked up in the header, the file's first line. A line with a tab is parted at tabs, any other at spaces. Comments
    `# sent_id = x` and `# id x` name the sentence that follows; one without words is kept as an empty sentence.

    Raises:
        AnalysisError: A line lacks one of the columns, or the header the name of one.
    """
    return _File(path, columns).read()


def _fields(line: str) -> list[str]:
    line = line.rstrip(" \t")
    if "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return [cell for cell in line.split(" ") if cell]


class _File:
    def __init__(self, path: Path, columns: Columns) -> None:
        self._path = path
        self._lines = lines_of(read_text(path))
        self._header_line = self._find_header(columns)
        self._word_column = self._position("word", columns.word, WORD_COLUMNS, 0)
        self._tag_column = self._position("tag", columns.tag, TAG_COLUMNS, -1)

    def read(self) -> Annotations:
        annotations = Annotations(str(self._path))
        if self._header_line is not None:
            annotations.notes.append(f"Line {self._header_line + 1} is read as the header.")
        sentence_id: str | None = None
        words: list[str] = []
        tags: list[RawTag] = []
        first_line = 0

        def finish() -> None:
            nonlocal sentence_id, words, tags
            if words or sentence_id is not None:
                annotations.append(sentence_id, words, tags, first_line)
            sentence_id, words, tags = None, [], []

        for number, line in enumerate(self._lines):
            if number == self._header_line:
                continue
            if not line.strip(" \t"):
                finish()
            elif line.startswith(_DOCUMENT):
                finish()
                annotations.counts["documents"] += 1
            elif line[0] == "#" and self._is_comment(line):
                annotations.counts["comment_lines"] += 1
                if named := _ID_COMMENT.match(line):
                    if words:
                        finish()
                    sentence_id = named[1].strip()
                    first_line = number + 1
            else:
                if not words:
                    first_line = number + 1
                word, tag = self._word_and_tag(line, number)
                words.append(word)
                tags.append(tag)
        finish()
        return annotations

    def _word_and_tag(self, line: str, number: int) -> tuple[str, str]:
        cells = _fields(line)
        place = f"{self._path}, line {number + 1}"
        if len(cells) < 2:
            raise AnalysisError(
                f"{place} has one column ({_short(line)}) where a word and its tag are needed: "
                "separate them by a tab or a space, sentences by a blank line."
            )
        try:
            return cells[self._word_column], cells[self._tag_column]
        except IndexError as error:
            raise AnalysisError(
                f"{place} has {len(cells)} columns, not enough for word column {self._word_column} and tag column "
                f"{self._tag_column} (counted from 0): mend the line, or --word-column and --tag-column."
            ) from error

    def _is_comment(self, line: str) -> bool:
        """Whether a line that begins with `#` is a comment: it has not the form of the other lines, or sets an id."""
        if _ID_ASSIGNMENT.match(line):
            return True
        cells = _fields(line)
        widths, tags = self._form_of_the_other_lines
        position = self._tag_column
        if len(cells) < 2 or (widths and len(cells) not in widths) or not -len(cells) <= position < len(cells):
            return True
        tag = cells[position]
        return tag not in tags and tag != OUTSIDE and not all(split_tag(tag))

    @cached_property
    def _form_of_the_other_lines(self) -> tuple[set[int], set[str]]:
        """Numbers of columns, and tags, in the lines that surely are no comments."""
        rows = [cells for line in self._lines if line[:1] != "#" and len(cells := _fields(line)) > 1]
        position = self._tag_column
        tags = {cells[position] for cells in rows if -len(cells) <= position < len(cells)}
        return {len(cells) for cells in rows}, tags

    def _content(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in enumerate(self._lines):
            if line.strip(" \t") and not line.startswith(("#", _DOCUMENT)):
                yield number, _fields(line)

    def _find_header(self, columns: Columns) -> int | None:
        """Number of the header line: the first where columns are given by name, or where both cells are known names."""
        number, cells = next(self._content(), (None, [""]))
        named = any(name is not None and not _is_number(name) for name in (columns.word, columns.tag))
        known = cells[0].lower() in WORD_COLUMNS and cells[-1].lower() in TAG_COLUMNS
        return number if named or known else None

    def _position(self, what: str, given: str | None, known: tuple[str, ...], default: int) -> int:
        if given is not None and _is_number(given):
            return int(given)
        if self._header_line is None:
            return default
        names = [name.lower() for name in _fields(self._lines[self._header_line])]
        if given is None:
            return next((names.index(name) for name in known if name in names), default)
        if given.lower() not in names:
            raise AnalysisError(
                f"{self._path} has no column {given!r} in its first line ({', '.join(names)}): "
                f"give --{what}-column one of these, or a column's position counted from 0."
            )
        return names.index(given.lower())


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _short(line: str) -> str:
    return repr(line if len(line) <= 40 else f"{line[:40]}…")
