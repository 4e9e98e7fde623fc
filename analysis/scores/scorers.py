"""Scores of the standard scorers, computed by their own libraries, so that published scores can be reproduced."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import nervaluate
import numpy as np
from seqeval.metrics import sequence_labeling, v1
from seqeval.scheme import IOB2

from analysis.run.run import Run
from analysis.run.tags import MISSING, OUTSIDE

TagSequences = list[list[str]]
Scores = dict[str, float]

NERVALUATE_SCHEMAS = ("strict", "exact", "partial", "ent_type")


def tag_sequences(run: Run) -> tuple[TagSequences, TagSequences]:
    """Gold and predicted tag names of each sentence, in the form that the libraries expect.

    Words without a gold tag are left out of both, as in the ledger. A missing prediction is `O`, for the libraries have
    no missing tag.
    """
    names = [*run.tag_set.tags, OUTSIDE]  # MISSING is -1, the last
    labelled = run.words.gold_tag != MISSING
    gold = [names[code] for code in run.words.gold_tag[labelled].tolist()]
    predicted = [names[code] for code in run.words.predicted_tag[labelled].tolist()]
    bounds = np.searchsorted(run.words.sentence[labelled], np.arange(len(run.sentences) + 1)).tolist()
    rows = [slice(start, end) for start, end in pairwise(bounds)]
    return [gold[one] for one in rows], [predicted[one] for one in rows]


def seqeval_default(gold: TagSequences, predicted: TagSequences) -> Scores:
    """Scores of seqeval's default mode, that of conlleval: a stray `I-X` starts a span. Micro average; 0 for 0 / 0."""
    if not gold:
        return _scores((0.0, 0.0, 0.0))
    return _scores(
        sequence_labeling.precision_recall_fscore_support(gold, predicted, average="micro", zero_division=0)[:3]
    )


def seqeval_strict(gold: TagSequences, predicted: TagSequences) -> Scores:
    """Scores of seqeval's strict mode with IOB2: a span must begin with `B-`. Micro average; 0 for 0 / 0."""
    if not gold:
        return _scores((0.0, 0.0, 0.0))
    return _scores(
        v1.precision_recall_fscore_support(gold, predicted, average="micro", zero_division=0, scheme=IOB2)[:3]
    )


def nervaluate_scores(gold: TagSequences, predicted: TagSequences, types: Sequence[str]) -> dict[str, Scores]:
    """Scores of nervaluate's four schemas (NERVALUATE_SCHEMAS), of all types together.

    Sentences without a span on either side do not change any of them and are left out, which saves most of the time.
    """
    with_span = [
        (gold_tags, predicted_tags)
        for gold_tags, predicted_tags in zip(gold, predicted, strict=True)
        if any(tag != OUTSIDE for tag in (*gold_tags, *predicted_tags))
    ]
    if not with_span:
        return {schema: _scores((0.0, 0.0, 0.0)) for schema in NERVALUATE_SCHEMAS}
    evaluator = nervaluate.Evaluator(
        [gold_tags for gold_tags, _ in with_span],
        [predicted_tags for _, predicted_tags in with_span],
        tags=list(types),
        loader="list",
    )
    overall = evaluator.evaluate()["overall"]
    results = {schema: overall[schema] for schema in NERVALUATE_SCHEMAS}
    return {schema: _scores((result.precision, result.recall, result.f1)) for schema, result in results.items()}


def _scores(three: Sequence[float]) -> Scores:
    precision, recall, f1 = (float(value) for value in three)
    return {"precision": precision, "recall": recall, "f1": f1}
