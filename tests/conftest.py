"""Fixtures that every test folder shares."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

# Before torch is loaded: the threads of several test processes would else spin while they wait for one another.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

REPOSITORY = Path(__file__).resolve().parents[1]

# How long an example takes says something about the machine, nothing about the code.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")

SLOW_FIXTURES = {"demo_folder", "demo_store", "real_run"}
"""What takes a minute to make: tests that ask for it are marked `slow`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    # A collection then passes over what the imports have made; some of what is tested collects often.
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class StoredRun:
    """A published run.

    Attributes:
        store: The folder of its store.
        id: Of the run.
    """

    store: Path
    id: str


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real corpora and taggers beside the checkout; tests that need it are skipped without it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the real corpora and taggers of ../shared, which is absent")
    return folder


@contextmanager
def made_once(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that all test processes share, for one of them at a time; who finds it filled makes nothing again."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name
    with FileLock(f"{folder}.lock"):
        yield folder


def run_module(module: str, *arguments: object) -> str:
    """What `python -m module` prints, in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """The demo's run, made once for all tests as `make demo` makes it; they may only read it."""
    from analysis.store.store import Store

    with made_once(tmp_path_factory, "demo") as folder:
        run_module("analysis.demo", "--folder", folder)
    store = folder / "store"
    (run,) = Store(store).runs()
    return StoredRun(store, run.id)


@pytest.fixture(scope="session")
def demo_folder(demo_store: StoredRun) -> Path:
    """The folder with the demo's `corpus` and `tagger`; tests may only read it."""
    return demo_store.store.parent


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, shared_folder: Path) -> StoredRun:
    """A real tagger on 150 sentences of a real corpus, analysed once for all tests, who may only read it."""
    arguments = (
        *("--model", shared_folder / "models/minilm-l6-conll03", "--limit", 150, "--seed", 3),
        *("--dataset", shared_folder / "data/uner-ewt/test.conll"),
    )
    with made_once(tmp_path_factory, "real") as store:  # an analysis that is published already is not repeated
        return StoredRun(store, run_module("analysis", "run", *arguments, "--store", store).strip())
