"""Stored tables as objects with one attribute per column."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.run.schema import LOSSES, PREDICTIONS, SENTENCE_SCORES, SENTENCES, SPANS, WORDS
from analysis.run.tags import MISSING, is_wrong
from analysis.run.values import Values

Int = npt.NDArray[np.integer[Any]]
Float = npt.NDArray[np.floating[Any]]


class Columns:
    """Columns as numpy arrays, without copying; text columns as Arrow arrays."""

    @classmethod
    def from_tables(cls, *tables: pa.Table) -> Self:
        """The columns of one or more tables with the same rows."""
        found: dict[str, Any] = {}
        wanted = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        for table in tables:
            combined = table.combine_chunks()
            for name in wanted.intersection(combined.column_names):
                column = combined.column(name)
                chunk = column.chunk(0) if column.num_chunks else pa.array([], type=column.type)
                found[name] = chunk if pa.types.is_string(column.type) else chunk.to_numpy()
        return cls(**found)


@dataclass(frozen=True)
class CorpusWords(Columns):
    """The words of the corpus with their gold tags (analysis.run.schema.WORDS)."""

    sentence: Int
    position: Int
    text: pa.StringArray
    gold_tag: Int

    @classmethod
    def of(cls, values: Values) -> Self:
        """The words of a run."""
        return cls.from_tables(values.read(WORDS))

    def __len__(self) -> int:
        return len(self.sentence)


@dataclass(frozen=True)
class Words(CorpusWords):
    """The words with gold tags, predictions and losses (WORDS, PREDICTIONS and LOSSES of analysis.run.schema)."""

    predicted_tag: Int
    p_predicted: Float
    subwords: Int
    flags: Int
    loss: Float
    p_gold: Float
    second_tag: Int
    p_second: Float
    entropy: Float

    @classmethod
    def of(cls, values: Values) -> Self:
        """The words of a run; without losses in the run, the loss columns are NaN and `second_tag` is MISSING."""
        words, predictions = values.read(WORDS), values.read(PREDICTIONS)
        losses = values.read(LOSSES) if values.has(LOSSES) else _no_losses(len(words))
        return cls.from_tables(words, predictions, losses)

    @cached_property
    def is_wrong(self) -> npt.NDArray[np.bool_]:
        """Which words are wrong (analysis.run.tags.is_wrong)."""
        return is_wrong(self.gold_tag, self.predicted_tag)


@dataclass(frozen=True)
class CorpusSentences(Columns):
    """The sentences of the corpus (analysis.run.schema.SENTENCES)."""

    source_row: Int
    id: pa.StringArray
    document: pa.StringArray
    text: pa.StringArray
    first_word: Int
    word_count: Int

    @classmethod
    def of(cls, values: Values) -> Self:
        """The sentences of a run."""
        return cls.from_tables(values.read(SENTENCES))

    def __len__(self) -> int:
        return len(self.source_row)


@dataclass(frozen=True)
class Sentences(CorpusSentences):
    """The sentences with their scores (SENTENCES and SENTENCE_SCORES of analysis.run.schema)."""

    gold_spans: Int
    predicted_spans: Int
    wrong_words: Int
    loss_total: Float
    loss_mean: Float
    loss_max: Float
    windows: Int

    @classmethod
    def of(cls, values: Values) -> Self:
        """The sentences of a run."""
        return cls.from_tables(values.read(SENTENCES), values.read(SENTENCE_SCORES))


@dataclass(frozen=True)
class Spans(Columns):
    """The ledger (analysis.run.schema.SPANS), one entry per aligned pair."""

    sentence: Int
    gold_start: Int
    gold_end: Int
    gold_type: Int
    predicted_start: Int
    predicted_end: Int
    predicted_type: Int
    outcome: Int
    iou: Float
    p_min: Float
    p_mean: Float
    loss_max: Float
    loss_total: Float

    @classmethod
    def of(cls, values: Values) -> Self:
        """The ledger of a run."""
        return cls.from_tables(values.read(SPANS))

    def __len__(self) -> int:
        return len(self.sentence)


def _no_losses(count: int) -> pa.Table:
    """The table LOSSES for a run without losses: NaN, and MISSING for the tag."""
    unknown = np.full(count, np.nan, np.float32)
    columns = dict.fromkeys(LOSSES.names, unknown)
    return LOSSES.make(columns | {"second_tag": np.full(count, MISSING, np.int16)})
