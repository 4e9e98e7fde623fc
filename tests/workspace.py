"""What a stage is run on in tests: values in memory, and a tagger that is loaded already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from analysis.options import Options
from analysis.run.stage import ProgressCallback, Stage, StageContext
from analysis.run.tags import TagSet
from analysis.run.values import Array, Json, Value
from analysis.taggers.huggingface.backend import HuggingFaceBackend
from analysis.taggers.huggingface.model import Tagger, TaggerOptions


@dataclass
class MemoryWorkspace:
    """A workspace (analysis.run.stage.Workspace) in memory: data must be as declared, and no key is written twice."""

    scratch: Path = Path("unused")
    values: dict[str, Any] = field(default_factory=dict)

    def read(self, value: Value) -> Any:
        return self.values[value.key]

    def has(self, value: Value) -> bool:
        return value.key in self.values

    def write(self, value: Value, data: Any) -> None:
        assert value.key not in self.values, f"{value.key} is written twice"
        value.check(data)
        self.values[value.key] = json.loads(value.encode(data)) if isinstance(value, Json) else data

    def write_file(self, value: Array, path: Path) -> None:
        self.write(value, np.load(path))


def perform(
    stage: Stage,
    workspace: MemoryWorkspace,
    tag_set: TagSet,
    *,
    options: Mapping[str, Any] | None = None,
    resources: Mapping[str, Any] | None = None,
    progress: ProgressCallback = lambda *_: None,
) -> None:
    """Run a stage as an analysis does: it sees only what it declares, and must write its outputs and nothing else."""
    given = {name: (resources or {})[name] for name in stage.resources}
    inputs = {value.key: workspace.read(value) for value in stage.inputs}
    inputs |= {value.key: workspace.read(value) for value in stage.optional_inputs if workspace.has(value)}
    seen = MemoryWorkspace(workspace.scratch, dict(inputs))
    stage.run(StageContext(seen, tag_set, Options.from_values(stage.options, options or {}), given, progress))
    written = {key: data for key, data in seen.values.items() if key not in inputs}
    outputs = {value.key for value in stage.outputs}
    assert outputs <= written.keys() <= outputs | {value.key for value in stage.optional_outputs}
    assert not written.keys() & workspace.values.keys()
    workspace.values |= written


class LoadedTagger(HuggingFaceBackend):
    """The backend of a tagger that a test has loaded."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__(TaggerOptions("toy-tagger"))
        self.labels = tagger.labels
        self._tagger = tagger

    def load(self) -> Tagger:
        return self._tagger
