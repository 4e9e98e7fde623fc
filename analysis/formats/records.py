"""Converts the columns of a table (JSON lines, Parquet, CSV, a dataset) to labelled sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, RawTag
from analysis.formats.entity_values import entities_of
from analysis.formats.text_records import TextRecord, TextRecords
from analysis.messages import quoted, shown

WORD_COLUMNS = ("tokens", "words", "token", "word", "form", "text", "sentence")
TAG_COLUMNS = ("ner_tags", "ner_tag", "ner", "tags", "tag", "labels", "label", "entities", "spans")
ID_COLUMNS = ("sentence_id", "sent_id", "sentence #", "sentence_idx", "id", "guid")
DOCUMENT_COLUMNS = ("document_id", "doc_id", "docid", "doc_key", "document", "doc")
MAX_DOCUMENT_ID_LENGTH = 200
"""If a column with a usual name for documents has longer values, it contains their texts and is not used."""


@dataclass(frozen=True)
class FoundColumns:
    """The names of the columns to read.

    Attributes:
        word: Column of words or of texts.
        tag: Column of tags or of entities of texts.
        id: Column of sentence ids; None: there is none.
        document: Column of documents; None: there is none.
        document_given: Whether `document` was given rather than found by its name.
    """

    word: str
    tag: str
    id: str | None = None
    document: str | None = None
    document_given: bool = False

    @property
    def names(self) -> list[str]:
        """The columns to load, each once."""
        columns = (self.word, self.tag, self.id, self.document)
        return list(dict.fromkeys(name for name in columns if name is not None))


@dataclass(frozen=True)
class Table:
    """Columns of equal length.

    Attributes:
        source: Name of the source, for messages.
        columns: Name -> cells. A row is a sentence (lists of words and tags, or a text and its entities) or a word.
        lines: The line of the source on which each row begins, from 1; empty if the source has no lines.
        tag_names: Names of integer tags, if the source has them.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int] = ()
    tag_names: tuple[str, ...] | None = None


def find_columns(names: Sequence[str], wanted: Columns, source: str) -> FoundColumns:
    """The columns to read: the given ones, else the suggested ones, else the first with a usual name, ignoring case.

    Raises:
        AnalysisError: A given column does not exist, or no column has a usual name for words or for tags.
    """
    suggestions = wanted.suggested or Columns()
    by_lower = {name.lower(): name for name in reversed(names)}

    def find(what: str, given: str | None, suggested: str | None, known: Sequence[str]) -> str | None:
        if given is not None and given not in names:
            raise AnalysisError(
                f"{source} has no column {quoted(given)} (columns: {', '.join(names)}). Correct --{what}-column."
            )
        if given is None and suggested in names:
            given = suggested
        return given or next((by_lower[name] for name in known if name in by_lower), None)

    def need(what: str, given: str | None, suggested: str | None, known: Sequence[str]) -> str:
        found = find(what, given, suggested, known)
        if found is None:
            raise AnalysisError(
                f"{source} has no column with a usual name for {what}s ({', '.join(known)}). "
                f"Give --{what}-column one of: {', '.join(names) or 'none'}."
            )
        return found

    return FoundColumns(
        word=need("word", wanted.word, suggestions.word, WORD_COLUMNS),
        tag=need("tag", wanted.tag, suggestions.tag, TAG_COLUMNS),
        id=find("id", wanted.id, suggestions.id, ID_COLUMNS),
        document=find("document", wanted.document, suggestions.document, DOCUMENT_COLUMNS),
        document_given=wanted.document is not None,
    )


def read_table(table: Table, found: FoundColumns) -> Annotations | TextRecords:
    """The sentences of a table (lists of words and tags, or rows of one word each), or its texts with entities.

    Raises:
        AnalysisError: The numbers of words and tags differ, or a cell has a value of the wrong type.
    """
    if found.document and not found.document_given and not _are_document_ids(table.columns[found.document]):
        found = replace(found, document=None)
    return _Rows(table, found).read()


def _are_document_ids(cells: Sequence[Any]) -> bool:
    return all(
        cell is None or (isinstance(cell, (str, int, float)) and len(str(cell)) <= MAX_DOCUMENT_ID_LENGTH)
        for cell in cells
    )


class _Rows:
    def __init__(self, table: Table, found: FoundColumns) -> None:
        self.table = table
        self.found = found
        self.words = table.columns[found.word]
        self.tags = table.columns[found.tag]
        nothing = [None] * len(self.words)
        self.ids: Sequence[Any] = table.columns[found.id] if found.id else nothing
        self.documents: Sequence[Any] = table.columns[found.document] if found.document else nothing
        columns = Columns(found.word, found.tag, found.id, found.document)
        self.annotations = Annotations(table.source, columns, tag_names=table.tag_names)

    def read(self) -> Annotations | TextRecords:
        if any(isinstance(cell, list) for cell in self.words):
            self._read_lists()
        elif any(isinstance(cell, (list, Mapping)) for cell in self.tags):
            return self._texts()
        else:
            self._read_words()
        return self.annotations

    def _read_lists(self) -> None:
        """Read rows that are sentences: a list of words and a list of tags; without tags the sentence is unlabelled."""
        for row, (word_cell, tag_cell, sentence_id) in enumerate(zip(self.words, self.tags, self.ids, strict=True)):
            place = self._place(row)
            sentence = [self._word(word, place) for word in self._list(word_cell, self.found.word, place)]
            cells = [None] * len(sentence) if tag_cell is None else self._list(tag_cell, self.found.tag, place)
            sentence_tags = [self._tag(tag, place) for tag in cells]
            if len(sentence) != len(sentence_tags):
                raise AnalysisError(
                    f"{place} has {len(sentence)} words in {quoted(self.found.word)} but {len(sentence_tags)} tags in "
                    f"{quoted(self.found.tag)}. Each word needs one tag."
                )
            self.annotations.append(_id(sentence_id), sentence, sentence_tags, self._line(row), self._document(row))

    def _texts(self) -> TextRecords:
        """The rows as texts, with entities by character offsets."""
        records = []
        for row, (text, row_entities, sentence_id) in enumerate(zip(self.words, self.tags, self.ids, strict=True)):
            place = self._place(row)
            if not isinstance(text, str):
                raise AnalysisError(f"{place}: {quoted(self.found.word)} contains {shown(text)}, which is not a text.")
            entities = entities_of(row_entities, place)
            records.append(TextRecord(place, text, entities, _id(sentence_id), self._document(row), self._line(row)))
        read_as = (
            f"Read as a table: {len(records):,} texts from {quoted(self.found.word)}, entities from "
            f"{quoted(self.found.tag)}."
        )
        return TextRecords(self.table.source, records, read_as=read_as, columns=self.annotations.columns)

    def _read_words(self) -> None:
        """Read rows that are words; a sentence is a run of rows with the same id and document.

        An empty cell has the same id or document as the row before.
        """
        if self.found.id is None and len(self.words) > 0:
            raise AnalysisError(
                f"{self.table.source} has one word per row and no column with sentence ids. "
                f"Give --id-column one of: {', '.join(self.table.columns)}."
            )
        distinct = set(map(_id, self.ids))
        if len(self.ids) > 1 and len(distinct) == len(self.ids) and None not in distinct:
            raise AnalysisError(
                f"{self.table.source} has one word per row, but a different {shown(self.found.id)} in every row. "
                "Give the column that identifies sentences with --id-column."
            )
        current: tuple[str | None, str | None] = (None, None)
        for row, (word, tag, sentence_id) in enumerate(zip(self.words, self.tags, self.ids, strict=True)):
            place = self._place(row)
            here = (_id(sentence_id) or current[0], self._document(row) or current[1])
            if row == 0 or here != current:
                current = here
                self.annotations.append(current[0], [], [], self._line(row), current[1])
            self.annotations.words[-1].append(self._word(word, place))
            self.annotations.tags[-1].append(self._tag(tag, place))

    def _document(self, row: int) -> str | None:
        cell = self.documents[row]
        if not _are_document_ids([cell]):
            raise AnalysisError(
                f"{self._place(row)}: {shown(self.found.document)} contains {shown(cell)}, which is not a document id. "
                "Correct --document-column."
            )
        return _id(cell)

    def _line(self, row: int) -> int | None:
        return self.table.lines[row] if self.table.lines else None

    def _place(self, row: int) -> str:
        at = f"line {self.table.lines[row]}" if self.table.lines else f"row {row}"
        name = _id(self.ids[row])
        return f"{self.table.source}, {at}" if name is None else f"{self.table.source}, {at} (sentence {shown(name)})"

    def _list(self, cell: Any, column: str, place: str) -> Sequence[Any]:
        if not isinstance(cell, list):
            raise AnalysisError(f"{place}: {quoted(column)} contains {shown(cell)}, but other rows contain a list.")
        return cell

    def _word(self, value: Any, place: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)):
            return str(value)
        raise AnalysisError(f"{place}: {quoted(self.found.word)} contains {shown(value)}, which is not a word.")

    def _tag(self, value: Any, place: str) -> RawTag:
        if value is None or isinstance(value, (str, int)):
            return value
        if isinstance(value, float) and (isnan(value) or value.is_integer()):
            return None if isnan(value) else int(value)
        raise AnalysisError(
            f"{place}: {quoted(self.found.tag)} contains {shown(value)}, which is not the name or number of a tag."
        )


def _id(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def iterate_columns(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Convert rows to columns; missing cells become None."""
    for name in dict.fromkeys(name for row in rows for name in row):
        yield name, [row.get(name) for row in rows]
