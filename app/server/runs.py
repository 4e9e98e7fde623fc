"""The runs that this process has open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from cachetools import Cache, LRUCache

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.store.store import RunSummary, Store

OPEN_RUNS = 8


class RunCatalog:
    """Opens runs by id and caches the most recently used ones; thread-safe."""

    def __init__(self, store: Path) -> None:
        self._store = Store(store)
        self._open: LRUCache[str, Run] = LRUCache(OPEN_RUNS)
        self._lock = Lock()

    @property
    def path(self) -> Path:
        """The folder of the runs."""
        return self._store.path

    @property
    def opened(self) -> Sequence[Run]:
        """The runs that are open in this process."""
        with self._lock:
            # The base class's look-up does not count as a use.
            return [Cache.__getitem__(self._open, run_id) for run_id in self._open]

    def summaries(self) -> Sequence[RunSummary]:
        """The runs in the store, newest first."""
        return self._store.runs()

    def open(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            AnalysisError: The run is not in the store, was deleted, or cannot be read.
        """
        if not self._store.published(run_id):
            with self._lock:
                self._open.pop(run_id, None)
            names = ", ".join(summary.name for summary in self.summaries()[:5]) or "none yet"
            raise AnalysisError(
                f"There is no run {run_id!r} in the store; it may have been deleted. Pick another run above ({names})."
            )
        with self._lock:
            if run_id not in self._open:
                self._open[run_id] = self._store.open(run_id)
            return self._open[run_id]
