"""Debug: shown only if enabled, and without secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from analysis.taggers.backend import NEURON_ACCESS
from app import factory
from app.factory import create_app
from app.server.server_facts import free_bytes, process_facts, size_of
from app.settings import Settings
from app.tabs import TABS
from app.tabs.debug import TAB, config_tree, timing_bars, version_table, without_folders
from components.data_tree import LONGEST, data_tree
from tests.app.catalog import MemoryCatalog
from tests.app.test_factory import call
from tests.components.tree import as_components, by_class, text_of
from tests.runs import random_run

SECRET = "hunter2-very-secret"


@pytest.fixture
def catalog(tmp_path: Path) -> MemoryCatalog:
    model = tmp_path / "models" / "tagger"
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"model_type": "bert", "_name_or_path": "/home/ada/secret/base"}))
    run = random_run(12, seed=5)
    run.manifest["options"] = {"model": str(model), "dataset": "/home/ada/data/test.conll", "name": "a/b"}
    run.manifest["timings"] = {"predictions": 8.0, "umap_entities": 2.0}
    run.manifest["versions"] = {"python": "2.7", "numpy": "0.1", "no-such-library": "1"}
    run.manifest["audit"] = {
        **dict.fromkeys(("sentences", "words", "unlabelled_words", "empty_sentences"), 3),
        "spans": {"PER": 2},
        "duplicate_ids": {"count": 0, "examples": []},
        "invalid_transitions": {"count": 0, "read_as": "", "examples": []},
        "scheme": "IOB2",
        "sampled": None,
        "counts": {},
        "notes": ["A note of the reader."],
    }
    return MemoryCatalog(run)


def served(catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch, **environment: str) -> FlaskClient:
    monkeypatch.setattr(factory, "RunCatalog", lambda store: catalog)
    return create_app(Settings.from_environment(environment)).server.test_client()


@pytest.mark.parametrize("value", ["", "0", "true", "yes"])
def test_tab_cannot_be_reached_without_the_setting(
    catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    client = served(catalog, monkeypatch, EXPLAINER_DEBUG=value)
    assert TAB not in TABS
    assert "debug" not in client.get("/_dash-layout").text
    assert "debug" not in client.get("/_dash-dependencies").text
    request = {"output": "debug-server.children", "inputs": [], "changedPropIds": []}
    assert client.post("/_dash-update-component", json=request).status_code >= 400


def test_tab_is_the_last_one_with_the_setting(catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served(catalog, monkeypatch, EXPLAINER_DEBUG="1")
    layout = client.get("/_dash-layout").text
    places = [layout.index(f'"tab-{name}"') for name in (*(tab.name for tab in TABS), "debug")]
    assert places == sorted(places)


def drawn(client: FlaskClient, catalog: MemoryCatalog) -> dict[str, Any]:
    (run_id,) = catalog.runs
    server, run = ({route: f"run={run_id}"} for route in ("query-debug-server", "query-debug"))
    return {**call(client, "debug-server.children", **server), **call(client, "debug-manifest.children", **run)}


def test_tab_shows_its_facts_and_no_secrets(catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    panels = drawn(served(catalog, monkeypatch, EXPLAINER_DEBUG="1", SOME_TOKEN=SECRET), catalog)
    text = json.dumps(panels, ensure_ascii=False)
    assert SECRET not in text
    assert "SOME_TOKEN" not in text
    assert "/home/ada" not in text
    assert "…/test.conll" in text
    assert "…/base" in text
    (run,) = catalog.runs.values()
    assert run.manifest["options"]["model"] in text
    for fact in (str(os.getpid()), "the-store", "bert", "A note of the reader.", "predictions"):
        assert fact in text


def test_paths_in_shown_folders_are_kept() -> None:
    value = {"a": ["/srv/store/runs/x", "/srv/storehouse/x", 1, None], "b": "see /a/b/c.txt, and/or https://a.b/c/d"}
    assert without_folders(value, ["/srv/store", ""]) == {
        "a": ["/srv/store/runs/x", "…/x", 1, None],
        "b": "see …/c.txt, and/or https://a.b/c/d",
    }


def test_a_tagger_that_is_gone_is_a_sentence(catalog: MemoryCatalog) -> None:
    (run,) = catalog.runs.values()
    run.manifest["options"]["model"] = "/nowhere/at/all"
    assert "was not found" in text_of(config_tree(run, ()))


def test_a_config_that_cannot_be_read_is_a_sentence(catalog: MemoryCatalog) -> None:
    (run,) = catalog.runs.values()
    for content in ("{", "[1]"):
        Path(run.manifest["options"]["model"], "config.json").write_text(content)
        assert "can no longer be read" in text_of(config_tree(run, ()))


def test_another_kind_of_tagger_has_no_config(catalog: MemoryCatalog) -> None:
    (run,) = catalog.runs.values()
    run.manifest["tagger"]["lacks"] = {NEURON_ACCESS: "it is a list of names."}
    assert "has no config.json: it is a list of names." in text_of(config_tree(run, ()))


def test_bars_of_stages_are_relative_to_the_longest() -> None:
    bars = timing_bars({"predictions": 8.0, "umap_entities": 2.0})
    assert [bar.style["--value"] for bar in bars[:2]] == ["1.0000", "0.2500"]
    assert [text_of(bar) for bar in bars] == ["predictions8.0 s", "umap entities2.0 s", "2 stages, 10.0 s in total"]
    assert text_of(timing_bars({})) == "0 stages, 0.0 s in total"


def test_different_versions_are_marked() -> None:
    table = version_table({"python": "2.7", "no-such-library": "1"})
    rows = [[text_of(cell) for cell in row.children] for row in table.children[1].children]
    assert rows[0][0] == "python"
    assert rows[0][3] == "≠"
    assert rows[1] == ["no-such-library", "1", "–", ""]
    dash = next(row for row in rows if row[0] == "dash")
    assert (dash[1], dash[3]) == ("–", "")


def test_tree_counts_hidden_items() -> None:
    value = {"many": list(range(LONGEST + 5)), "few": [1, 2], "deep": {"a": {"b": None}}, "none": {}, "yes": True}
    tree = as_components(data_tree(value, opened=("deep",)))
    text = text_of(tree)
    assert "and 5 more" in text
    assert "few1, 2" in text
    assert "bnull" in text
    assert "yestrue" in text
    assert len(by_class(tree, "leaf")) == LONGEST + 4


def test_server_facts_are_correct(tmp_path: Path) -> None:
    facts = process_facts()
    assert facts.pid == os.getpid()
    assert facts.threads >= 1
    assert facts.peak > 2**20
    assert facts.workers is None, "the tests are no gunicorn"
    assert facts.resident > 2**20
    assert 0 < facts.uptime < 10**6
    assert free_bytes(tmp_path / "not" / "there") > 0
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 1_000)
    assert size_of(tmp_path) == 1_000
    assert size_of(tmp_path / "nowhere") == 0


MASTER = """
import subprocess, sys
ask = "input(); from app.server.server_facts import process_facts; print(process_facts().workers)"
workers = [
    subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for _ in range(3)
]
print(*(worker.communicate("\\n")[0] for worker in workers))
"""


def test_a_worker_counts_the_children_of_its_master() -> None:
    master = [sys.executable, "-c", MASTER, "gunicorn"]
    answers = subprocess.run(master, capture_output=True, text=True, check=True).stdout.split()
    assert answers[0] == "3", "the first answers while the others wait"
    other = subprocess.run([*master[:3], "another server"], capture_output=True, text=True, check=True)
    assert set(other.stdout.split()) == {"None"}
