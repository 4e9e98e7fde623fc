"""The values that the projection stages write."""

from __future__ import annotations

from analysis.run.values import Array

PROJECTION_METHODS = ("umap", "pca", "svd")
PROJECTION_SUBSETS = ("all", "entities")
"""All words, or only the words of gold and predicted entities."""

REDUCED = Array("reduced", "reduced states of words", "reduce", "float32", ("words", "at most 50"))
"""Principal components of the hidden states, normalised to length 1; used to find candidates for nearest words."""

_STAGES = {("umap", "all"): "umap", ("umap", "entities"): "umap_entities"}

PROJECTIONS = {
    (method, subset): Array(
        f"xy_{method}" if subset == "all" else f"xy_{method}_{subset}",
        f"{method.upper()} coordinates of {'all words' if subset == 'all' else 'entity words'}",
        _STAGES.get((method, subset), "reduce"),
        "float32",
        ("words", 2),
    )
    for method in PROJECTION_METHODS
    for subset in PROJECTION_SUBSETS
}
"""(method, subset) -> two-dimensional coordinates of words; NaN for words that are not in the projection."""
