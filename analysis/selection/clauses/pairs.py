"""Clauses on rows of the ledger: types and outcome."""
# ruff: noqa: D102 - the methods are documented in Clause

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from analysis.run.run import Run
from analysis.run.schema import CORRECT, OUTCOMES
from analysis.run.tags import MISSING
from analysis.selection.clause import Bool, PairClause, check_name, equal
from analysis.selection.scene import Scene

NO_SPAN = "none"
"""Value for "no span": spurious as a gold type, missed as a predicted type."""
ANY_ERROR = "error"
"""Value for all outcomes except correct."""


def type_value(name: str | None) -> str:
    """The text of a type in a URL; None: no span. A type with the name `none` is written `=none`."""
    if name is None:
        return NO_SPAN
    return f"={name}" if name == NO_SPAN or name.startswith("=") else name


@dataclass(frozen=True)
class _TypeClause(PairClause):
    type: str | None
    """None: no span on this side."""

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        if value == NO_SPAN:
            return cls(None)
        name = value.removeprefix("=")
        check_name(name, (*scene.run.tag_set.types, NO_SPAN), "type")
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

    def mask(self, scene: Scene) -> Bool:
        return equal(scene.run.spans.gold_type, self._code(scene.run))


@dataclass(frozen=True)
class PredictedType(_TypeClause):
    """The predicted span's type, or none: a missed span."""

    name = "pred-type"

    @property
    def label(self) -> str:
        return "missed" if self.type is None else f"predicted {self.type}"

    def mask(self, scene: Scene) -> Bool:
        return equal(scene.run.spans.predicted_type, self._code(scene.run))


@dataclass(frozen=True)
class Outcome(PairClause):
    """The outcome of the pair: one of analysis.run.schema.OUTCOMES, or ANY_ERROR."""

    name = "outcome"
    outcome: str

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
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

    def mask(self, scene: Scene) -> Bool:
        if self.outcome == ANY_ERROR:
            return ~equal(scene.run.spans.outcome, CORRECT)
        return equal(scene.run.spans.outcome, OUTCOMES.index(self.outcome))
