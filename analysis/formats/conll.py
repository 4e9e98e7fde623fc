"""CoNLL and TSV files: one word per line, columns separated by tabs or spaces, sentences by blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import SENTENCE_ENDS, Annotations, Columns
from analysis.formats.column_contents import NULLS
from analysis.formats.column_layout import (
    DOCUMENT_START,
    DOCUMENT_STARTS,
    fields_of,
    find_layout,
    is_blank,
    starts_document,
)
from analysis.formats.comments import document_of, is_certain, sentence_id_of
from analysis.formats.conll_writer import write_conll
from analysis.formats.format import Format
from analysis.formats.quoted_cells import quoting_of, without_quotes
from analysis.formats.sentence_builder import SentenceBuilder
from analysis.formats.sentence_lines import read_sentence_lines
from analysis.formats.tag_forms import is_prefixed, joined_tag
from analysis.formats.text_lines import iterate_lines
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_ENDINGS = (".conll", ".conll03", ".conllu", ".tsv", ".txt", ".iob", ".iob2", ".bio", ".bioes", ".bmes")
_DOCUMENT_NAME = re.compile(rf"{DOCUMENT_START}\s+\((.+)\)\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"-?[\d.]+(e-?\d+)?")
_FIRST_LINES = 10_000
"""The lines by which the columns are recognised."""
_MAX_EXAMPLES = 3
_LONG_SENTENCE = 500
"""In words; a longer one that is alone in its file is mentioned."""


def read_conll(path: Path, columns: Columns) -> Annotations:
    """Reads a CoNLL or TSV file.

    Columns are counted from 0, or from the end if negative. What is not given is recognised by names in the header and
    by the content of the first lines (`find_layout`); `Annotations.read_as` tells what was read. A line with a tab is
    split at tabs, any other line at spaces, or at commas if all lines have them. The comments `# sent_id = x` and
    `# id x` give the id of the next sentence; an id without words is kept as an empty sentence.

    A sentence ends at a blank line, and where the id changes if there is a column of ids. In a file without blank lines
    it also ends where the numbers of the words begin again.

    A file with one sentence per line is read by `read_sentence_lines`. Where all cells are quoted, the quotes are left
    out. A line without a word is left out and counted if its tag is outside of entities.

    A document begins at a `-DOCSTART-` line, which is not a sentence, or at a comment `# newdoc` or `# newdoc id = x`.
    A document column, given or named in the header, is used instead if there is one.

    Args:
        path: The file.
        columns: The columns that are given.

    Raises:
        AnalysisError: A line or the header does not have one of the columns, a line has a tag but no word, or it cannot
            be told which columns are the words and the tags.
    """
    lines = iterate_lines(path)
    first = list(islice(lines, _FIRST_LINES))
    quoting = quoting_of(first)
    if quoting is not None:
        first, lines = list(without_quotes(first, *quoting)), without_quotes(lines, *quoting)
    read = read_sentence_lines(path, first, lines, columns) or _File(path, first, lines, columns).read()
    if quoting is not None:
        read.notes.append("All cells are quoted. The quotes were left out.")
    return read


class _Known(dict[str, str]):
    """Cells without spaces at their ends, each distinct one kept in memory once."""

    def __missing__(self, cell: str) -> str:
        stripped = cell.strip(" ")
        self[cell] = stripped if stripped == cell else self[stripped]
        return self[cell]


class _File:
    def __init__(self, path: Path, first: Sequence[str], lines: Iterable[str], columns: Columns) -> None:
        self._path = path
        self._lines = chain(first, lines)
        self._layout = find_layout(str(path), first, columns)
        self._columns = columns
        self._has_given_tag = columns.tag is not None
        self._builder = SentenceBuilder(Annotations(str(path), self._layout.columns, read_as=self._layout.read_as))
        self._id: str | None = None
        self._last_number = -1
        self._separators = 0
        self._ragged: list[str] = []

    def read(self) -> Annotations:
        """Read the file. The usual lines are read in this loop, which is fast because it calls no function."""
        layout, builder, known = self._layout, self._builder, _Known()
        words, tags = builder.words, builder.tags
        add_word, add_tag = words.append, tags.append
        separator, width, word, tag, index = layout.separator, layout.width, layout.word, layout.tag, layout.index
        is_spaced = separator == " "
        upper_start, lower_start = DOCUMENT_STARTS
        is_simple = width > 1 and max(word, tag) < width and min(word, tag) >= -width and not self._needs_all_cells()
        for number, line in enumerate(self._lines):
            text = line.rstrip(" \t\r\n")
            if is_simple and text and text[0] not in "# ":
                cells = text.split(separator)
                if (
                    len(cells) == width
                    and cells[word].strip(" ")
                    and upper_start not in text
                    and lower_start not in text
                    and (index is None or cells[index].isdecimal())
                    and not (is_spaced and ("  " in text or "\t" in text))
                    and number != layout.header_line
                ):
                    if not words:
                        builder.first_line = number + 1
                    add_word(known[cells[word]])
                    add_tag(known[cells[tag]])
                    continue
            if number != layout.header_line:
                self._read_line(line.rstrip(" \r\n"), number)
        builder.finish_sentence()
        self._add_notes()
        return builder.annotations

    def _needs_all_cells(self) -> bool:
        layout = self._layout
        return (
            layout.separator not in "\t "
            or layout.id is not None
            or layout.document is not None
            or layout.splits_by_index
            or layout.prefix is not None
        )

    def _read_line(self, line: str, number: int) -> None:
        builder = self._builder
        if is_blank(line):
            self._separators += bool(builder.words)
            builder.finish_sentence()
        elif starts_document(line):
            builder.finish_sentence()
            name = _DOCUMENT_NAME.search(line)
            builder.begin_document(name and name[1].strip())
        elif line[0] == "#" and self._is_comment(line):
            builder.annotations.counts["comment_lines"] += 1
            starts, document = document_of(line)
            if starts:
                builder.begin_document(document)
            elif (name_of_sentence := sentence_id_of(line)) is not None:
                builder.begin_sentence(name_of_sentence, number + 1)
        else:
            self._read_row(line, number)

    def _read_row(self, line: str, number: int) -> None:
        layout, builder = self._layout, self._builder
        cells = fields_of(line, layout.separator, layout.width)
        place = f"{self._path}, line {number + 1}"
        if len(cells) < 2:
            raise AnalysisError(
                f"{place} has one column ({shown(line)}) but needs a word and its tag. "
                "Separate them by a tab or a space, and sentences by a blank line."
            )
        if layout.index is not None and layout.index < len(cells):
            skipped = skipped_by_number(cells[layout.index])
            if skipped is not None:
                builder.annotations.counts[skipped] += 1
                return
        try:
            word, tag = self._word_and_tag(cells, line, place)
            if layout.splits_by_index:
                self._split_by_number(cells)
            self._group(cells, number)
        except IndexError as error:
            positions = {"word": layout.word, "tag": layout.tag, "document": layout.document}
            what, position = next(
                (what, position)
                for what, position in positions.items()
                if position is not None and not -len(cells) <= position < len(cells)
            )
            raise AnalysisError(
                f"{place} has {len(cells)} columns, too few for the {what} column {position} (counted from 0). "
                f"Correct the line{self._columns.or_option(what)}."
            ) from error
        if word:
            builder.add_word(word, tag, number + 1)
        else:
            self._leave_out(tag, place)

    def _leave_out(self, tag: str, place: str) -> None:
        """Count a line without a word. Its tag may also be a number, such as the score in a column of scores.

        Raises:
            AnalysisError: It has the tag of an entity.
        """
        if tag.upper() != OUTSIDE and tag not in NULLS and tag != "*" and not _NUMBER.fullmatch(tag):
            raise AnalysisError(f"{place} has the tag {shown(tag)} but no word. Correct the line.")
        self._builder.annotations.counts["lines_without_word"] += 1

    def _split_by_number(self, cells: list[str]) -> None:
        """Finish the sentence if the numbers of the words begin again."""
        assert self._layout.index is not None
        cell = cells[self._layout.index]
        if cell.isdecimal():
            if int(cell) <= self._last_number:
                self._builder.finish_words()
            self._last_number = int(cell)

    def _group(self, cells: list[str], number: int) -> None:
        """Begin a sentence if the id or the document differs; an empty id is that of the row before."""
        layout, builder = self._layout, self._builder
        document = None if layout.document is None else cells[layout.document] or None
        if layout.id is not None:
            given = cells[layout.id] or self._id
            is_other_document = layout.document is not None and document is not None and document != builder.document
            if builder.words and (given != self._id or is_other_document):
                builder.finish_words()
            self._id = given
            if not builder.words and given is not None:
                builder.begin_sentence(given, number + 1)
        if layout.document is not None and not builder.words:
            builder.document = document

    def _word_and_tag(self, cells: list[str], line: str, place: str) -> tuple[str, str]:
        """The word and the tag of a line.

        In a line with more or fewer cells than others they are counted from the side on which a tag is found: a word
        may contain the separator.
        """
        layout = self._layout
        extra = len(cells) - layout.width
        if extra == 0 and layout.prefix is not None:
            word, tag = cells[layout.word], joined_tag(cells[layout.prefix], cells[layout.tag])
        elif extra == 0 or self._has_given_tag:
            word, tag = cells[layout.word], cells[layout.tag]
        elif layout.separator == " " and self._is_tag(cells, layout.tag + extra):
            tag = cells[layout.tag + extra]
            if layout.word > layout.tag:
                word = cells[layout.word + extra]
            else:
                word = " ".join(cells[layout.word : layout.word + max(extra, 0) + 1])
        elif self._is_tag(cells, layout.tag):
            word, tag = cells[layout.word], cells[layout.tag]
            if layout.separator == " " and extra > 0 and layout.tag == layout.width - 1 and tag not in layout.tags:
                tag = " ".join(cells[layout.tag :])  # a type with spaces
        else:
            raise AnalysisError(
                f"{place} has {len(cells)} columns where other lines have {layout.width} ({shown(line)}), so its tag "
                f"cannot be told. Correct the line, or give {self._columns.option('tag')}."
            )
        if extra != 0:
            self._builder.annotations.counts["lines_with_other_columns"] += 1
            if len(self._ragged) < _MAX_EXAMPLES:
                self._ragged.append(f"{place.rpartition(', ')[2]}, read as {shown(word)} with {shown(tag)}")
        return word, tag

    def _is_tag(self, cells: list[str], position: int) -> bool:
        if self._layout.prefix is not None or not 0 <= position < len(cells) or position == self._layout.word:
            return False
        cell = cells[position]
        return cell in self._layout.tags or cell == OUTSIDE or is_prefixed(cell)

    def _is_comment(self, line: str) -> bool:
        """Whether a line that begins with `#` is a comment: by its form, or because it has no place for a tag."""
        layout = self._layout
        cells = fields_of(line, layout.separator, layout.width)
        if is_certain(line) or layout.index == 0 or len(cells) < 2 or len(cells) not in layout.widths:
            return True
        return not -len(cells) <= layout.tag < len(cells) or not self._is_tag(cells, layout.tag % len(cells))

    def _add_notes(self) -> None:
        layout, annotations = self._layout, self._builder.annotations
        if layout.header_line is not None:
            annotations.notes.append(f"Line {layout.header_line + 1} was read as the header.")
        if layout.note:
            annotations.notes.append(layout.note)
        if layout.splits_by_index and len(annotations) > 1:
            annotations.notes.append("No line is blank: a sentence begins where the numbers of the words begin again.")
        if count := annotations.counts["lines_without_word"]:
            annotations.notes.append(f"Lines without a word, left out: {count:,}.")
        if self._ragged:
            annotations.notes.append(
                f"Lines with other numbers of columns than {layout.width}: "
                f"{annotations.counts['lines_with_other_columns']:,} ({'; '.join(self._ragged)})."
            )
        sentences = annotations.words
        if len(sentences) == 1 and not self._separators and _may_be_several(sentences[0]):
            annotations.notes.append(
                f"No line is blank: all {len(sentences[0]):,} words were read as one sentence. Separate sentences by "
                "blank lines, or cut long ones with --max-sentence-words."
            )


def skipped_by_number(number: str) -> str | None:
    """What a line of CoNLL-U is if its number is a range or a decimal: not a word, but counted; None: a word."""
    if number.isdecimal():
        return None
    first, separator, last = number.partition("-")
    if separator and first.isdecimal() and last.isdecimal():
        return "multiword_ranges"
    whole, separator, decimal = number.partition(".")
    return "empty_nodes" if separator and whole.isdecimal() and decimal.isdecimal() else None


def _may_be_several(words: list[str]) -> bool:
    return len(words) > _LONG_SENTENCE or not SENTENCE_ENDS.isdisjoint(words[:-1])


CONLL = Format(
    name="conll",
    title="CoNLL",
    endings=_ENDINGS,
    holds="both",
    recognises=lambda sample: sample.ending in _ENDINGS,
    read=read_conll,
    write=write_conll,
)
