"""The stage `predictions`: what the tagger says about every word and subword, and its loss against the gold tag."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.corpus.corpus import Corpus
from analysis.corpus.tag_schemes import TaggerLabels
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED, SUBWORDS, VOCABULARY, WORDS
from analysis.run.stage import Parameters, Stage, StageContext
from analysis.run.tags import MISSING, TagSet, type_codes_of
from analysis.taggers.huggingface.forward import ForwardResult, run_forward
from analysis.taggers.huggingface.model import Tagger

INT16_MAX = int(np.iinfo(np.int16).max)

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int16]


def _run(ctx: StageContext) -> None:
    corpus: Corpus = ctx.resources["corpus"]
    tagger: Tagger = ctx.resources["load_tagger"]()
    forward = run_forward(tagger, corpus.words, corpus.offsets, ctx.workspace.scratch, ctx.progress)
    words = words_table(corpus, tagger.labels, ctx.tag_set, forward)
    ctx.workspace.write_table("words", words)
    ctx.workspace.write_array("probabilities", np.exp(forward.log_probabilities).astype(np.float16))
    ctx.workspace.write_array("hidden", forward.hidden_path)
    ctx.workspace.write_array("windows", np.minimum(forward.windows, INT16_MAX).astype(np.int16))
    ctx.workspace.write_table("subwords", subwords_table(words, tagger.labels, ctx.tag_set, forward))
    ctx.workspace.write_table("vocabulary", _vocabulary(tagger, forward))
    ctx.workspace.write_json("special_tokens", _special_tokens(tagger))
    ctx.workspace.write_json("prediction_audit", _audit(words, forward, tagger))


def words_table(corpus: Corpus, labels: TaggerLabels, tag_set: TagSet, forward: ForwardResult) -> pa.Table:
    """The table `words` (analysis.run.schema.WORDS).

    The loss is the cross-entropy at the word's first subword: -log p(gold tag), in nat, looked up by the tag's name.
    """
    log_p = forward.log_probabilities
    lengths = np.diff(corpus.offsets)
    best, second = _two_best(log_p)
    gold_column = _gold_columns(corpus.tags, labels)
    loss = -_at(log_p, gold_column)
    flags = _flags(corpus.tags, gold_column, best)
    columns = {
        "sentence": np.repeat(np.arange(len(lengths)), lengths),
        "position": np.arange(len(corpus.words)) - np.repeat(corpus.offsets[:-1], lengths),
        "text": pa.array(corpus.words, pa.string()),
        "gold_tag": np.array([MISSING if tag is None else tag_set.tag_codes[tag] for tag in corpus.tags], np.int16),
        "predicted_tag": _predicted_codes(best, labels, tag_set, corpus.offsets),
        "second_tag": _codes(second, labels, tag_set),
        "loss": loss,
        "p_gold": np.exp(-loss),
        "p_predicted": np.exp(_at(log_p, best)),
        "p_second": np.exp(_at(log_p, second)),
        "entropy": _entropy(log_p),
        "subwords": np.minimum(forward.subwords.counts, INT16_MAX),
        "flags": flags,
    }
    arrays = [pa.array(columns[field.name]).cast(field.type) for field in WORDS]
    return pa.Table.from_arrays(arrays, schema=WORDS)


def subwords_table(words: pa.Table, labels: TaggerLabels, tag_set: TagSet, forward: ForwardResult) -> pa.Table:
    """The table `subwords` (analysis.run.schema.SUBWORDS); at a word's first subword its tag is the word's, in BIO2."""
    subwords = forward.subwords
    tags = _codes(forward.best, labels, tag_set)
    present = np.flatnonzero(subwords.counts)
    tags[subwords.first[present]] = words["predicted_tag"].to_numpy()[present]
    columns = {
        "id": subwords.ids,
        "word": np.repeat(np.arange(len(subwords.counts)), subwords.counts),
        "tag": tags,
        "p": forward.p_best,
        "window": np.minimum(forward.window, INT16_MAX),
    }
    return pa.Table.from_arrays([pa.array(columns[field.name]).cast(field.type) for field in SUBWORDS], schema=SUBWORDS)


def _vocabulary(tagger: Tagger, forward: ForwardResult) -> pa.Table:
    """The table `vocabulary` (analysis.run.schema.VOCABULARY)."""
    used = np.unique(forward.subwords.ids)
    return pa.table({"id": used, "token": tagger.encoder.tokens(used.tolist())}, schema=VOCABULARY)


def _special_tokens(tagger: Tagger) -> dict[str, Any]:
    """What stands before and after the subwords of every window, and how many of them a window holds."""
    special = tagger.encoder.special_tokens
    sides = {"prefix": special.prefix, "suffix": special.suffix}
    return {
        "capacity": tagger.max_length - special.count,
        **{
            side: [{"id": number, "token": text} for number, text in zip(ids, tagger.encoder.tokens(ids), strict=True)]
            for side, ids in sides.items()
        },
    }


def _two_best(log_p: Floats) -> tuple[Codes, Codes]:
    """Columns of the best and second-best tag, the first among equals; MISSING without prediction."""
    predicted = ~np.isnan(log_p[:, 0])
    best = np.full(len(log_p), MISSING, np.int16)
    second = best.copy()
    order = np.argsort(-log_p[predicted], axis=1, kind="stable")
    best[predicted] = order[:, 0]
    if log_p.shape[1] > 1:
        second[predicted] = order[:, 1]
    return best, second


def _at(log_p: Floats, columns: Codes) -> Floats:
    """The value in each row's column; NaN where the column is MISSING."""
    values = log_p[np.arange(len(log_p)), np.maximum(columns, 0)]
    return np.where(columns == MISSING, np.float32(np.nan), values)


def _entropy(log_p: Floats) -> Floats:
    """In nat; a tag of probability 0 adds nothing."""
    p = np.exp(log_p)
    entropy: Floats = -(p * np.where(p == 0, np.float32(0), log_p)).sum(axis=1)
    return entropy


def _gold_columns(tags: list[str | None], labels: TaggerLabels) -> Codes:
    columns = {tag: MISSING if tag is None else labels.gold_column(tag) for tag in set(tags)}
    return np.array([MISSING if columns[tag] is None else columns[tag] for tag in tags], np.int16)


def _flags(tags: list[str | None], gold_column: Codes, best: Codes) -> npt.NDArray[np.uint8]:
    unlabelled = np.array([tag is None for tag in tags], bool)
    flags = np.zeros(len(tags), np.uint8)
    flags[unlabelled] |= FLAG_UNLABELLED
    flags[~unlabelled & (gold_column == MISSING)] |= FLAG_UNKNOWN_GOLD
    flags[best == MISSING] |= FLAG_NO_PREDICTION
    return flags


def _codes(columns: Codes, labels: TaggerLabels, tag_set: TagSet) -> Codes:
    """Tag codes of columns. The entry after the last column is what MISSING, -1, picks."""
    codes = np.array([*(tag_set.tag_codes[tag] for tag in labels.tags), MISSING], np.int16)
    return codes[columns]


def _predicted_codes(best: Codes, labels: TaggerLabels, tag_set: TagSet, offsets: npt.NDArray[np.int64]) -> Codes:
    """Predicted tags as BIO2: a tagger without `B-` tags begins its spans with `I-`, which is read as `B-`."""
    names = [*labels.tags, None]
    tags = [names[column] for column in best]
    codes = {None: MISSING} | tag_set.tag_codes
    read = [codes[tag] for start, stop in pairwise(offsets) for tag in labels.read_predictions(tags[start:stop])]
    return np.array(read, np.int16)


def _audit(words: pa.Table, forward: ForwardResult, tagger: Tagger) -> dict[str, Any]:
    flags = words["flags"].to_numpy()
    return {
        "words_without_subword": int(np.count_nonzero(forward.subwords.counts == 0)),
        "words_without_prediction": int(np.count_nonzero(flags & FLAG_NO_PREDICTION)),
        "windowed_sentences": int(np.count_nonzero(forward.windows > 1)),
        "spans_begun_with_inside": _spans_begun_with_inside(words),
        "unknown_gold_words": int(np.count_nonzero(flags & FLAG_UNKNOWN_GOLD)),
        "labels_read_as_outside": list(tagger.labels.read_as_outside),
        "warnings": list(tagger.warnings),
        "tagger": tagger.summary(),
    }


def _spans_begun_with_inside(words: pa.Table) -> int:
    """Predicted `I-X` that follow no `X` in their sentence."""
    predicted = words["predicted_tag"].to_numpy()
    types = type_codes_of(predicted)
    before = np.where(words["position"].to_numpy() == 0, MISSING, np.roll(types, 1))
    inside = (predicted > 0) & (predicted % 2 == 0)
    return int(np.count_nonzero(inside & (before != types)))


def _parameters(options: Parameters) -> Parameters:
    return {"dtype": options["dtype"]}


STAGE = Stage(
    name="predictions",
    version=2,
    inputs=(),
    outputs=(
        "words",
        "probabilities",
        "hidden",
        "windows",
        "prediction_audit",
        "subwords",
        "vocabulary",
        "special_tokens",
    ),
    parameters=_parameters,
    run=_run,
)
