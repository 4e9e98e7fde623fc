"""The errors of a selection: ledger rows, or words if the matrix counts tags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.run.schema import CORRECT
from analysis.selection.scene import Scene, SceneCache
from analysis.selection.selection import Selection
from app.state import ViewState
from app.view_options import LEVEL

PAIR_CLAUSES = ("gold-type", "pred-type", "outcome")
TAG_CLAUSES = ("gold-tag", "pred-tag")

SPAN_SORTS = {"loss": "loss_max", "p": "p_min", "source_row": "sentence"}
WORD_SORTS = {"loss": "loss", "p": "p_predicted", "source_row": "sentence"}


@dataclass(frozen=True)
class ErrorRows:
    """The rows of the errors grid.

    Attributes:
        unit: "span" or "word".
        rows: int64, sorted rows of the ledger or of the words.
    """

    unit: str
    rows: npt.NDArray[np.int64]


_ROWS: SceneCache[ErrorRows] = SceneCache(32)


def error_rows(state: ViewState, sort: str = "loss", descending: bool = True) -> ErrorRows:
    """The misclassified rows of the selection, or all rows if a clause selects a cell of the matrix."""
    scene, selection, level = state.scene, state.selection, state[LEVEL]
    key = (selection, level, sort, descending)
    return _ROWS.get(scene, key, lambda: _error_rows(scene, selection, level, sort, descending))


def _error_rows(scene: Scene, selection: Selection, level: str, sort: str, descending: bool) -> ErrorRows:
    run, masks = scene.run, selection.masks(scene)
    clauses = set(selection.to_query())
    if level == "types":
        mask = masks.spans if clauses.intersection(PAIR_CLAUSES) else masks.spans & (run.spans.outcome != CORRECT)
        values = getattr(run.spans, SPAN_SORTS[sort])
    else:
        words = run.words
        mask = masks.words if clauses.intersection((*PAIR_CLAUSES, *TAG_CLAUSES)) else masks.words & words.is_wrong
        values = getattr(words, WORD_SORTS[sort])
    rows = np.flatnonzero(mask)
    keys = values[rows].astype(np.float64)
    # NaN (a word without a loss) comes last in both directions.
    order = np.argsort(-keys if descending else keys, kind="stable")
    return ErrorRows("span" if level == "types" else "word", rows[order])
