"""The benchmarks use the package as it is now; their speed is not tested."""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
from urllib.parse import urlencode

import pytest

import benchmarks
from analysis.formats.annotations import Columns
from analysis.formats.conll import read_conll
from analysis.pipeline.stages import STAGES
from analysis.store.store import Store
from app.factory import create_app
from app.frame.shell import all_reads, routes
from app.routes import EVERYWHERE
from app.server.rows import rows_path
from app.server.runs import RunCatalog
from app.settings import Settings
from app.state import read_state
from app.tabs import TABS
from benchmarks.callbacks import GRIDS, varied_queries
from benchmarks.naive import create_naive
from benchmarks.probing import ROUTES, post_body
from benchmarks.reading import by_datasets, write_corpus
from benchmarks.synthetic import publish_synthetic

WORDS = 1_500
MODULES = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    """A store's folder and the id of the synthetic run in it."""
    folder = tmp_path_factory.mktemp("synthetic")
    return folder, publish_synthetic(folder, WORDS, io.StringIO())


@pytest.fixture(scope="module")
def run(synthetic):
    folder, run_id = synthetic
    return Store(folder).open(run_id)


@pytest.fixture(scope="module")
def client(synthetic):
    return create_app(Settings(store=synthetic[0])).server.test_client()


@pytest.mark.parametrize("name", MODULES)
def test_module_can_be_imported(name):
    importlib.import_module(f"benchmarks.{name}")


def test_synthetic_run_has_every_value_of_a_real_run(synthetic, run):
    folder, run_id = synthetic
    values = {value for stage in STAGES for value in (*stage.outputs, *stage.optional_outputs)}
    assert [value.key for value in values if not run.has(value)] == []
    assert Store(folder).verify(run_id) == []
    assert len(run.words) == WORDS
    assert 0 < run.words.is_wrong.sum() < WORDS / 10


def test_queries_are_valid_links(synthetic, run):
    reads = all_reads(TABS)
    declared = {"tab", "theme"}.union(*(route.parameters for route in routes(TABS)))
    for query in varied_queries(run, seed=0):
        assert set(query) <= declared
        read_state(RunCatalog(synthetic[0]), urlencode({"run": run.id, **query}), reads)


def test_grids_can_be_sorted_by_the_measured_columns(client, run):
    for tab, name, sorts in GRIDS:
        assert tab in {known.name for known in TABS}
        for sort in sorts:
            asked = {"start": 0, "end": 5, "sort": sort}
            assert client.post(rows_path(name), query_string=asked, data=f"run={run.id}").status_code == 200


def test_routes_of_a_click_are_those_of_hunt(client, run):
    assert set(ROUTES) <= {route.name for route in routes(TABS) if route.tab in ("hunt", EVERYWHERE)}
    callbacks = json.loads(client.get("/_dash-dependencies").data)
    heard = [one for one in callbacks if {part["id"] for part in one["inputs"]} <= set(ROUTES)]
    assert len(heard) >= len(ROUTES)
    query = urlencode({"run": run.id, "gold-type": "PER"})
    values = dict.fromkeys(ROUTES, query) | {"run-picker": run.id, "search": ""}
    for callback in heard:
        assert client.post("/_dash-update-component", json=post_body(callback, values)).status_code == 200


def test_both_sides_read_the_same_sentences(tmp_path):
    path = tmp_path / "corpus.conll"
    write_corpus(path, WORDS)
    annotations = read_conll(path, Columns())
    assert sum(map(len, annotations.words)) == WORDS
    assert list(zip(annotations.words, annotations.tags, strict=True)) == by_datasets(path, str(tmp_path / "cache"))


def test_naive_page_draws_the_run(run):
    client = create_naive(run).server.test_client()
    (callback,) = json.loads(client.get("/_dash-dependencies").data)
    body = post_body(callback, {})
    body["inputs"] = [[]]
    body["changedPropIds"] = []
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    assert len(answer.json["response"]["embedding-map"]["figure"]["data"]) == len(run.tag_set.types) + 2
