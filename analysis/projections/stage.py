"""The stages `reduce`, `umap` and `umap_entities`: the hidden states of words in a few dimensions.

They are separate so that a change of UMAP parameters does not repeat the decompositions, and a restart does not repeat
a finished layout. Words that are part of a gold or predicted entity are also projected on their own: they are a small
minority, and axes fitted to all words do not separate them. Words without a prediction are omitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.corpus.options import SEED
from analysis.projections.options import UMAP_MIN_DIST, UMAP_NEIGHBORS
from analysis.projections.projection import Rows, moments, normalised, pca_axes, plane, svd_axes, umap
from analysis.projections.values import PROJECTION_SUBSETS, PROJECTIONS, REDUCED
from analysis.run.schema import FLAG_NO_PREDICTION, HIDDEN, PREDICTIONS, WORDS
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import is_wrong
from analysis.run.values import Values

COMPONENTS = 50
"""Maximum number of principal components in `reduced`."""
EPOCHS = 200
"""Epochs of UMAP: umap-learn's default for large inputs."""

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Words:
    """The columns of the words that the projections need."""

    gold: npt.NDArray[np.int16]
    predicted: npt.NDArray[np.int16]
    flags: npt.NDArray[np.uint8]
    hidden: npt.NDArray[np.float16]

    @classmethod
    def of(cls, values: Values) -> _Words:
        predictions = values.read(PREDICTIONS)
        return cls(
            gold=values.read(WORDS)["gold_tag"].to_numpy(),
            predicted=predictions["predicted_tag"].to_numpy(),
            flags=predictions["flags"].to_numpy(),
            hidden=values.read(HIDDEN),
        )

    def __len__(self) -> int:
        return len(self.gold)

    def rows(self, subset: str) -> Rows:
        """Rows of the words in a projection of `subset` (one of values.PROJECTION_SUBSETS).

        Words without a prediction or without a hidden state (a row of zeros) are omitted.
        """
        chosen = ((self.flags & FLAG_NO_PREDICTION) == 0) & self.hidden.any(axis=1)
        if subset == "entities":
            chosen &= (self.gold > 0) | (self.predicted > 0)
        return np.flatnonzero(chosen)


def _run_reduce(context: StageContext) -> None:
    workspace = context.workspace
    words = _Words.of(workspace)
    for done, subset in enumerate(PROJECTION_SUBSETS):
        context.progress(done, len(PROJECTION_SUBSETS), "projections")
        rows = words.rows(subset)
        found = moments(words.hidden, rows)
        scores = pca_axes(found, COMPONENTS).scores(words.hidden, rows)
        workspace.write(PROJECTIONS["pca", subset], _spread(plane(scores), rows, len(words), np.nan))
        singular = svd_axes(found, 2).scores(words.hidden, rows)
        workspace.write(PROJECTIONS["svd", subset], _spread(plane(singular), rows, len(words), np.nan))
        if subset == "all":
            workspace.write(REDUCED, _spread(normalised(scores), rows, len(words), 0))


def _run_umap(context: StageContext) -> None:
    words = _Words.of(context.workspace)
    rows = words.rows("all")
    _write_layout(context, "all", words, rows, context.workspace.read(REDUCED)[rows])


def _run_umap_entities(context: StageContext) -> None:
    words = _Words.of(context.workspace)
    rows = words.rows("entities")
    scores = pca_axes(moments(words.hidden, rows), COMPONENTS).scores(words.hidden, rows)
    _write_layout(context, "entities", words, rows, normalised(scores))


def _write_layout(context: StageContext, subset: str, words: _Words, rows: Rows, scores: Float32) -> None:
    """Write the UMAP layout of `rows`. The scores are normalised, as in the search for nearest words."""
    gold, predicted = words.gold[rows], words.predicted[rows]
    layout = umap(
        scores,
        context.options[UMAP_NEIGHBORS],
        context.options[UMAP_MIN_DIST],
        EPOCHS,
        context.options[SEED],
        always_fit=is_wrong(gold, predicted),
        progress=context.progress,
    )
    context.workspace.write(PROJECTIONS["umap", subset], _spread(layout, rows, len(words), np.nan))


def _spread(values: Float32, rows: Rows, count: int, elsewhere: float) -> Float32:
    """One row per word: `values` at `rows`, `elsewhere` at all other rows."""
    spread = np.full((count, values.shape[1]), elsewhere, np.float32)
    spread[rows] = values
    return spread


_STATES = (WORDS, PREDICTIONS, HIDDEN)
_UMAP_OPTIONS = (UMAP_NEIGHBORS, UMAP_MIN_DIST, SEED)

REDUCE = Stage(
    name="reduce",
    version=2,
    inputs=_STATES,
    outputs=(REDUCED, *(PROJECTIONS[method, subset] for subset in PROJECTION_SUBSETS for method in ("pca", "svd"))),
    run=_run_reduce,
)
UMAP = Stage(
    name="umap",
    version=3,
    inputs=(*_STATES, REDUCED),
    outputs=(PROJECTIONS["umap", "all"],),
    run=_run_umap,
    options=_UMAP_OPTIONS,
)
UMAP_ENTITIES = Stage(
    name="umap_entities",
    version=3,
    inputs=_STATES,
    outputs=(PROJECTIONS["umap", "entities"],),
    run=_run_umap_entities,
    options=_UMAP_OPTIONS,
)
STAGES = (REDUCE, UMAP, UMAP_ENTITIES)
