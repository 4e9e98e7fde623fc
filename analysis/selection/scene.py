"""The run that is shown, or two runs that are compared."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from analysis.run.run import Run
from analysis.run.run_cache import RunCache

Value = TypeVar("Value")


@dataclass(frozen=True)
class Scene:
    """The runs that clauses and views read. Two scenes are equal if they have the same open runs.

    Attributes:
        run: The run that is shown; a selection selects its rows.
        other: The run that it is compared with, if any.
    """

    run: Run
    other: Run | None = None


class SceneCache(Generic[Value]):
    """A RunCache for values that also depend on the other run."""

    def __init__(self, size: int) -> None:
        """Keep at most `size` values of each run."""
        self._values: RunCache[Value] = RunCache(size)

    def get(self, scene: Scene, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key` for this scene, else the result of `make`, which is then cached."""
        # A weak reference: a cached value must not keep the other run open.
        other = None if scene.other is None else weakref.ref(scene.other)
        return self._values.get(scene.run, (other, key), make)
