"""Predictions from a file as a tagger: a tag for each word, optionally with a score, and nothing else."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError
from analysis.run.stage import ProgressCallback
from analysis.run.tags import TagSet
from analysis.store.store_values import sha256_of, sha256_of_file
from analysis.taggers.backend import Reading
from analysis.taggers.precomputed.entity_lines import read_entity_lines
from analysis.taggers.precomputed.predictions import PredictionsFile
from analysis.taggers.precomputed.tag_column import read_tag_column

JSON_ENDINGS = (".jsonl", ".json", ".ndjson")


class PrecomputedBackend:
    """Implements analysis.taggers.backend.Backend.

    Args:
        file: The predictions.
        column: Name or position of a CoNLL file's column of predicted tags; None: the last.
    """

    kind: ClassVar[str] = "precomputed"

    def __init__(self, file: str, column: str | None = None) -> None:
        self._path = Path(file).expanduser()
        self._column = column

    @cached_property
    def _predictions(self) -> PredictionsFile:
        if self._path.is_dir():
            raise AnalysisError(f"{self._path} is a folder. Give --predictions a file.")
        if not self._path.is_file():
            raise AnalysisError(f"The file {self._path} does not exist. Check --predictions.")
        if self._path.stat().st_size == 0:
            raise AnalysisError(f"{self._path} is empty. Give --predictions a file of predictions.")
        if self._path.suffix.lower() not in JSON_ENDINGS:
            return read_tag_column(self._path, self._column)
        if self._column is not None:
            raise AnalysisError(
                f"--prediction-column is for CoNLL files, and {self._path} is read as JSON lines. Omit it."
            )
        return read_entity_lines(self._path)

    @property
    def label(self) -> str:
        """The file's name."""
        return self._path.name

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags of the types that occur."""
        return TagSet(self._predictions.types).tags

    @cached_property
    def identity(self) -> str:
        """Hash of the file and the name of the column."""
        _ = self._predictions  # raises an AnalysisError if the file is missing
        return sha256_of(f"{sha256_of_file(self._path)} {self._column}".encode())

    @property
    def provides(self) -> frozenset[str]:
        """Nothing except tags."""
        return frozenset()

    @property
    def reason(self) -> str:
        """The predictions come from a file."""
        return f"its predictions were read from the file {self.label}. Analyse the tagger itself with --model instead."

    def gold_column(self, tag: str) -> int | None:
        """The column of a tag."""
        return self.tags.index(tag) if tag in self.tags else None

    def read(self, corpus: Corpus, scratch: Path, progress: ProgressCallback) -> Reading:
        """The predictions for the corpus's words."""
        predicted = self._predictions.apply_to(corpus)
        progress(len(predicted.tags), len(predicted.tags), "words")
        return Reading(
            tags=predicted.tags,
            p_predicted=predicted.p,
            audit={"counts": dict(predicted.counts), "warnings": list(predicted.notes)},
        )

    def summary(self) -> dict[str, Any]:
        """The file's name and the tags."""
        return {"label": self.label, "backend": self.kind, "labels": list(self.tags), "tags": list(self.tags)}
