"""The clauses of a selection: what each is called, how it is read from a URL, and the rows that it lets through."""
# ruff: noqa: D102 - what the methods of a clause do is written once, in Clause

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.clause import Clause, PairClause, SelectionError, SentenceClause, WordClause, check_name, check_text
from analysis.map_units import inside_polygon, map_coordinates
from analysis.run import Run
from analysis.schema import CORRECT, OUTCOMES, PROJECTION_METHODS, PROJECTION_SUBSETS
from analysis.tags import MISSING

Bool = npt.NDArray[np.bool_]

NO_SPAN = "none"
"""As a gold type: spurious; as a predicted type: missed."""
ANY_ERROR = "error"
"""As an outcome: every one but correct."""

_FARTHEST = 1_000_000
"""No vertex of a lasso lies farther out, in map units, so that whole numbers of 64 bits are enough."""


def type_value(name: str | None) -> str:
    """How a URL names a type; None: no span. A type that is itself called `none` is written `=none`."""
    if name is None:
        return NO_SPAN
    return f"={name}" if name == NO_SPAN or name.startswith("=") else name


@dataclass(frozen=True)
class _TypeClause(PairClause):
    type: str | None
    """None: no span on this side."""

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        if value == NO_SPAN:
            return cls(None)
        name = value.removeprefix("=")
        check_name(name, (*run.tag_set.types, NO_SPAN), "type")
        return cls(name)

    @property
    def value(self) -> str:
        return type_value(self.type)

    def _code(self, run: Run) -> int:
        return MISSING if self.type is None else run.tag_set.type_codes[self.type]


@dataclass(frozen=True)
class GoldType(_TypeClause):
    """The gold span's type, or none: a spurious prediction."""

    name = "gold-type"

    @property
    def label(self) -> str:
        return "spurious" if self.type is None else f"gold {self.type}"

    def mask(self, run: Run) -> Bool:
        return _equal(run.spans.gold_type, self._code(run))


@dataclass(frozen=True)
class PredictedType(_TypeClause):
    """The predicted span's type, or none: a missed span."""

    name = "pred-type"

    @property
    def label(self) -> str:
        return "missed" if self.type is None else f"predicted {self.type}"

    def mask(self, run: Run) -> Bool:
        return _equal(run.spans.predicted_type, self._code(run))


@dataclass(frozen=True)
class Outcome(PairClause):
    """How the pair came out: one of analysis.schema.OUTCOMES, or ANY_ERROR."""

    name = "outcome"
    outcome: str

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        check_name(value, (*OUTCOMES, ANY_ERROR), "outcome")
        return cls(value)

    @property
    def value(self) -> str:
        return self.outcome

    @property
    def label(self) -> str:
        labels = {
            "type": "wrong type",
            "boundary": "wrong boundary",
            "type+boundary": "wrong type and boundary",
            ANY_ERROR: "any error",
        }
        return labels.get(self.outcome, self.outcome)

    def mask(self, run: Run) -> Bool:
        if self.outcome == ANY_ERROR:
            return ~_equal(run.spans.outcome, CORRECT)
        return _equal(run.spans.outcome, OUTCOMES.index(self.outcome))


@dataclass(frozen=True)
class _TagClause(WordClause):
    tag: str

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        check_name(value, run.tag_set.tags, "tag")
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

    def mask(self, run: Run) -> Bool:
        return _equal(run.words.gold_tag, run.tag_set.tag_codes[self.tag])


@dataclass(frozen=True)
class PredictedTag(_TagClause):
    """The word's predicted tag."""

    name = "pred-tag"

    @property
    def label(self) -> str:
        return f"predicted {self.tag}"

    def mask(self, run: Run) -> Bool:
        return _equal(run.words.predicted_tag, run.tag_set.tag_codes[self.tag])


@dataclass(frozen=True)
class WordText(WordClause):
    """The word itself, exactly as written; one that the run does not hold selects nothing."""

    name = "word"
    text: str

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        check_text(value, "word")
        return cls(value)

    @property
    def value(self) -> str:
        return self.text

    @property
    def label(self) -> str:
        return f"word “{self.text}”"

    def mask(self, run: Run) -> Bool:
        return _to_numpy(pc.equal(run.words.text, self.text))


@dataclass(frozen=True)
class _Bound(WordClause):
    """A column's values up to or from a limit, the limit included; words without a value do not meet it."""

    limit: float
    quantity: ClassVar[str]
    is_lower: ClassVar[bool]

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        try:
            limit = float(value)
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise SelectionError(f"The filter {cls.name} is {value!r}, which is not a number; write one, such as 0.5.")
        return cls(limit)

    @property
    def value(self) -> str:
        return repr(self.limit).removesuffix(".0")

    @property
    def label(self) -> str:
        return f"{self.quantity} {'≥' if self.is_lower else '≤'} {self.value}"

    def mask(self, run: Run) -> Bool:
        column = self._column(run)
        limit = column.dtype.type(self.limit)  # rounded as the column is, so that a value read from a table is met
        return column >= limit if self.is_lower else column <= limit

    def _column(self, run: Run) -> npt.NDArray[np.floating[Any]]:
        raise NotImplementedError


class _LossBound(_Bound):
    quantity = "loss"

    def _column(self, run: Run) -> npt.NDArray[np.floating[Any]]:
        return run.words.loss


class _ConfidenceBound(_Bound):
    quantity = "confidence"

    def _column(self, run: Run) -> npt.NDArray[np.floating[Any]]:
        return run.words.p_predicted


class MinLoss(_LossBound):
    """Loss of at least so many nat."""

    name = "min-loss"
    is_lower = True


class MaxLoss(_LossBound):
    """Loss of at most so many nat."""

    name = "max-loss"
    is_lower = False


class MinConfidence(_ConfidenceBound):
    """Probability of the predicted tag at least."""

    name = "min-confidence"
    is_lower = True


class MaxConfidence(_ConfidenceBound):
    """Probability of the predicted tag at most."""

    name = "max-confidence"
    is_lower = False


@dataclass(frozen=True)
class Lasso(WordClause):
    """A polygon on a projection's map, written `umap.entities:x,y;x,y;x,y` in map units (analysis.map_units)."""

    name = "lasso"
    method: str
    subset: str
    polygon: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        place, _, corners = value.partition(":")
        method, _, subset = place.partition(".")
        check_name(method, PROJECTION_METHODS, "projection")
        check_name(subset, PROJECTION_SUBSETS, "subset of a projection")
        try:
            polygon = tuple((int(x), int(y)) for x, y in (corner.split(",") for corner in corners.split(";")))
        except ValueError:
            polygon = ()
        if len(polygon) < 3 or max(abs(number) for corner in polygon for number in corner) > _FARTHEST:
            raise SelectionError(
                "The lasso cannot be read; it is written as umap.all:x,y;x,y;x,y, with three or more corners in whole "
                f"numbers no farther out than {_FARTHEST}."
            )
        return cls(method, subset, polygon)

    @property
    def value(self) -> str:
        return f"{self.method}.{self.subset}:{';'.join(f'{x},{y}' for x, y in self.polygon)}"

    @property
    def label(self) -> str:
        return "lasso"

    def mask(self, run: Run) -> Bool:
        points, valid = map_coordinates(run, self.method, self.subset)
        return valid & inside_polygon(points, self.polygon)


@dataclass(frozen=True)
class Search(SentenceClause):
    """A text that the sentence holds, in upper or lower case; one that no sentence holds selects nothing."""

    name = "search"
    text: str

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        check_text(value, "search")
        return cls(value)

    @property
    def value(self) -> str:
        return self.text

    @property
    def label(self) -> str:
        return f"search “{self.text}”"

    def mask(self, run: Run) -> Bool:
        return _to_numpy(pc.match_substring(run.sentences.text, self.text, ignore_case=True))


@dataclass(frozen=True)
class Ids(SentenceClause):
    """Sentences by their ids, separated by commas; a comma in an id is written %2C, a percent sign %25."""

    name = "ids"
    ids: tuple[str, ...]

    @classmethod
    def parse(cls, value: str, run: Run) -> Self:
        check_text(value, "list of sentence ids")
        ids = tuple(unquote(part) for part in value.split(","))
        known = pc.is_in(pa.array(ids), value_set=run.sentences.id).to_pylist()
        if not all(known):
            unknown = ids[known.index(False)]
            raise SelectionError(
                f"There is no sentence {unknown!r} in this run; its {len(run.sentences):,} sentences are called "
                f"{', '.join(run.sentences.id[:3].to_pylist())} and so on."
            )
        return cls(ids)

    @property
    def value(self) -> str:
        return ",".join(one.replace("%", "%25").replace(",", "%2C") for one in self.ids)

    @property
    def label(self) -> str:
        return f"sentence {self.ids[0]}" if len(self.ids) == 1 else f"{len(self.ids)} sentences"

    def mask(self, run: Run) -> Bool:
        return _to_numpy(pc.is_in(run.sentences.id, value_set=pa.array(self.ids)))


CLAUSES: tuple[type[Clause], ...] = (
    GoldType,
    PredictedType,
    Outcome,
    GoldTag,
    PredictedTag,
    WordText,
    MinLoss,
    MaxLoss,
    MinConfidence,
    MaxConfidence,
    Lasso,
    Search,
    Ids,
)
"""Every kind of clause, in the order in which chips are shown."""


def _equal(codes: npt.NDArray[np.integer[Any]], code: int) -> Bool:
    equal: Bool = codes == code
    return equal


def _to_numpy(mask: pa.BooleanArray) -> Bool:
    result: Bool = mask.to_numpy(zero_copy_only=False)
    return result
