"""The benchmarks keep up with the program: their modules import, and their synthetic run is a whole run."""

from __future__ import annotations

import importlib
import io
import pkgutil
from pathlib import Path

import benchmarks
from analysis.projections.values import PROJECTIONS
from analysis.store.store import Store
from benchmarks.synthetic import publish_synthetic


def test_every_module_imports() -> None:
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__, "benchmarks.")]
    assert "benchmarks.dashboard" in names
    for name in names:
        if not name.endswith("__main__"):
            importlib.import_module(name)


def test_the_synthetic_run_is_published_whole(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run_id = publish_synthetic(tmp_path, 2_000, io.StringIO())
    assert store.verify(run_id) == []
    run = store.open(run_id)
    assert len(run.words) == len(run.read(PROJECTIONS["umap", "all"])) == 2_000
    assert 0.5 < run.manifest["scores"]["strict"]["f1"] < 1
