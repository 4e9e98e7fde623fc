"""The exported tables (analysis/export/tables.py) as grids of the selected rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import AnalysisError
from analysis.export.tables import TABLES
from analysis.run.figures import has_confidences, has_losses
from analysis.run.run import MissingStageError, Run
from analysis.run.schema import SOURCE_TAG_NAMES
from analysis.run.subwords import subwords_of
from analysis.run.tags import type_of
from analysis.selection.scene import Scene, SceneCache
from analysis.selection.selection import Selection
from app.server.rows import Block
from app.state import ViewState
from app.views.row_grid import LARGEST_BLOCK
from app.views.span_words import span_focus_word, worst_word
from components import formats
from components.glossary import gloss
from components.palette import type_class

Rows = npt.NDArray[np.int64]

ORDER = "sentence_row"
"""The column whose ascending order is the order of the corpus."""

TAGS = ("gold_tag", "predicted_tag", "second_tag")
TYPES = ("gold_type", "predicted_type")
FIGURES = {"loss": 2, "loss_total": 2, "loss_mean": 2, "loss_max": 2, "entropy": 2}
"""Number of decimals of columns; other columns have three."""

LOSS_FIGURES = {"loss", "p_gold", "second_tag", "p_second", "entropy", "loss_total", "loss_mean", "loss_max"}
CONFIDENCES = {"p_predicted", "p_min", "p_mean"}

UNITS = {"words": "word", "sentences": "sentence", "spans": "span", "subwords": "subword", "loaded": "word"}

HEADERS = {
    "sentence_row": "#",
    "position": "Word #",
    "subword": "Subword",
    "predicted_tag": "Prediction",
    "gold_tag": "Gold",
    "p_predicted": "P",
    "p_gold": "P(gold)",
    "second_tag": "Second",
    "p_second": "P(second)",
    "gold_type": "Gold",
    "predicted_type": "Predicted",
    "gold_start": "Gold from",
    "gold_end": "to",
    "predicted_start": "Pred. from",
    "predicted_end": "to",
    "iou": "IoU",
    "written_tag": "As written",
    "named_tag": "Named",
    "converted": "Differs",
}
WIDTHS = {
    "sentence_row": 74,
    "sentence_id": 120,
    "document": 110,
    "sentence_line": 150,
    "position": 88,
    "word": 140,
    "text": 420,
    "gold_text": 200,
    "predicted_text": 200,
    "outcome": 132,
    "subword": 76,
    "input_id": 94,
    "token": 136,
    "window": 92,
    "p_predicted": 78,
    "loss": 78,
    "gold_spans": 124,
    "predicted_spans": 156,
    "wrong_words": 132,
    "predicted_tag": 128,
    "gold_tag": 116,
}
TOOLTIPS = {
    "sentence_row": "Row of the sentence in the source, from 0",
    "position": "Position of the word in its sentence, from 0",
    "subword": "Number of the subword in its word, from 0",
    "sentence_line": "Line of the source where the sentence begins, from 1",
    "loss": f"Cross-entropy of the gold tag, in nats. {gloss('nat')}",
    "entropy": f"Entropy of the tagger's distribution, in nats. {gloss('nat')}",
    "window": "Number of the sentence's window, from 0",
    "windows": "Number of windows of the sentence",
    "p_predicted": "Probability of the prediction",
    "written_tag": "The tag in the source",
    "named_tag": "The name of a numeric tag; otherwise the tag itself",
    "converted": f"Whether the tag was converted: from another scheme to BIO2, or to a renamed type. {gloss('BIO2')}",
    "iou": "Intersection over union: words in both spans / words in either span",
}

_ROWS: SceneCache[Rows] = SceneCache(24)
_EMPTY: Mapping[str, Any] = {"rows": [], "count": 0}


def table_block(table: str) -> Block:
    """The function that returns blocks of rows of a table; subwords in corpus order include special tokens."""

    def block(state: ViewState, start: int, end: int, sort: str, descending: bool) -> dict[str, Any]:
        run = state.run
        if sort not in TABLES[table].columns:
            known = ", ".join(TABLES[table].columns)
            raise AnalysisError(f"The table of {table} cannot be sorted by {sort!r}. Use one of: {known}.")
        try:
            found = _sorted_rows(state.scene, table, state.selection, sort, descending)
            shown = found
            if table == "subwords" and sort == ORDER and not descending:
                shown = _with_special_tokens(state.scene, state.selection, found)
        except MissingStageError as error:
            return {**_EMPTY, "summary": str(error)}
        summary = formats.counted(len(found), UNITS[table])
        if len(shown) > len(found):
            summary += f" · {formats.counted(len(shown) - len(found), 'special token')} shown, not counted"
        return {
            "rows": _records(run, table, shown[start : min(end, start + LARGEST_BLOCK)]),
            "count": len(shown),
            "summary": summary,
        }

    return block


def _sorted_rows(scene: Scene, table: str, selection: Selection, sort: str, descending: bool) -> Rows:
    def rows() -> Rows:
        selected = TABLES[table].rows(scene, selection)
        if sort == ORDER and not descending:
            return selected
        values = TABLES[table].columns[sort](scene.run, selected)
        order = pc.array_sort_indices(values, order="descending" if descending else "ascending")
        ordered: Rows = selected[order.to_numpy()]
        return ordered

    return _ROWS.get(scene, (table, selection, sort, descending), rows)


# Among the rows of subwords, a special token is a negative number: -1 - (row of the adjacent subword * number of
# special tokens + index of the special token).


def _with_special_tokens(scene: Scene, selection: Selection, rows: Rows) -> Rows:
    """Rows in corpus order with the special tokens of every window whose subwords are all selected."""

    def inserted() -> Rows:
        run = scene.run
        subwords = subwords_of(run)
        kinds = len(subwords.prefix) + len(subwords.suffix)
        read = np.flatnonzero(subwords.window >= 0)
        if not kinds or not len(read):
            return rows
        place = run.words.sentence[subwords.word[read]] * np.int64(2**16) + subwords.window[read]
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        sizes = np.diff(starts, append=len(read))
        chosen = np.zeros(len(subwords), np.int64)
        chosen[rows] = 1
        whole = np.add.reduceat(chosen[read], starts) == sizes
        first, last = read[starts[whole]], read[(starts + sizes - 1)[whole]]
        at: list[Rows] = []
        codes: list[Rows] = []
        for kind in range(kinds):
            before = kind < len(subwords.prefix)
            beside = first if before else last
            at.append(np.searchsorted(rows, beside) + (0 if before else 1))
            codes.append(-1 - (beside * kinds + kind))
        # At the same position, the suffix of a window comes before the prefix of the next one.
        order = np.lexsort((-np.concatenate(codes), np.concatenate(at)))
        return np.insert(rows, np.concatenate(at)[order], np.concatenate(codes)[order])

    return _ROWS.get(scene, ("special tokens", selection), inserted)


def _records(run: Run, table: str, rows: Rows) -> list[dict[str, Any]]:
    real = rows[rows >= 0]
    records = iter(TABLES[table].of(run, real).to_pylist())
    return [_record(run, table, int(row), next(records)) if row >= 0 else _special(run, int(row)) for row in rows]


def _record(run: Run, table: str, row: int, values: dict[str, Any]) -> dict[str, Any]:
    for name in TAGS:
        if values.get(name):
            values[name] = _marked(run, type_of(values[name]), values[name])
    for name in TYPES:
        if values.get(name):
            values[name] = _marked(run, values[name], values[name])
    word = _WORD_OF[table](run, row)
    # A subword after the first of its word has no gold tag.
    if values.get("gold_tag") and values.get("predicted_tag") and run.words.is_wrong[word]:
        values["predicted_tag"] += ["≠"]
    if table == "subwords" and values["subword"]:
        values["gold_tag"] = ["ignored", "quiet"]
    return {"id": str(row), **values, **({} if word is None else {"word_row": word})}


def _marked(run: Run, type_name: str | None, text: str) -> list[str]:
    """A tag or type with the CSS class of its colour."""
    return [text, type_class(-1 if type_name is None else run.tag_set.type_codes[type_name])]


def _special(run: Run, code: int) -> dict[str, Any]:
    subwords = subwords_of(run)
    tokens = [*subwords.prefix, *subwords.suffix]
    beside, kind = divmod(-1 - code, len(tokens))
    sentence = int(run.words.sentence[subwords.word[beside]])
    return {
        "id": str(code),
        "sentence_row": int(run.sentences.source_row[sentence]),
        "sentence_id": run.sentences.id[sentence].as_py(),
        "input_id": tokens[kind].id,
        "token": tokens[kind].token,
        "gold_tag": ["special", "quiet"],
        "window": int(subwords.window[beside]),
        "quiet": True,
    }


_WORD_OF: dict[str, Callable[[Run, int], int | None]] = {
    "words": lambda run, row: row,
    "loaded": lambda run, row: row,
    "subwords": lambda run, row: int(subwords_of(run).word[row]),
    "sentences": worst_word,
    "spans": span_focus_word,
}
"""The word that a click on a row focuses."""


def table_columns(table: str, run: Run) -> list[dict[str, Any]]:
    """Column definitions of a table's grid.

    Raises:
        MissingStageError: The run lacks a value of the table.
    """
    schema = TABLES[table].of(run, np.zeros(0, np.int64)).schema
    hidden = _redundant(run, table)
    return [_column(table, field) | ({"hide": True} if field.name in hidden else {}) for field in schema]


def _redundant(run: Run, table: str) -> set[str]:
    """Columns without information: ids equal to row numbers, documents if there are none, names equal to tags."""
    ids = run.sentences.id
    numbered = pc.all(pc.equal(ids, pc.cast(pa.array(run.sentences.source_row), pa.string()))).as_py()
    redundant = {"sentence_id"} if numbered in (True, None) else set()
    if run.sentences.document.null_count == len(run.sentences):
        redundant.add("document")
    if table == "loaded":
        entries = run.read(SOURCE_TAG_NAMES)
        if all(entry["named"] in (None, entry["written"]) for entry in entries):
            redundant.add("named_tag")
    return redundant | _without_values(run)


def _without_values(run: Run) -> set[str]:
    """Columns of figures that the run does not have."""
    absent: set[str] = set()
    if not has_losses(run):
        absent |= LOSS_FIGURES
    if not has_confidences(run):
        absent |= CONFIDENCES
    if (run.words.subwords < 0).all():  # unknown
        absent |= {"subwords", "windows"}
    return absent


def _column(table: str, field: pa.Field) -> dict[str, Any]:
    name = field.name
    header = HEADERS.get(name, name.replace("_", " ").capitalize())
    column: dict[str, Any] = {
        "field": name,
        "headerName": "Label" if (table, name) == ("subwords", "gold_tag") else header,
        "headerTooltip": TOOLTIPS.get(name, header),
        "width": WIDTHS.get(name, 112),
        "sortable": True,
        "resizable": True,
    }
    if name == ORDER:
        column |= {"sort": "asc", "cellClass": "dim ag-right-aligned-cell"}
    if name in (*TAGS, *TYPES):
        column |= {"cellRenderer": "TagLabel"}
    elif name == "token":
        column |= {"cellClass": "token-cell"}
    elif name in ("word", "text", "gold_text", "predicted_text"):
        column |= {"tooltipField": name, "cellRenderer": "CorpusText"}
    elif pa.types.is_boolean(field.type):
        column |= {"cellRenderer": "YesMark"}
    elif pa.types.is_floating(field.type):
        digits = FIGURES.get(name, 3)
        text = f"!params.data ? '' : params.value == null ? '–' : d3.format('.{digits}f')(params.value)"
        column |= {"type": "rightAligned", "sortingOrder": ["desc", "asc"], "valueFormatter": {"function": text}}
    elif pa.types.is_integer(field.type):
        column |= {"type": "rightAligned"}
    if name in ("word", "text", "predicted_text"):
        column |= {"flex": 1, "minWidth": column.pop("width")}
    if name == "sentence_id":
        column |= {"flex": 1, "minWidth": column.pop("width"), "maxWidth": 240, "tooltipField": name}
    return column


def empty_text(table: str) -> str:
    """The text of an empty grid."""
    return f"This selection has no {UNITS[table]}. Remove a filter above."
