"""The stage `predictions`: the tagger's predictions for all words and subwords, and the losses of words."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError, RefusedInputError
from analysis.run.schema import (
    FLAG_NO_PREDICTION,
    FLAG_UNKNOWN_GOLD,
    FLAG_UNLABELLED,
    HIDDEN,
    LOSSES,
    PREDICTION_AUDIT,
    PREDICTIONS,
    PROBABILITIES,
    SPECIAL_TOKENS,
    SUBWORDS,
    VOCABULARY,
    WINDOWS,
    WORDS,
)
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import MISSING, TagSet, type_codes_of
from analysis.taggers.backend import OPTIONAL_VALUES, Backend, Reading, SubwordReading
from analysis.taggers.huggingface.options import AGGREGATION, DTYPE, WORD_JOINING

INT16_MAX = int(np.iinfo(np.int16).max)

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int16]


def _run(context: StageContext) -> None:
    corpus: Corpus = context.resources["corpus"]
    backend: Backend = context.resources["tagger"]
    workspace = context.workspace
    try:
        reading = backend.read(corpus, workspace.scratch, context.progress)
    except AnalysisError as error:
        raise RefusedInputError(str(error)) from error
    predictions = predictions_table(corpus, backend, context.tag_set, reading)
    workspace.write(PREDICTIONS, predictions)
    warnings = list(reading.audit.get("warnings", ()))
    if reading.log_probabilities is not None:
        losses = losses_table(corpus, backend, context.tag_set, reading.log_probabilities)
        workspace.write(LOSSES, losses)
        if infinite := int(np.count_nonzero(np.isinf(losses["loss"].to_numpy()))):
            warnings.append(
                f"The tagger gives the gold tag of {infinite:,} words the probability 0, so their losses are infinite. "
                "Its weights may be damaged."
            )
        workspace.write(PROBABILITIES, np.exp(reading.log_probabilities).astype(np.float16))
    if reading.hidden is not None:
        workspace.write_file(HIDDEN, reading.hidden)
    if reading.subwords is not None:
        subwords = reading.subwords
        workspace.write(WINDOWS, np.minimum(subwords.windows, INT16_MAX).astype(np.int16))
        workspace.write(SUBWORDS, subwords_table(predictions, backend, context.tag_set, reading, subwords))
        workspace.write(VOCABULARY, subwords.vocabulary)
        workspace.write(SPECIAL_TOKENS, subwords.special_tokens)
    position = workspace.read(WORDS)["position"].to_numpy()
    audit = _audit(predictions, position) | reading.audit
    audit |= {"warnings": warnings, "tagger": backend.summary()}
    workspace.write(PREDICTION_AUDIT, audit)


def predictions_table(corpus: Corpus, backend: Backend, tag_set: TagSet, reading: Reading) -> pa.Table:
    """The table `predictions` (analysis.run.schema.PREDICTIONS)."""
    codes: dict[str | None, int] = {None: MISSING} | tag_set.tag_codes
    predicted = np.array([codes[tag] for tag in reading.tags], np.int16)
    unlabelled = np.array([tag is None for tag in corpus.tags], bool)
    flags = np.zeros(len(predicted), np.uint8)
    flags[unlabelled] |= FLAG_UNLABELLED
    if reading.log_probabilities is not None:
        flags[~unlabelled & (_gold_columns(corpus.tags, backend) == MISSING)] |= FLAG_UNKNOWN_GOLD
    flags[predicted == MISSING] |= FLAG_NO_PREDICTION
    counts = np.full(len(predicted), -1) if reading.subwords is None else reading.subwords.counts
    return PREDICTIONS.make(
        {
            "predicted_tag": predicted,
            "p_predicted": reading.p_predicted,
            "subwords": np.minimum(counts, INT16_MAX),
            "flags": flags,
        }
    )


def losses_table(corpus: Corpus, backend: Backend, tag_set: TagSet, log_p: Floats) -> pa.Table:
    """The table `losses` (analysis.run.schema.LOSSES).

    The loss is the cross-entropy, -log p(gold tag), in nats. Gold tags and columns are matched by name.
    """
    loss = -_values_at(log_p, _gold_columns(corpus.tags, backend))
    second = _second_best(log_p)
    return LOSSES.make(
        {
            "loss": loss,
            "p_gold": np.exp(-loss),
            "second_tag": _codes(second, backend, tag_set),
            "p_second": np.exp(_values_at(log_p, second)),
            "entropy": _entropy(log_p),
        }
    )


def subwords_table(
    predictions: pa.Table, backend: Backend, tag_set: TagSet, reading: Reading, subwords: SubwordReading
) -> pa.Table:
    """The table `subwords` (analysis.run.schema.SUBWORDS).

    A first subword with the label of its word has the word's BIO2 tag, which depends on the words before.
    """
    tags = _codes(subwords.best, backend, tag_set)
    present = np.flatnonzero(subwords.counts)
    first = (np.cumsum(subwords.counts) - subwords.counts)[present]
    if reading.log_probabilities is not None:
        alike = subwords.best[first] == reading.log_probabilities[present].argmax(axis=1)
        present, first = present[alike], first[alike]
    tags[first] = predictions["predicted_tag"].to_numpy()[present]
    return SUBWORDS.make(
        {
            "id": subwords.ids,
            "word": np.repeat(np.arange(len(subwords.counts)), subwords.counts),
            "tag": tags,
            "p": subwords.p_best,
            "window": np.minimum(subwords.window, INT16_MAX),
        }
    )


def _second_best(log_p: Floats) -> Codes:
    """Columns of the second most probable tag (ties: the first); MISSING without a prediction or a second tag."""
    second = np.full(len(log_p), MISSING, np.int16)
    if log_p.shape[1] > 1:
        predicted = ~np.isnan(log_p[:, 0])
        second[predicted] = np.argsort(-log_p[predicted], axis=1, kind="stable")[:, 1]
    return second


def _values_at(log_p: Floats, columns: Codes) -> Floats:
    """The value in each row's column; NaN where the column is MISSING."""
    values = log_p[np.arange(len(log_p)), np.maximum(columns, 0)]
    return np.where(columns == MISSING, np.float32(np.nan), values)


def _entropy(log_p: Floats) -> Floats:
    """The entropy of each row, in nats; a tag with probability 0 contributes 0."""
    p = np.exp(log_p)
    entropy: Floats = -(p * np.where(p == 0, np.float32(0), log_p)).sum(axis=1)
    return entropy


def _gold_columns(tags: list[str | None], backend: Backend) -> Codes:
    columns = {tag: None if tag is None else backend.gold_column(tag) for tag in set(tags)}
    known = {tag: MISSING if column is None else column for tag, column in columns.items()}
    return np.array([known[tag] for tag in tags], np.int16)


def _codes(columns: Codes, backend: Backend, tag_set: TagSet) -> Codes:
    """Tag codes of columns. MISSING, -1, selects the appended entry."""
    codes = np.array([*(tag_set.tag_codes[tag] for tag in backend.tags), MISSING], np.int16)
    return codes[columns]


def _audit(predictions: pa.Table, position: npt.NDArray[np.integer[Any]]) -> dict[str, Any]:
    flags = predictions["flags"].to_numpy()
    return {
        "words_without_prediction": int(np.count_nonzero(flags & FLAG_NO_PREDICTION)),
        "spans_begun_with_inside": _spans_begun_with_inside(predictions["predicted_tag"].to_numpy(), position),
        "unknown_gold_words": int(np.count_nonzero(flags & FLAG_UNKNOWN_GOLD)),
    }


def _spans_begun_with_inside(predicted: npt.NDArray[np.integer[Any]], position: npt.NDArray[np.integer[Any]]) -> int:
    """The number of predicted `I-X` that do not follow `B-X` or `I-X` in their sentence."""
    types = type_codes_of(predicted)
    before = np.where(position == 0, MISSING, np.roll(types, 1))
    inside = (predicted > 0) & (predicted % 2 == 0)
    return int(np.count_nonzero(inside & (before != types)))


STAGE = Stage(
    name="predictions",
    version=6,
    inputs=(WORDS,),
    outputs=(PREDICTIONS, PREDICTION_AUDIT),
    run=_run,
    options=(DTYPE, WORD_JOINING, AGGREGATION),
    resources=("corpus", "tagger"),
    optional_outputs=OPTIONAL_VALUES,
)
