"""The one door to a published run: typed columns and memory-mapped arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError
from analysis.run.columns import Sentences, Spans, Words
from analysis.run.rerun import rerun_command
from analysis.run.schema import HIDDEN, PROBABILITIES
from analysis.run.tags import TagSet
from analysis.run.values import Value, Values

T = TypeVar("T")


class RunValues(Values, Protocol):
    """The stored values behind a run (analysis.store gives them)."""

    manifest: Mapping[str, Any]


class MissingStageError(AnalysisError):
    """The run lacks a value; the text says why, and what would bring it."""


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
        """The corpus's types, then those that only the tagger knows; codes in the tables are its codes."""
        return TagSet(tuple(self.manifest["types"]))

    @cached_property
    def words(self) -> Words:
        """The words, in corpus order."""
        return Words.of(self)

    @cached_property
    def sentences(self) -> Sentences:
        """The sentences, in corpus order."""
        return Sentences.of(self)

    @cached_property
    def spans(self) -> Spans:
        """The ledger of gold and predicted spans."""
        return Spans.of(self)

    @cached_property
    def hidden(self) -> npt.NDArray[np.float16]:
        """A state for each word: words x width (analysis.run.schema.HIDDEN)."""
        return self.read(HIDDEN)

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float16]:
        """The tagger's distribution: words x tags, columns named by the manifest's `tagger_tags`."""
        return self.read(PROBABILITIES)

    def read(self, value: Value[T]) -> T:
        """A stored value.

        Raises:
            MissingStageError: The run lacks it; the text says why, and what would bring it.
        """
        if not self.has(value):
            raise MissingStageError(self.why_missing(value))
        return self._values.read(value)

    def has(self, value: Value[Any]) -> bool:
        """Whether the run holds a value."""
        return self._values.has(value)

    def why_missing(self, value: Value[Any]) -> str:
        """A sentence about a value that the run lacks: why, and what would bring it."""
        reason = self.manifest.get("left_out", {}).get(value.key)
        if reason is not None:
            return f"This run has no {value.meaning}: {reason}"
        return f"This run has no {value.meaning}. Add them, without repeating anything, with `{self.rerun_command}`."

    def why_not(self, ability: str) -> str | None:
        """Why the tagger lacks an ability ("live": it tags typed text), the end of a sentence; None: it has it."""
        reason = self.manifest.get("tagger", {}).get("lacks", {}).get(ability)
        return None if reason is None else str(reason)

    def sentence_words(self, sentence: int) -> slice:
        """The rows of `words` that make up a sentence."""
        first = int(self.sentences.first_word[sentence])
        return slice(first, first + int(self.sentences.word_count[sentence]))
