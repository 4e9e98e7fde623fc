"""Converts the columns of a table (JSON lines, Parquet, CSV, a dataset) to labelled sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise
from math import isnan
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, RawTag
from analysis.formats.entity_values import entities_of
from analysis.formats.label_names import in_order as label_names
from analysis.formats.scores import score_of
from analysis.formats.structs import items_of, name_labels, values_of
from analysis.formats.text_lists import are_lists, list_in
from analysis.formats.text_records import TextRecord, TextRecords
from analysis.messages import in_order, quoted, shown

EXAMPLES = 3
"""The number of examples of words and tags."""
WORD_COLUMNS = ("tokens", "words", "token", "word", "form", "text", "sentence")
TAG_COLUMNS = ("ner_tags", "ner_tag", "ner", "tags", "tag", "labels", "label", "entities", "spans")
_OFFSET_FIELDS = frozenset(("start", "end", "start_offset", "end_offset", "begin", "offset"))
_ENTITY_COLUMNS = ("entities", "spans")
ID_COLUMNS = ("sentence_id", "sent_id", "sentence #", "sentence_idx", "id", "guid")
SCORE_COLUMNS = (
    *("p_predicted", "predicted_score", "score", "scores", "confidence", "confidences"),
    *("probability", "probabilities", "prob", "p"),
)
DOCUMENT_COLUMNS = ("document_id", "doc_id", "docid", "doc_key", "document", "doc")
MAX_DOCUMENT_ID_LENGTH = 200
"""If a column with a usual name for documents has longer values, it contains their texts and is not used."""

_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class FoundColumns:
    """The names of the columns to read.

    Attributes:
        word: Column of words or of texts.
        tag: Column of tags or of entities of texts.
        id: Column of sentence ids; None: there is none.
        document: Column of documents; None: there is none.
        document_given: Whether `document` was given rather than found by its name.
        score: Column of the scores of predicted tags; None: there is none, or gold tags are read.
        wanted: What was asked for, which decides the options that messages name.
    """

    word: str
    tag: str
    id: str | None = None
    document: str | None = None
    document_given: bool = False
    score: str | None = None
    wanted: Columns = field(default_factory=Columns)

    @property
    def names(self) -> list[str]:
        """The columns to load, each once."""
        columns = (self.word, self.tag, self.id, self.document, self.score)
        return list(dict.fromkeys(name for name in columns if name is not None))


@dataclass(frozen=True)
class Table:
    """Columns of equal length.

    Attributes:
        source: Name of the source, for messages.
        columns: Name -> cells. A row is a sentence (lists of words and tags, or a text and its entities) or a word.
        lines: The line of the source on which each row begins, from 1; empty if the source has no lines.
        tag_names: Names of integer tags, if the source has them.
        names: The names of all columns of the source, if `columns` has only those that are read.
        after_blank: The rows that follow a blank line.
    """

    source: str
    columns: Mapping[str, Sequence[Any]]
    lines: Sequence[int] = ()
    tag_names: tuple[str, ...] | None = None
    names: Sequence[str] = ()
    after_blank: frozenset[int] = frozenset()

    def named(self, found: FoundColumns, names: tuple[str, ...] | None, field: str | None) -> Table:
        """The table with names for its integer tags.

        Args:
            found: The columns that are read.
            names: The name of each number; None: the source has no names.
            field: The field of the structs in the column of tags that has these names; None: the tags have them.
        """
        if names is None or field in (None, found.tag):
            return replace(self, tag_names=names)
        return replace(self, columns={**self.columns, found.tag: name_labels(self.columns[found.tag], field, names)})


def find_columns(names: Sequence[str], wanted: Columns, source: str) -> FoundColumns:
    """The columns to read: the given ones, else the suggested ones, else the first with a usual name, ignoring case.

    Of several columns of labels, it is one whose name promises the labels that are read (`Columns.labels`).

    Raises:
        AnalysisError: A given column does not exist, or no column has a usual name for words or for tags.
    """
    suggestions = wanted.suggested or Columns()
    by_lower = {name.lower(): name for name in reversed(names)}

    def find(what: str, given: str | None, suggested: str | None, known: Sequence[str]) -> str | None:
        if given is not None and given not in names:
            raise AnalysisError(
                f"{source} has no column {quoted(given)} (columns: {in_order(names)}). Correct {wanted.option(what)}."
            )
        if given is None and suggested in names:
            given = suggested
        return given or next((by_lower[name] for name in known if name in by_lower), None)

    def need(what: str, given: str | None, suggested: str | None, known: Sequence[str]) -> str:
        found = find(what, given, suggested, known)
        if found is None:
            raise AnalysisError(
                f"{source} has no column with a usual name for {what}s ({', '.join(known)}). "
                f"{wanted.choose(what, in_order(names) or 'none', known[0])}"
            )
        return found

    usual_tags = [name.lower() for name in label_names(names, TAG_COLUMNS, wanted.labels)] or TAG_COLUMNS
    score = next((by_lower[name] for name in SCORE_COLUMNS if name in by_lower), None)
    return FoundColumns(
        word=need("word", wanted.word, suggestions.word, WORD_COLUMNS),
        tag=need("tag", wanted.tag, suggestions.tag, usual_tags),
        id=find("id", wanted.id, suggestions.id, ID_COLUMNS),
        document=find("document", wanted.document, suggestions.document, DOCUMENT_COLUMNS),
        document_given=wanted.document is not None,
        score=score if wanted.labels == "predicted" else None,
        wanted=wanted,
    )


def read_table(table: Table, found: FoundColumns) -> Annotations | TextRecords:
    """The sentences of a table: words and tags of sentences, texts with entities, or rows of one word each.

    Words and tags are lists, texts of lists, or texts that are split at spaces.

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
        self.words: Sequence[Any] = table.columns[found.word]
        self.tags: Sequence[Any] = [
            items_of(cell) if isinstance(cell, Mapping) else cell for cell in table.columns[found.tag]
        ]
        nothing = [None] * len(self.words)
        self.ids: Sequence[Any] = table.columns[found.id] if found.id else nothing
        self.documents: Sequence[Any] = table.columns[found.document] if found.document else nothing
        self.scores: Sequence[Any] = self._with_lists(table.columns[found.score] if found.score else nothing)
        columns = Columns(found.word, found.tag, found.id, found.document)
        self.annotations = Annotations(table.source, columns, tag_names=table.tag_names)
        self.words, self.tags = self._with_lists(self.words), self._with_lists(self.tags)

    def read(self) -> Annotations | TextRecords:
        has_tags = self.found.tag.lower() not in _ENTITY_COLUMNS and _has_lists_of_tags(self.tags)
        if _has_lists(self.words) or has_tags or _has_spaced_tags(self.words, self.tags):
            self._read_sentences()
        elif any(isinstance(cell, (list, Mapping)) for cell in self.tags):
            return self._texts()
        else:
            self._read_words()
        self.annotations.read_as = self._read_as()
        return self.annotations

    def _read_as(self) -> str:
        words = islice(chain.from_iterable(self.annotations.words), EXAMPLES)
        tags = dict.fromkeys(tag for tag in chain.from_iterable(self.annotations.tags) if tag is not None)
        return (
            f"Read as a table: words from column {quoted(self.found.word)} ({', '.join(map(shown, words))}), "
            f"tags from column {quoted(self.found.tag)} ({', '.join(map(shown, islice(tags, EXAMPLES)))})."
        )

    def _read_sentences(self) -> None:
        """Read rows that are sentences: words and as many tags; without tags the sentence is unlabelled."""
        words_are_lists, tags_are_lists = _has_lists(self.words), _has_lists(self.tags)
        for row, (word_cell, tag_cell, sentence_id) in enumerate(zip(self.words, self.tags, self.ids, strict=True)):
            place = self._place(row)
            words = word_cell if words_are_lists else _split(word_cell)
            sentence = [self._word(word, place) for word in self._list(words, self.found.word, place)]
            tags = tag_cell if tags_are_lists else _split(tag_cell)
            cells = [None] * len(sentence) if tags is None else self._list(tags, self.found.tag, place)
            sentence_tags = [self._tag(tag, place) for tag in cells]
            if len(sentence) != len(sentence_tags):
                split = "" if words_are_lists else " (the text is split at spaces)"
                raise AnalysisError(
                    f"{place} has {len(sentence)} words in {quoted(self.found.word)} but {len(sentence_tags)} tags in "
                    f"{quoted(self.found.tag)}. Each word needs one tag{split}."
                )
            self.annotations.append(_id(sentence_id), sentence, sentence_tags, self._line(row), self._document(row))
            if self.found.score is not None:
                self.annotations.scores.append(self._sentence_scores(row, len(sentence)))

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

        An empty cell has the same id or document as the row before. Blank lines separate sentences if there is no id.
        """
        ids = self._sentence_ids()
        current: tuple[str | None, str | None] = (None, None)
        for row, (word, tag) in enumerate(zip(self.words, self.tags, strict=True)):
            place = self._place(row)
            here = (None if ids is None else ids[row] or current[0], self._document(row) or current[1])
            if row == 0 or here != current or (ids is None and row in self.table.after_blank):
                current = here
                self.annotations.append(current[0], [], [], self._line(row), current[1])
                self.annotations.scores += [[]] if self.found.score is not None else []
            self.annotations.words[-1].append(self._word(word, place))
            self.annotations.tags[-1].append(self._tag(tag, place))
            if self.found.score is not None:
                self.annotations.scores[-1].append(score_of(self.scores[row], place))

    def _sentence_scores(self, row: int, words: int) -> list[float | None]:
        """The score of each word of a row that is a sentence."""
        place, cell = self._place(row), _split(self.scores[row])
        if cell is None:
            return [None] * words
        if not isinstance(cell, list) or len(cell) != words:
            raise AnalysisError(
                f"{place} has {words} words, but {quoted(str(self.found.score))} contains {shown(cell)}. Give one "
                "score for each word."
            )
        return [score_of(score, place) for score in cell]

    def _sentence_ids(self) -> list[str | None] | None:
        """The id of each row that is a word; None: blank lines separate the sentences.

        Raises:
            AnalysisError: There is no column of ids or its ids count words, and there are no blank lines.
        """
        ids = [_id(cell) for cell in self.ids]
        separated = any(0 < row < len(ids) for row in self.table.after_blank)
        if self.found.id is None:
            if not separated and len(ids) > 0:
                raise AnalysisError(
                    f"{self.table.source} has one word per row and no column with sentence ids. "
                    f"{self.found.wanted.choose('id', in_order(self.table.names or self.table.columns), 'sentence_id')}"
                )
            return None
        changes = sum(one != other or other is None for one, other in pairwise(ids))
        if len(ids) > 1 and changes == len(ids) - 1 and None not in ids:
            if separated:
                return None
            raise AnalysisError(
                f"{self.table.source} has one word per row, but a different {shown(self.found.id)} in every row. "
                f"{self._about_ids()}"
            )
        return ids

    def _about_ids(self) -> str:
        option = self.found.wanted.option("id")
        if option is None:
            return 'Name the column that identifies sentences "sentence_id".'
        return f"Give the column that identifies sentences with {option}."

    def _with_lists(self, cells: Sequence[Any]) -> Sequence[Any]:
        """The cells, with the lists that all of them contain as text."""
        if not are_lists(cells):
            return cells
        return [list_in(cell, self._place(row)) for row, cell in enumerate(cells)]

    def _document(self, row: int) -> str | None:
        cell = self.documents[row]
        if not _are_document_ids([cell]):
            raise AnalysisError(
                f"{self._place(row)}: {shown(self.found.document)} contains {shown(cell)}, which is not a document id. "
                f"Correct the cell{self.found.wanted.or_option('document')}."
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
        if isinstance(value, Mapping):
            raise AnalysisError(self._about_struct(value, self.found.word, place))
        raise AnalysisError(f"{place}: {quoted(self.found.word)} contains {shown(value)}, which is not a word.")

    def _tag(self, value: Any, place: str) -> RawTag:
        if value is None or isinstance(value, (str, int)):
            return value
        if isinstance(value, float) and (isnan(value) or value.is_integer()):
            return None if isnan(value) else int(value)
        if isinstance(value, Mapping):
            raise AnalysisError(self._about_struct(value, self.found.tag, place))
        raise AnalysisError(
            f"{place}: {quoted(self.found.tag)} contains {shown(value)}, which is not the name or number of a tag."
        )

    @staticmethod
    def _about_struct(struct: Mapping[str, Any], column: str, place: str) -> str:
        return (
            f"{place}: {quoted(column)} contains structs with the fields {in_order(struct)}. Convert them to two "
            'columns, a list of words and a list of tags: {"tokens": [...], "ner_tags": [...]}.'
        )


def _id(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _has_lists(cells: Sequence[Any]) -> bool:
    return any(isinstance(cell, list) for cell in cells)


def _has_lists_of_tags(cells: Sequence[Any]) -> bool:
    """Whether the lists in a column contain tags, not entities."""
    items = [item for cell in cells if isinstance(cell, list) for item in cell if item is not None]
    return bool(items) and all(isinstance(item, (str, int)) for item in items)


def _has_spaced_tags(words: Sequence[Any], tags: Sequence[Any]) -> bool:
    """Whether rows are sentences as text: words and tags separated by spaces."""
    return any(
        isinstance(word, str) and isinstance(tag, str) and len(_split(word)) > 1 and len(_split(tag)) > 1
        for word, tag in zip(words, tags, strict=True)
    )


def _split(cell: Any) -> Any:
    """A text split at spaces, tabs and line ends; other values as they are. Other white space is part of a word."""
    return [part for part in _SPACES.split(cell) if part] if isinstance(cell, str) else cell


def read_columns(
    names: Sequence[str],
    has_structs: bool,
    wanted: Columns,
    source: str,
    read: Callable[[Sequence[str]], Mapping[str, Sequence[Any]]],
) -> tuple[Mapping[str, Sequence[Any]], FoundColumns, Mapping[str, str]]:
    """Read the columns of words and tags, and no others unless some are fields of structs.

    Args:
        names: The names of all columns.
        has_structs: Whether a column has structs, or lists of them.
        wanted: The columns to read.
        source: Name of the source, for messages.
        read: Reads columns by their names.

    Returns:
        The columns, which of them are what, and for each field of structs the name of its column.

    Raises:
        AnalysisError: A given column does not exist, or no column has a usual name for words or for tags.
    """
    if has_structs:
        columns, origin = unfolded(read(names))
        return columns, find_columns(list(columns), wanted, source), origin
    found = find_columns(names, wanted, source)
    return read(found.names), found, {}


def unfolded(columns: Mapping[str, Sequence[Any]]) -> tuple[dict[str, Sequence[Any]], dict[str, str]]:
    """Columns of structs with a word and its tag, such as `tokens: [{"text": "Ann", "ner": "B-PER"}]`, as two columns.

    Returns:
        The columns, where those of such structs are replaced, and the name of the replaced column for each new one.
    """
    found: dict[str, Sequence[Any]] = {}
    origin: dict[str, str] = {}
    for name, cells in columns.items():
        fields = _fields_of_words(cells) if name.lower() in WORD_COLUMNS else ()
        if not fields:
            found.setdefault(name, cells)
        for key in fields:
            found[key] = [values_of(cell, key) for cell in cells]
            origin[key] = name
    return found, origin


def _fields_of_words(cells: Sequence[Any]) -> tuple[str, ...]:
    """The fields of the word and of its tag in a column of structs; empty: they have none, or have offsets."""
    rows = [items_of(cell) if isinstance(cell, Mapping) else cell for cell in cells]
    struct = next((row[0] for row in rows if isinstance(row, list) and row), None)
    if not isinstance(struct, Mapping) or _OFFSET_FIELDS & set(struct):
        return ()
    fields = (next((name for name in names if name in struct), None) for names in (WORD_COLUMNS, TAG_COLUMNS))
    word, tag = fields
    return () if word is None or tag is None else (word, tag)


def iterate_columns(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Convert rows to columns; missing cells become None."""
    for name in dict.fromkeys(name for row in rows for name in row):
        yield name, [row.get(name) for row in rows]
