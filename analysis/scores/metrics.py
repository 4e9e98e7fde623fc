"""Counts and scores of a run, or of a selection in it, from its codes and a mask.

If the denominator is 0, precision, recall and F1 are 0, as in seqeval, and `Figure.defined` is False, so that the
interface can show a dash instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import CORRECT, OUTCOMES
from analysis.run.tags import MISSING
from analysis.scores.bootstrap import RESAMPLES, interval, resampled_counts

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_] | None
"""The rows that count; None: all."""

_CELLS: RunCache[npt.NDArray[np.int32]] = RunCache(3)


@dataclass(frozen=True)
class Figure:
    """A score between 0 and 1.

    Attributes:
        value: The score; 0 if it is not defined.
        low: Lower end of the 95% bootstrap interval; NaN if there is none.
        high: Upper end; NaN if there is none.
        defined: The denominator is not 0.
    """

    value: float
    low: float
    high: float
    defined: bool


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1, with the counts behind them.

    Attributes:
        correct: Correctly predicted spans (or words).
        predicted: Predicted spans (or words).
        support: Gold spans (or words).
    """

    correct: int
    predicted: int
    support: int
    precision: Figure
    recall: Figure
    f1: Figure


@dataclass(frozen=True)
class EntityScores:
    """Strict entity scores: a span is correct if its bounds and its type are correct.

    Attributes:
        micro: Score of all spans together.
        macro: Mean over the types that occur in gold or predicted spans.
        weighted: Mean over the types, weighted by gold spans.
        per_type: Type -> its score, for every type of the run, in display order.
    """

    micro: Score
    macro: Score
    weighted: Score
    per_type: dict[str, Score]


@dataclass(frozen=True)
class OutcomeCounts:
    """The number of ledger rows with each outcome; columns in the order of analysis.run.schema.OUTCOMES.

    Attributes:
        total: One number per outcome.
        by_gold_type: (types + 1) x outcomes; the last row is for spurious spans.
        by_predicted_type: (types + 1) x outcomes; the last row is for missed spans.
    """

    total: Int64
    by_gold_type: Int64
    by_predicted_type: Int64


def type_confusion(run: Run, span_mask: Mask = None) -> Int64:
    """Gold against predicted types of ledger rows: (T + 1) x (T + 1), the last row spurious, the last column missed."""
    size = len(run.tag_set.types) + 1

    def cells() -> npt.NDArray[np.int32]:
        gold, predicted = (
            _missing_last(run.spans.gold_type, size),
            _missing_last(run.spans.predicted_type, size),
        )
        return (gold * size + predicted).astype(np.int32)

    return _count(_CELLS.get(run, "types", cells), span_mask, size * size).reshape(size, size)


def tag_confusion(run: Run, word_mask: Mask = None) -> Int64:
    """Gold against predicted tags of words, tags x tags in code order; words without either tag are left out."""
    size = len(run.tag_set.tags)

    def cells() -> npt.NDArray[np.int32]:
        gold, predicted = run.words.gold_tag.astype(np.int32), run.words.predicted_tag
        return np.where((gold == MISSING) | (predicted == MISSING), size * size, gold * size + predicted)

    return _count(_CELLS.get(run, "tags", cells), word_mask, size * size + 1)[:-1].reshape(size, size)


def outcome_counts(run: Run, span_mask: Mask = None) -> OutcomeCounts:
    """Ledger rows by outcome, in total and by type."""
    size = len(run.tag_set.types) + 1

    def by(types: npt.NDArray[np.integer[Any]]) -> Int64:
        cells = _missing_last(types, size) * len(OUTCOMES) + run.spans.outcome
        return _count(cells, span_mask, size * len(OUTCOMES)).reshape(size, len(OUTCOMES))

    by_gold_type = by(run.spans.gold_type)
    return OutcomeCounts(by_gold_type.sum(axis=0), by_gold_type, by(run.spans.predicted_type))


def _missing_last(types: npt.NDArray[np.integer[Any]], size: int) -> Int64:
    """Type codes as indices; MISSING becomes the last one."""
    return np.where(types == MISSING, size - 1, types).astype(np.int64)


def _count(cells: npt.NDArray[np.integer[Any]], mask: Mask, size: int) -> Int64:
    return np.bincount(cells if mask is None else cells[mask], minlength=size)


def entity_scores(run: Run, span_mask: Mask = None) -> EntityScores:
    """Strict scores of the ledger rows that count, with 95% bootstrap intervals over the run's sentences."""
    spans, size = run.spans, len(run.tag_set.types) + 1

    def number() -> npt.NDArray[np.int32]:
        cells = _missing_last(spans.gold_type, size) * size + _missing_last(spans.predicted_type, size)
        kinds: npt.NDArray[np.int32] = (cells * 2 + (spans.outcome == CORRECT)).astype(np.int32)
        return kinds

    kind, sentence = _CELLS.get(run, "outcomes", number), spans.sentence
    if span_mask is not None:
        kind, sentence = kind[span_mask], sentence[span_mask]
    kinds, rows_of_kind = np.unique(kind, return_counts=True)
    counts = _by_type(zip(kinds.tolist(), rows_of_kind[:, np.newaxis], strict=True), 1, size)
    resampled = _by_type(resampled_counts(run, sentence, kind), RESAMPLES, size)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: not defined
        values = _scores(*counts)
        low, high = interval(_scores(*resampled))
    by_type = counts[:, 0]
    total = by_type.sum(axis=1)

    def score(place: int, tally: Int64) -> Score:
        columns = range(3 * place, 3 * place + 3)
        return _score(tally, *(_figure(values[0, column], low[column], high[column]) for column in columns))

    return EntityScores(
        micro=score(0, total),
        macro=score(1, total),
        weighted=score(2, total),
        per_type={name: score(3 + code, by_type[:, code]) for code, name in enumerate(run.tag_set.types)},
    )


def tag_report(run: Run, word_mask: Mask = None) -> dict[str, Score]:
    """Scores of each tag, `O` too, word by word and without intervals; words without either tag are left out."""
    counts = tag_confusion(run, word_mask)
    tallies = np.stack([np.diagonal(counts), counts.sum(axis=0), counts.sum(axis=1)])
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: not defined
        values = _precision_recall_f1(*tallies)
    return {
        tag: _score(tallies[:, code], *(_figure(value, np.nan, np.nan) for value in values[:, code]))
        for code, tag in enumerate(run.tag_set.tags)
    }


def _score(tally: Int64, precision: Figure, recall: Figure, f1: Figure) -> Score:
    correct, predicted, support = (int(count) for count in tally)
    return Score(correct, predicted, support, precision, recall, f1)


def _by_type(kinds: Iterable[tuple[int, Int64]], samples: int, size: int) -> Int64:
    """Correct, predicted and gold spans of each type, 3 x samples x T.

    The memory grows with the number of types, not with its square.

    Args:
        kinds: Ledger rows by gold type, predicted type and whether they are correct (numbered as in `entity_scores`),
            each with its count in every sample.
        samples: Number of samples.
        size: T + 1.
    """
    counts = np.zeros((3, size, samples), dtype=np.int64)
    for kind, count in kinds:
        gold, predicted = divmod(kind // 2, size)
        counts[0, gold] += count * (kind % 2)
        counts[1, predicted] += count
        counts[2, gold] += count
    return counts[:, :-1].transpose(0, 2, 1)


def _scores(correct: Int64, predicted: Int64, gold: Int64) -> Float64:
    """Precision, recall and F1 of micro, macro, weighted and each type: n x 3 (3 + T); NaN where not defined.

    Args:
        correct: Spans of each type, n x T.
        predicted: The same.
        gold: The same.
    """
    occurs = predicted + gold > 0
    per_type = _precision_recall_f1(correct, predicted, gold)
    filled = np.where(occurs, np.nan_to_num(per_type), 0.0)
    micro = _precision_recall_f1(*(part.sum(axis=1) for part in (correct, predicted, gold)))
    macro = filled.sum(axis=2) / occurs.sum(axis=1)
    weighted = (filled * gold).sum(axis=2) / gold.sum(axis=1)
    averages = np.stack([micro, macro, weighted])
    return np.concatenate([averages, per_type.transpose(2, 0, 1)]).transpose(2, 0, 1).reshape(len(gold), -1)


def _precision_recall_f1(correct: Int64, predicted: Int64, gold: Int64) -> Float64:
    """Stacked on a new first axis; NaN where the denominator is 0."""
    return np.stack([correct / predicted, correct / gold, 2 * correct / (predicted + gold)])


def _figure(value: float, low: float, high: float) -> Figure:
    if np.isnan(value):
        return Figure(0.0, np.nan, np.nan, defined=False)
    return Figure(float(value), float(low), float(high), defined=True)
