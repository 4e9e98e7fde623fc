"""A published run as typed columns and memory-mapped arrays."""

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
    """The run does not have a value. The text says why, and how to add it."""


class Run:
    """A published run, immutable: every property is loaded once, on first use."""

    def __init__(self, values: RunValues, store: Path | None = None) -> None:
        """Wrap the stored values of a run in the store `store`."""
        self._values = values
        self._store = store
        self.manifest = values.manifest

    @property
    def rerun_command(self) -> str:
        """The command that repeats the run in the same store."""
        return rerun_command(self.manifest, self._store)

    @property
    def id(self) -> str:
        """The run id: a hash of everything that determines the run."""
        return str(self.manifest["run"])

    @property
    def name(self) -> str:
        """The name given with --name, or the default."""
        return str(self.manifest["name"])

    @cached_property
    def tag_set(self) -> TagSet:
        """The corpus's types, then the types that only the tagger has; the tables use its codes."""
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
            MissingStageError: The run does not have it; the text says why, and how to add it.
        """
        if not self.has(value):
            raise MissingStageError(self.why_missing(value))
        return self._values.read(value)

    def has(self, value: Value[Any]) -> bool:
        """Whether the run has a value."""
        return self._values.has(value)

    def why_missing(self, value: Value[Any]) -> str:
        """A message about a missing value: why it is missing, and how to add it."""
        reason = self.manifest.get("left_out", {}).get(value.key)
        if reason is not None:
            return f"This run has no {value.meaning}: {reason}"
        return f"This run has no {value.meaning}. To add them without repeating anything, run `{self.rerun_command}`."

    def why_unable(self, ability: str) -> str | None:
        """Why the tagger lacks an ability ("live": tag typed text), as the end of a sentence; None: it has it."""
        reason = self.manifest.get("tagger", {}).get("lacks", {}).get(ability)
        return None if reason is None else str(reason)

    def sentence_words(self, sentence: int) -> slice:
        """The rows of `words` that make up a sentence."""
        first = int(self.sentences.first_word[sentence])
        return slice(first, first + int(self.sentences.word_count[sentence]))
