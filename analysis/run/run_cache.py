"""A cache of values derived from a run; emptied when the run is closed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from analysis.run.run import Run

Value = TypeVar("Value")


class RunCache(Generic[Value]):
    """The most recently used values of each run. Thread-safe; emptied when the run is closed.

    If two threads miss the same value at once, both compute it: this costs less than always waiting for a lock. Both
    get the value that was finished first.
    """

    def __init__(self, size: int) -> None:
        """Keep at most `size` values of each run."""
        self._size = size
        self._runs: WeakKeyDictionary[Run, LRUCache[Hashable, Value]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, run: Run, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key`, else the result of `make`, which is then cached."""
        with self._lock:
            values = self._runs.setdefault(run, LRUCache(self._size))
            if key in values:
                return values[key]
        value = make()
        with self._lock:
            return values.setdefault(key, value)
