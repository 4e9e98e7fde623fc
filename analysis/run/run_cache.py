"""Values derived from a run, kept as long as the run is open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from analysis.run.run import Run

Value = TypeVar("Value")


class RunCache(Generic[Value]):
    """The latest few values of each run; safe to share between threads, and emptied with the run.

    Two threads that miss the same value at once both make it: that costs less than waiting for each other always.
    """

    def __init__(self, size: int) -> None:
        """Keep at most `size` values of each run."""
        self._size = size
        self._runs: WeakKeyDictionary[Run, OrderedDict[Hashable, Value]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, run: Run, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key`, else what `make` returns, which is kept from then on."""
        with self._lock:
            values = self._runs.setdefault(run, OrderedDict())
            if key in values:
                values.move_to_end(key)
                return values[key]
        value = make()
        with self._lock:
            values[key] = value
            values.move_to_end(key)
            while len(values) > self._size:
                values.popitem(last=False)
        return value
