"""The stages `reduce`, `umap` and `umap_entities`: where every word's hidden state lies in a few dimensions.

They are apart so that other UMAP parameters repeat neither the decompositions nor, after a kill, a finished layout.
The words that are an entity, in gold or prediction, are also projected on their own: they are few among many, and
axes that spread all words do not spread them. Words without a prediction have no place anywhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.projections.projection import Rows, moments, normalised, pca_axes, plane, svd_axes, umap
from analysis.run.schema import FLAG_NO_PREDICTION, PROJECTION_SUBSETS, projection_key
from analysis.run.stage import Parameters, Stage, StageContext
from analysis.run.tags import MISSING

COMPONENTS = 50
"""Most principal components kept in `reduced`."""
EPOCHS = 200
"""Of UMAP, unless the options say otherwise: umap-learn's own choice for large inputs."""

Float32 = npt.NDArray[np.float32]


def projected_words(words: pa.Table, subset: str) -> Rows:
    """Rows of the words that a projection of `subset` (analysis.run.schema.PROJECTION_SUBSETS) has a place for."""
    chosen = (words["flags"].to_numpy() & FLAG_NO_PREDICTION) == 0
    if subset == "entities":
        chosen &= (words["gold_tag"].to_numpy() > 0) | (words["predicted_tag"].to_numpy() > 0)
    return np.flatnonzero(chosen)


def _run_reduce(context: StageContext) -> None:
    workspace = context.workspace
    words, hidden = workspace.read_table("words"), workspace.read_array("hidden")
    for done, subset in enumerate(PROJECTION_SUBSETS):
        context.progress(done, len(PROJECTION_SUBSETS), "projections")
        rows = projected_words(words, subset)
        found = moments(hidden, rows)
        scores = pca_axes(found, COMPONENTS).scores(hidden, rows)
        workspace.write_array(projection_key("pca", subset), _spread(plane(scores), rows, len(words), np.nan))
        singular = svd_axes(found, 2).scores(hidden, rows)
        workspace.write_array(projection_key("svd", subset), _spread(plane(singular), rows, len(words), np.nan))
        if subset == "all":
            workspace.write_array("reduced", _spread(normalised(scores), rows, len(words), 0))


def _run_umap(context: StageContext) -> None:
    words = context.workspace.read_table("words")
    rows = projected_words(words, "all")
    _lay_out(context, "all", words, rows, context.workspace.read_array("reduced")[rows])


def _run_umap_entities(context: StageContext) -> None:
    words, hidden = context.workspace.read_table("words"), context.workspace.read_array("hidden")
    rows = projected_words(words, "entities")
    scores = pca_axes(moments(hidden, rows), COMPONENTS).scores(hidden, rows)
    _lay_out(context, "entities", words, rows, normalised(scores))


def _lay_out(context: StageContext, subset: str, words: pa.Table, rows: Rows, scores: Float32) -> None:
    """Write the UMAP layout of `rows`; their normalised scores make near what the neighbour list calls near."""
    gold, predicted = words["gold_tag"].to_numpy()[rows], words["predicted_tag"].to_numpy()[rows]
    layout = umap(
        scores,
        context.parameters["umap_neighbors"],
        context.parameters["umap_min_dist"],
        context.parameters["umap_epochs"],
        context.parameters["seed"],
        always_fit=(gold != predicted) & (gold != MISSING),
        progress=context.progress,
    )
    context.workspace.write_array(projection_key("umap", subset), _spread(layout, rows, len(words), np.nan))


def _spread(values: Float32, rows: Rows, count: int, elsewhere: float) -> Float32:
    """One row a word: `values` at `rows`."""
    spread = np.full((count, values.shape[1]), elsewhere, np.float32)
    spread[rows] = values
    return spread


def _umap_parameters(options: Parameters) -> Parameters:
    return {
        "umap_neighbors": options["umap_neighbors"],
        "umap_min_dist": options["umap_min_dist"],
        "umap_epochs": options.get("umap_epochs", EPOCHS),
        "seed": options["seed"],
    }


REDUCE = Stage(
    name="reduce",
    version=1,
    inputs=("words", "hidden"),
    outputs=(
        "reduced",
        *(projection_key(method, subset) for subset in PROJECTION_SUBSETS for method in ("pca", "svd")),
    ),
    parameters=lambda options: {},
    run=_run_reduce,
)
UMAP = Stage(
    name="umap",
    version=2,
    inputs=("words", "reduced"),
    outputs=(projection_key("umap", "all"),),
    parameters=_umap_parameters,
    run=_run_umap,
)
UMAP_ENTITIES = Stage(
    name="umap_entities",
    version=2,
    inputs=("words", "hidden"),
    outputs=(projection_key("umap", "entities"),),
    parameters=_umap_parameters,
    run=_run_umap_entities,
)
STAGES = (REDUCE, UMAP, UMAP_ENTITIES)
