"""The options of the projections."""

from __future__ import annotations

from analysis.option_kinds import FRACTION, whole_number
from analysis.options import Option

UMAP_NEIGHBORS: Option[int] = Option(
    "umap_neighbors", whole_number(2), 15, help="number of neighbours of each word in UMAP", metavar="N"
)
UMAP_MIN_DIST: Option[float] = Option(
    "umap_min_dist", FRACTION, 0.1, help="minimum distance of two words in UMAP, from 0 to 1", metavar="X"
)
