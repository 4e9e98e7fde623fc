"""Scores of the standard scorers, computed by their own libraries, so that published scores can be reproduced."""

from __future__ import annotations

from collections.abc import Sequence

import nervaluate
from seqeval.metrics import sequence_labeling, v1
from seqeval.scheme import IOB2

from analysis.run.run import Run
from analysis.run.tags import OUTSIDE

TagSequences = list[list[str]]
Scores = dict[str, float]

NERVALUATE_SCHEMAS = ("strict", "exact", "partial", "ent_type")


def tag_sequences(run: Run) -> tuple[TagSequences, TagSequences]:
    """Gold and predicted tag names of each sentence, in the form that the libraries expect.

    They have no missing tag: a word without a gold tag or without a prediction is read as `O` on that side, as
    in the ledger.
    """
    names = [*run.tag_set.tags, OUTSIDE]  # MISSING is -1, the last
    gold = [names[code] for code in run.words.gold_tag.tolist()]
    predicted = [names[code] for code in run.words.predicted_tag.tolist()]
    bounds = [run.sentence_words(sentence) for sentence in range(len(run.sentences))]
    return [gold[rows] for rows in bounds], [predicted[rows] for rows in bounds]


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
