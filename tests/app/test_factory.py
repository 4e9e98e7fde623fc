"""The served application: it loads everything from itself, and shows a message if there is nothing to show."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from analysis.errors import AnalysisError
from analysis.store.store import RunSummary, Store
from analysis.taggers.capabilities import CAPABILITIES
from app import factory
from app.factory import create_app
from app.frame.shell import STATE, run_options
from app.server.runs import OPEN_RUNS, RunCatalog
from app.settings import Settings
from app.tabs import TABS
from app.tabs.raw import DATA
from tests.analysis.pipeline import stub_stages
from tests.app.catalog import MemoryCatalog
from tests.duplicate_runs import with_duplicates
from tests.pieces import with_pieces
from tests.runs import random_run


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    return create_app(Settings(tmp_path / "no-store")).server.test_client()


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog(with_duplicates(with_pieces(random_run(12, seed=5))))


@pytest.fixture
def client(catalog: MemoryCatalog, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(factory, "RunCatalog", lambda store: catalog)
    return create_app(Settings(Path("the-store"))).server.test_client()


def call(client: FlaskClient, output: str, **inputs: Any) -> dict[str, Any]:
    """Call a callback of the server, as the browser does.

    Args:
        client: The server.
        output: One of the callback's outputs, `id.property`.
        inputs: Values of its inputs and states by element id; the others are null.
    """
    known = [
        one for one in client.get("/_dash-dependencies").get_json() if output in one["output"].strip(".").split("...")
    ]
    (callback,) = [one for one in known if one["clientside_function"] is None]
    names = callback["output"].strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.split("@")[0].rsplit(".", 1), strict=True)) for name in names]
    given = {part: [{**one, "value": inputs.get(one["id"])} for one in callback[part]] for part in ("inputs", "state")}
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": callback["output"],
            "outputs": outputs if callback["output"].startswith("..") else outputs[0],
            "changedPropIds": [f"{one['id']}.{one['property']}" for one in given["inputs"]],
            **given,
        },
    )
    if answer.status_code == 204:
        return {}
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.get_json()["response"]
    return result


def layout_of(client: FlaskClient) -> str:
    return json.dumps(client.get("/_dash-layout").get_json())


def ids_in(layout: str) -> set[str]:
    return set(re.findall(r'"id": "([\w-]+)"', layout))


def test_the_page_refers_to_no_other_host(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "ExplaiNER" in page
    references = re.findall(r"""(?:src|href)\s*=\s*["']([^"']+)["']""", page)
    assert any("bootstrap" in one for one in references)
    assert [one for one in references if re.match(r"(https?:)?//", one)] == []
    assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", page)


def test_everything_that_the_page_refers_to_is_served(client: FlaskClient) -> None:
    page = client.get("/").text
    references = re.findall(r"""(?:src|href)\s*=\s*["']([^"'?]+)[^"']*["']""", page)
    ours = [one for one in references if "_dash-component-suites" not in one]
    assert {Path(one).name for one in ours} >= {
        "bootstrap.min.css",
        "icon.svg",
        "layers.css",
        "state.js",
        "grid.js",
        "map.js",
        "frame.css",
    }
    for one in ours:
        with client.get(f"/{one.lstrip('/')}") as answer:
            assert answer.status_code == 200, one
    assert len(references) > len(ours)


def test_styles_load_nothing_from_elsewhere(client: FlaskClient) -> None:
    sheets = [client.get("/vendor/bootstrap.min.css").text]
    sheets += [file.read_text() for file in factory.ASSETS.rglob("*.css")]
    assert "Bootstrap" in sheets[0][:200]
    assert [sheet for sheet in sheets if re.search(r"url\(\s*['\"]?(https?:)?//", sheet)] == []
    imports = [line for sheet in sheets for line in re.findall(r"@import[^;]*", sheet)]
    assert imports == ['@import url("../vendor/bootstrap.min.css") layer(bootstrap)']


def test_only_the_known_style_sheet_is_served(client: FlaskClient) -> None:
    assert client.get("/vendor/bootstrap.min.css").mimetype == "text/css"
    for name in ("bootstrap.css", "bootstrap.min.css.map", "nosuch"):
        assert client.get(f"/vendor/{name}").status_code == 404
    for name in ("../__init__.py", "..%2f__init__.py"):  # Dash answers any other path with its page
        assert client.get(f"/vendor/{name}").text.startswith("<!DOCTYPE html>")


def test_page_contains_both_themes(client: FlaskClient) -> None:
    page = client.get("/").text
    assert "--accent:#4453d6" in page
    assert "[data-bs-theme=dark]{" in page
    assert "PALETTE" not in page


def test_required_element_ids_exist(client: FlaskClient, catalog: MemoryCatalog) -> None:
    frame = ids_in(layout_of(client))
    assert {"run-picker", "selection-bar", "selection-clear", *(f"tab-{tab.name}" for tab in TABS)} <= frame
    (run_id,) = catalog.runs
    hunt = call(client, "pane-body-hunt.children", **{"run-hunt": run_id})
    assert {
        "confusion-matrix",
        "errors-grid",
        "embedding-map",
        "embedding-highlight",
        "sentence-detail",
    } <= ids_in(json.dumps(hunt))


DRAWN_LATER = {
    "inspect-body": ("query-inspect-body", ("", "inspected=corpus", "inspected=corpus&units=words")),
    "raw-body": ("query-raw", tuple(f"data={table}" for table in DATA.values)),
}
"""Elements whose content is drawn by a callback: its route, and the URL parameters to draw it with."""


def test_every_callback_uses_existing_elements(client: FlaskClient, catalog: MemoryCatalog) -> None:
    (run_id,) = catalog.runs
    score = dict.fromkeys(("precision", "recall", "f1"), 0.5)
    catalog.runs[run_id].manifest["scores"] = {
        **dict.fromkeys(("strict", "seqeval_default", "seqeval_strict"), score),
        "nervaluate": dict.fromkeys(("strict", "exact", "partial", "ent_type"), score),
    }
    known = ids_in(layout_of(client))
    for tab in TABS:
        pane = json.dumps(call(client, f"pane-body-{tab.name}.children", **{f"run-{tab.name}": run_id}))
        assert ids_in(pane).isdisjoint(known), "the page has an id twice"
        known |= ids_in(pane)
    for element, (route, options) in DRAWN_LATER.items():
        for option in options:
            known |= ids_in(json.dumps(call(client, f"{element}.children", **{route: f"run={run_id}&{option}"})))
    for callback in client.get("/_dash-dependencies").get_json():
        used = [one["id"] for part in ("inputs", "state") for one in callback[part]]
        used += [
            one.split("@")[0].rsplit(".", 1)[0] for one in callback["output"].strip(".").split("...") if "." in one
        ]
        assert {one for one in used if not one.startswith("{")} <= known


def test_empty_store_shows_the_command(empty: FlaskClient, tmp_path: Path) -> None:
    assert empty.get("/").status_code == 200
    layout = layout_of(empty)
    assert '"data-run": ""' in layout
    answer = call(empty, "problem.children", **{STATE: ""})
    text = json.dumps(answer["problem"])
    assert "No run yet" in text
    assert "python -m analysis run --model" in text
    assert str(tmp_path / "no-store") in text
    assert answer["run-picker"]["value"] is None


def test_deleted_run_shows_a_message(client: FlaskClient, catalog: MemoryCatalog) -> None:
    (run_id,) = catalog.runs
    answer = call(client, "problem.children", **{STATE: f"run={run_id}"})
    assert answer["problem"]["children"] is None
    assert answer["run-picker"]["value"] == run_id
    del catalog.runs[run_id]
    answer = call(client, "problem.children", **{STATE: f"run={run_id}"})
    assert run_id in json.dumps(answer["problem"])
    assert answer["selection-bar"]["children"] == []
    assert answer["run-picker"]["value"] is None, "else the run that the picker shows could not be picked"
    assert call(client, "pane-body-hunt.children", **{"run-hunt": run_id}) == {}
    assert client.post("/rows/errors", data=f"run={run_id}").status_code == 400


@pytest.mark.parametrize(
    ("query", "message"), [("gold-type=PLANET", "PLANET"), ("focus=99999", "99999"), ("lasso=umap.all:1", "lasso")]
)
def test_invalid_link_shows_a_message_and_updates_no_view(
    client: FlaskClient, catalog: MemoryCatalog, query: str, message: str
) -> None:
    (run_id,) = catalog.runs
    answer = call(client, "problem.children", **{STATE: f"run={run_id}&{query}"})
    assert message in json.dumps(answer["problem"])
    assert answer["run-picker"]["value"] == run_id
    parts = {"query-hunt": f"run={run_id}&{query}", "query-hunt-focus": f"run={run_id}&{query}"}
    assert call(client, "confusion-matrix.children", **parts) == {}
    assert call(client, "sentence-detail.children", **parts) == {}


def test_new_runs_appear_in_the_picker_without_a_reload(client: FlaskClient, catalog: MemoryCatalog) -> None:
    def options() -> list[str]:
        found = call(client, "run-picker.options", **{"run-poll": 1})
        return [one["value"] for one in found["run-picker"]["options"]]

    before = options()
    newer = random_run(5, seed=9)
    catalog.runs["fedcba"] = newer
    assert len(options()) == len(before) + 1


def test_chips_and_counts_are_those_of_the_selection(client: FlaskClient, catalog: MemoryCatalog) -> None:
    ((run_id, run),) = catalog.runs.items()
    answer = call(client, "selection-bar.children", **{STATE: f"run={run_id}&gold-type=none&search=the"})
    text = json.dumps(answer["selection-bar"], ensure_ascii=False)
    assert "spurious" in text
    assert "search “the”" in text
    assert answer["search"]["value"] == "the"
    whole = json.dumps(call(client, "selection-bar.children", **{STATE: f"run={run_id}"})["selection-bar"])
    assert f'"{len(run.words):,}"' in whole
    assert f'"{len(run.spans):,}"' in whole


def test_unreadable_runs_are_listed_with_the_reason(tmp_path: Path) -> None:
    broken = tmp_path / "runs" / "beef"
    broken.mkdir(parents=True)
    (broken / "cache.db").write_bytes(b"not a database")
    (option,) = run_options(RunCatalog(tmp_path).summaries())
    assert (option["value"], option["disabled"]) == ("beef", True)
    assert "beef" in option["label"]


def test_runs_with_limits_are_listed_with_what_they_offer() -> None:
    summaries = [
        RunSummary("a", "whole", corpus="toy", words=3, f1=0.5),
        RunSummary("b", "scored", corpus="toy", words=3, f1=0.5, lacks=("losses", "hidden states", "neurons")),
        RunSummary("c", "bare", corpus="toy", words=3, f1=0.5, lacks=tuple(CAPABILITIES)),
    ]
    labels = [option["label"] for option in run_options(summaries)]
    assert labels == [
        "whole on toy · 3 words · F1 0.500",
        "scored on toy · 3 words · F1 0.500 · tags, confidences and live tagging",
        "bare on toy · 3 words · F1 0.500 · tags alone",
    ]


def test_catalog_opens_a_run_once_and_forgets_deleted_runs(tmp_path: Path) -> None:
    catalog = RunCatalog(tmp_path)
    run_id = stub_stages.analyse(tmp_path)
    assert [summary.id for summary in catalog.summaries()] == [run_id]
    assert catalog.open(run_id) is catalog.open(run_id)
    Store(tmp_path).delete(run_id)
    with pytest.raises(AnalysisError, match=run_id):
        catalog.open(run_id)
    assert catalog.summaries() == []


def test_only_the_most_recent_runs_stay_open(tmp_path: Path) -> None:
    catalog = RunCatalog(tmp_path)
    first = tmp_path / "runs" / stub_stages.analyse(tmp_path)
    runs = [first.name, *(f"copy-{number}" for number in range(OPEN_RUNS))]
    for name in runs[1:]:
        shutil.copytree(first, first.with_name(name))
    opened = [catalog.open(run_id) for run_id in runs[:-1]]
    assert catalog.open(runs[0]) is opened[0]
    assert list(catalog.opened) == opened, "to list them is no use of them"
    catalog.open(runs[-1])  # runs[1] was asked for longest ago
    assert catalog.open(runs[0]) is opened[0]
    assert catalog.open(runs[1]) is not opened[1]


@pytest.mark.parametrize("name", ["../secret", "..", "", "a/b", "\0"])
def test_link_cannot_leave_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(AnalysisError):
        RunCatalog(tmp_path / "store").open(name)


def test_settings_come_from_the_environment() -> None:
    assert Settings.from_environment({}).store == Path("store")
    assert Settings.from_environment({"EXPLAINER_STORE": ""}).store == Path("store")
    assert Settings.from_environment({"EXPLAINER_STORE": "/data/runs"}).store == Path("/data/runs")
