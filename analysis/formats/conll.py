"""CoNLL and TSV files: one word per line, columns separated by tabs or spaces, sentences by blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, Document, RawTag, lines_of, read_text
from analysis.formats.conll_writer import write_conll
from analysis.formats.format import Format
from analysis.formats.records import DOCUMENT_COLUMNS, TAG_COLUMNS, WORD_COLUMNS
from analysis.formats.tag_schemes import split_tag
from analysis.messages import quoted, shown
from analysis.option_kinds import MAX_DIGITS
from analysis.run.tags import OUTSIDE

_ENDINGS = (".conll", ".conll03", ".conllu", ".tsv", ".txt", ".iob", ".iob2", ".bio", ".bioes", ".bmes")
_DOCUMENT_START = "-DOCSTART-"
_DOCUMENT_NAME = re.compile(rf"{_DOCUMENT_START}\s+\((.+)\)\s*$")
_DOCUMENT_COMMENT = re.compile(r"# *newdoc(?: +id)? *(?:[=:] *(.*))?$")
_ID_COMMENT = re.compile(r"#\s*(?:sent_id|sentence_id|id)(?:\s*[=:]\s*|[ ]+)([^\t]+)")
_ID_ASSIGNMENT = re.compile(r"#\s*(?:sent_id|sentence_id|id)\s*=")


def read_conll(path: Path, columns: Columns) -> Annotations:
    """Reads a CoNLL or TSV file.

    Columns are counted from 0, or from the end if negative. By default, words are in the first column and tags in the
    last; a name is looked up in the header, the first line of the file. A line with a tab is split at tabs, any other
    line at spaces. The comments `# sent_id = x` and `# id x` give the id of the next sentence; an id without words is
    kept as an empty sentence.

    A document begins at a `-DOCSTART-` line, which is not a sentence, or at a comment `# newdoc` or `# newdoc id = x`.
    A document column, given or named in the header, is used instead if there is one.

    Raises:
        AnalysisError: A line or the header does not have one of the columns.
    """
    return _File(path, columns).read()


def _fields(line: str) -> list[str]:
    line = line.rstrip(" \t")
    if "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return [cell for cell in line.split(" ") if cell]


def _starts_document(line: str) -> bool:
    """Whether a line is a `-DOCSTART-` mark, which may follow a column of word numbers."""
    return _DOCUMENT_START in line and _DOCUMENT_START in _fields(line)[:2]


@dataclass
class _Reading:
    """The sentences read so far, and the current sentence."""

    annotations: Annotations
    document: Document = None
    documents: int = 0
    sentence_id: str | None = None
    words: list[str] = field(default_factory=list)
    tags: list[RawTag] = field(default_factory=list)
    first_line: int = 0

    def begin_document(self, name: str | None) -> None:
        if self.words:
            self.finish_sentence()
        self.documents += 1
        self.document = name or self.documents

    def begin_sentence(self, sentence_id: str, line: int) -> None:
        if self.words:
            self.finish_sentence()
        self.sentence_id = sentence_id
        self.first_line = line

    def add_word(self, word: str, tag: str, document: Document, line: int) -> None:
        if not self.words:
            self.first_line = line
            self.document = document
        self.words.append(word)
        self.tags.append(tag)

    def finish_sentence(self) -> None:
        if self.words or self.sentence_id is not None:
            self.annotations.append(self.sentence_id, self.words, self.tags, self.first_line, self.document)
        self.sentence_id, self.words, self.tags = None, [], []


class _File:
    def __init__(self, path: Path, columns: Columns) -> None:
        self._path = path
        self._lines = lines_of(read_text(path))
        self._suggested = columns.suggested or Columns()
        self._header_line = self._find_header(columns)
        self._header = [] if self._header_line is None else _fields(self._lines[self._header_line])
        _, first = next(self._content(), (0, []))
        self._width = len(first)
        self._suggested = self._applicable(self._suggested)
        suggested = self._suggested
        self._word_column = self._position("word", columns.word, suggested.word, WORD_COLUMNS) or 0
        tag_column = self._position("tag", columns.tag, suggested.tag, TAG_COLUMNS)
        self._tag_column = -1 if tag_column is None else tag_column
        self._document_column = self._position("document", columns.document, suggested.document, DOCUMENT_COLUMNS)

    def read(self) -> Annotations:
        reading = _Reading(Annotations(str(self._path), self._columns_read()))
        counts = reading.annotations.counts
        if self._header_line is not None:
            reading.annotations.notes.append(f"Line {self._header_line + 1} was read as the header.")
        for number, line in enumerate(self._lines):
            if number == self._header_line:
                continue
            if not line.strip(" \t"):
                reading.finish_sentence()
            elif _starts_document(line):
                reading.finish_sentence()
                name = _DOCUMENT_NAME.search(line)
                reading.begin_document(name and name[1].strip())
            elif line[0] == "#" and self._is_comment(line):
                counts["comment_lines"] += 1
                if starts := _DOCUMENT_COMMENT.match(line):
                    reading.begin_document(starts[1] and starts[1].strip())
                elif named := _ID_COMMENT.match(line):
                    reading.begin_sentence(named[1].strip(), number + 1)
            else:
                word, tag, document = self._cells(line, number)
                reading.add_word(word, tag, reading.document if self._document_column is None else document, number + 1)
        reading.finish_sentence()
        return reading.annotations

    def _cells(self, line: str, number: int) -> tuple[str, str, str | None]:
        """Word, tag and document of a line."""
        cells = _fields(line)
        place = f"{self._path}, line {number + 1}"
        if len(cells) < 2:
            raise AnalysisError(
                f"{place} has one column ({shown(line)}) but needs a word and its tag. "
                "Separate them by a tab or a space, and sentences by a blank line."
            )
        try:
            document = None if self._document_column is None else cells[self._document_column] or None
            return cells[self._word_column], cells[self._tag_column], document
        except IndexError as error:
            wanted = f"word column {self._word_column} and tag column {self._tag_column}"
            if self._document_column is not None:
                wanted += f" and document column {self._document_column}"
            raise AnalysisError(
                f"{place} has {len(cells)} columns, too few for {wanted} (counted from 0). "
                "Correct the line, --word-column or --tag-column."
            ) from error

    def _columns_read(self) -> Columns:
        def name_of(position: int | None) -> str | None:
            if position is None or not self._width:
                return None
            counted = position + self._width if position < 0 else position
            if counted < 0:
                return None  # the first line that is read says that it has too few columns
            return self._header[counted] if counted < len(self._header) else str(counted)

        return Columns(name_of(self._word_column), name_of(self._tag_column), None, name_of(self._document_column))

    def _is_comment(self, line: str) -> bool:
        """Whether a line that begins with `#` is a comment: it sets an id, starts a document, or differs in form."""
        if _ID_ASSIGNMENT.match(line) or _DOCUMENT_COMMENT.match(line):
            return True
        cells = _fields(line)
        widths, tags = self._widths_and_tags
        position = self._tag_column
        if len(cells) < 2 or (widths and len(cells) not in widths) or not -len(cells) <= position < len(cells):
            return True
        tag = cells[position]
        return tag not in tags and tag != OUTSIDE and not all(split_tag(tag))

    @cached_property
    def _widths_and_tags(self) -> tuple[set[int], set[str]]:
        """The numbers of columns and the tags of lines that are certainly not comments."""
        rows = [cells for line in self._lines if line[:1] != "#" and len(cells := _fields(line)) > 1]
        position = self._tag_column
        tags = {cells[position] for cells in rows if -len(cells) <= position < len(cells)}
        return {len(cells) for cells in rows}, tags

    def _content(self) -> Iterator[tuple[int, list[str]]]:
        for number, line in enumerate(self._lines):
            if line.strip(" \t") and not line.startswith("#") and not _starts_document(line):
                yield number, _fields(line)

    def _find_header(self, columns: Columns) -> int | None:
        """Number of the header line, if there is one.

        It is the first line if columns are given by name, if it has the suggested names, or if its first and last cell
        are usual names.
        """
        number, cells = next(self._content(), (None, [""]))
        lower = [cell.lower() for cell in cells]
        named = any(name is not None and not _is_number(name) for name in (columns.word, columns.tag, columns.document))
        suggested = [name for name in (self._suggested.word, self._suggested.tag) if name and not _is_number(name)]
        has_suggested = bool(suggested) and all(name.lower() in lower for name in suggested)
        usual = lower[0] in WORD_COLUMNS and lower[-1] in TAG_COLUMNS
        return number if named or has_suggested or usual else None

    def _applicable(self, suggested: Columns) -> Columns:
        """The suggested columns; positions are omitted if this file has too few columns."""
        given = (suggested.word, suggested.tag, suggested.document)
        positions = [int(name) for name in given if name is not None and _is_number(name)]
        wide_enough = all(-self._width <= position < self._width for position in positions)
        if wide_enough and self._width:
            word, tag = (
                int(name) if name is not None and _is_number(name) else default
                for name, default in ((suggested.word, 0), (suggested.tag, -1))
            )
            if word % self._width != tag % self._width:
                return suggested
        word_name, tag_name, document_name = (None if name and _is_number(name) else name for name in given)
        return Columns(word_name, tag_name, None, document_name)

    def _position(self, what: str, given: str | None, suggested: str | None, known: tuple[str, ...]) -> int | None:
        """The position of a column: given, found by its name in the header, or suggested; None: not found."""
        if given is not None and _is_number(given):
            return int(given)
        names = [name.lower() for name in self._header]
        if given is not None:
            if given.lower() not in names:
                raise AnalysisError(
                    f"{self._path} has no column {quoted(given)} in its first line ({', '.join(names)}). "
                    f"Give --{what}-column one of these names, or a position counted from 0."
                )
            return names.index(given.lower())
        wanted = ([suggested.lower()] if suggested else []) + list(known)
        by_name = next((names.index(name) for name in wanted if name in names), None)
        if by_name is None and suggested and _is_number(suggested):
            return int(suggested)
        return by_name


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) <= MAX_DIGITS


CONLL = Format(
    name="conll",
    title="CoNLL and other files with one word per line",
    endings=_ENDINGS,
    holds="both",
    recognises=lambda sample: sample.ending in _ENDINGS,
    read=read_conll,
    write=write_conll,
)
