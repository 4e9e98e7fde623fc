"""A synthetic run of any size, published through the real stages but for the tagger and the projections.

What the dashboard's speed depends on is like a real run's: sentences of about 15 words, a skewed vocabulary, about 8%
of the words in entities, about 2% misclassified, hidden states in clusters that go with the predicted tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.corpus import stage as corpus_stages
from analysis.corpus.corpus import Corpus
from analysis.corpus.options import SEED
from analysis.duplicates import leakage_stage, pairs_stage, vectors_stage
from analysis.options import Options, unique_options
from analysis.pipeline.plan import make_plan
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stage_runner import Materials, build_run
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS, PROJECTIONS, REDUCED
from analysis.run.schema import (
    CONFUSION,
    HIDDEN,
    LOSSES,
    PREDICTION_AUDIT,
    PREDICTIONS,
    PROBABILITIES,
    SCHEMA_VERSION,
    SCORES,
    SPECIAL_TOKENS,
    SUBWORDS,
    VOCABULARY,
    WINDOWS,
    WORDS,
)
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import OUTSIDE_CODE, TagSet, is_wrong, type_codes_of
from analysis.scores import scores_stage, spans_stage
from analysis.store.staging import Staging
from analysis.store.store import Store
from benchmarks import synthetic_neurons
from benchmarks.synthetic_duplicates import duplicate_resources
from benchmarks.synthetic_subwords import source_tags, subword_values

TAG_SET = TagSet(("LOC", "MISC", "ORG", "PER"))
TYPE_SHARES = (0.3, 0.12, 0.25, 0.33)
WORDS_PER_ENTITY = 19
"""Words of the corpus to one gold entity of about 1.5 words: 8% of the words are in an entity."""
ERROR_SHARES = {"type": 0.08, "boundary": 0.06, "missed": 0.08}
SPURIOUS_PER_WORD = 0.005
WORD_FORMS = 30_000
WIDTH = 256
LATENT = 32
CLUSTERS_PER_TAG = 6
SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "ve", "zan", "per", "dor", "lin", "ma", "gre")

Codes = npt.NDArray[np.int16]


def publish_synthetic(folder: Path, words: int, stream: TextIO, seed: int = 0, model: str = "synthetic") -> str:
    """Publish a run of `words` words in the store at `folder`; one that is there already is kept.

    Its manifest says that its tagger is `model`.

    Returns:
        The run id.
    """
    random = np.random.default_rng(seed)
    offsets = _sentence_offsets(random, words)
    gold = _gold_tags(random, offsets)
    corpus = _corpus(random, offsets, gold)
    resources = {
        "corpus": corpus,
        "text": corpus.text,
        "source_tags": corpus.source,
        "gold": gold,
        **duplicate_resources(corpus),
    }
    stages = (
        *corpus_stages.STAGES,
        Stage("predictions", 1, (WORDS,), PREDICTED, _predict, (SEED,), ("corpus", "gold")),
        spans_stage.STAGE,
        scores_stage.STAGE,
        Stage("projections", 1, (WORDS, PREDICTIONS, HIDDEN), PROJECTED, _project, (SEED,)),
        *vectors_stage.STAGES,
        pairs_stage.STAGE,
        leakage_stage.STAGE,
        synthetic_neurons.STAGE,
    )
    hashes = dict.fromkeys(resources, corpus.content_hash())
    declared = unique_options(option for stage in stages for option in stage.options)
    plan = make_plan(stages, Options.from_values(declared, {"seed": seed}), hashes)

    def describe(staging: Staging) -> Mapping[str, Any]:
        return _describe(corpus, staging, model)

    return build_run(plan, Materials(TAG_SET, resources), Store(folder), describe, Reporter(stream))


def _sentence_offsets(random: np.random.Generator, words: int) -> npt.NDArray[np.int64]:
    lengths = np.clip(np.rint(random.lognormal(2.55, 0.55, size=words)), 1, 90).astype(np.int64)
    inner = np.cumsum(lengths)
    return np.concatenate([[0], inner[inner < words], [words]])


def _gold_tags(random: np.random.Generator, offsets: npt.NDArray[np.int64]) -> Codes:
    words = int(offsets[-1])
    begins = np.sort(random.choice(words, size=int(words / WORDS_PER_ENTITY), replace=False))
    lengths = random.choice((1, 2, 3), p=(0.55, 0.3, 0.15), size=len(begins))
    types = random.choice(len(TYPE_SHARES), p=TYPE_SHARES, size=len(begins))
    tags = np.zeros(words, dtype=np.int16)
    ends = offsets[np.searchsorted(offsets, begins, side="right")]
    for begin, end, kind in zip(begins, np.minimum(begins + lengths, ends), types, strict=True):
        _write_span(tags, int(begin), int(end), int(kind))
    return tags


def _write_span(tags: Codes, begin: int, end: int, kind: int) -> None:
    """Tags of one entity; what a later one overlaps begins anew after it, as in a real tag sequence."""
    tags[begin] = 1 + 2 * kind
    tags[begin + 1 : end] = 2 + 2 * kind
    if end < len(tags) and tags[end] > 0 and tags[end] % 2 == 0:
        tags[end] -= 1


def _corpus(random: np.random.Generator, offsets: npt.NDArray[np.int64], gold: Codes) -> Corpus:
    size = len(gold)
    vocabulary = np.array([_word(rank) for rank in range(WORD_FORMS)])
    shares = 1 / (np.arange(WORD_FORMS) + 2.7)  # Zipf and Mandelbrot
    ranks = random.choice(WORD_FORMS, p=shares / shares.sum(), size=size)
    text = np.where(gold > 0, np.char.capitalize(vocabulary[ranks]), vocabulary[ranks]).tolist()
    tags: list[str | None] = [TAG_SET.tags[code] for code in gold]
    ids = [f"sentence-{row}" for row in range(len(offsets) - 1)]
    begun = {name: int(np.count_nonzero(gold == 1 + 2 * code)) for code, name in enumerate(TAG_SET.types)}
    audit = {"sentences": len(ids), "words": size, "spans": begun, "scheme": "IOB2", "notes": []}
    source_of = source_tags(gold, TAG_SET, len(ids))
    return Corpus(
        label=f"synthetic-{size}",
        sentence_ids=ids,
        documents=[None] * len(ids),
        source_rows=np.arange(len(ids)),
        offsets=offsets,
        words=text,
        tags=tags,
        audit=audit,
        source=source_of,
    )


def _word(rank: int) -> str:
    """A made-up word: the commoner, the shorter."""
    rest, last = divmod(rank, len(SYLLABLES))
    return (_word(rest - 1) if rest else "") + SYLLABLES[last]


PREDICTED = (
    PREDICTIONS,
    PREDICTION_AUDIT,
    LOSSES,
    PROBABILITIES,
    HIDDEN,
    WINDOWS,
    SUBWORDS,
    VOCABULARY,
    SPECIAL_TOKENS,
)
PROJECTED = (REDUCED, *PROJECTIONS.values())


def _predict(context: StageContext) -> None:
    corpus: Corpus = context.resources["corpus"]
    gold: Codes = context.resources["gold"]
    random = np.random.default_rng((context.options[SEED], 1))
    sentence = np.repeat(np.arange(len(corpus.offsets) - 1), np.diff(corpus.offsets))
    predicted = _predicted_tags(random, gold, sentence)
    probabilities = _probabilities(random, gold, predicted)
    workspace = context.workspace
    workspace.write(PREDICTIONS, _predictions_table(gold, predicted, probabilities))
    workspace.write(LOSSES, _losses_table(gold, probabilities))
    workspace.write(PROBABILITIES, probabilities.astype(np.float16))
    workspace.write(HIDDEN, _hidden(random, predicted))
    workspace.write(WINDOWS, np.ones(len(corpus.sentence_ids), dtype=np.int16))
    workspace.write(PREDICTION_AUDIT, {})
    values = subword_values(corpus.words, predicted, probabilities.max(axis=1), random)
    workspace.write(SUBWORDS, values["subwords"])
    workspace.write(VOCABULARY, values["vocabulary"])
    workspace.write(SPECIAL_TOKENS, values["special_tokens"])


def _predicted_tags(random: np.random.Generator, gold: Codes, sentence: npt.NDArray[np.int64]) -> Codes:
    """Gold with entities of the wrong type, too long or too short, left out and made up."""
    predicted = gold.copy()
    begins = np.flatnonzero((gold > 0) & (gold % 2 == 1))
    fates = random.choice(
        [*ERROR_SHARES, "right"], p=[*ERROR_SHARES.values(), 1 - sum(ERROR_SHARES.values())], size=len(begins)
    )
    for begin, fate in zip(begins.tolist(), fates, strict=True):
        kind = (int(gold[begin]) - 1) // 2
        end = begin + 1
        while end < len(gold) and gold[end] == 2 + 2 * kind:
            end += 1
        if fate == "type":
            _write_span(predicted, begin, end, (kind + int(random.integers(1, 4))) % 4)
        elif fate == "missed":
            predicted[begin:end] = OUTSIDE_CODE
        elif fate == "boundary" and end - begin > 1:
            predicted[end - 1] = OUTSIDE_CODE
        elif fate == "boundary" and end < len(gold) and sentence[end] == sentence[begin] and gold[end] == OUTSIDE_CODE:
            predicted[end] = 2 + 2 * kind
    spurious = np.flatnonzero((predicted == OUTSIDE_CODE) & (random.random(len(gold)) < SPURIOUS_PER_WORD))
    predicted[spurious] = 1 + 2 * random.integers(0, 4, size=len(spurious))
    return predicted


def _probabilities(random: np.random.Generator, gold: Codes, predicted: Codes) -> npt.NDArray[np.float32]:
    """Distributions whose largest value is at the predicted tag, and at the gold tag often the second largest."""
    count, tags = len(gold), len(TAG_SET.tags)
    rows = np.arange(count)
    wrong = is_wrong(gold, predicted)
    scores = random.gumbel(size=(count, tags)).astype(np.float32)
    scores[rows, gold] += random.normal(3, 1, size=count)
    scores[rows, predicted] = (
        scores.max(axis=1)
        + np.where(wrong, random.exponential(1.5, count), 1)
        + random.gamma(np.where(wrong, 0.5, 4.0), 1.2)
    )
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _predictions_table(gold: Codes, predicted: Codes, p: npt.NDArray[np.float32]) -> pa.Table:
    return PREDICTIONS.make(
        {
            "predicted_tag": predicted,
            "p_predicted": p[np.arange(len(gold)), predicted],
            "subwords": np.ones(len(gold)),
            "flags": np.zeros(len(gold)),
        }
    )


def _losses_table(gold: Codes, p: npt.NDArray[np.float32]) -> pa.Table:
    rows = np.arange(len(gold))
    second = np.argsort(-p, axis=1, kind="stable")[:, 1]
    return LOSSES.make(
        {
            "loss": -np.log(p[rows, gold]),
            "p_gold": p[rows, gold],
            "second_tag": second,
            "p_second": p[rows, second],
            "entropy": -(p * np.log(p)).sum(axis=1),
        }
    )


def _hidden(random: np.random.Generator, predicted: Codes) -> npt.NDArray[np.float16]:
    """Clusters in a LATENT-dimensional space, turned into WIDTH dimensions."""
    centres = random.normal(size=(len(TAG_SET.tags) * CLUSTERS_PER_TAG, LATENT)).astype(np.float32)
    cluster = predicted * CLUSTERS_PER_TAG + random.integers(0, CLUSTERS_PER_TAG, size=len(predicted))
    latent = centres[cluster] + random.normal(scale=0.35, size=(len(predicted), LATENT)).astype(np.float32)
    turn = np.linalg.qr(random.normal(size=(WIDTH, LATENT)))[0].astype(np.float32)
    return (latent @ turn.T).astype(np.float16)


def _project(context: StageContext) -> None:
    """Projections of a run's look without their cost: the hidden states' first axes, bent a little for UMAP."""
    hidden = context.workspace.read(HIDDEN).astype(np.float32)
    gold = context.workspace.read(WORDS)["gold_tag"].to_numpy()
    predicted = context.workspace.read(PREDICTIONS)["predicted_tag"].to_numpy()
    is_entity = (type_codes_of(gold) >= 0) | (type_codes_of(predicted) >= 0)
    _, axes = np.linalg.eigh(np.cov(hidden[:: max(len(hidden) // 20_000, 1)], rowvar=False))
    scores = hidden @ axes[:, ::-1][:, :LATENT].astype(np.float32)
    context.workspace.write(REDUCED, scores / np.linalg.norm(scores, axis=1, keepdims=True))
    for number, method in enumerate(PROJECTION_METHODS):
        xy = scores[:, 2 * number : 2 * number + 2]
        xy = np.arcsinh(4 * xy) if method == "umap" else xy
        for subset in PROJECTION_SUBSETS:
            kept = np.ones(len(xy), dtype=bool) if subset == "all" else is_entity
            placed = np.where(kept[:, np.newaxis], xy, np.nan).astype(np.float32)
            context.workspace.write(PROJECTIONS[method, subset], placed)


def _describe(corpus: Corpus, staging: Staging, model: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "name": corpus.label,
        "created": "2026-01-01T00:00:00+00:00",
        "corpus": {
            "label": corpus.label,
            "sentences": len(corpus.sentence_ids),
            "words": len(corpus.words),
            "spans": sum(corpus.audit["spans"].values()),
        },
        "tagger": {"label": "synthetic", "labels": list(TAG_SET.tags)},
        "types": list(TAG_SET.types),
        "tagger_tags": list(TAG_SET.tags),
        "audit": corpus.audit,
        "scores": staging.read(SCORES),
        "confusion": staging.read(CONFUSION),
        "source": {"model": model, "dataset": corpus.label},
        "versions": {},
    }
