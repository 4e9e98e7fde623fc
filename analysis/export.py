"""The tables of a run, in names instead of codes, as CSV, JSON lines or Parquet."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.run import Run
from analysis.schema import OUTCOMES
from analysis.selection import Selection

ROWS_AT_A_TIME = 20_000

Codes = npt.NDArray[np.integer[Any]]


def export_table(run: Run, table: str, selection: Selection) -> pa.Table:
    """The selected rows of a table, ready for people: names for codes, null for what is not there.

    Args:
        run: The run.
        table: One of TABLES.
        selection: Which rows.
    """
    return TABLES[table](run, selection)


def write_table(table: pa.Table, file_format: str, stream: BinaryIO) -> None:
    """Write a table to a binary stream; `file_format` is one of FORMATS, text is UTF-8."""
    FORMATS[file_format](table, stream)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary stream whose content stands under `path` only once all of it is written.

    What is there and is no regular file (a pipe, a device) is written to directly.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            yield stream
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _words(run: Run, selection: Selection) -> pa.Table:
    rows = np.flatnonzero(selection.masks(run).words)
    words = run.words
    return pa.table(
        {
            **_sentence_columns(run, words.sentence[rows]),
            "position": pa.array(words.position[rows]),
            "word": words.text.take(pa.array(rows)),
            "gold_tag": _names(run.tag_set.tags, words.gold_tag[rows]),
            "predicted_tag": _names(run.tag_set.tags, words.predicted_tag[rows]),
            "loss": _numbers(words.loss[rows]),
            "p_gold": _numbers(words.p_gold[rows]),
            "p_predicted": _numbers(words.p_predicted[rows]),
            "second_tag": _names(run.tag_set.tags, words.second_tag[rows]),
            "p_second": _numbers(words.p_second[rows]),
            "entropy": _numbers(words.entropy[rows]),
            "subwords": pa.array(words.subwords[rows]),
        }
    )


def _spans(run: Run, selection: Selection) -> pa.Table:
    rows = np.flatnonzero(selection.masks(run).spans)
    spans = run.spans
    first_words = run.sentences.first_word[spans.sentence[rows]]
    bounds = {
        side: (getattr(spans, f"{side}_start")[rows], getattr(spans, f"{side}_end")[rows])
        for side in ("gold", "predicted")
    }
    return pa.table(
        {
            **_sentence_columns(run, spans.sentence[rows]),
            "gold_start": _positions(bounds["gold"][0]),
            "gold_end": _positions(bounds["gold"][1]),
            "gold_type": _names(run.tag_set.types, spans.gold_type[rows]),
            "predicted_start": _positions(bounds["predicted"][0]),
            "predicted_end": _positions(bounds["predicted"][1]),
            "predicted_type": _names(run.tag_set.types, spans.predicted_type[rows]),
            "outcome": _names(OUTCOMES, spans.outcome[rows]),
            "gold_text": _texts(run, first_words, *bounds["gold"]),
            "predicted_text": _texts(run, first_words, *bounds["predicted"]),
            "iou": _numbers(spans.iou[rows]),
            "p_min": _numbers(spans.p_min[rows]),
            "p_mean": _numbers(spans.p_mean[rows]),
            "loss_max": _numbers(spans.loss_max[rows]),
            "loss_total": _numbers(spans.loss_total[rows]),
        }
    )


def _sentences(run: Run, selection: Selection) -> pa.Table:
    rows = np.flatnonzero(selection.masks(run).sentences)
    sentences = run.sentences
    return pa.table(
        {
            **_sentence_columns(run, rows),
            "text": sentences.text.take(pa.array(rows)),
            "words": pa.array(sentences.word_count[rows]),
            "gold_spans": pa.array(sentences.gold_spans[rows]),
            "predicted_spans": pa.array(sentences.predicted_spans[rows]),
            "wrong_words": pa.array(sentences.wrong_words[rows]),
            "loss_total": _numbers(sentences.loss_total[rows]),
            "loss_mean": _numbers(sentences.loss_mean[rows]),
            "loss_max": _numbers(sentences.loss_max[rows]),
            "windows": pa.array(sentences.windows[rows]),
        }
    )


TABLES: dict[str, Callable[[Run, Selection], pa.Table]] = {"words": _words, "sentences": _sentences, "spans": _spans}


def _sentence_columns(run: Run, sentences: Codes) -> dict[str, pa.Array]:
    return {
        "sentence_row": pa.array(run.sentences.source_row[sentences]),
        "sentence_id": run.sentences.id.take(pa.array(sentences)),
    }


def _names(names: Sequence[str], codes: Codes) -> pa.Array:
    """Names of codes, null for a negative code."""
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int64), mask=codes < 0))


def _positions(positions: Codes) -> pa.Array:
    return pa.array(positions, mask=positions < 0)


def _numbers(numbers: npt.NDArray[np.floating[Any]]) -> pa.Array:
    return pa.array(numbers, from_pandas=True)  # null for NaN


def _texts(run: Run, first_words: Codes, starts: Codes, ends: Codes) -> pa.Array:
    """The words from `starts` to `ends` of sentences that begin at `first_words`, null for a negative start."""
    texts = [
        " ".join(run.words.text[first + start : first + end].to_pylist()) if start >= 0 else None
        for first, start, end in zip(first_words.tolist(), starts.tolist(), ends.tolist(), strict=True)
    ]
    return pa.array(texts, pa.string())


def _rows(table: pa.Table) -> Iterator[Iterable[tuple[Any, ...]]]:
    """Rows of Python values, some thousands at a time; a float32 as the shortest number that rounds to it."""
    for batch in table.to_batches(max_chunksize=ROWS_AT_A_TIME):
        columns = [
            pc.cast(pc.cast(column, pa.string()), pa.float64()) if pa.types.is_float32(column.type) else column
            for column in batch.columns
        ]
        yield zip(*(column.to_pylist() for column in columns), strict=True)


def _write_csv(table: pa.Table, stream: BinaryIO) -> None:
    with _text(stream) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.column_names)
        for rows in _rows(table):
            writer.writerows(rows)


def _write_jsonl(table: pa.Table, stream: BinaryIO) -> None:
    with _text(stream) as text:
        for rows in _rows(table):
            text.writelines(
                json.dumps(dict(zip(table.column_names, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
            )


def _write_parquet(table: pa.Table, stream: BinaryIO) -> None:
    pq.write_table(table, stream)


FORMATS: dict[str, Callable[[pa.Table, BinaryIO], None]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "jsonl": _write_jsonl,
}


@contextmanager
def _text(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """The stream for text; it stays open."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    yield text
    text.flush()
    text.detach()
