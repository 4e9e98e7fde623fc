"""Recognises the columns of a file with one word per line from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.column_choice import ColumnChoice
from analysis.formats.column_contents import ColumnContents, TagKind
from analysis.formats.comments import begins_conll_2012, sentence_id_of
from analysis.formats.label_names import labels_said
from analysis.formats.records import DOCUMENT_COLUMNS, ID_COLUMNS, TAG_COLUMNS, WORD_COLUMNS
from analysis.formats.tag_forms import is_prefixed
from analysis.messages import quoted, shown
from analysis.option_kinds import MAX_DIGITS
from analysis.run.tags import OUTSIDE

DOCUMENT_START = "-DOCSTART-"
DOCUMENT_STARTS = (DOCUMENT_START, DOCUMENT_START.lower())
_INVISIBLE = "\ufeff\u200b\u2060"
_TAB, _SPACE = "\t", " "
_CONLL_2012_WORD, _CONLL_2012_TAG, _CONLL_2012_WIDTH = 3, 10, 12
_GLOBAL_COLUMNS = re.compile(r"#\s*global\.columns\s*=\s*(.+)")
_RARE_SEPARATORS = ",;"
_MIN_SHARE_OF_SEPARATOR = 0.95
_TAG_NAME = re.compile(r"tag|label|entit|etiq|(?<![a-z])(ner?|iob|bio|gold|class|type)(?![a-z])")
_EXAMPLES = 2


@dataclass(frozen=True)
class Layout:
    """The columns of a file. Positions are counted from 0.

    Attributes:
        separator: What separates columns; lines with a tab are always separated by tabs.
        width: The usual number of columns.
        widths: All numbers of columns in the first lines.
        word: Position of the words.
        tag: Position of the tags.
        prefix: Position of the prefixes if `tag` has only the types; None: it has both.
        id: Position of the sentence ids, each of which begins a sentence; None: there are none.
        document: Position of the documents; None: there are none.
        index: Position of the numbers of the words; None: there are none.
        header: The names of the columns; empty: they have none.
        header_line: The line of the header, from 0; None: there is none.
        splits_by_index: Whether the number of a word that is not higher than that before it begins a sentence.
        tags: The tags of the first lines.
        note: A sentence on columns of tags that are not read; empty: there are none.
        read_as: Which columns were read, for the audit.
    """

    separator: str
    width: int
    widths: frozenset[int]
    word: int
    tag: int
    prefix: int | None = None
    id: int | None = None
    document: int | None = None
    index: int | None = None
    header: Sequence[str] = ()
    header_line: int | None = None
    splits_by_index: bool = False
    tags: frozenset[str] = frozenset()
    note: str = ""
    read_as: str = ""

    @property
    def columns(self) -> Columns:
        """The columns by name, or by position if they have no names."""

        def name(position: int | None) -> str | None:
            if position is None:
                return None
            counted = position + self.width if position < 0 else position
            if counted < 0:
                return None  # the first line that is read says that it has too few columns
            return self.header[counted] if counted < len(self.header) else str(counted)

        return Columns(name(self.word), name(self.tag), name(self.id), name(self.document))


def fields_of(line: str, separator: str, width: int = 0) -> list[str]:
    """The cells of a line; lines with a tab are separated by tabs.

    Args:
        line: The line.
        separator: What separates the cells of other lines.
        width: The usual number of cells. Empty cells at the end count only up to it: many files have a tab at the end
            of each line.
    """
    cut = line.rstrip(" \t\r\n")
    if _TAB in cut or (separator == _TAB and _TAB in line):
        cells = [cell.strip(" ") for cell in line.rstrip(" \r\n").split(_TAB)]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        return cells
    line = cut
    if separator in _RARE_SEPARATORS:
        return [cell.strip(" ") for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]
    return [cell for cell in line.split(_SPACE) if cell]


def is_blank(line: str) -> bool:
    """Whether a line has only white space, also invisible characters such as a no-break space."""
    return not line.strip().strip(_INVISIBLE)


def starts_document(line: str) -> bool:
    """Whether a line is a `-DOCSTART-` mark, in upper or lower case, which may follow a column of word numbers."""
    found = next((mark for mark in DOCUMENT_STARTS if mark in line), None)
    return found is not None and found in fields_of(line, _SPACE)[:2]


def find_layout(source: str, lines: Sequence[str], columns: Columns) -> Layout:
    """Recognise the columns of a file.

    Args:
        source: The file, for messages.
        lines: Its first lines.
        columns: The columns that were given, and suggestions.

    Raises:
        AnalysisError: A given column does not exist, or it cannot be told which columns have words and tags.
    """
    return _Finder(source, lines, columns).layout()


@dataclass
class _Rows:
    """The lines with words.

    Attributes:
        numbers: The line of each row, from 0.
        cells: The cells of each row.
        has_breaks: Whether a line between them separates sentences.
    """

    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    has_breaks: bool = False


class _Finder:
    def __init__(self, source: str, lines: Sequence[str], columns: Columns) -> None:
        self._source = source
        self._lines = lines
        self._given = columns
        self._suggested = columns.suggested or Columns()
        self._header: Sequence[str] = ()
        content = [
            line for line in lines if not is_blank(line) and not line.startswith("#") and not starts_document(line)
        ]
        self._separator = _separator_of(content)
        self._rows = self._split_rows(_width_of(content, self._separator))
        widths = Counter(map(len, self._rows.cells))
        self._width = max(widths, key=lambda width: (widths[width], width), default=0)

    def _split_rows(self, width: int) -> _Rows:
        rows = _Rows()
        is_separated = False
        for number, line in enumerate(self._lines):
            if is_blank(line) or starts_document(line) or sentence_id_of(line) is not None:
                is_separated = bool(rows.cells)
            elif line[0] != "#":
                rows.numbers.append(number)
                rows.cells.append(fields_of(line, self._separator, width))
                rows.has_breaks = rows.has_breaks or is_separated
        return rows

    def layout(self) -> Layout:
        header_row = self._header_row()
        self._header = self._comment_header() if header_row is None else self._rows.cells[header_row]
        choice = self._choice(header_row)
        word, tag, prefix, note = self._word_and_tag(choice)
        width = max(self._width, 1)
        self._refuse_texts(choice, word % width, tag % width)
        document = self._position("document", self._given.document, DOCUMENT_COLUMNS)
        index = choice.index({word % width, tag % width, document})
        ids = self._position("id", self._given.id, ())
        if ids is None:
            taken = {word % width, tag % width, index, document}
            ids = choice.ids(taken, self._suggested.id, before=0 if self._rows.has_breaks else word % width)
        return Layout(
            separator=self._separator,
            width=self._width,
            widths=frozenset(map(len, self._rows.cells)),
            word=word,
            tag=tag,
            prefix=prefix,
            id=ids,
            document=document,
            index=index,
            header=self._header,
            header_line=None if header_row is None else self._rows.numbers[header_row],
            splits_by_index=ids is None and index is not None and not self._rows.has_breaks,
            tags=frozenset(choice.contents[tag % width].values) if tag % width < len(choice.contents) else frozenset(),
            note=note,
            read_as=self._read_as(choice.contents, word, tag, prefix, ids),
        )

    def _choice(self, header_row: int | None) -> ColumnChoice:
        """The choice among the columns, by the rows with the usual width."""
        rows = [cells for row, cells in enumerate(self._rows.cells) if row != header_row and len(cells) == self._width]
        contents = [ColumnContents(cells, position) for position, cells in enumerate(zip(*rows, strict=True))]
        return ColumnChoice(contents, [name.lower() for name in self._header], self._given.labels)

    def _header_row(self) -> int | None:
        """The row with the names of the columns; None: there is none.

        It is the first row if columns are given by name, if it has the suggested names, if it has usual names, or if
        its cells do not fit their columns.
        """
        if not self._rows.cells:
            return None
        lower = [cell.lower() for cell in self._rows.cells[0]]
        given = (self._given.word, self._given.tag, self._given.id, self._given.document)
        names = [name.lower() for name in given if name is not None and not is_position(name)]
        if names:
            return None if set(names) <= {name.lower() for name in self._comment_header()} else 0
        suggested = [name for name in (self._suggested.word, self._suggested.tag) if name and not is_position(name)]
        has_suggested = bool(suggested) and all(name.lower() in lower for name in suggested)
        is_usual = lower[0] in WORD_COLUMNS and lower[-1] in TAG_COLUMNS
        return 0 if has_suggested or is_usual or self._differs_from_rows_below(lower) else None

    def _differs_from_rows_below(self, lower: Sequence[str]) -> bool:
        """Whether the first row has names rather than a word: its tag is none, and a cell looks like a name."""
        choice = self._choice(0)
        tag = choice.tag()
        if len(lower) != self._width or tag is None:
            return False
        is_tag = is_prefixed(lower[tag]) or lower[tag].upper() == OUTSIDE
        if is_tag or lower[tag] in map(str.lower, choice.contents[tag].values):
            return False
        if any(map(labels_said, lower)):
            return True
        others = [lower[position] for position in range(self._width) if position != tag]
        return _TAG_NAME.search(lower[tag]) is not None or any(cell in WORD_COLUMNS + ID_COLUMNS for cell in others)

    def _comment_header(self) -> list[str]:
        """The names of the columns in a comment `# global.columns = ID FORM ...`; empty: there is none."""
        found = next((match for line in self._lines if (match := _GLOBAL_COLUMNS.match(line))), None)
        return found[1].split() if found else []

    def _word_and_tag(self, choice: ColumnChoice) -> tuple[int, int, int | None, str]:
        """The positions of words, tags and their prefixes, and a sentence on columns of tags that are not read."""
        word = self._position("word", self._given.word, ())
        tag = self._position("tag", self._given.tag, ())
        width = len(choice.contents)
        if width < 2:  # the reader says which line lacks a tag
            return word or 0, -1 if tag is None else tag, None, ""
        suggested_word, suggested_tag = self._suggested_positions(choice)
        word = suggested_word if word is None else word
        tag = suggested_tag if tag is None else tag
        if word is None and tag is None and self._is_conll_2012():
            return _CONLL_2012_WORD, _CONLL_2012_TAG, None, ""
        note = ""
        if tag is None:
            tag = choice.tag(None if word is None else word % width)
            if tag is None and (width > 2 or choice.contents[width - 1].is_part_of_speech):
                raise AnalysisError(self._cannot_tell(choice.contents, "tags", "tag"))
            if tag is None:
                tag = 0 if word is not None and word % width == width - 1 else width - 1
            note = self._note_on_tags(choice, tag)
        pair = choice.prefix_and_type(tag % width) if self._given.tag is None else None
        prefix, tag = pair or (None, tag)
        if word is None:
            word = choice.word(tag % width, prefix)
            if word is None:
                raise AnalysisError(self._cannot_tell(choice.contents, "words", "word"))
        return word, tag, prefix, note

    def _refuse_texts(self, choice: ColumnChoice, word: int, tag: int) -> None:
        """Refuse a file with a text instead of a word in most rows; words that contain spaces have one tag each."""
        if max(word, tag) >= len(choice.contents) or self._given.word is not None:
            return
        cells, tags = choice.contents[word].cells, choice.contents[tag]
        texts = [cell for cell in cells if _SPACE in cell]
        has_word_tags = tags.tag_kind in (TagKind.PREFIXED, TagKind.OUTSIDE_ONLY) and not tags.has_lists
        if texts and 2 * len(texts) >= len(cells) and not has_word_tags:
            raise AnalysisError(
                f"{self._source} has texts of several words ({shown(texts[0])}) and not one word per line. Write one "
                'word per line, one tag for each word of a text, separated by spaces, or JSON lines {"text": '
                '"Ada wrote", "entities": [{"start": 0, "end": 3, "label": "PER"}]}.'
            )

    def _is_conll_2012(self) -> bool:
        return self._width >= _CONLL_2012_WIDTH and any(map(begins_conll_2012, self._lines))

    def _suggested_positions(self, choice: ColumnChoice) -> tuple[int | None, int | None]:
        """The suggested columns of words and tags: by name if the header has it, by position if the contents fit."""
        suggested = (self._suggested.word, self._suggested.tag)
        if self._header:
            word, tag = (
                choice.names.index(name.lower()) if name is not None and name.lower() in choice.names else None
                for name in suggested
            )
            return word, tag
        width = len(choice.contents)
        positions = [int(name) if name is not None and is_position(name) else None for name in suggested]
        if any(position is not None and not -width <= position < width for position in positions):
            return None, None
        word, tag = (None if position is None else position % width for position in positions)
        return (word, tag) if choice.fits(word, tag) else (None, None)

    def _note_on_tags(self, choice: ColumnChoice, tag: int) -> str:
        others, are_nested = choice.other_tags(tag)
        numbers = choice.unread_numbers(tag) if self._given.labels == "predicted" else []
        notes = []
        if others:
            unread = self._unread(others, " (nested entities)" if are_nested else "")
            notes.append(f"Tags were also found in {unread}. To choose, give {self._given.option('tag')}.")
        if numbers:
            notes.append(f"Numbers that are no scores from 0 to 1 were found in {self._unread(numbers)}.")
        return " ".join(notes)

    def _unread(self, positions: Sequence[int], reason: str = "") -> str:
        columns, were = ("column", "was") if len(positions) == 1 else ("columns", "were")
        return f"{columns} {', '.join(map(self._name, positions))}{reason}, which {were} not read"

    def _position(self, what: str, given: str | None, known: Sequence[str]) -> int | None:
        """The position of a column: given, or with a suggested or usual name in the header; None: not found."""
        if given is not None and is_position(given):
            return int(given)
        names = [name.lower() for name in self._header]
        if given is not None:
            if given.lower() not in names:
                raise AnalysisError(
                    f"{self._source} has no column {quoted(given)} in its first line ({', '.join(names)}). "
                    f"Give {self._given.option(what)} one of these names, or a position counted from 0."
                )
            return names.index(given.lower())
        suggested = self._suggested.document if known else None
        wanted = ([suggested.lower()] if suggested else []) + list(known)
        found = next((names.index(name) for name in wanted if name in names), None)
        if found is None and suggested and is_position(suggested) and -self._width <= int(suggested) < self._width:
            return int(suggested)
        return found

    def _name(self, position: int) -> str:
        return quoted(self._header[position]) if position < len(self._header) else str(position)

    def _read_as(
        self, contents: Sequence[ColumnContents], word: int, tag: int, prefix: int | None, ids: int | None
    ) -> str:
        if not contents or not all(-len(contents) <= position < len(contents) for position in (word, tag)):
            return ""
        word, tag = word % len(contents), tag % len(contents)
        words = _examples(contents[word].first_values(_EXAMPLES))
        tags = _examples(contents[tag].first_tags(_EXAMPLES))
        of_prefixes = "" if prefix is None else f" with prefixes from column {self._name(prefix)}"
        of_ids = "" if ids is None else f", sentence ids from column {self._name(ids)}"
        counted = "" if self._header else ", counted from 0"
        return (
            f"Read as CoNLL: words from column {self._name(word)} ({words}), tags from column "
            f"{self._name(tag)} ({tags}){of_prefixes}{of_ids}{counted}."
        )

    def _cannot_tell(self, contents: Sequence[ColumnContents], what: str, option: str) -> str:
        shown_columns = "; ".join(
            f"{self._name(column.position)}: {_examples(column.first_values(_EXAMPLES))}" for column in contents
        )
        columns = "column" if len(contents) == 1 else "columns"
        flag = self._given.option(option)
        give = f"Give its position, counted from 0, with {flag}" if flag else f'Name it "{option}" in a first line'
        return (
            f"{self._source} has {len(contents)} {columns}, and it cannot be told which of them contains the {what} "
            f"({shown_columns}). {give}, or give another {self._given.format_option}."
        )


def _separator_of(content: Sequence[str]) -> str:
    """What separates the columns of most lines with words."""
    if not content:
        return _SPACE
    if 2 * sum(_TAB in line for line in content) >= len(content):
        return _TAB
    if not any(separator in content[0] for separator in _RARE_SEPARATORS):
        return _SPACE
    by_spaces = [fields_of(line, _SPACE) for line in content]
    for separator in _RARE_SEPARATORS:
        width, count = Counter(len(fields_of(line, separator)) for line in content).most_common(1)[0]
        is_attached = all(cell.endswith(separator) for cells in by_spaces for cell in cells[:-1])
        if width > 1 and count >= _MIN_SHARE_OF_SEPARATOR * len(content) and is_attached:
            return separator
    return _SPACE


def _width_of(content: Sequence[str], separator: str) -> int:
    """The number of cells of most lines without an empty cell at their end; 0: all have one."""
    widths = Counter(len(fields_of(line, separator)) for line in content if not line.rstrip(" \r\n").endswith(_TAB))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def is_position(text: str) -> bool:
    """Whether a column is given as a position rather than by name."""
    return text.removeprefix("-").isdecimal() and len(text) <= MAX_DIGITS


def _examples(values: Sequence[str]) -> str:
    return ", ".join(map(shown, values)) or "nothing"
