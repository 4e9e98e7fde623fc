"""Files of a run's tables by their address, Raw data, and the server's health."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dash import html
from flask import Flask
from flask.testing import FlaskClient

from analysis.export.formats import FORMATS, TABLES, export_table
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.factory import create_app
from app.server import downloads, health
from app.settings import Settings
from app.tabs.raw import table_panel
from tests.app.catalog import MemoryCatalog, state_of
from tests.components.tree import attributes, of_type, text_of
from tests.pieces import with_pieces
from tests.runs import make_run, random_run

RUN = with_pieces(random_run(25, seed=31))
NAMED = make_run([(["a"], ["B-X"], ["B-X"])], run_id="1" * 16, name='Łódź / <b> "x"\r\nSet-Cookie: a=b')

OLD = make_run([(["a"], ["B-X"], ["B-X"])], run_id="2" * 16)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    server = Flask("downloads")
    downloads.register(server, MemoryCatalog(RUN, NAMED, OLD))
    return server.test_client()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("clauses", [{}, {"search": "jordan", "max-confidence": "0.8"}], ids=["all", "selected"])
def test_download_matches_the_command_line_export(client: FlaskClient, table: str, clauses: dict[str, str]) -> None:
    exported = export_table(Scene(RUN), table, Selection.from_query(clauses, Scene(RUN)))
    answer = client.get(f"/download/{table}.jsonl", query_string={"run": RUN.id, **clauses})
    assert answer.status_code == 200
    rows = [json.loads(line) for line in answer.get_data(as_text=True).split("\n") if line]
    answered = pd.DataFrame(rows, columns=exported.column_names).drop(columns="document", errors="ignore")
    expected = exported.to_pandas().drop(columns="document", errors="ignore")
    pd.testing.assert_frame_equal(answered, expected, check_dtype=False, rtol=1e-6)
    assert {row.get("document") for row in rows} <= {None}, "this corpus has no documents"


def test_selection_that_is_too_long_for_an_address_is_posted(client: FlaskClient) -> None:
    query = {"run": RUN.id, "ids": ",".join(RUN.sentences.id[:3].to_pylist())}
    asked = client.get("/download/sentences.csv", query_string=query)
    posted = client.post("/download/sentences.csv", data=query)
    assert posted.status_code == 200
    assert posted.data == asked.data
    assert posted.data.count(b"\n") == 4


@pytest.mark.parametrize("file_format", FORMATS)
def test_download_is_saved_and_not_shown(client: FlaskClient, file_format: str) -> None:
    answer = client.get(f"/download/words.{file_format}", query_string={"run": RUN.id})
    assert answer.headers["Content-Disposition"] == f"attachment; filename=test-run-words.{file_format}"
    assert not answer.mimetype.startswith("text/html")
    assert answer.is_streamed


def test_a_name_for_other_alphabets_and_headers_is_safe(client: FlaskClient) -> None:
    answer = client.get("/download/words.csv", query_string={"run": NAMED.id})
    header = answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''%C5%81%C3%B3d%C5%BA-b-x-Set-Cookie-a-b-words.csv" in header
    assert "Set-Cookie" not in answer.headers
    header.encode("latin-1")  # as servers send it


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("words.csv?run=gone", "gone"),
        ("words.csv", "no run"),
        (f"words.csv?run={RUN.id}&gold-type=PLANET", "PLANET"),
        (f"words.xls?run={RUN.id}", "csv"),
        (f"wordscsv?run={RUN.id}", "words.csv"),
        (f"nosuch.csv?run={RUN.id}", "spans"),
        (f"loaded.csv?run={OLD.id}", "python -m analysis run"),
    ],
)
def test_invalid_link_is_one_sentence(client: FlaskClient, address: str, message: str) -> None:
    answer = client.get(f"/download/{address}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert message in answer.text
    assert len(answer.text.splitlines()) == 1
    assert "Traceback" not in answer.text


class TestRawData:
    @pytest.mark.parametrize("table", ["loaded", "words", "sentences", "spans"])
    def test_buttons_fetch_the_table_that_is_shown(self, table: str) -> None:
        buttons = of_type(table_panel(state_of(RUN, data=table)), html.Button)
        downloads = [(attributes(one)["data-download"], attributes(one).get("data-whole")) for one in buttons]
        files = [f"{table}.{name}" for name in ("csv", "jsonl", "parquet")]
        assert downloads == [(file, None) for file in files] + [(file, "yes") for file in files]
        assert set(FORMATS) == {file.partition(".")[2] for file in files}

    def test_tags_that_are_converted_are_counted(self) -> None:
        exported = export_table(Scene(RUN), "loaded", Selection(())).to_pandas()
        number = int(exported["converted"].sum())
        assert f"{number} tags of the corpus differ" in text_of(table_panel(state_of(RUN)))
        assert number > 10

    def test_older_run_shows_a_message_and_everything_else(self) -> None:
        drawn = table_panel(state_of(OLD))
        assert "python -m analysis run" in text_of(drawn)
        (button,) = of_type(drawn, html.Button)
        assert json.loads(attributes(button)["data-navigate"]) == {"data": "words"}
        assert of_type(table_panel(state_of(OLD, data="words")), html.Button)


def asked_for_health(store: Path) -> Any:
    server = Flask("health")
    health.register(server, store)
    return server.test_client().get("/health")


def test_readable_store_is_healthy(tmp_path: Path) -> None:
    answer = asked_for_health(tmp_path)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_missing_store_is_unhealthy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for store in (tmp_path / "nowhere", file):
        answer = asked_for_health(store)
        assert answer.status_code == 503
        assert str(store) in answer.get_json()["reason"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_store_is_unhealthy(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs").chmod(0)
    assert asked_for_health(tmp_path).status_code == 503
    (tmp_path / "runs").chmod(0o755)


def test_dashboard_checks_its_own_store(tmp_path: Path) -> None:
    assert create_app(Settings(tmp_path)).server.test_client().get("/health").get_json() == {"status": "ok"}
