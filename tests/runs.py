"""Runs held in memory, made from a few sentences: what tests look at instead of a published run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS, PROJECTIONS
from analysis.run.columns import Spans, Words
from analysis.run.run import Run
from analysis.run.schema import (
    FLAG_NO_PREDICTION,
    FLAG_UNLABELLED,
    LOSSES,
    PREDICTIONS,
    SCHEMA_VERSION,
    SENTENCE_SCORES,
    SENTENCES,
    SPANS,
    WORDS,
)
from analysis.run.tags import MISSING, TagSet, type_of
from analysis.run.values import Value
from analysis.scores.ledger import build_ledger
from analysis.scores.spans_stage import score_sentences

Tags = Sequence[str | None]
Sentence = tuple[Sequence[str], Tags, Tags]
"""Words, gold tags, predicted tags; None: unlabelled, no prediction."""


@dataclass
class MemoryValues:
    """The values of a run, in memory (analysis.run.run.RunValues)."""

    manifest: Mapping[str, Any]
    values: dict[str, Any]

    def read(self, value: Value) -> Any:
        return self.values[value.key]

    def has(self, value: Value) -> bool:
        return value.key in self.values


def make_run(
    sentences: Sequence[Sentence],
    losses: Sequence[Sequence[float]] | None = None,
    *,
    ids: Sequence[str] | None = None,
    documents: Sequence[str | None] | None = None,
    types: Sequence[str] | None = None,
    run_id: str = "0123456789abcdef",
    name: str = "test run",
    seed: int = 0,
    tables: Mapping[str, pa.Table] | None = None,
    arrays: Mapping[str, np.ndarray] | None = None,
    jsons: Mapping[str, Any] | None = None,
) -> Run:
    """A run of these sentences, with the values of later stages that are given.

    Losses and probabilities are made up (seeded) so that they fit each other and the tags, unless `losses` gives the
    losses. Hidden states, projections and neighbours' coordinates are random; `entities` projections are NaN for words
    that are an entity neither in gold nor in prediction. Types are those of the tags, sorted, unless given.
    """
    random = np.random.default_rng(seed)
    gold_names = [tag for _, gold, _ in sentences for tag in gold]
    predicted_names = [tag for _, _, predicted in sentences for tag in predicted]
    names = {tag for tag in (*gold_names, *predicted_names) if tag not in (None, "O")}
    tag_set = TagSet(tuple(types) if types is not None else tuple(sorted({str(type_of(str(tag))) for tag in names})))
    codes: dict[Any, int] = {None: MISSING, **tag_set.tag_codes}
    gold = np.array([codes[tag] for tag in gold_names], dtype=np.int16)
    predicted = np.array([codes[tag] for tag in predicted_names], dtype=np.int16)
    lengths = [len(text) for text, _, _ in sentences]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    count = int(offsets[-1])

    probabilities = _probabilities(random, predicted, len(tag_set.tags))
    rows = np.arange(count)
    has_loss = (gold != MISSING) & (predicted != MISSING)
    p_gold = np.where(has_loss, probabilities[rows, gold], np.nan)
    ranked = np.argsort(-probabilities, axis=1, kind="stable")
    second = np.where((predicted == MISSING) | (ranked.shape[1] < 2), MISSING, ranked[:, min(1, ranked.shape[1] - 1)])
    loss = -np.log(p_gold) if losses is None else np.array([value for part in losses for value in part])
    words = WORDS.make(
        {
            "sentence": np.repeat(np.arange(len(sentences)), lengths),
            "position": rows - np.repeat(offsets[:-1], lengths),
            "text": [word for text, _, _ in sentences for word in text],
            "gold_tag": gold,
        }
    )
    predictions = PREDICTIONS.make(
        {
            "predicted_tag": predicted,
            "p_predicted": np.where(predicted == MISSING, np.nan, probabilities[rows, predicted]),
            "subwords": np.where(predicted == MISSING, 0, 1),
            "flags": (
                np.where(gold == MISSING, FLAG_UNLABELLED, 0) | np.where(predicted == MISSING, FLAG_NO_PREDICTION, 0)
            ),
        }
    )
    loss_table = LOSSES.make(
        {
            "loss": loss.astype(np.float32),
            "p_gold": p_gold,
            "second_tag": second,
            "p_second": np.where(second == MISSING, np.nan, probabilities[rows, second]),
            "entropy": -(probabilities * np.log(probabilities)).sum(axis=1),
        }
    )
    sentence_table = SENTENCES.make(
        {
            "source_row": np.arange(len(sentences)),
            "id": [str(row) for row in range(len(sentences))] if ids is None else list(ids),
            "document": [None] * len(sentences) if documents is None else list(documents),
            "text": [" ".join(text) for text, _, _ in sentences],
            "first_word": offsets[:-1],
            "word_count": lengths,
        }
    )
    columns = Words.from_tables(words, predictions, loss_table)
    spans = build_ledger(columns)
    scores = score_sentences(columns, Spans.from_tables(spans), len(sentences), np.ones(len(sentences), dtype=np.int16))
    manifest = {
        "schema": SCHEMA_VERSION,
        "run": run_id,
        "name": name,
        "created": "2026-01-02T03:04:05+00:00",
        "corpus": {"label": "toy/test", "sentences": len(sentences), "words": count, "spans": spans.num_rows},
        "tagger": {"label": "toy-tagger", "labels": list(tag_set.tags)},
        "types": list(tag_set.types),
        "tagger_tags": list(tag_set.tags),
        "audit": {},
        "parameters": {},
        "versions": {},
        "timings": {},
        "options": {"model": "toy-tagger", "dataset": "toy.conll"},
    }
    made: dict[str, Any] = {
        WORDS.key: words,
        PREDICTIONS.key: predictions,
        LOSSES.key: loss_table,
        SENTENCES.key: sentence_table,
        SPANS.key: spans,
        SENTENCE_SCORES.key: scores,
    }
    made |= _arrays(random, (gold > 0) | (predicted > 0), probabilities)
    return Run(MemoryValues(manifest, {**made, **(tables or {}), **(arrays or {}), **(jsons or {})}))


def with_values(run: Run, values: Mapping[str, Any]) -> Run:
    """A run from `make_run` with more values, or others, by their keys."""
    known: Any = run._values
    return Run(MemoryValues(known.manifest, {**known.values, **values}))


def neuron_values(rows: np.ndarray, strengths: np.ndarray, layers: Sequence[int]) -> dict[str, Any]:
    """Arguments of `make_run` for what the stage `neurons` keeps: strengths are layers x rows x components."""
    said = [
        {"layer": layer, "neurons": 64, "components": strengths.shape[2], "error": 0.5}
        for layer, _ in zip(layers, strengths, strict=True)
    ]
    return {
        "arrays": {"neuron_rows": np.asarray(rows, np.int64), "neuron_activity": strengths},
        "jsons": {"neurons": {"layers": said, "layer_count": max(layers, default=0), "note": ""}},
    }


def random_run(sentence_count: int = 30, seed: int = 0, types: Sequence[str] = ("LOC", "ORG", "PER")) -> Run:
    """A run of random words and tags, some without a tag, with every outcome and a few empty sentences."""
    random = np.random.default_rng(seed)
    tags = [*TagSet(tuple(types)).tags, None]
    weights = np.array([6.0, *[1.0] * (len(tags) - 2), 0.2])
    vocabulary = np.array(["Paris", "Jordan", "amazon", "the", "of", "a+b", "naïve", "日本", "<b>", "x,y"])

    def draw(length: int) -> list[str | None]:
        return [tags[code] for code in random.choice(len(tags), size=length, p=weights / weights.sum())]

    sentences: list[Sentence] = []
    for _ in range(sentence_count):
        length = int(random.integers(0, 25))
        gold = draw(length)
        kept = random.random(length) < 0.7
        predicted = [old if keep else new for old, new, keep in zip(gold, draw(length), kept, strict=True)]
        sentences.append((random.choice(vocabulary, length).tolist(), gold, predicted))
    return make_run(sentences, types=types, seed=seed)


def _probabilities(random: np.random.Generator, predicted: np.ndarray, tags: int) -> Any:
    """Distributions, words x tags, whose largest value is at the predicted tag."""
    probabilities = random.dirichlet(np.ones(tags), size=len(predicted)) + 1e-3
    rows = np.arange(len(predicted))
    top = probabilities.argmax(axis=1)
    column = np.where(predicted == MISSING, top, predicted)
    largest = probabilities[rows, top]
    probabilities[rows, top] = probabilities[rows, column]
    probabilities[rows, column] = largest
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def _arrays(random: np.random.Generator, is_entity: np.ndarray, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    count = len(is_entity)
    hidden = random.normal(size=(count, 16)).astype(np.float16)
    reduced = random.normal(size=(count, 8)).astype(np.float32)
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    arrays: dict[str, Any] = {"hidden": hidden, "reduced": reduced, "probabilities": probabilities.astype(np.float16)}
    for method in PROJECTION_METHODS:
        for subset in PROJECTION_SUBSETS:
            xy = random.normal(size=(count, 2)).astype(np.float32)
            if subset == "entities":
                xy[~is_entity] = np.nan
            arrays[PROJECTIONS[method, subset].key] = xy
    for array in arrays.values():
        array.flags.writeable = False
    return arrays
