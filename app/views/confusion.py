"""The confusion matrix of a selection."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run
from analysis.run.tags import MISSING, OUTSIDE
from analysis.scores.metrics import tag_confusion, type_confusion
from analysis.selection.clauses import type_value
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.frame.controls import nothing_selected
from app.state import ViewState
from app.view_options import LEVEL
from components.confusion import Margin, Matrix, confusion_table

TYPE_PARAMETERS = ("gold-type", "pred-type")
TAG_PARAMETERS = ("gold-tag", "pred-tag")


def confusion_view(state: ViewState, *, normalise: str, zero_diagonal: bool = False) -> object:
    """The matrix of a view as a table, or an empty state."""
    return matrix_table(state, matrix_of(state), normalise=normalise, zero_diagonal=zero_diagonal)


def matrix_table(state: ViewState, matrix: Matrix, *, normalise: str, zero_diagonal: bool = False) -> object:
    """A matrix as a table, or an empty state."""
    if not matrix.counts.any():
        return nothing_selected(state, "This selection has nothing to count.")
    return confusion_table(matrix, normalise=normalise, zero_diagonal=zero_diagonal)


def matrix_of(state: ViewState) -> Matrix:
    """The matrix, counted under all clauses except its own; its own clauses mark the selected cell."""
    level = state[LEVEL]
    own = TYPE_PARAMETERS if level == "types" else TAG_PARAMETERS
    others = state.selection.without(*own)
    selected = state.selection.to_query()
    pressed = (selected.get(own[0]), selected.get(own[1]))
    return (type_matrix if level == "types" else tag_matrix)(state.scene, others, pressed, state.focus)


def type_matrix(scene: Scene, others: Selection, pressed: tuple[str | None, str | None], focus: int | None) -> Matrix:
    """Entities by type: gold x predicted, with a row for spurious and a column for missed entities."""
    run = scene.run
    counts = type_confusion(run, others.masks(scene).spans)
    types = run.tag_set.types
    codes = range(len(types))
    rows = [Margin(types[code], code, type_value(types[code])) for code in codes] + [
        Margin("spurious", MISSING, type_value(None))
    ]
    columns = [Margin(types[code], code, type_value(types[code])) for code in codes] + [
        Margin("missed", MISSING, type_value(None))
    ]
    return Matrix(
        rows=rows,
        columns=columns,
        counts=counts,
        parameters=TYPE_PARAMETERS,
        clears=TAG_PARAMETERS,
        unit="span",
        selected=pressed,
        focus=_type_cell(run, focus),
    )


def tag_matrix(scene: Scene, others: Selection, pressed: tuple[str | None, str | None], focus: int | None) -> Matrix:
    """Words by tag: gold x predicted, for the tags that occur; entity tags first, `O` last."""
    run = scene.run
    counts = tag_confusion(run, others.masks(scene).words)
    tags = run.tag_set.tags
    order = np.array([*range(1, len(tags)), 0])
    used = (counts.sum(axis=0) + counts.sum(axis=1))[order] > 0
    shown = order[used]
    margins = [Margin(tags[code], (code - 1) // 2 if tags[code] != OUTSIDE else MISSING, tags[code]) for code in shown]
    cell = None
    if focus is not None:
        places = {int(code): place for place, code in enumerate(shown)}
        gold, predicted = int(run.words.gold_tag[focus]), int(run.words.predicted_tag[focus])
        if gold in places and predicted in places:
            cell = (places[gold], places[predicted])
    return Matrix(
        rows=margins,
        columns=margins,
        counts=counts[np.ix_(shown, shown)],
        parameters=TAG_PARAMETERS,
        clears=TYPE_PARAMETERS,
        unit="word",
        selected=pressed,
        focus=cell,
    )


def _type_cell(run: Run, focus: int | None) -> tuple[int, int] | None:
    """Row and column of the cell that counts a word's ledger row, or None."""
    if focus is None:
        return None
    spans, sentence = run.spans, int(run.words.sentence[focus])
    position = int(run.words.position[focus])
    first, last = (int(bound) for bound in np.searchsorted(spans.sentence, [sentence, sentence + 1]))
    for row in range(first, last):
        if any(
            start[row] <= position < end[row]
            for start, end in ((spans.gold_start, spans.gold_end), (spans.predicted_start, spans.predicted_end))
        ):
            margin = len(run.tag_set.types)
            gold, predicted = int(spans.gold_type[row]), int(spans.predicted_type[row])
            return margin if gold < 0 else gold, margin if predicted < 0 else predicted
    return None
