"""The tables of a run as people take them away: names instead of codes, null for what is not there.

A table is its rows under a selection and a function for each column, so that a grid can ask for one block of rows, or
for the one column that it sorts by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.corpus.source_tags import NO_LINE
from analysis.run.run import Run
from analysis.run.schema import OUTCOMES, SOURCE_LINES, SOURCE_TAG_NAMES, SOURCE_TAGS
from analysis.run.subwords import labels_of, losses_of, probabilities_of, subwords_of
from analysis.run.tags import MISSING
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

Codes = npt.NDArray[np.integer[Any]]
Rows = npt.NDArray[np.int64]
Column = Callable[[Run, Rows], pa.Array]

_NO_BIO2_TAG = -2


@dataclass(frozen=True)
class ExportTable:
    """One table.

    Attributes:
        rows: Which of its rows a selection lets through, ascending.
        columns: Name -> the values of some rows.
    """

    rows: Callable[[Scene, Selection], Rows]
    columns: Mapping[str, Column]

    def of(self, run: Run, rows: Rows) -> pa.Table:
        """These rows of the table, in this order.

        Raises:
            MissingStageError: The run lacks a value that the table is made of.
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


def _positions(positions: Codes) -> pa.Array:
    return pa.array(positions, mask=positions < 0)


def _numbers(numbers: npt.NDArray[np.floating[Any]]) -> pa.Array:
    return pa.array(numbers, from_pandas=True)  # null for NaN


def _sentence_columns(sentence_of: Callable[[Run, Rows], Codes]) -> dict[str, Column]:
    return {
        "sentence_row": lambda run, rows: pa.array(run.sentences.source_row[sentence_of(run, rows)]),
        "sentence_id": lambda run, rows: run.sentences.id.take(pa.array(sentence_of(run, rows))),
        "document": lambda run, rows: run.sentences.document.take(pa.array(sentence_of(run, rows))),
    }


def _plain(table: str, column: str) -> Column:
    """A column of whole numbers, as it is."""
    return lambda run, rows: pa.array(getattr(getattr(run, table), column)[rows])


def _figure(table: str, column: str) -> Column:
    """A column of numbers, null for NaN."""
    return lambda run, rows: _numbers(getattr(getattr(run, table), column)[rows])


def _bound(column: str) -> Column:
    """A bound of a span, null where there is no such span."""
    return lambda run, rows: _positions(getattr(run.spans, column)[rows])


def _tag(column: str) -> Column:
    return lambda run, rows: _names(run.tag_set.tags, getattr(run.words, column)[rows])


def _type(column: str) -> Column:
    return lambda run, rows: _names(run.tag_set.types, getattr(run.spans, column)[rows])


def _span_text(side: str) -> Column:
    """The words of each row's span, joined with a space; null where there is no such span."""

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


_WORD_COLUMNS: dict[str, Column] = {
    **_sentence_columns(lambda run, rows: run.words.sentence[rows]),
    "position": _plain("words", "position"),
    "word": lambda run, rows: run.words.text.take(pa.array(rows)),
}

WORDS = ExportTable(
    _selected_words,
    {
        **_WORD_COLUMNS,
        "gold_tag": _tag("gold_tag"),
        "predicted_tag": _tag("predicted_tag"),
        "loss": _figure("words", "loss"),
        "p_gold": _figure("words", "p_gold"),
        "p_predicted": _figure("words", "p_predicted"),
        "second_tag": _tag("second_tag"),
        "p_second": _figure("words", "p_second"),
        "entropy": _figure("words", "entropy"),
        "subwords": _plain("words", "subwords"),
    },
)

SENTENCES = ExportTable(
    _selected_sentences,
    {
        **_sentence_columns(lambda run, rows: rows),
        "text": lambda run, rows: run.sentences.text.take(pa.array(rows)),
        "words": _plain("sentences", "word_count"),
        **{name: _plain("sentences", name) for name in ("gold_spans", "predicted_spans", "wrong_words")},
        **{name: _figure("sentences", name) for name in ("loss_total", "loss_mean", "loss_max")},
        "windows": _plain("sentences", "windows"),
    },
)

SPANS = ExportTable(
    _selected_spans,
    {
        **_sentence_columns(lambda run, rows: run.spans.sentence[rows]),
        "gold_start": _bound("gold_start"),
        "gold_end": _bound("gold_end"),
        "gold_type": _type("gold_type"),
        "predicted_start": _bound("predicted_start"),
        "predicted_end": _bound("predicted_end"),
        "predicted_type": _type("predicted_type"),
        "outcome": lambda run, rows: _names(OUTCOMES, run.spans.outcome[rows]),
        "gold_text": _span_text("gold"),
        "predicted_text": _span_text("predicted"),
        **{name: _figure("spans", name) for name in ("iou", "p_min", "p_mean", "loss_max", "loss_total")},
    },
)


def _of_word(column: Column) -> Column:
    """A column of the words, for subwords."""
    return lambda run, rows: column(run, subwords_of(run).word[rows].astype(np.int64))


SUBWORDS = ExportTable(
    _selected_subwords,
    {
        **{name: _of_word(column) for name, column in _WORD_COLUMNS.items()},
        "subword": lambda run, rows: pa.array(subwords_of(run).within[rows]),
        "input_id": lambda run, rows: pa.array(subwords_of(run).id[rows]),
        "token": lambda run, rows: subwords_of(run).tokens(rows),
        # As in training, a word is judged at its first subword; at the others the tags of the corpus are not asked for.
        "gold_tag": lambda run, rows: _names(run.tag_set.tags, labels_of(run, subwords_of(run), rows)),
        "predicted_tag": lambda run, rows: _names(run.tag_set.tags, subwords_of(run).tag[rows]),
        "p_predicted": lambda run, rows: _numbers(probabilities_of(run, subwords_of(run), rows)),
        "loss": lambda run, rows: _numbers(losses_of(run, subwords_of(run), rows)),
        "window": lambda run, rows: _positions(subwords_of(run).window[rows]),
    },
)


def _written(part: str) -> Column:
    """What the source's dictionary of tags says of the tag that each word is written with."""

    def names(run: Run, rows: Rows) -> pa.Array:
        dictionary = [entry[part] for entry in run.read(SOURCE_TAG_NAMES)]
        return _names(dictionary, run.read(SOURCE_TAGS)[rows])

    return names


def _lines(run: Run, rows: Rows) -> pa.Array:
    lines = run.read(SOURCE_LINES)[run.words.sentence[rows]]
    return pa.array(lines, mask=lines == NO_LINE)


def read_otherwise(run: Run) -> npt.NDArray[np.bool_]:
    """Words whose tag is not the one that the source names: its scheme was read as BIO2, or its type renamed.

    Raises:
        MissingStageError: The run does not know what its source says.
    """
    codes: dict[str | None, int] = {None: MISSING} | run.tag_set.tag_codes
    named = [codes.get(entry["named"], _NO_BIO2_TAG) for entry in run.read(SOURCE_TAG_NAMES)]
    # The entry after the last is what the code of no tag, -1, picks.
    otherwise: npt.NDArray[np.bool_] = np.array([*named, MISSING])[run.read(SOURCE_TAGS)] != run.words.gold_tag
    return otherwise


LOADED = ExportTable(
    _selected_words,
    {
        **_sentence_columns(lambda run, rows: run.words.sentence[rows]),
        "line": _lines,
        "position": _WORD_COLUMNS["position"],
        "word": _WORD_COLUMNS["word"],
        "written_tag": _written("written"),
        "named_tag": _written("named"),
        "gold_tag": _tag("gold_tag"),
        "read_otherwise": lambda run, rows: pa.array(read_otherwise(run)[rows]),
    },
)

TABLES: dict[str, ExportTable] = {
    "words": WORDS,
    "sentences": SENTENCES,
    "spans": SPANS,
    "subwords": SUBWORDS,
    "loaded": LOADED,
}
