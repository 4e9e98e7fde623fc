"""The one door to a published run: typed columns and memory-mapped arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.errors import AnalysisError
from analysis.run.rerun import rerun_command
from analysis.run.schema import LATER_STAGES, projection_key
from analysis.run.tags import TagSet

Int = npt.NDArray[np.integer[Any]]
Float = npt.NDArray[np.floating[Any]]


class RunValues(Protocol):
    """The stored values behind a run (analysis.store.store gives them)."""

    manifest: Mapping[str, Any]

    def read_table(self, key: str) -> pa.Table:
        """A memory-mapped table."""
        ...

    def read_array(self, key: str) -> npt.NDArray[Any]:
        """A memory-mapped, read-only array."""
        ...

    def read_json(self, key: str) -> Any:
        """A JSON value."""
        ...


class MissingStageError(AnalysisError):
    """The run was made before the stage that writes a value was known, or without it."""


class _Columns:
    """A table as one attribute a column: numpy arrays without a copy, text as an Arrow array."""

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        combined = table.combine_chunks()
        columns: dict[str, Any] = {}
        for field in fields(cls):  # type: ignore[arg-type]
            column = combined.column(field.name)
            chunk = column.chunk(0) if column.num_chunks else pa.array([], type=column.type)
            columns[field.name] = chunk if pa.types.is_string(column.type) else chunk.to_numpy()
        return cls(**columns)


@dataclass(frozen=True)
class Words(_Columns):
    """`words` (analysis.run.schema.WORDS), one entry a word."""

    sentence: Int
    position: Int
    text: pa.StringArray
    gold_tag: Int
    predicted_tag: Int
    second_tag: Int
    loss: Float
    p_gold: Float
    p_predicted: Float
    p_second: Float
    entropy: Float
    subwords: Int
    flags: Int

    def __len__(self) -> int:
        return len(self.sentence)


@dataclass(frozen=True)
class Sentences(_Columns):
    """`sentences` (analysis.run.schema.SENTENCES), one entry a sentence."""

    source_row: Int
    id: pa.StringArray
    text: pa.StringArray
    first_word: Int
    word_count: Int
    gold_spans: Int
    predicted_spans: Int
    wrong_words: Int
    loss_total: Float
    loss_mean: Float
    loss_max: Float
    windows: Int

    def __len__(self) -> int:
        return len(self.source_row)


@dataclass(frozen=True)
class Spans(_Columns):
    """`spans` (analysis.run.schema.SPANS), the ledger: one entry an aligned pair."""

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

    def __len__(self) -> int:
        return len(self.sentence)


class Run:
    """A published run, immutable: every property is loaded once, on first use."""

    def __init__(self, values: RunValues, store: Path | None = None) -> None:
        """A run by its values; `store`: the store that they are in."""
        self._values = values
        self._store = store
        self.manifest = values.manifest

    @property
    def rerun_command(self) -> str:
        """The command that makes the run again where it is."""
        return rerun_command(self.manifest, self._store)

    @property
    def id(self) -> str:
        """The run id, a hash of all that determines the run."""
        return str(self.manifest["run"])

    @property
    def name(self) -> str:
        """The label a person gave it."""
        return str(self.manifest["name"])

    @cached_property
    def tag_set(self) -> TagSet:
        """The types of corpus and tagger together; codes in the tables are its codes."""
        return TagSet(tuple(self.manifest["types"]))

    @cached_property
    def words(self) -> Words:
        """The words, in corpus order."""
        return Words.from_table(self._values.read_table("words"))

    @cached_property
    def sentences(self) -> Sentences:
        """The sentences, in corpus order."""
        return Sentences.from_table(self._values.read_table("sentences"))

    @cached_property
    def spans(self) -> Spans:
        """The ledger of gold and predicted spans."""
        return Spans.from_table(self._values.read_table("spans"))

    @cached_property
    def hidden(self) -> npt.NDArray[np.float16]:
        """Last hidden state of each word's first subword: words x width."""
        return self._values.read_array("hidden")

    @cached_property
    def reduced(self) -> npt.NDArray[np.float32]:
        """L2-normalised PCA of `hidden`: words x at most 50."""
        return self._values.read_array("reduced")

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float16]:
        """The tagger's distribution: words x tags, columns named by the manifest's `tagger_tags`."""
        return self._values.read_array("probabilities")

    def projection(self, method: str, subset: str) -> npt.NDArray[np.float32]:
        """2-D coordinates, words x 2, NaN for words that `subset` leaves out."""
        return self._values.read_array(projection_key(method, subset))

    def table(self, key: str) -> pa.Table:
        """A table that not every run has.

        Raises:
            MissingStageError: This one has it not; the text names the command that adds it.
        """
        self._require(key)
        return self._values.read_table(key)

    def array(self, key: str) -> npt.NDArray[Any]:
        """An array that not every run has; raises MissingStageError as `table` does."""
        self._require(key)
        return self._values.read_array(key)

    def json(self, key: str) -> Any:
        """A JSON value that not every run has; raises MissingStageError as `table` does."""
        self._require(key)
        return self._values.read_json(key)

    def has(self, key: str) -> bool:
        """Whether the run holds a value."""
        return key in self.manifest["entries"]

    def _require(self, key: str) -> None:
        if not self.has(key):
            missing = [stage for value, stage in LATER_STAGES.items() if not self.has(value)]
            raise MissingStageError(
                f"This run was made without the stages {', '.join(missing) or key}; add them, taking all else from it, "
                f"with `{self.rerun_command}`."
            )

    def sentence_words(self, sentence: int) -> slice:
        """The rows of `words` that make up a sentence."""
        first = int(self.sentences.first_word[sentence])
        return slice(first, first + int(self.sentences.word_count[sentence]))
