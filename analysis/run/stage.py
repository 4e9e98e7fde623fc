"""Defines a stage of the analysis and its context."""

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
    """The values of the run being built: stages read their inputs from it and write their outputs to it."""

    scratch: Path
    """A folder for the stage alone. It is kept if the process is killed and deleted when the stage is finished."""

    def write(self, value: Value[T], data: T) -> None:
        """Store an output.

        Raises:
            ValueError: The data do not match the declaration.
        """
        ...

    def write_file(self, value: Array, path: Path) -> None:
        """Store the `.npy` file at a path as an output; it is copied without being loaded."""
        ...


ProgressCallback = Callable[[int, int, str], None]
"""progress(done, total, unit): may be called at any rate; the pipeline prints it with the speed and the time left."""


@dataclass(frozen=True)
class StageContext:
    """Everything that a stage may use."""

    workspace: Workspace
    tag_set: TagSet
    options: Options
    """The options that the stage declares; reading any other option raises KeyError."""
    resources: Mapping[str, Any]
    """Inputs that are not stored values, by the names of `Stage.resources`."""
    progress: ProgressCallback


@dataclass(frozen=True)
class Stage:
    """One step of the analysis.

    A stage's key identifies its result. It is a hash of the stage's name, version and options, of the contents of its
    resources, and of the keys of the stages that write its inputs. A result that depends on the corpus alone is
    therefore reused for every tagger: that of a stage that uses the resource `tagger` neither directly nor through its
    inputs.

    Attributes:
        name: Lower-case name; also the key of the stage's time in the manifest.
        version: Increased whenever the stage's result changes for the same inputs.
        inputs: Values that it reads. The stage is left out if no stage writes one of them.
        outputs: Values that it writes: all of them, each once.
        run: Does the work. If the process is killed, it is called again with the same scratch folder.
        options: The options that it reads. Their values are part of the key, except files and folders, which may move:
            their contents are part of the key, as a resource.
        resources: Inputs that are not stored values. The stage is left out if one is not available.
        optional_inputs: Values that it reads if they are written.
        optional_outputs: Values that it writes if the tagger provides them.
        instead_of: Name of the stage that this one replaces: it computes the same values in another way. It is left
            out if they are already written.
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
