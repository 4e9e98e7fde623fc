"""The data of the embedding map: the words of each legend entry, and the word of each point."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis.projections.map_units import map_coordinates
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import FLAG_NO_PREDICTION, OUTCOMES
from analysis.run.tags import MISSING, type_codes_of
from components.embedding_map import Category
from components.palette import ramp_colours, type_class
from components.type_palette import TypePalette

TYPE_COLOURINGS = ("predicted", "gold")
LOSS_EDGES = (0.0, 0.1, 0.5, 1.0, 2.0, 4.0, np.inf)
CONFIDENCE_EDGES = (1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.0)


@dataclass(frozen=True)
class WordMap:
    """A coloured map.

    Attributes:
        categories: Legend entries with their points.
        members: For each category, the rows of its words that agree, and of those that disagree (int64).
    """

    categories: tuple[Category, ...]
    members: tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ...]

    def word_at(self, curve: int, point: int) -> int | None:
        """Row of the word at a point of the base figure, or None."""
        if not 0 <= curve < 2 * len(self.categories):
            return None
        side, number = divmod(curve, len(self.categories))
        rows = self.members[number][side]
        return int(rows[point]) if 0 <= point < len(rows) else None


_MAPS: RunCache[WordMap] = RunCache(8)


def word_map(run: Run, method: str, subset: str, colour: str, palette: TypePalette) -> WordMap:
    """A projection of a run (see analysis.run.schema), coloured by one of app.view_options.COLOUR."""
    key = (method, subset, colour, palette)
    return _MAPS.get(run, key, lambda: _word_map(run, method, subset, colour, palette))


def _word_map(run: Run, method: str, subset: str, colour: str, palette: TypePalette) -> WordMap:
    points, valid = map_coordinates(run, method, subset)
    words = run.words
    labels, colours, codes, quiet = _colouring(run, colour, palette)
    categories, members = [], []
    for number, (label, css) in enumerate(zip(labels, colours, strict=True)):
        inside = valid & (codes == number)
        agree, disagree = np.flatnonzero(inside & ~words.is_wrong), np.flatnonzero(inside & words.is_wrong)
        if len(agree) or len(disagree):
            by_type = colour in TYPE_COLOURINGS
            shape = palette.shape(number - 1) if by_type else "circle"
            classes = type_class(number - 1) if by_type else ""
            categories.append(Category(label, css, points[agree], points[disagree], number == quiet, shape, classes))
            members.append((agree, disagree))
    return WordMap(tuple(categories), tuple(members))


def _colouring(
    run: Run, colour: str, palette: TypePalette
) -> tuple[list[str], list[str], npt.NDArray[np.integer], int]:
    """Labels and colours of the categories, the category number of each word, and the number of the quiet category."""
    words, theme = run.words, palette.theme
    if colour in TYPE_COLOURINGS:
        types = run.tag_set.types
        codes = type_codes_of(words.predicted_tag if colour == "predicted" else words.gold_tag)
        return ["O", *types], [palette.colour(code) for code in range(-1, len(types))], codes + 1, 0
    if colour == "outcome":
        return ["no entity", *OUTCOMES], [theme.outside, *theme.outcomes], word_outcomes(run) + 1, 0
    has_prediction = (words.flags & FLAG_NO_PREDICTION) == 0
    if colour == "loss":
        edges, values = LOSS_EDGES, words.loss
        labels = [f"{low:g}–{high:g}" for low, high in pairwise(edges[:-1])] + [f"≥ {edges[-2]:g}"]
        bins = np.digitize(values, edges) - 1
    else:
        edges, values = CONFIDENCE_EDGES, words.p_predicted
        labels = [f"{low:g}–{high:g}" for high, low in pairwise(edges)]
        bins = np.clip(np.digitize(values, edges[1:]), 0, len(labels) - 1)
    bins = np.where(np.isnan(values) | ~has_prediction, len(labels), bins)
    return [*labels, f"no {colour}"], [*ramp_colours(theme, len(labels)), theme.outside], bins, 0


def word_outcomes(run: Run) -> npt.NDArray[np.int8]:
    """int8, words: the outcome code of the word's ledger row, or -1; with several rows, the highest code."""
    spans = run.spans
    result = np.full(len(run.words), MISSING, dtype=np.int8)
    first = run.sentences.first_word[spans.sentence]
    for start, end in ((spans.gold_start, spans.gold_end), (spans.predicted_start, spans.predicted_end)):
        present = np.flatnonzero(start >= 0)
        lengths = (end - start)[present]
        rows = np.repeat(first[present] + start[present] - np.cumsum(lengths) + lengths, lengths)
        rows += np.arange(len(rows))
        np.maximum.at(result, rows, np.repeat(spans.outcome[present].astype(np.int8), lengths))
    return result
