"""The stage `spans`: the ledger, and the counts of each sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.run.columns import Spans, Words
from analysis.run.schema import LOSSES, PREDICTIONS, SENTENCE_SCORES, SENTENCES, SPANS, WINDOWS, WORDS
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import MISSING
from analysis.scores.ledger import build_ledger

Int = npt.NDArray[np.integer[Any]]


def score_sentences(words: Words, spans: Spans, count: int, windows: Int) -> pa.Table:
    """The table `sentence_scores` (analysis.run.schema.SENTENCE_SCORES).

    Args:
        words: Every word of the corpus.
        spans: Its ledger.
        count: Number of sentences, n.
        windows: Number of windows of each sentence, n.
    """
    has_loss = ~np.isnan(words.loss)
    with_loss = words.sentence[has_loss]
    total = np.bincount(with_loss, weights=words.loss[has_loss], minlength=count)
    losses = np.bincount(with_loss, minlength=count)
    largest = np.full(count, np.nan, dtype=np.float32)
    np.fmax.at(largest, with_loss, words.loss[has_loss])
    return SENTENCE_SCORES.make(
        {
            "gold_spans": np.bincount(spans.sentence[spans.gold_type != MISSING], minlength=count),
            "predicted_spans": np.bincount(spans.sentence[spans.predicted_type != MISSING], minlength=count),
            "wrong_words": np.bincount(words.sentence[words.is_wrong], minlength=count),
            "loss_total": total,
            "loss_mean": np.divide(total, losses, out=np.full(count, np.nan), where=losses > 0),
            "loss_max": largest,
            "windows": windows,
        }
    )


def _run(context: StageContext) -> None:
    workspace = context.workspace
    words = Words.of(workspace)
    count = workspace.read(SENTENCES).num_rows
    windows = workspace.read(WINDOWS) if workspace.has(WINDOWS) else np.ones(count, np.int16)
    ledger = build_ledger(words)
    workspace.write(SPANS, ledger)
    workspace.write(SENTENCE_SCORES, score_sentences(words, Spans.from_tables(ledger), count, windows))


STAGE = Stage(
    name="spans",
    version=3,
    inputs=(WORDS, SENTENCES, PREDICTIONS),
    outputs=(SPANS, SENTENCE_SCORES),
    run=_run,
    optional_inputs=(LOSSES, WINDOWS),
)
