"""The clauses of a selection: their names, how they are read from a URL, and the rows that match them."""

from __future__ import annotations

from analysis.selection.clause import Clause
from analysis.selection.clauses.duplicates import Duplicates, Leaked
from analysis.selection.clauses.neurons import Component
from analysis.selection.clauses.pairs import ANY_ERROR, NO_SPAN, GoldType, Outcome, PredictedType, type_value
from analysis.selection.clauses.sentences import Documents, Ids, Search
from analysis.selection.clauses.words import (
    AnyCase,
    GoldTag,
    GoldWords,
    Lasso,
    MaxConfidence,
    MaxLoss,
    MaxSubwords,
    MinConfidence,
    MinLoss,
    PredictedTag,
    WordText,
)

CLAUSES: tuple[type[Clause], ...] = (
    GoldType,
    PredictedType,
    Outcome,
    GoldTag,
    PredictedTag,
    GoldWords,
    WordText,
    AnyCase,
    MaxSubwords,
    MinLoss,
    MaxLoss,
    MinConfidence,
    MaxConfidence,
    Component,
    Lasso,
    Search,
    Ids,
    Documents,
    Duplicates,
    Leaked,
)
"""Every kind of clause, in the order in which chips are shown."""

__all__ = [
    "ANY_ERROR",
    "CLAUSES",
    "NO_SPAN",
    "AnyCase",
    "Component",
    "Documents",
    "Duplicates",
    "GoldTag",
    "GoldType",
    "GoldWords",
    "Ids",
    "Lasso",
    "Leaked",
    "MaxConfidence",
    "MaxLoss",
    "MaxSubwords",
    "MinConfidence",
    "MinLoss",
    "Outcome",
    "PredictedTag",
    "PredictedType",
    "Search",
    "WordText",
    "type_value",
]
