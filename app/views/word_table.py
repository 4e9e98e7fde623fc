"""The words of a sentence as rows for components/word_table.py."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from analysis.run.figures import has_confidences, has_losses
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED
from analysis.run.tags import MISSING, OUTSIDE_CODE
from components import formats
from components.word_table import Figures, TagMark, WordRow

_FIGURES: RunCache[Figures] = RunCache(1)


def word_figures(run: Run) -> Figures:
    """The figures that words of the run have."""

    def figures() -> Figures:
        largest = float(np.nanmax(run.words.loss, initial=0.0))
        return Figures(probability=has_confidences(run), loss=has_losses(run), largest_loss=largest)

    return _FIGURES.get(run, None, figures)


def word_rows(run: Run, rows: Iterable[int], marked: npt.NDArray[np.bool_] | None = None) -> list[WordRow]:
    """Words of the run as rows of a table.

    Args:
        run: The run.
        rows: Rows of the words.
        marked: bool, words of the run: whether to mark the word.
    """
    words = run.words
    return [
        WordRow(
            row=row,
            text=words.text[row].as_py(),
            gold=_tag(run, int(words.gold_tag[row])),
            predicted=_tag(run, int(words.predicted_tag[row])),
            probability=float(words.p_predicted[row]),
            loss=float(words.loss[row]),
            no_gold="unlabelled" if words.flags[row] & FLAG_UNLABELLED else formats.NOTHING,
            no_loss=_no_loss(int(words.flags[row])),
            wrong=bool(words.is_wrong[row]),
            marked=marked is not None and bool(marked[row]),
        )
        for row in map(int, rows)
    ]


def _tag(run: Run, code: int) -> TagMark | None:
    if code == MISSING:
        return None
    return run.tag_set.tags[code], MISSING if code == OUTSIDE_CODE else (code - 1) // 2


def _no_loss(flags: int) -> str:
    """Why a word has no loss."""
    if flags & FLAG_UNLABELLED:
        return "no gold label"
    if flags & FLAG_UNKNOWN_GOLD:
        return "gold label unknown to the tagger"
    return "no prediction" if flags & FLAG_NO_PREDICTION else "no loss"
