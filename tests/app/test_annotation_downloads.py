"""Downloads of labelled sentences by their address, and the menu that offers them."""

from __future__ import annotations

import dash_bootstrap_components as dbc
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.export.annotations import LABELS, WRITERS, export_annotations
from analysis.export.formats import FORMATS
from analysis.formats import optional_package as packages
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.frame import export
from app.server import downloads
from tests.app.catalog import MemoryCatalog
from tests.components.tree import of_type, text_of
from tests.runs import make_run, random_run

RUN = random_run(25, seed=31)
TABBED = make_run([(["a\tb"], ["B-X"], ["O"])], run_id="1" * 16)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    server = Flask("downloads")
    downloads.register(server, MemoryCatalog(RUN, TABBED))
    return server.test_client()


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", [name for name, writer in WRITERS.items() if writer.is_available])
@pytest.mark.parametrize("clauses", [{}, {"outcome": "missed"}], ids=["all", "selected"])
def test_a_download_is_what_the_command_line_exports(
    client: FlaskClient, name: str, labels: str, clauses: dict[str, str]
) -> None:
    scene = Scene(RUN)
    exported = export_annotations(scene, name, labels, Selection.from_query(clauses, scene))
    answer = client.get(f"/download/{labels}.{name}", query_string={"run": RUN.id, **clauses})
    assert (answer.status_code, answer.is_streamed) == (200, True)
    assert 0 < len(exported.rows) <= len(RUN.sentences)
    assert answer.get_data() == b"".join(exported.parts(scene))
    assert answer.content_type == WRITERS[name].media_type
    assert not answer.mimetype.startswith("text/html")


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("gold.conll", "sentences.conll"),
        ("gold.conllu", "gold.conllu"),
        ("predicted.prodigy", "predicted-prodigy.jsonl"),
        ("gold.label-studio", "gold-label-studio.json"),
    ],
)
def test_the_file_says_what_it_has(client: FlaskClient, address: str, file: str) -> None:
    answer = client.get(f"/download/{address}", query_string={"run": RUN.id})
    assert answer.headers["Content-Disposition"] == f"attachment; filename=test-run-{file}"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (f"gold.csv?run={RUN.id}", "gold.prodigy"),
        (f"words.prodigy?run={RUN.id}", "gold.prodigy"),
        (f"silver.prodigy?run={RUN.id}", "gold, predicted"),
        (f"gold.conll?run={TABBED.id}", "contains a tab"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(client: FlaskClient, address: str, message: str) -> None:
    answer = client.get(f"/download/{address}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert message in answer.text
    assert len(answer.text.splitlines()) == 1


def test_a_missing_package_is_one_sentence(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "is_installed", lambda _package: False)
    answer = client.get("/download/gold.spacy", query_string={"run": RUN.id})
    assert (answer.status_code, answer.text.count("\n")) == (400, 1)
    assert "pip install spacy" in answer.text


def files_in_menu() -> list[str]:
    items = of_type(export.menu(), dbc.DropdownMenuItem)
    return [item.id["export"] for item in items if hasattr(item, "id")]


def test_every_file_in_the_menu_can_be_downloaded(client: FlaskClient) -> None:
    files = files_in_menu()
    assert len(set(files)) == len(files)
    for file in files:
        assert client.get(f"/download/{file}", query_string={"run": RUN.id}).status_code == 200, file
    tables = {f"{table}.{name}" for table in ("spans", "words", "sentences") for name in FORMATS}
    assert tables < set(files)
    assert {file.partition(".")[2] for file in set(files) - tables} == {
        name for name, writer in WRITERS.items() if writer.is_available
    }


def test_the_menu_leaves_out_what_needs_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.export.annotations.is_installed", lambda package: package is None)
    assert "gold.spacy" not in files_in_menu()
    assert "spaCy" not in text_of(export.menu())
    assert "Label Studio" in text_of(export.menu())
