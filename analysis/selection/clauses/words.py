"""Clauses on words: tags, text, numeric limits and a lasso on the map."""
# ruff: noqa: D102 - the methods are documented in Clause

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.messages import shown
from analysis.projections.map_units import inside_polygon, map_coordinates
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from analysis.run.figures import why_no_confidences, why_no_losses
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import SUBWORDS
from analysis.run.tags import type_codes_of
from analysis.selection.clause import Bool, SelectionError, WordClause, check_name, check_text, equal, to_numpy
from analysis.selection.scene import Scene

_MAX_COORDINATE = 1_000_000
"""The largest coordinate of a lasso vertex, in map units, so that 64-bit integers are enough."""

_FOLDED: RunCache[pa.StringArray] = RunCache(1)


def folded(run: Run) -> pa.StringArray:
    """The texts of all words in lower case."""
    return _FOLDED.get(run, None, lambda: pc.utf8_lower(run.words.text))


@dataclass(frozen=True)
class _TagClause(WordClause):
    tag: str

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_name(value, scene.run.tag_set.tags, "tag")
        return cls(value)

    @property
    def value(self) -> str:
        return self.tag


@dataclass(frozen=True)
class GoldTag(_TagClause):
    """The word's gold tag."""

    name = "gold-tag"

    @property
    def label(self) -> str:
        return f"gold {self.tag}"

    def mask(self, scene: Scene) -> Bool:
        return equal(scene.run.words.gold_tag, scene.run.tag_set.tag_codes[self.tag])


@dataclass(frozen=True)
class PredictedTag(_TagClause):
    """The word's predicted tag."""

    name = "pred-tag"

    @property
    def label(self) -> str:
        return f"predicted {self.tag}"

    def mask(self, scene: Scene) -> Bool:
        return equal(scene.run.words.predicted_tag, scene.run.tag_set.tag_codes[self.tag])


@dataclass(frozen=True)
class GoldWords(WordClause):
    """The type of the word's gold tag, whether the tag is `B-` or `I-`."""

    name = "gold-words"
    type: str

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_name(value, scene.run.tag_set.types, "type")
        return cls(value)

    @property
    def value(self) -> str:
        return self.type

    @property
    def label(self) -> str:
        return f"words in gold {self.type}"

    def mask(self, scene: Scene) -> Bool:
        return equal(type_codes_of(scene.run.words.gold_tag), scene.run.tag_set.type_codes[self.type])


@dataclass(frozen=True)
class _TextClause(WordClause):
    text: str

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        check_text(value, "word")
        return cls(value)

    @property
    def value(self) -> str:
        return self.text


@dataclass(frozen=True)
class WordText(_TextClause):
    """The word itself, exactly as written; a word that the run does not contain selects nothing."""

    name = "word"

    @property
    def label(self) -> str:
        return f"word “{self.text}”"

    def mask(self, scene: Scene) -> Bool:
        return to_numpy(pc.equal(scene.run.words.text, self.text))


@dataclass(frozen=True)
class AnyCase(_TextClause):
    """The word, ignoring case."""

    name = "any-case"

    @property
    def label(self) -> str:
        return f"word “{self.text}” in any case"

    def mask(self, scene: Scene) -> Bool:
        return to_numpy(pc.equal(folded(scene.run), pc.utf8_lower(pa.scalar(self.text))))


@dataclass(frozen=True)
class MaxSubwords(WordClause):
    """Words with at most this number of subwords; words without subwords do not match."""

    name = "max-subwords"
    limit: int

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        if not (value.isascii() and value.isdigit() and int(value[:9]) > 0 and len(value) < 9):
            raise SelectionError(f"The filter {cls.name} is {shown(value)}. Use a whole number of at least 1.")
        if len(scene.run.words) and (scene.run.words.subwords < 0).all():
            raise SelectionError(scene.run.why_missing(SUBWORDS))
        return cls(int(value))

    @property
    def value(self) -> str:
        return str(self.limit)

    @property
    def label(self) -> str:
        return "words of one subword" if self.limit == 1 else f"words of at most {self.limit} subwords"

    def mask(self, scene: Scene) -> Bool:
        subwords = scene.run.words.subwords
        return (subwords > 0) & (subwords <= self.limit)


@dataclass(frozen=True)
class _Bound(WordClause):
    """A column's values up to or from a limit, inclusive; words without a value do not match."""

    limit: float
    quantity: ClassVar[str]
    is_lower: ClassVar[bool]

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        try:
            limit = float(value)
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise SelectionError(
                f"The filter {cls.name} is {shown(value)}, which is not a number. Use a number, for example 0.5."
            )
        column = cls._column(scene.run)
        if len(column) and np.isnan(column).all():
            raise SelectionError(cls._why_no_values(scene.run))
        return cls(limit)

    @property
    def value(self) -> str:
        return repr(self.limit).removesuffix(".0")

    @property
    def label(self) -> str:
        return f"{self.quantity} {'≥' if self.is_lower else '≤'} {self.value}"

    def mask(self, scene: Scene) -> Bool:
        column = self._column(scene.run)
        limit = column.dtype.type(self.limit)  # rounded like the column, so that a value copied from a table matches
        return column >= limit if self.is_lower else column <= limit

    @staticmethod
    def _column(run: Run) -> npt.NDArray[np.floating[Any]]:
        raise NotImplementedError

    @staticmethod
    def _why_no_values(run: Run) -> str:
        """A message for a run whose column has no values."""
        raise NotImplementedError


class _LossBound(_Bound):
    quantity = "loss"

    @staticmethod
    def _column(run: Run) -> npt.NDArray[np.floating[Any]]:
        return run.words.loss

    @staticmethod
    def _why_no_values(run: Run) -> str:
        return why_no_losses(run)


class _ConfidenceBound(_Bound):
    quantity = "confidence"

    @staticmethod
    def _column(run: Run) -> npt.NDArray[np.floating[Any]]:
        return run.words.p_predicted

    @staticmethod
    def _why_no_values(run: Run) -> str:
        return why_no_confidences(run)


class MinLoss(_LossBound):
    """Loss of at least this value, in nats."""

    name = "min-loss"
    typed = True
    is_lower = True


class MaxLoss(_LossBound):
    """Loss of at most this value, in nats."""

    name = "max-loss"
    typed = True
    is_lower = False


class MinConfidence(_ConfidenceBound):
    """Probability of the predicted tag of at least this value."""

    name = "min-confidence"
    typed = True
    is_lower = True


class MaxConfidence(_ConfidenceBound):
    """Probability of the predicted tag of at most this value."""

    name = "max-confidence"
    typed = True
    is_lower = False


@dataclass(frozen=True)
class Lasso(WordClause):
    """A polygon on a projection's map, written `umap.entities:x,y;x,y;x,y` in map units (projections.map_units)."""

    name = "lasso"
    method: str
    subset: str
    polygon: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        place, _, corners = value.partition(":")
        method, _, subset = place.partition(".")
        check_name(method, PROJECTION_METHODS, "projection")
        check_name(subset, PROJECTION_SUBSETS, "subset of a projection")
        try:
            polygon = tuple((int(x), int(y)) for x, y in (corner.split(",") for corner in corners.split(";")))
        except ValueError:
            polygon = ()
        if len(polygon) < 3 or max(abs(number) for corner in polygon for number in corner) > _MAX_COORDINATE:
            raise SelectionError(
                "The lasso is not valid. Write it as umap.all:x,y;x,y;x,y with three or more corners in whole "
                f"numbers of at most {_MAX_COORDINATE}."
            )
        return cls(method, subset, polygon)

    @property
    def value(self) -> str:
        return f"{self.method}.{self.subset}:{';'.join(f'{x},{y}' for x, y in self.polygon)}"

    @property
    def label(self) -> str:
        return "lasso"

    def mask(self, scene: Scene) -> Bool:
        points, valid = map_coordinates(scene.run, self.method, self.subset)
        return valid & inside_polygon(points, self.polygon)
