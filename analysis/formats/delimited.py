"""CSV and TSV files with a header: one word or one sentence per row."""

from __future__ import annotations

import csv
import re
from array import array
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import LINE_END, Annotations, Columns, read_text
from analysis.formats.format import Format, Sample
from analysis.formats.records import (
    ID_COLUMNS,
    TAG_COLUMNS,
    WORD_COLUMNS,
    FoundColumns,
    Table,
    find_columns,
    read_table,
)
from analysis.formats.text_lines import lines_in
from analysis.formats.text_lists import are_lists
from analysis.formats.text_records import TextRecords
from analysis.messages import shown

_DELIMITERS = "\t;,"
_QUOTED_CELL = re.compile(r'"(?:[^"]|"")*"')


@dataclass
class _Rows:
    """The rows below the header.

    Cells that are equal are one object, because a table has a row for each word.

    Attributes:
        header: The names of the columns.
        columns: The cells of each column.
        lines: The line on which each row begins, from 1.
        after_blank: The rows that follow a blank line.
        ends: The line on which each row ends.
    """

    header: list[str] = field(default_factory=list)
    columns: list[list[str]] = field(default_factory=list)
    lines: array[int] = field(default_factory=partial(array, "q"))
    after_blank: set[int] = field(default_factory=set)
    ends: array[int] = field(default_factory=partial(array, "q"))
    _known: dict[str, str] = field(default_factory=dict)

    def add(self, cells: list[str], line: int, end: int) -> bool:
        """Add a row; a row of empty cells is a blank line.

        Returns:
            False: the row was not added, because it does not have one cell for each column.
        """
        if not any(cell.strip() for cell in cells):
            self.after_blank.add(len(self.lines))
        elif not self.header:
            self.header = [cell.strip() for cell in cells]
            self.columns = [[] for _ in cells]
            self.after_blank.clear()
        elif len(cells) != len(self.header):
            return False
        else:
            for column, cell in zip(self.columns, cells, strict=True):
                column.append(self._known.setdefault(cell, cell))
            self.lines.append(line)
            self.ends.append(end)
        return True

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        return self.columns[self.header.index(name)]


def read_csv(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads a table with a header: one word per row, or one sentence per row with lists in its cells.

    The separator is a tab, semicolon or comma, whichever is most frequent in the header. Lists are written as JSON, in
    the format of Python or numpy, or as words separated by spaces. Sentences of a table with one word per row are told
    apart by an id, or by blank lines.

    Quotes follow RFC 4180, unless each line has one cell for each name of the header and `_is_unquoted` finds that the
    quotes are words.

    Raises:
        AnalysisError: A row has too many or too few cells, a quoted cell does not end, a list cannot be read, or
            columns are missing.
    """
    text = read_text(path)
    header_line = next((line for line in lines_in(text) if line.strip()), "")
    if not header_line:
        return Annotations(str(path))
    delimiter = max(_DELIMITERS, key=header_line.count)
    rows = _without_quoting(text, delimiter)
    unquoted = rows is not None and _is_unquoted(rows, columns, str(path), delimiter)
    if rows is None or ('"' in text and not unquoted):
        rows = _with_quoting(text, delimiter, path)
    found = find_columns(rows.header, columns, str(path))
    cells = {name: rows.column(name) for name in found.names}
    if not unquoted:
        _refuse_swallowed_lines(rows, found, path)
    table = Table(str(path), cells, rows.lines, names=rows.header, after_blank=frozenset(rows.after_blank))
    annotations = read_table(table, found)
    annotations.counts["lines_read"] = sum(end - line + 1 for line, end in zip(rows.lines, rows.ends, strict=True))
    if unquoted:
        annotations.notes.append("The cells are not quoted, so quotes were read as words.")
    return annotations


def _without_quoting(text: str, delimiter: str) -> _Rows | None:
    """The rows if quotes have no meaning; None: a line has more or fewer cells than the header."""
    rows = _Rows()
    for number, line in enumerate(lines_in(text), start=1):
        content = line.rstrip("\r\n")
        if content.strip() and not rows.add(content.split(delimiter), number, number):
            return None
        if not content.strip():
            rows.add([], number, number)
    return rows


def _is_unquoted(rows: _Rows, columns: Columns, source: str, delimiter: str) -> bool:
    """Whether rows that were read without quoting have quotes, and these are words.

    They are not if the header is quoted. Else they are if a cell that begins with a quote does not end with one, or is
    a pair of quotes in the column of words. In CSV, the cells of words and tags must be single words, too: in a text, a
    quote that does not end is an error. In TSV, a cell in quotes is quoted only if it contains a doubled quote, the
    only reason to quote it, or if tags are quoted.
    """
    names = [_unquoted(name) for name in rows.header]
    in_quotes = [cell for column in rows.columns for cell in column if cell[:1] == '"']
    if not in_quotes or all(map(_QUOTED_CELL.fullmatch, rows.header)):
        return False
    found = find_columns(names, columns, source)
    words, tags = (rows.columns[names.index(name)] for name in (found.word, found.tag))
    well_formed = all(map(_QUOTED_CELL.fullmatch, in_quotes)) and '""' not in words
    if delimiter == "\t":
        has_reason = any('""' in cell[1:-1] for cell in in_quotes) or any(tag[:1] == '"' for tag in tags)
        return not (well_formed and has_reason)
    return not well_formed and not any(" " in cell.strip(" ") for cell in (*words, *tags))


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"').strip() if _QUOTED_CELL.fullmatch(name) else name


def _with_quoting(text: str, delimiter: str, path: Path) -> _Rows:
    """The rows with quoted cells as in RFC 4180."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(lines_in(text), delimiter=delimiter, strict=True)
    rows = _Rows()
    line = 1
    try:
        for row in reader:
            if not rows.add(row, line, reader.line_num):
                remedy = "Put cells that contain the separator in quotes."
                if reader.line_num > line:
                    remedy = f'A quoted cell of it ends in line {reader.line_num}; write the word " as """".'
                raise AnalysisError(
                    f"{path}, line {line} has {len(row)} cells but the header has {len(rows.header)}. {remedy}"
                )
            line = reader.line_num + 1
    except csv.Error as error:
        reason = "a quoted cell does not end" if "end of data" in str(error) else str(error)
        raise AnalysisError(
            f'{path}, line {line} is not valid CSV: {reason}. End the cell with a quote; write the word " as """".'
        ) from error
    return rows


def _refuse_swallowed_lines(rows: _Rows, found: FoundColumns, path: Path) -> None:
    """Refuse a row over several lines in a table with one word per row: a quote that does not end swallowed lines.

    Raises:
        AnalysisError: There is such a row.
    """
    tags = rows.column(found.tag)
    if are_lists(tags) or any(len(cell.split()) > 1 for cell in tags if "\n" not in cell):
        return
    words = rows.column(found.word)
    for row, (word, tag) in enumerate(zip(words, tags, strict=True)):
        if len(LINE_END.split(word)) > 1 or len(LINE_END.split(tag)) > 1:
            raise AnalysisError(
                f"{path}, line {rows.lines[row]}: a quoted cell ends in line {rows.ends[row]} "
                f'({shown(word)}). End it in its line; write the word " as """".'
            )


def _is_table(sample: Sample) -> bool:
    """Whether a file is a table: the first line names a column of words and one of tags.

    Of TSV files, only those with a column of sentence ids or with whole sentences in their cells are tables; others
    have sentences separated by blank lines, like CoNLL files.
    """
    lines = [line for line in LINE_END.split(sample.text) if line.strip()]
    if not lines or not any(delimiter in lines[0] for delimiter in _DELIMITERS):
        return False
    delimiter = max(_DELIMITERS, key=lines[0].count)
    names = [_unquoted(cell.strip()).lower() for cell in lines[0].split(delimiter)]
    tag = next((names.index(name) for name in TAG_COLUMNS if name in names), None)
    if tag is None or not set(WORD_COLUMNS) & set(names):
        return sample.ending == ".csv"
    if delimiter != "\t":
        return True
    rows = [line.split("\t") for line in lines[1:-1]] or [line.split("\t") for line in lines[1:]]
    if set(ID_COLUMNS) & set(names):
        return all(len(row) == len(names) or '"' in "".join(row) for row in rows)
    return any(len(row) == len(names) and len(row[tag].split()) > 1 for row in rows)


CSV = Format(
    name="csv",
    title="CSV or TSV with a header",
    endings=(".csv",),
    holds="both",
    recognises=_is_table,
    read=read_csv,
)
