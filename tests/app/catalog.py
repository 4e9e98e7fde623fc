"""A store in memory, which tests use instead of a folder of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from analysis.store.store import RunSummary
from app.server.runs import RunCatalog
from app.state import ViewState


class MemoryCatalog(RunCatalog):
    """Runs by id; tests change `runs` like other processes change a store."""

    def __init__(self, *runs: Run) -> None:
        self.runs = {run.id: run for run in runs}

    @property
    def path(self) -> Path:
        return Path("the-store")

    @property
    def opened(self) -> Sequence[Run]:
        return list(self.runs.values())

    def summaries(self) -> Sequence[RunSummary]:
        return [
            RunSummary(run.id, run.name, corpus="toy/test", words=len(run.words), f1=0.5) for run in self.runs.values()
        ]

    def open(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise AnalysisError(f"There is no run {run_id!r} in the store.")
        return self.runs[run_id]


def state_of(run: Run, clauses: dict[str, str] | None = None, focus: int | None = None, **options: str) -> ViewState:
    """The state of a URL with these clauses and options."""
    return ViewState(Scene(run), Selection.from_query(clauses or {}, Scene(run)), focus, options)


def columns(table: Any, *names: str) -> dict[str, Any]:
    """Columns of a run's table, as lists for pandas."""
    return {name: getattr(table, name) for name in names}
