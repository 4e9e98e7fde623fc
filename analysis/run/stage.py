"""What a stage of the analysis is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from analysis.options import Option, Options
from analysis.run.tags import TagSet
from analysis.run.values import Array, Value, Values

T = TypeVar("T")


class Workspace(Values, Protocol):
    """The values of the run being built: what a stage reads its inputs from and writes its outputs to."""

    scratch: Path
    """A folder of the stage's own that outlives a kill and is deleted once the stage is finished."""

    def write(self, value: Value[T], data: T) -> None:
        """Store an output.

        Raises:
            ValueError: The data are not what the value declares.
        """
        ...

    def write_file(self, value: Array, path: Path) -> None:
        """Store the `.npy` file at a path as an output; it is copied and not loaded."""
        ...


ProgressCallback = Callable[[int, int, str], None]
"""progress(done, total, unit): called as often as the stage likes; the pipeline prints it with rate and time left."""


@dataclass(frozen=True)
class StageContext:
    """All that a stage may use."""

    workspace: Workspace
    tag_set: TagSet
    options: Options
    """The options that the stage declares; reading another one raises KeyError."""
    resources: Mapping[str, Any]
    """What is not a stored value, by the names of `Stage.resources`."""
    progress: ProgressCallback


@dataclass(frozen=True)
class Stage:
    """One step of the analysis.

    A result is known by what determines it: the stage's key is made of its name, version and options, the contents
    of its resources and the keys of the stages that write its inputs. A stage without the resource `tagger` whose
    inputs have none either so belongs to the corpus alone, and every tagger's run takes it as it stands.

    Attributes:
        name: In lower case; also names the stage's time in the manifest.
        version: Raised whenever the stage's result changes for the same inputs.
        inputs: Values that it reads; where one of them is written by no stage, this stage is left out.
        outputs: Values that it writes, all of them, each once.
        run: Does the work. It may be killed at any moment and is then called again with the same scratch folder.
        options: The options that it reads. Their values are in its key, but for files and folders, which may move: what
            they contain counts, as a resource.
        resources: What it works on besides stored values; where one is not available, this stage is left out.
        optional_inputs: Values that it reads where they are written.
        optional_outputs: Values that it writes where the tagger provides them.
        instead_of: Name of the stage that this one stands in for: the same values, made another way. It is left out
            where they are written already.
    """

    name: str
    version: int
    inputs: tuple[Value[Any], ...]
    outputs: tuple[Value[Any], ...]
    run: Callable[[StageContext], None]
    options: tuple[Option[Any], ...] = ()
    resources: tuple[str, ...] = ()
    optional_inputs: tuple[Value[Any], ...] = ()
    optional_outputs: tuple[Value[Any], ...] = ()
    instead_of: str = ""
