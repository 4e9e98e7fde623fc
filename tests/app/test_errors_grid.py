"""The grid lists what the matrix counts, in the requested order."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash import html
from flask import Flask

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from app.server.rows import add_rows, rows_path
from app.state import SELECTION, ViewState
from app.view_options import LEVEL
from app.views.confusion import confusion_view
from app.views.error_rows import error_rows
from app.views.errors_grid import grid_rows
from app.views.row_grid import LARGEST_BLOCK
from app.views.span_words import span_focus_word
from tests.app.catalog import MemoryCatalog, state_of
from tests.components.tree import as_components, attributes, of_type, text_of
from tests.runs import make_run, random_run

RUNS = [random_run(40, seed=1), random_run(40, seed=2, types=("none", "=x", "creative-work"))]
FILTERS: list[dict[str, str]] = [
    {},
    {"search": "paris"},
    {"max-loss": "2.5"},
    {"lasso": "pca.all:-20000,-20000;20000,-20000;0,30000"},
]


def cells(state: ViewState) -> list[tuple[int, dict[str, str]]]:
    """The number of every cell of the matrix, and the clauses that a click on it sets."""
    found = []
    body = of_type(as_components(confusion_view(state, normalise="counts")), html.Tbody)[0]
    for button in of_type(body, html.Button):
        if "cell" in button.className.split():
            written = json.loads(attributes(button)["data-toggle"])
            clauses = {name: value for name, value in written.items() if value is not None}
            found.append((int(text_of(button).replace(",", "")), clauses))
    return found


@pytest.mark.parametrize("run", RUNS, ids=["usual types", "unusual types"])
@pytest.mark.parametrize("level", ["types", "tags"])
@pytest.mark.parametrize("other", FILTERS, ids=["all", "search", "loss", "lasso"])
def test_grid_has_as_many_rows_as_the_cell_counts(run: Run, level: str, other: dict[str, str]) -> None:
    shown = cells(state_of(run, other, level=level))
    assert len(shown) > 3
    for number, clauses in shown:
        state = state_of(run, {**other, **clauses}, level=level)
        assert grid_rows(state, 0, 1, "loss", True)["count"] == number
        assert cells(state) == shown, "a matrix is counted under every clause but its own"


@pytest.mark.parametrize("run", RUNS, ids=["usual types", "unusual types"])
def test_without_a_cell_the_grid_lists_the_errors(run: Run) -> None:
    spans = error_rows(state_of(run))
    assert spans.unit == "span"
    assert sorted(spans.rows) == np.flatnonzero(np.array(OUTCOMES)[run.spans.outcome] != "correct").tolist()
    words = error_rows(state_of(run, level="tags"))
    assert words.unit == "word"
    assert len(words.rows) == run.sentences.wrong_words.sum()
    off_diagonal = [
        n for n, clauses in cells(state_of(run, level="tags")) if clauses["gold-tag"] != clauses["pred-tag"]
    ]
    assert len(words.rows) == sum(off_diagonal)


@pytest.mark.parametrize("level", ["types", "tags"])
@pytest.mark.parametrize("sort", ["loss", "p", "source_row"])
@pytest.mark.parametrize("descending", [True, False])
def test_rows_are_sorted_and_missing_values_come_last(level: str, sort: str, descending: bool) -> None:
    run = RUNS[0]
    # A pair clause lists correct and unlabelled words too, whose loss is not a number.
    state = state_of(run, {"outcome": "error"} if level == "tags" else {}, level=level)
    found = grid_rows(state, 0, LARGEST_BLOCK, sort, descending)
    assert found["count"] == len(found["rows"])
    values = [row[sort] for row in found["rows"]]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert values == known + [None] * (len(values) - len(known))
    assert level == "types" or sort != "loss" or len(known) < len(values)


def test_blocks_together_are_all_rows() -> None:
    state = state_of(RUNS[1])
    whole = grid_rows(state, 0, LARGEST_BLOCK, "loss", True)
    assert whole["count"] == len(whole["rows"]) > 70
    blocks = [grid_rows(state, start, start + 30, "loss", True) for start in range(0, whole["count"] + 30, 30)]
    assert [row for block in blocks for row in block["rows"]] == whole["rows"]
    assert {block["count"] for block in blocks} == {whole["count"]}
    assert [len(block["rows"]) for block in blocks[:2]] == [30, 30]
    assert len({row["id"] for row in whole["rows"]}) == whole["count"]


def test_cell_of_the_diagonal_counts_its_wrong_rows() -> None:
    run = make_run(
        [
            (["New", "York"], ["B-LOC", "I-LOC"], ["B-LOC", "O"]),
            (["Rome"], ["B-LOC"], ["B-LOC"]),
            (["Rome"], ["B-LOC"], ["B-PER"]),
        ]
    )

    def summary(**clauses: str) -> str:
        return str(grid_rows(state_of(run, clauses), 0, 10, "loss", True)["summary"])

    assert summary(**{"gold-type": "LOC", "pred-type": "LOC"}).startswith("2 spans, 1 wrong ")
    assert summary(**{"gold-type": "LOC", "pred-type": "PER"}).startswith("1 span ")


def test_request_returns_at_most_one_block() -> None:
    run = random_run(200, seed=4)
    assert len(grid_rows(state_of(run), 0, 10**6, "loss", True)["rows"]) == LARGEST_BLOCK
    assert grid_rows(state_of(run), 10**6, 10**6 + 30, "loss", True)["rows"] == []


def test_a_row_shows_its_span_in_its_sentence() -> None:
    words = [f"w{number}" for number in range(30)]
    gold, predicted = ["O"] * 30, ["O"] * 30
    gold[10:12], predicted[10] = ["B-ORG", "I-ORG"], "B-LOC"
    run = make_run([(words, gold, predicted)], [[0.1] * 10 + [1.0, 2.5] + [0.2] * 18])
    (row,) = grid_rows(state_of(run), 0, 30, "loss", True)["rows"]
    assert (row["kind"], row["pair"], row["loss"], row["word_row"]) == ("type+boundary", "ORG → LOC", 2.5, 11)
    shown = [word for part in row["parts"] for word in part["words"]]
    assert shown == ["…", *words[7:24], "…"]
    assert [part["verdict"] for part in row["parts"] if part.get("verdict")] == ["ORG boundary"]
    assert row["p"] == pytest.approx(float(run.words.p_predicted[10]), abs=0.0005)


def test_a_row_of_a_word_shows_its_tags() -> None:
    run = make_run([(["x", "y", "z"], ["B-ORG", "B-ORG", "O"], ["O", "B-LOC", "O"])], [[3.0, 2.0, 1.0]])
    found = grid_rows(state_of(run, level="tags"), 0, 30, "loss", True)["rows"]
    assert [(row["pair"], row["kind"], row["word_row"]) for row in found] == [
        ("B-ORG → O", "missed", 0),
        ("B-ORG → B-LOC", "tag", 1),
    ]


def test_missed_and_spurious_spans_have_only_one_label() -> None:
    run = make_run([(["x", "y"], ["B-ORG", "O"], ["O", "B-LOC"])], [[3.0, 2.0]])
    found = grid_rows(state_of(run), 0, 30, "loss", True)["rows"]
    assert [(row["pair"], row["kind"]) for row in found] == [("ORG → –", "missed"), ("– → LOC", "spurious")]


def test_word_without_prediction_is_not_wrong() -> None:
    """The matrix has no cell for it, so the grid has no row; its span is missed."""
    run = make_run([(["x", "\u200b", "z"], ["O", "O", "B-LOC"], ["O", None, None])])
    assert grid_rows(state_of(run, level="tags"), 0, 30, "loss", True)["count"] == 0
    assert [row["kind"] for row in grid_rows(state_of(run), 0, 30, "loss", True)["rows"]] == ["missed"]


def test_focus_word_of_a_span_has_its_largest_loss() -> None:
    for run in RUNS:
        for row in range(len(run.spans)):
            word = span_focus_word(run, row)
            loss, largest = run.words.loss[word], run.spans.loss_max[row]
            assert loss == largest or (np.isnan(loss) and np.isnan(largest))
            assert run.words.sentence[word] == run.spans.sentence[row]


def test_unknown_column_is_reported() -> None:
    with pytest.raises(AnalysisError, match=r"'colour'"):
        grid_rows(state_of(RUNS[0]), 0, 30, "colour", True)


@pytest.fixture(scope="module")
def client() -> Any:
    server = Flask("rows")
    add_rows(server, MemoryCatalog(RUNS[0]), "errors", (SELECTION, LEVEL), grid_rows, "loss", True)
    return server.test_client()


def test_route_returns_a_block(client: Any) -> None:
    asked = {"start": "5", "end": "9", "sort": "p", "order": "asc"}
    answer = client.post(rows_path("errors"), query_string=asked, data=f"run={RUNS[0].id}&level=types")
    wanted = grid_rows(state_of(RUNS[0], level="types"), 5, 9, "p", False)
    assert answer.status_code == 200
    assert answer.get_json() == json.loads(json.dumps(wanted))
    assert len(wanted["rows"]) == 4


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("run=gone", {}),
        ("", {}),
        (b"run=\xff", {}),
        (f"run={RUNS[0].id}&gold-type=PLANET", {}),
        (f"run={RUNS[0].id}", {"sort": "colour"}),
        (f"run={RUNS[0].id}", {"start": "first"}),
        (f"run={RUNS[0].id}", {"end": "9" * 5_000}),
    ],
)
def test_route_reports_invalid_requests(client: Any, query: str | bytes, asked: dict[str, str]) -> None:
    answer = client.post(rows_path("errors"), query_string=asked, data=query)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")
    assert "Traceback" not in answer.text
