"""Columns of any table (JSON lines, Parquet, CSV, a dataset) as labelled sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from analysis.corpus.readers.annotations import Annotations, Columns, RawTag
from analysis.corpus.readers.offsets import tag_text
from analysis.errors import AnalysisError

WORD_COLUMNS = ("tokens", "words", "token", "word", "form", "text", "sentence")
TAG_COLUMNS = ("ner_tags", "ner_tag", "ner", "tags", "tag", "labels", "label", "entities", "spans")
ID_COLUMNS = ("sentence_id", "sent_id", "sentence #", "sentence_idx", "id", "guid")

_OFFSET_NOTES = {
    "cut_words": "Entity bounds inside a word, where the word was split",
    "overlapping_entities": "Entities left out because they overlap a longer one (or an equal one before them)",
    "wordless_entities": "Entities left out because they cover white space alone",
}


@dataclass(frozen=True)
class FoundColumns:
    """Names of columns that a table has."""

    word: str
    tag: str
    id: str | None


@dataclass(frozen=True)
class Table:
    """Columns of equal length.

    Attributes:
        source: For messages.
        columns: Name -> cells. A row is a sentence (lists of words and tags, or a text and its entities) or a word.
        lines: The line of the source that each row begins at, from 1; empty where there are no lines.
        tag_names: What the integers of the tag column stand for, where the source says so.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int] = ()
    tag_names: tuple[str, ...] | None = None


def find_columns(names: Sequence[str], wanted: Columns, source: str) -> FoundColumns:
    """The columns to read: those given, else the first of the customary names, in whatever case.

    Raises:
        AnalysisError: A column that was given is not there, or none is customary.
    """

    def find(what: str, given: str | None, known: Sequence[str]) -> str | None:
        if given is not None and given not in names:
            raise AnalysisError(f"{source} has no column {given!r} for --{what}-column; it has {', '.join(names)}.")
        by_lower = {name.lower(): name for name in reversed(names)}
        return given or next((by_lower[name] for name in known if name in by_lower), None)

    def need(what: str, given: str | None, known: Sequence[str]) -> str:
        found = find(what, given, known)
        if found is None:
            raise AnalysisError(
                f"{source} has no column named like {what}s are ({', '.join(known)}): name it with --{what}-column, "
                f"one of {', '.join(names) or 'none'}."
            )
        return found

    return FoundColumns(
        word=need("word", wanted.word, WORD_COLUMNS),
        tag=need("tag", wanted.tag, TAG_COLUMNS),
        id=find("id", wanted.id, ID_COLUMNS),
    )


def read_table(table: Table, found: FoundColumns) -> Annotations:
    """The sentences of a table: lists of words and tags, texts with entities, or rows of one word each.

    Raises:
        AnalysisError: Words and tags differ in number, or a cell is not what its column holds.
    """
    words, tags = table.columns[found.word], table.columns[found.tag]
    ids = table.columns[found.id] if found.id else [None] * len(words)
    reader = _Rows(table, found, Annotations(table.source, tag_names=table.tag_names))
    if any(isinstance(cell, list) for cell in words):
        reader.read_lists(words, tags, ids)
    elif any(isinstance(cell, list) for cell in tags):
        reader.read_texts(words, tags, ids)
    else:
        reader.read_words(words, tags, ids)
    return reader.annotations


@dataclass
class _Rows:
    table: Table
    found: FoundColumns
    annotations: Annotations

    def read_lists(self, words: Sequence[Any], tags: Sequence[Any], ids: Sequence[Any]) -> None:
        """Each row a sentence: a list of words and a list of tags; without a list of tags it is unlabelled."""
        for row, (word_cell, tag_cell, sentence_id) in enumerate(zip(words, tags, ids, strict=True)):
            place = self._place(row, sentence_id)
            sentence = [self._word(word, place) for word in self._list(word_cell, self.found.word, place)]
            cells = [None] * len(sentence) if tag_cell is None else self._list(tag_cell, self.found.tag, place)
            sentence_tags = [self._tag(tag, place) for tag in cells]
            if len(sentence) != len(sentence_tags):
                raise AnalysisError(
                    f"{place} has {len(sentence)} words in {self.found.word!r} but {len(sentence_tags)} tags in "
                    f"{self.found.tag!r}: each word needs one tag."
                )
            self.annotations.append(_id(sentence_id), sentence, sentence_tags, self._line(row))

    def read_texts(self, texts: Sequence[Any], entities: Sequence[Any], ids: Sequence[Any]) -> None:
        """Each row a sentence: a text, and entities by character offsets."""
        counts = self.annotations.counts
        for row, (text, row_entities, sentence_id) in enumerate(zip(texts, entities, ids, strict=True)):
            place = self._place(row, sentence_id)
            if not isinstance(text, str):
                raise AnalysisError(f"{place}: {self.found.word!r} holds {_short(text)}, not a text.")
            tagged = tag_text(text, self._list(row_entities or [], self.found.tag, place), place)
            self.annotations.append(_id(sentence_id), tagged.words, [*tagged.tags], self._line(row))
            counts["cut_words"] += tagged.cut_words
            counts["overlapping_entities"] += tagged.overlapping
            counts["wordless_entities"] += tagged.wordless
        for key, note in _OFFSET_NOTES.items():
            if counts[key]:
                self.annotations.notes.append(f"{note}: {counts[key]}.")

    def read_words(self, words: Sequence[Any], tags: Sequence[Any], ids: Sequence[Any]) -> None:
        """Each row a word; a sentence is a run of rows with one id, where an empty cell repeats the id above it."""
        if self.found.id is None and len(words) > 0:
            raise AnalysisError(
                f"{self.table.source} has one word a row and no column that says which sentence it is in: "
                f"name that column with --id-column, one of {', '.join(self.table.columns)}."
            )
        distinct = set(map(_id, ids))
        if len(ids) > 1 and len(distinct) == len(ids) and None not in distinct:
            raise AnalysisError(
                f"{self.table.source} has one word a row, but every row another {self.found.id!r}: "
                "name the column that tells the sentences apart with --id-column."
            )
        current: str | None = None
        for row, (word, tag, cell) in enumerate(zip(words, tags, ids, strict=True)):
            place = self._place(row, cell)
            sentence_id = _id(cell)
            if row == 0 or (sentence_id is not None and sentence_id != current):
                current = sentence_id
                self.annotations.append(current, [], [], self._line(row))
            self.annotations.words[-1].append(self._word(word, place))
            self.annotations.tags[-1].append(self._tag(tag, place))

    def _line(self, row: int) -> int | None:
        return self.table.lines[row] if self.table.lines else None

    def _place(self, row: int, sentence_id: Any) -> str:
        at = f"line {self.table.lines[row]}" if self.table.lines else f"row {row}"
        name = _id(sentence_id)
        return f"{self.table.source}, {at}" if name is None else f"{self.table.source}, {at} (sentence {name!r})"

    def _list(self, cell: Any, column: str, place: str) -> Sequence[Any]:
        if not isinstance(cell, list):
            raise AnalysisError(f"{place}: {column!r} holds {_short(cell)} where other rows hold a list.")
        return cell

    def _word(self, value: Any, place: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)):
            return str(value)
        raise AnalysisError(f"{place}: {self.found.word!r} holds {_short(value)}, not a word.")

    def _tag(self, value: Any, place: str) -> RawTag:
        if value is None or isinstance(value, (str, int)):
            return value
        if isinstance(value, float) and (isnan(value) or value.is_integer()):
            return None if isnan(value) else int(value)
        raise AnalysisError(f"{place}: {self.found.tag!r} holds {_short(value)}, neither a tag's name nor its number.")


def _id(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def iterate_columns(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Rows as columns, a missing cell as None."""
    for name in dict.fromkeys(name for row in rows for name in row):
        yield name, [row.get(name) for row in rows]
