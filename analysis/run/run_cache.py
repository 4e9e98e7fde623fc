"""Values derived from a run, kept as long as the run is open."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from analysis.run.run import Run

Value = TypeVar("Value")


class RunCache(Generic[Value]):
    """The latest few values of each run; safe to share between threads, and emptied with the run.

    Two threads that miss the same value at once both make it: that costs less than waiting for each other always. Both
    get the one that was made first.
    """

    def __init__(self, size: int) -> None:
        """Keep at most `size` values of each run."""
        self._size = size
        self._runs: WeakKeyDictionary[Run, LRUCache[Hashable, Value]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, run: Run, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key`, else what `make` returns, which is kept from then on."""
        with self._lock:
            values = self._runs.setdefault(run, LRUCache(self._size))
            if key in values:
                return values[key]
        value = make()
        with self._lock:
            return values.setdefault(key, value)
