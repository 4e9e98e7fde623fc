"""What a stage of the analysis is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt
import pyarrow as pa

from analysis.run.tags import TagSet

JSON = Any
Parameters = Mapping[str, Any]


class Workspace(Protocol):
    """The values of the run being built: what a stage reads its inputs from and writes its outputs to."""

    scratch: Path
    """A folder of the stage's own that outlives a kill and is deleted once the stage is finished."""

    def read_table(self, key: str) -> pa.Table:
        """A table written by an earlier stage, memory-mapped."""
        ...

    def read_array(self, key: str) -> npt.NDArray[Any]:
        """An array written by an earlier stage, memory-mapped, read-only."""
        ...

    def read_json(self, key: str) -> JSON:
        """A JSON value written by an earlier stage."""
        ...

    def write_table(self, key: str, table: pa.Table) -> None:
        """Keep a table under `key`."""
        ...

    def write_array(self, key: str, array: npt.NDArray[Any] | Path) -> None:
        """Keep an array under `key`, or the `.npy` file at a path, which is copied and not loaded."""
        ...

    def write_json(self, key: str, value: JSON) -> None:
        """Keep a JSON value under `key`."""
        ...


ProgressCallback = Callable[[int, int, str], None]
"""progress(done, total, unit): called as often as the stage likes; the pipeline prints it with rate and time left."""


@dataclass(frozen=True)
class StageContext:
    """All that a stage may use."""

    workspace: Workspace
    tag_set: TagSet
    parameters: Parameters
    """The stage's own parameters, those that its key is made of."""
    resources: Mapping[str, Any]
    """Not stored values: `corpus` (analysis.corpus.corpus.Corpus) and `load_tagger` (a function without arguments)."""
    progress: ProgressCallback


@dataclass(frozen=True)
class Stage:
    """One step of the analysis.

    Attributes:
        name: In lower case; also names the stage's time in the manifest.
        version: Raised whenever the stage's result changes for the same inputs.
        inputs: Keys of stored values that it reads.
        outputs: Keys of stored values that it writes, all of them, each once.
        parameters: Picks, from the run's options, the parameters that change the result.
        run: Does the work. It may be killed at any moment and is then called again with the same scratch folder.
    """

    name: str
    version: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Callable[[Parameters], Parameters]
    run: Callable[[StageContext], None]
