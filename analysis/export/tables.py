"""The tables of a run for export: names instead of codes, null for missing values.

A table has a function for its selected rows and one for each column, so that a grid can read one block of rows, or
only the column that it sorts by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.corpus.source_tags import NO_LINE
from analysis.pipeline.stages import STAGES
from analysis.run import schema
from analysis.run.run import Run
from analysis.run.schema import OUTCOMES, SOURCE_LINES, SOURCE_TAG_NAMES, SOURCE_TAGS
from analysis.run.subwords import labels_of, losses_of, probabilities_of, subwords_of
from analysis.run.tags import MISSING
from analysis.run.values import Column as DeclaredColumn
from analysis.run.values import Table
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

Codes = npt.NDArray[np.integer[Any]]
Rows = npt.NDArray[np.int64]
Column = Callable[[Run, Rows], pa.Array]

_NO_BIO2_TAG = -2


@dataclass(frozen=True)
class ExportTable:
    """A table that can be exported.

    Attributes:
        rows: The rows that match a selection, ascending.
        columns: Column name -> a function that gives its values at some rows.
    """

    rows: Callable[[Scene, Selection], Rows]
    columns: Mapping[str, Column]

    def of(self, run: Run, rows: Rows) -> pa.Table:
        """The given rows of the table, in the given order.

        Raises:
            MissingStageError: The run does not have a value that the table needs.
        """
        return pa.table({name: column(run, rows) for name, column in self.columns.items()})


def _selected_words(scene: Scene, selection: Selection) -> Rows:
    return np.flatnonzero(selection.masks(scene).words)


def _selected_spans(scene: Scene, selection: Selection) -> Rows:
    return np.flatnonzero(selection.masks(scene).spans)


def _selected_sentences(scene: Scene, selection: Selection) -> Rows:
    return np.flatnonzero(selection.masks(scene).sentences)


def _selected_subwords(scene: Scene, selection: Selection) -> Rows:
    return np.flatnonzero(selection.masks(scene).words[subwords_of(scene.run).word])


def _names(names: Sequence[str | None], codes: Codes) -> pa.Array:
    """Names of codes, null for a negative code."""
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int64), mask=codes < 0))


def _numbers(numbers: npt.NDArray[np.floating[Any]]) -> pa.Array:
    return pa.array(numbers, from_pandas=True)  # null for NaN


_CODED: Mapping[str, Callable[[Run], Sequence[str]]] = {
    "tags": lambda run: run.tag_set.tags,
    "types": lambda run: run.tag_set.types,
    "outcomes": lambda _run: OUTCOMES,
}


def _as_exported(run: Run, column: DeclaredColumn, values: Any) -> pa.Array:
    """Values of a stored column, converted as declared: names for codes, null for missing values."""
    if isinstance(values, pa.Array):
        return values
    if column.codes:
        return _names(_CODED[column.codes](run), values)
    if np.issubdtype(values.dtype, np.floating):
        return _numbers(values)
    return pa.array(values, mask=None if column.absent is None else values == column.absent)


def _declared(part: str, table: Table, renamed: Mapping[str, str] | None = None) -> dict[str, Column]:
    """The columns of a stored table, from `run.<part>`, in the order of its declaration.

    Args:
        part: `words`, `sentences` or `spans`.
        table: The stored table.
        renamed: Stored name -> exported name; "" omits the column.
    """

    def column(declared: DeclaredColumn) -> Column:
        def values(run: Run, rows: Rows) -> pa.Array:
            stored = getattr(getattr(run, part), declared.name)
            return _as_exported(
                run, declared, stored.take(pa.array(rows)) if isinstance(stored, pa.Array) else stored[rows]
            )

        return values

    names = {one.name: (renamed or {}).get(one.name, one.name) for one in table.columns}
    return {names[one.name]: column(one) for one in table.columns if names[one.name]}


def _sentence_columns(sentence_of: Callable[[Run, Rows], Codes]) -> dict[str, Column]:
    return {
        "sentence_row": lambda run, rows: pa.array(run.sentences.source_row[sentence_of(run, rows)]),
        "sentence_id": lambda run, rows: run.sentences.id.take(pa.array(sentence_of(run, rows))),
    }


def _document(sentence_of: Callable[[Run, Rows], Codes]) -> Column:
    return lambda run, rows: run.sentences.document.take(pa.array(sentence_of(run, rows)))


def _span_text(side: str) -> Column:
    """The words of each row's span, joined with spaces; null if there is no such span."""

    def texts(run: Run, rows: Rows) -> pa.Array:
        words = run.words.text
        first_words = run.sentences.first_word[run.spans.sentence[rows]]
        bounds = (getattr(run.spans, f"{side}_{end}")[rows] for end in ("start", "end"))
        joined = [
            None if start < 0 else " ".join(words.slice(first + start, end - start).to_pylist())
            for first, start, end in zip(first_words, *bounds, strict=True)
        ]
        return pa.array(joined, pa.string())

    return texts


_OF_WORDS = {
    **_declared("words", schema.WORDS, {"sentence": "", "text": "word"}),
    **_declared("words", schema.LOSSES),
    **_declared("words", schema.PREDICTIONS, {"flags": ""}),
}
_WORD_COLUMNS: dict[str, Column] = {
    **_sentence_columns(lambda run, rows: run.words.sentence[rows]),
    **{name: _OF_WORDS[name] for name in ("position", "word")},
}

WORDS = ExportTable(
    _selected_words,
    {
        **_WORD_COLUMNS,
        **{name: _OF_WORDS[name] for name in ("gold_tag", "predicted_tag", "loss", "p_gold", "p_predicted")},
        **_OF_WORDS,
        "document": _document(lambda run, rows: run.words.sentence[rows]),
    },
)

SENTENCES = ExportTable(
    _selected_sentences,
    {
        **_sentence_columns(lambda _run, rows: rows),
        **_declared(
            "sentences",
            schema.SENTENCES,
            {"source_row": "", "id": "", "document": "", "first_word": "", "word_count": "words"},
        ),
        **_declared("sentences", schema.SENTENCE_SCORES),
        "document": _document(lambda _run, rows: rows),
    },
)

SPANS = ExportTable(
    _selected_spans,
    {
        **_sentence_columns(lambda run, rows: run.spans.sentence[rows]),
        **_declared("spans", schema.SPANS, {"sentence": ""}),
        "gold_text": _span_text("gold"),
        "predicted_text": _span_text("predicted"),
        "document": _document(lambda run, rows: run.spans.sentence[rows]),
    },
)


def _of_word(column: Column) -> Column:
    """A column of the words, repeated for their subwords."""
    return lambda run, rows: column(run, subwords_of(run).word[rows].astype(np.int64))


_WINDOW = next(column for column in schema.SUBWORDS.columns if column.name == "window")

SUBWORDS = ExportTable(
    _selected_subwords,
    {
        **{name: _of_word(column) for name, column in _WORD_COLUMNS.items()},
        "subword": lambda run, rows: pa.array(subwords_of(run).within[rows]),
        "input_id": lambda run, rows: pa.array(subwords_of(run).id[rows]),
        "token": lambda run, rows: subwords_of(run).tokens(rows),
        # As in training, only the first subword of a word has the gold tag.
        "gold_tag": lambda run, rows: _names(run.tag_set.tags, labels_of(run, subwords_of(run), rows)),
        "predicted_tag": lambda run, rows: _names(run.tag_set.tags, subwords_of(run).tag[rows]),
        "p_predicted": lambda run, rows: _numbers(probabilities_of(run, subwords_of(run), rows)),
        "loss": lambda run, rows: _numbers(losses_of(run, subwords_of(run), rows)),
        "window": lambda run, rows: _as_exported(run, _WINDOW, subwords_of(run).window[rows]),
    },
)


def _written(part: str) -> Column:
    """The entry `part` of each word's tag in the source's dictionary of tags."""

    def names(run: Run, rows: Rows) -> pa.Array:
        dictionary = [entry[part] for entry in run.read(SOURCE_TAG_NAMES)]
        return _names(dictionary, run.read(SOURCE_TAGS)[rows])

    return names


def _lines(run: Run, rows: Rows) -> pa.Array:
    lines = run.read(SOURCE_LINES)[run.words.sentence[rows]]
    return pa.array(lines, mask=lines == NO_LINE)


def converted_tags(run: Run) -> npt.NDArray[np.bool_]:
    """bool, words: the gold tag differs from the tag in the source, because of another scheme or a renamed type.

    Raises:
        MissingStageError: The run has no source tags.
    """
    codes: dict[str | None, int] = {None: MISSING} | run.tag_set.tag_codes
    named = [codes.get(entry["named"], _NO_BIO2_TAG) for entry in run.read(SOURCE_TAG_NAMES)]
    # The code of no tag, -1, selects the appended entry.
    converted: npt.NDArray[np.bool_] = np.array([*named, MISSING])[run.read(SOURCE_TAGS)] != run.words.gold_tag
    return converted


LOADED = ExportTable(
    _selected_words,
    {
        **_sentence_columns(lambda run, rows: run.words.sentence[rows]),
        "sentence_line": _lines,
        "position": _WORD_COLUMNS["position"],
        "word": _WORD_COLUMNS["word"],
        "written_tag": _written("written"),
        "named_tag": _written("named"),
        "gold_tag": _OF_WORDS["gold_tag"],
        "converted": lambda run, rows: pa.array(converted_tags(run)[rows]),
    },
)


def _stored(table: Table) -> ExportTable:
    """A stage's table that has one row per word or sentence, as declared."""
    of_words = table.row == "word"

    def column(declared: DeclaredColumn) -> Column:
        def values(run: Run, rows: Rows) -> pa.Array:
            stored = run.read(table).column(declared.name).combine_chunks().take(pa.array(rows))
            plain = pa.types.is_integer(stored.type) or pa.types.is_floating(stored.type)
            return _as_exported(run, declared, stored.to_numpy() if plain else stored)

        return values

    first = _WORD_COLUMNS if of_words else _sentence_columns(lambda _run, rows: rows)
    rows = _selected_words if of_words else _selected_sentences
    return ExportTable(rows, {**first, **{one.name: column(one) for one in table.columns}})


def _tables_of_stages() -> dict[str, ExportTable]:
    """The tables of words and sentences that stages write, except those that every run has."""
    written = (value for stage in STAGES for value in (*stage.outputs, *stage.optional_outputs))
    return {
        value.key: _stored(value)
        for value in written
        if isinstance(value, Table) and value.row in ("word", "sentence") and value not in _ALWAYS
    }


_ALWAYS = (schema.WORDS, schema.SENTENCES, schema.PREDICTIONS, schema.LOSSES, schema.SENTENCE_SCORES)

TABLES: dict[str, ExportTable] = {
    "words": WORDS,
    "sentences": SENTENCES,
    "spans": SPANS,
    "subwords": SUBWORDS,
    "loaded": LOADED,
    **_tables_of_stages(),
}
