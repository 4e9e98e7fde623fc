"""The ledger of spans, and the sentences with what is counted in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.run.run import Spans, Words
from analysis.run.schema import SENTENCES
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import MISSING
from analysis.scores.ledger import build_ledger

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus

Int = npt.NDArray[np.integer[Any]]


def build_sentences(
    words: Words, spans: Spans, *, ids: Sequence[str], source_rows: Int, offsets: Int, windows: Int
) -> pa.Table:
    """The `sentences` table (analysis.run.schema.SENTENCES).

    Args:
        words: Every word of the corpus.
        spans: Its ledger.
        ids: Sentence ids, n.
        source_rows: Rows in file order, n.
        offsets: First word of each sentence, n + 1.
        windows: How often the tagger read each sentence, n.
    """
    count = len(ids)
    is_wrong = (words.gold_tag != words.predicted_tag) & (words.gold_tag != MISSING) & (words.predicted_tag != MISSING)
    has_loss = ~np.isnan(words.loss)
    with_loss = words.sentence[has_loss]
    total = np.bincount(with_loss, weights=words.loss[has_loss], minlength=count)
    losses = np.bincount(with_loss, minlength=count)
    largest = np.full(count, np.nan, dtype=np.float32)
    np.fmax.at(largest, with_loss, words.loss[has_loss])
    columns: dict[str, Any] = {
        "source_row": source_rows,
        "id": list(ids),
        "text": pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), words.text), " "),
        "first_word": offsets[:-1],
        "word_count": np.diff(offsets),
        "gold_spans": np.bincount(spans.sentence[spans.gold_type != MISSING], minlength=count),
        "predicted_spans": np.bincount(spans.sentence[spans.predicted_type != MISSING], minlength=count),
        "wrong_words": np.bincount(words.sentence[is_wrong], minlength=count),
        "loss_total": total,
        "loss_mean": np.divide(total, losses, out=np.full(count, np.nan), where=losses > 0),
        "loss_max": largest,
        "windows": windows,
    }
    return pa.table([_column(columns[field.name], field.type) for field in SENTENCES], schema=SENTENCES)


def _column(values: Any, kind: pa.DataType) -> pa.Array:
    return pa.array(values.astype(kind.to_pandas_dtype()) if isinstance(values, np.ndarray) else values, kind)


def _run(context: StageContext) -> None:
    corpus: Corpus = context.resources["corpus"]
    workspace = context.workspace
    words = Words.from_table(workspace.read_table("words"))
    ledger = build_ledger(words)
    workspace.write_table("spans", ledger)
    workspace.write_table(
        "sentences",
        build_sentences(
            words,
            Spans.from_table(ledger),
            ids=corpus.sentence_ids,
            source_rows=corpus.source_rows,
            offsets=corpus.offsets,
            windows=workspace.read_array("windows"),
        ),
    )


STAGE = Stage(
    name="spans",
    version=1,
    inputs=("words", "windows"),
    outputs=("spans", "sentences"),
    parameters=lambda options: {},
    run=_run,
)
