"""Fixtures that every test folder shares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from analysis.demo.__main__ import make_corpus, make_tagger
from analysis.pipeline.progress import Reporter

# Before torch is loaded: the threads of several test processes would else spin while they wait for one another.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real corpora and taggers beside the checkout; tests that need it are skipped without it."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the real corpora and taggers of ../shared, which is absent")
    return folder


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's `corpus` and `tagger`, made once (a minute) for all tests, who may only read it."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "demo"
    with FileLock(f"{folder}.lock"):
        report = Reporter(sys.stderr)
        make_tagger(folder, make_corpus(folder, report), report)
    return folder
