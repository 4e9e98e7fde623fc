"""Runs that lack values: tabs that need them are hidden and say why, and everything else works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from dash import html
from flask.testing import FlaskClient

from analysis.duplicates.values import LEAKS
from analysis.projections.values import PROJECTIONS, REDUCED
from analysis.run.run import Run
from analysis.run.schema import HIDDEN, LOSSES, PREDICTIONS, PROBABILITIES
from analysis.run.values import Value
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS
from app import factory
from app.factory import create_app
from app.frame.needs import Need, what_is_missing
from app.settings import Settings
from app.tabs import TABS
from app.view_options import COLOUR
from app.views.elsewhere import ELSEWHERE, elsewhere
from app.views.errors_grid import error_columns
from app.views.sentence_list import usual_facts
from app.views.table_grid import table_columns
from app.views.word_facts import word_facts
from app.views.word_table import word_figures, word_rows
from components.word_table import word_table
from tests.app.catalog import MemoryCatalog
from tests.app.test_every_tab import as_published, with_later_stages
from tests.app.test_factory import call, ids_in
from tests.components.tree import as_components, by_class, of_type, text_of
from tests.runs import make_run, random_run


def without(run: Run, *values: Value[Any], reason: str | None = None, **tagger: Any) -> Run:
    """The run without these values.

    Args:
        run: The run.
        values: What it lacks.
        reason: Why, as the manifest says it; None: the run was made before these values were known.
        tagger: What the manifest says of the tagger besides.
    """
    keys = {value.key for value in values}
    kept = {key: value for key, value in run._values.values.items() if key not in keys}
    left_out = dict.fromkeys(keys, reason) if reason is not None else {}
    manifest = {**run.manifest, "left_out": left_out, "tagger": {**run.manifest["tagger"], **tagger}}
    return Run(type(run._values)(manifest, kept))


READ_FROM_A_FILE = "its predictions were read from a file."
WHOLE = as_published(with_later_stages(random_run(12, seed=5)))
TAGS_ALONE = without(
    as_published(make_run([(["Ada", "saw"], ["B-PER", "O"], ["O", "O"])])),
    LOSSES,
    PROBABILITIES,
    HIDDEN,
    REDUCED,
    *PROJECTIONS.values(),
    reason=READ_FROM_A_FILE,
    lacks={LIVE_TAGGING: READ_FROM_A_FILE, NEURON_ACCESS: READ_FROM_A_FILE},
)
"""A run with predictions from a file and without an encoder: it has no map and no values that need a model."""


def with_predictions(run: Run, column: str, value: pa.Scalar) -> Run:
    """The run with one value in a column of its predictions."""
    predictions = run.read(PREDICTIONS)
    place = predictions.schema.get_field_index(column)
    table = predictions.set_column(place, predictions.schema.field(place), pa.repeat(value, len(predictions)))
    return Run(type(run._values)(run.manifest, {**run._values.values, PREDICTIONS.key: table}))


def without_confidences(run: Run) -> Run:
    return with_predictions(run, "p_predicted", pa.scalar(np.nan, pa.float32()))


NO_FIGURES = with_predictions(without_confidences(TAGS_ALONE), "subwords", pa.scalar(-1, pa.int16()))


def client_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(factory, "RunCatalog", lambda store: MemoryCatalog(run))
    return create_app(Settings(Path("the-store"))).server.test_client()


def rail(client: FlaskClient, run: Run) -> tuple[set[str], str, str]:
    """The hidden tabs and headings, the note at the end, and its title."""
    answer = call(client, "rail-note.children", **{"palette-run": run.id})
    note = answer.pop("rail-note")
    assert note["hidden"] == (not note["children"])
    return {name for name, given in answer.items() if given["hidden"]}, note["children"], note["title"]


def test_complete_run_has_every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rail(client_of(WHOLE, monkeypatch), WHOLE) == (set(), "", "")


def test_rail_hides_tabs_that_the_run_lacks_values_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden, note, why = rail(client_of(TAGS_ALONE, monkeypatch), TAGS_ALONE)
    lacking = {"embeddings", "samples", "losses", "activations", "probing", "duplicates"}
    assert hidden == {f"tab-{name}" for name in lacking} | {"rail-model"}, "no heading without tabs"
    assert note == f"Not available for this run: {', '.join(tab.title for tab in TABS if tab.name in lacking)}"
    assert READ_FROM_A_FILE in why
    assert all(line.endswith(".") for line in why.split("\n"))


def test_a_tagger_without_neurons_can_tag_typed_text(monkeypatch: pytest.MonkeyPatch) -> None:
    run = without(WHOLE, LOSSES, PROBABILITIES, reason="it is so.", lacks={NEURON_ACCESS: "it has none."})
    client = client_of(run, monkeypatch)
    assert rail(client, run)[0] == {"tab-samples", "tab-losses", "tab-activations"}
    pane = json.dumps(call(client, "pane-body-activations.children", **{"run-activations": run.id}))
    assert "The neurons of this run's tagger cannot be recorded: it has none." in pane
    started = call(client, "probing-results.children", **{"query-probing": f"run={run.id}"})
    assert "A random sentence" in json.dumps(started)


def test_link_to_a_hidden_tab_shows_what_the_run_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    run = without(WHOLE, LEAKS)
    client = client_of(run, monkeypatch)
    assert rail(client, run)[0] == {"tab-duplicates"}
    pane = json.dumps(call(client, "pane-body-duplicates.children", **{"run-duplicates": run.id}))
    assert what_is_missing(run, (LEAKS,)).split("`", maxsplit=1)[0] in pane
    assert "duplicates-list" not in ids_in(pane)
    # What was laid out for another run is left as it is.
    assert call(client, "duplicates-list.children", **{"query-duplicates": f"run={run.id}"}) == {}


def test_hunt_works_without_a_map_and_without_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    run, query = TAGS_ALONE, f"run={TAGS_ALONE.id}"
    client = client_of(run, monkeypatch)
    pane = json.dumps(call(client, "pane-body-hunt.children", **{"run-hunt": run.id}))
    assert what_is_missing(run, (PROJECTIONS["umap", "all"],)) in pane
    assert {"embedding-map", "embedding-highlight"}.isdisjoint(ids_in(pane))
    assert "map-tool" not in pane, "tools of a map that is not there"
    assert call(client, "embedding-map.figure", **{"query-embedding-map": query}) == {}
    assert "missed" in json.dumps(call(client, "confusion-matrix.children", **{"query-hunt-matrix": query}))
    rows = client.post("/rows/errors", query_string={"start": 0, "end": 9}, data=query)
    assert rows.get_json()["count"] == 1


def test_figures_that_the_run_lacks_are_left_out() -> None:
    """A run with tags alone: no probability, no loss, no subword."""
    assert "runner-up" in text_of(word_facts(WHOLE, 0))
    assert text_of(word_facts(NO_FIGURES, 0)) == "wordAdagoldB-PERpredictedO"
    heads = [text_of(head) for head in of_type(as_components(_words_table(WHOLE)), html.Th)][:5]
    assert heads == ["Word", "Gold", "Predicted", "p", "Loss (nats)"]
    assert "nats" not in text_of(as_components(_words_table(NO_FIGURES)))
    assert len(of_type(as_components(_words_table(NO_FIGURES)), html.Td)) == 4, "two words with gold and predicted tags"
    for table, hidden in (
        ("words", {"loss", "p_gold", "p_predicted", "second_tag", "p_second", "entropy", "subwords"}),
        ("sentences", {"loss_total", "loss_mean", "loss_max", "windows"}),
        ("spans", {"p_min", "p_mean", "loss_total", "loss_max"}),
    ):
        shown = {column["field"] for column in table_columns(table, NO_FIGURES) if not column.get("hide")}
        whole = {column["field"] for column in table_columns(table, WHOLE) if not column.get("hide")}
        assert whole - shown == hidden


def _words_table(run: Run) -> Any:
    return word_table(word_rows(run, range(2)), word_figures(run))


@pytest.mark.parametrize(("name", "word"), [("misclassified", "confident"), ("inspect", "subword")])
def test_intro_speaks_only_of_what_the_run_has(name: str, word: str) -> None:
    (tab,) = (one for one in TABS if one.name == name)
    assert word in tab.intro(WHOLE)
    assert word not in tab.intro(NO_FIGURES)
    assert tab.intro(NO_FIGURES).endswith(".")


@pytest.mark.parametrize(
    ("output", "store"),
    [
        ("sentence-detail", "query-sentence-detail"),
        ("atlas-detail", "query-atlas-detail"),
    ],
)
def test_word_is_shown_without_missing_values(output: str, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = without(WHOLE, LOSSES, PROBABILITIES, reason=READ_FROM_A_FILE)
    for run in (TAGS_ALONE, encoded) if output != "atlas-detail" else (encoded,):
        client = client_of(run, monkeypatch)
        shown = json.dumps(call(client, f"{output}.children", **{store: f"run={run.id}&focus=0"}))
        assert run.words.text[0].as_py() in shown
        assert "Not available in this run." in shown
        assert READ_FROM_A_FILE in shown


def test_inspect_leaves_out_what_the_run_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(run: Run) -> str:
        return json.dumps(
            call(client_of(run, monkeypatch), "inspect-word.children", **{"query-inspect": f"run={run.id}"})
        )

    assert "distribution" in shown(WHOLE)
    assert "distribution" not in shown(TAGS_ALONE)
    assert "Ada" in shown(TAGS_ALONE)


def test_no_button_opens_a_sentence_in_a_hidden_tab() -> None:
    needs = {tab.name: tab.needs for tab in TABS}
    assert {name: needed for _, name, needed in ELSEWHERE} == {name: needs[name] for _, name, _ in ELSEWHERE}

    def tabs(run: Run) -> list[str]:
        return [json.loads(button.to_plotly_json()["props"]["data-navigate"])["tab"] for button in elsewhere(run, 0)]

    assert tabs(WHOLE) == ["hunt", "inspect", "activations", "probing"]
    assert tabs(TAGS_ALONE) == ["hunt", "inspect"]


@pytest.mark.parametrize(
    ("run", "need", "message"),
    [
        (WHOLE, LEAKS, ""),
        (WHOLE, LIVE_TAGGING, ""),
        (WHOLE, LOSSES, ""),
        (without(WHOLE, LEAKS), LEAKS, "python -m analysis run"),
        (TAGS_ALONE, LIVE_TAGGING, READ_FROM_A_FILE),
        (TAGS_ALONE, LOSSES, READ_FROM_A_FILE),
        (make_run([(["a"], [None], ["O"])]), LOSSES, "No word of this run has a loss"),
    ],
)
def test_what_is_missing_is_reported_in_one_sentence(run: Run, need: Need, message: str) -> None:
    sentence = what_is_missing(run, (need,))
    assert message in sentence
    assert bool(sentence) == bool(message)
    assert not sentence or sentence.endswith(".")


def test_controls_and_facts_leave_out_what_a_run_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = without_confidences(without(WHOLE, LOSSES, PROBABILITIES, reason=READ_FROM_A_FILE))
    for run, orders, colours, hidden, last_fact in (
        (WHOLE, {"loss", "confidence", "length"}, set(COLOUR.values), set(), "largest loss"),
        (encoded, {"loss", "length"}, {"predicted", "gold", "outcome"}, {"p", "loss"}, "0 words wrong"),
    ):
        client = client_of(run, monkeypatch)
        assert offered(client, run, "misclassified", "sort") == orders
        assert offered(client, run, "embeddings", "colour") == colours
        columns = {column["field"]: column.get("hide") for column in error_columns(run)}
        assert {name for name in ("p", "loss") if columns[name]} == hidden
        correct = int(np.flatnonzero(run.sentences.wrong_words == 0)[0])
        assert usual_facts(run, correct)[-1].startswith(last_fact)


@pytest.mark.parametrize(("run", "has_confidences"), [(WHOLE, True), (without_confidences(WHOLE), False)])
def test_probing_has_a_threshold_only_for_confidences(run: Run, has_confidences: bool) -> None:
    (tab,) = [tab for tab in TABS if tab.name == "probing"]
    pane = tab.layout(run)
    (threshold,) = by_class(pane, "threshold-label")
    assert threshold.hidden is not has_confidences
    text = json.dumps(pane, default=lambda one: one.to_plotly_json())
    assert ("Entities and flagged" in text) == has_confidences


def offered(client: FlaskClient, run: Run, tab: str, option: str) -> set[str]:
    """The values that a switch of a tab offers."""
    pane = call(client, f"pane-body-{tab}.children", **{f"run-{tab}": run.id})
    return {each["data-value"] for each in objects_in(pane) if each.get("data-option") == option}


def objects_in(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from objects_in(child)


def test_map_and_neighbours_say_that_the_states_are_the_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {**WHOLE.manifest.get("entries", {}), HIDDEN.key: {"stage": "encoder_states"}}
    encoded = Run(type(WHOLE._values)({**WHOLE.manifest, "entries": entries}, WHOLE._values.values))
    for run, note, nearest in (
        (WHOLE, "UMAP", "hidden space"),
        (encoded, "UMAP, sentence encoder", "the sentence encoder"),
    ):
        client = client_of(run, monkeypatch)
        assert f'"{note}"' in json.dumps(call(client, "pane-body-hunt.children", **{"run-hunt": run.id}))
        query = {"query-sentence-detail": f"run={run.id}&focus=0"}
        detail = json.dumps(call(client, "sentence-detail.children", **query))
        assert "Nearest words in " in detail
        assert nearest in detail
