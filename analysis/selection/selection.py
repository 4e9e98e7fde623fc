"""The selection: a conjunction of clauses, and the words, spans and sentences that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.messages import shown
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.selection.clause import Clause, PairClause, SelectionError, SentenceClause, WordClause
from analysis.selection.clauses import CLAUSES, Lasso
from analysis.selection.scene import Scene, SceneCache

Bool = npt.NDArray[np.bool_]
Int64 = npt.NDArray[np.int64]

CLAUSE_NAMES = tuple(clause.name for clause in CLAUSES)
"""Names of the clauses in a URL, and as options of the command line."""

_PLACES = {kind: place for place, kind in enumerate(CLAUSES)}


@dataclass(frozen=True)
class Masks:
    """The rows that match a selection; read-only.

    Attributes:
        words: bool, one per word.
        spans: bool, one per ledger row.
        sentences: bool, one per sentence.
    """

    words: Bool
    spans: Bool
    sentences: Bool


_MASKS: SceneCache[Masks] = SceneCache(32)
_BOUNDS: RunCache[tuple[Int64, Int64]] = RunCache(1)


@dataclass(frozen=True)
class Selection:
    """Clauses that must all match, at most one of each kind; no clause selects everything.

    Attributes:
        clauses: In the order of analysis.selection.clauses.CLAUSES, regardless of the given order.
    """

    clauses: tuple[Clause, ...] = ()

    def __post_init__(self) -> None:
        places = [_PLACES[type(clause)] for clause in self.clauses]
        if len(set(places)) < len(places):
            raise ValueError("a selection takes one clause of each kind")
        object.__setattr__(self, "clauses", tuple(sorted(self.clauses, key=lambda clause: _PLACES[type(clause)])))

    @classmethod
    def from_query(cls, query: Mapping[str, str], scene: Scene) -> Selection:
        """Read clauses, name -> value, from a URL or the command line.

        Raises:
            SelectionError: A name is unknown, or a value is invalid or not in the run.
        """
        unknown = set(query) - set(CLAUSE_NAMES)
        if unknown:
            raise SelectionError(f"There is no filter {shown(min(unknown))}. Choose from {', '.join(CLAUSE_NAMES)}.")
        for name, value in query.items():
            if not isinstance(value, str):
                raise SelectionError(f"The value of the filter {name} is {value!r}. Give it as text, as in a link.")
        return cls(tuple(kind.parse(query[kind.name], scene) for kind in CLAUSES if kind.name in query))

    def to_query(self) -> dict[str, str]:
        """The query that `from_query` reads as this selection."""
        return {clause.name: clause.value for clause in self.clauses}

    def without(self, *names: str) -> Selection:
        """The selection without the clauses with these names."""
        return Selection(tuple(clause for clause in self.clauses if clause.name not in names))

    def only(self, *names: str) -> Selection:
        """Only the clauses with these names."""
        return Selection(tuple(clause for clause in self.clauses if clause.name in names))

    @property
    def lasso(self) -> Lasso | None:
        """The lasso clause, if there is one."""
        return next((clause for clause in self.clauses if isinstance(clause, Lasso)), None)

    def masks(self, scene: Scene) -> Masks:
        """The words, ledger rows and sentences of the scene's run that match; the three masks are consistent.

        A ledger row matches if it meets the pair clauses and one of its words (of either span) meets the word and
        sentence clauses. A word matches if it meets the word and sentence clauses and, if there are pair clauses, is in
        a matching row. A sentence matches if one of its words matches. A sentence without words matches if it meets
        the sentence clauses and there are no other clauses.
        """
        return _MASKS.get(scene, self, lambda: self._masks(scene))

    def _masks(self, scene: Scene) -> Masks:
        run = scene.run
        spans = self._meeting(PairClause, scene, len(run.spans))
        words = self._meeting(WordClause, scene, len(run.words))
        sentences = self._meeting(SentenceClause, scene, len(run.sentences))
        has_pair, has_word, has_sentence = (
            any(isinstance(clause, kind) for clause in self.clauses)
            for kind in (PairClause, WordClause, SentenceClause)
        )
        if has_sentence:
            words &= sentences[run.words.sentence]
        if has_word or has_sentence:
            spans &= _any_inside(words, *_span_bounds(run))
        if has_pair:
            words &= _covered(spans, *_span_bounds(run), len(words))
        if has_pair or has_word:
            sentences = np.zeros(len(run.sentences), dtype=np.bool_)
            sentences[run.words.sentence[words]] = True
        for mask in (words, spans, sentences):
            mask.flags.writeable = False
        return Masks(words, spans, sentences)

    def _meeting(self, kind: type[Clause], scene: Scene, size: int) -> Bool:
        """Rows that match all clauses of a kind."""
        met = np.ones(size, dtype=np.bool_)
        for clause in self.clauses:
            if isinstance(clause, kind):
                met &= clause.mask(scene)
        return met


def _span_bounds(run: Run) -> tuple[Int64, Int64]:
    """For each ledger row, the range of rows in `words` that covers both spans: first row, and one past the last."""

    def bounds() -> tuple[Int64, Int64]:
        spans = run.spans
        offset = run.sentences.first_word[spans.sentence].astype(np.int64)
        far = np.iinfo(np.int32).max
        starts = [_or(spans.gold_start, far), _or(spans.predicted_start, far)]
        return offset + np.minimum(*starts), offset + np.maximum(spans.gold_end, spans.predicted_end)

    return _BOUNDS.get(run, None, bounds)


def _or(positions: npt.NDArray[np.integer[Any]], default: int) -> npt.NDArray[np.integer[Any]]:
    return np.where(positions < 0, default, positions)


def _any_inside(words: Bool, start: Int64, end: Int64) -> Bool:
    """bool, ranges: the range contains a matching word."""
    before = np.concatenate([[0], np.cumsum(words, dtype=np.int32)])
    inside: Bool = before[end] > before[start]
    return inside


def _covered(spans: Bool, start: Int64, end: Int64, size: int) -> Bool:
    """bool, `size` words: the word is in the range of a matching ledger row."""
    begins = np.bincount(start[spans], minlength=size + 1)
    ends = np.bincount(end[spans], minlength=size + 1)
    covered: Bool = np.cumsum(begins - ends)[:size] > 0
    return covered


__all__ = ["CLAUSE_NAMES", "Masks", "Selection", "SelectionError"]
