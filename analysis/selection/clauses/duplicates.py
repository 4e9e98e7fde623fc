"""Clauses on similar sentences: a group of duplicates, and sentences that also occur in another split."""
# ruff: noqa: D102 - the methods are documented in Clause

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from analysis.duplicates.groups import EXACT, group_mask
from analysis.duplicates.leaks import leaked_sentences, leaks_of
from analysis.duplicates.similarity import LEVELS, LOWEST, level_of, threshold_of
from analysis.messages import shown
from analysis.selection.clause import Bool, SelectionError, SentenceClause
from analysis.selection.scene import Scene

ONLY, NONE = "only", "none"
_SIMILARITY = re.compile(r"exact|[01]\.[0-9]{2}")


def similarity_value(level: int) -> str:
    """The text of a level in a URL: `0.95`, or `exact` for identical texts only."""
    return "exact" if level == EXACT else f"{threshold_of(level):.2f}"


def _read_similarity(text: str) -> int:
    """Parse the text of a level; the inverse of `similarity_value`."""
    if _SIMILARITY.fullmatch(text):
        level = EXACT if text == "exact" else level_of(float(text))
        if 0 <= level < LEVELS or text == "exact":
            return level
    raise SelectionError(f'"{text}" is not a valid similarity. Use "exact" or {LOWEST:.2f} to 1.00 with two decimals.')


@dataclass(frozen=True)
class Duplicates(SentenceClause):
    """The sentences in the duplicate group of a sentence: `0.95:17`, or `exact:17` for copies of its text.

    Attributes:
        level: The similarity at which sentences are linked.
        sentence: Row of one of the sentences.
        number: The number of that sentence in the interface: its row in the source.
    """

    name = "duplicates"
    level: int
    sentence: int
    number: int = field(compare=False)

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        similarity, _, row = value.partition(":")
        level = _read_similarity(similarity)
        if not row.isascii() or not row.isdigit() or len(row) > 12 or int(row) >= len(scene.run.sentences):
            raise SelectionError(
                f"The group of duplicates {shown(value)} is not valid. After the colon, write a sentence row from 0 to "
                f"{len(scene.run.sentences) - 1}."
            )
        clause = cls(level, int(row), int(scene.run.sentences.source_row[int(row)]))
        clause.mask(scene)  # raises MissingStageError now for a run without duplicates
        return clause

    @property
    def value(self) -> str:
        return f"{similarity_value(self.level)}:{self.sentence}"

    @property
    def label(self) -> str:
        if self.level == EXACT:
            return f"copies of #{self.number}"
        return f"group of #{self.number}, cosine ≥ {similarity_value(self.level)}"

    def mask(self, scene: Scene) -> Bool:
        return group_mask(scene.run, self.level, self.sentence)


@dataclass(frozen=True)
class Leaked(SentenceClause):
    """Sentences that occur in a reference (`only:0.95`), or those that do not (`none:exact`).

    Attributes:
        which: ONLY or NONE.
        level: The similarity to a sentence of the reference.
    """

    name = "leaked"
    which: str
    level: int

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        which, _, similarity = value.partition(":")
        if which not in (ONLY, NONE):
            raise SelectionError(f"The leak filter {shown(value)} is not valid. Start it with {ONLY}: or {NONE}:.")
        clause = cls(which, _read_similarity(similarity))
        clause.mask(scene)  # as above
        return clause

    @property
    def value(self) -> str:
        return f"{self.which}:{similarity_value(self.level)}"

    @property
    def label(self) -> str:
        similarity = "same text" if self.level == EXACT else f"cosine ≥ {similarity_value(self.level)}"
        return f"{'leaked' if self.which == ONLY else 'not leaked'}, {similarity}"

    def mask(self, scene: Scene) -> Bool:
        leaked = leaked_sentences(scene.run, leaks_of(scene.run).reaching(self.level))
        return leaked if self.which == ONLY else ~leaked
