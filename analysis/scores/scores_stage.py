"""The scores and confusion matrices of the whole run, as in its manifest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from analysis.run.run import Run
from analysis.run.schema import CONFUSION, OUTCOMES, PREDICTIONS, SCORES, SENTENCE_SCORES, SENTENCES, SPANS, WORDS
from analysis.run.stage import Stage, StageContext, Workspace
from analysis.run.values import Value
from analysis.scores import bootstrap
from analysis.scores.metrics import (
    Figure,
    Score,
    entity_scores,
    outcome_counts,
    tag_confusion,
    tag_report,
    type_confusion,
)

T = TypeVar("T")


def scores_of(run: Run) -> Any:
    """Everything under `scores` in a manifest.

    Precision, recall and F1 are 0 if the denominator is 0, as in seqeval; `intervals` then contains null.
    """
    from analysis.scores import scorers  # noqa: PLC0415 - seqeval and nervaluate load for seconds

    entities = entity_scores(run)
    gold, predicted = scorers.tag_sequences(run)
    return {
        "strict": {
            **_with_intervals(entities.micro),
            "macro": _with_intervals(entities.macro),
            "weighted": _with_intervals(entities.weighted),
        },
        "seqeval_default": scorers.seqeval_default(gold, predicted),
        "seqeval_strict": scorers.seqeval_strict(gold, predicted),
        "nervaluate": scorers.nervaluate_scores(gold, predicted, run.tag_set.types),
        "per_type": {name: _with_intervals(score) for name, score in entities.per_type.items()},
        "tags": {tag: _plain(score) for tag, score in tag_report(run).items()},
        "outcomes": dict(zip(OUTCOMES, outcome_counts(run).total.tolist(), strict=True)),
        "bootstrap": {
            "unit": "sentence",
            "weights": "poisson",
            "resamples": bootstrap.RESAMPLES,
            "level": bootstrap.LEVEL,
            "seed": bootstrap.SEED,
        },
    }


def confusion_of(run: Run) -> Any:
    """Everything under `confusion` in a manifest; rows are gold, columns predicted.

    `types.counts` has one more row than labels, for spurious spans, and one more column, for missed ones.
    """
    return {
        "types": {"labels": list(run.tag_set.types), "counts": type_confusion(run).tolist()},
        "tags": {"labels": list(run.tag_set.tags), "counts": tag_confusion(run).tolist()},
    }


def _plain(score: Score) -> dict[str, Any]:
    return {
        "precision": score.precision.value,
        "recall": score.recall.value,
        "f1": score.f1.value,
        "support": score.support,
        "predicted": score.predicted,
        "correct": score.correct,
    }


def _with_intervals(score: Score) -> dict[str, Any]:
    figures = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {**_plain(score), "intervals": {name: _interval(figure) for name, figure in figures.items()}}


def _interval(figure: Figure) -> list[float] | None:
    return None if math.isnan(figure.low) else [figure.low, figure.high]


@dataclass
class _WorkspaceValues:
    """A workspace with the interface of a run's values."""

    workspace: Workspace
    manifest: Mapping[str, Any]

    def read(self, value: Value[T]) -> T:
        return self.workspace.read(value)

    def has(self, value: Value[Any]) -> bool:
        return self.workspace.has(value)


def _run(context: StageContext) -> None:
    run = Run(_WorkspaceValues(context.workspace, {"types": list(context.tag_set.types)}))
    context.workspace.write(SCORES, scores_of(run))
    context.workspace.write(CONFUSION, confusion_of(run))


STAGE = Stage(
    name="scores",
    version=3,
    inputs=(WORDS, SENTENCES, PREDICTIONS, SPANS, SENTENCE_SCORES),
    outputs=(SCORES, CONFUSION),
    run=_run,
)
