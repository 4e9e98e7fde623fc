"""Every tab with unusual runs: empty selections, no errors, one sentence, sixty types ..."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analysis.export.formats import FORMATS, TABLES
from analysis.run.run import Run
from analysis.run.schema import FLAG_UNKNOWN_GOLD, LOSSES, PREDICTIONS
from app import factory
from app.factory import create_app
from app.frame.shell import routes
from app.frame.tab import Tab, options_of
from app.options import Choice, Number, WholeNumber
from app.routes import EVERYWHERE, Route
from app.settings import Settings
from app.tabs import TABS, debug
from tests.app.catalog import MemoryCatalog
from tests.app.dash_posts import posted
from tests.duplicate_runs import corpus_of, run_stages
from tests.pieces import with_pieces
from tests.runs import Sentence, make_run, neuron_values, random_run, with_values
from tests.workspace import MemoryWorkspace

EVERY_TAB = (*TABS, debug.TAB)
TAB = pytest.mark.parametrize("tab", EVERY_TAB, ids=lambda tab: tab.name)

HARM = "<script>alert(1)</script>"
NOT_FOR_EYES = re.compile(r"(?<![\w-])(nan|NaN|-?inf|-?Infinity|undefined|Traceback)(?![\w-])|None(?! \w)")
"""How a missing value looks if the code does not handle it."""
NOTHING = {"search": "no sentence says this"}
POINT = {"curveNumber": 0, "pointNumber": 0, "customdata": "PER", "bbox": {"x0": 9, "x1": 9, "y0": 9, "y1": 9}}


def without_errors() -> Run:
    """A run without errors."""
    tags = ("B-PER", "I-PER", "O", "B-LOC")
    return make_run([(("Ada", "Lovelace", "saw", "Rome"), tags, tags)] * 3)


def unshared() -> Run:
    """Gold types that the tagger does not know: their words have no loss."""
    sentences: list[Sentence] = [
        (("the", "fox", "saw", "Ada"), ("O", "B-ANIMAL", "O", "O"), ("O", "O", "O", "B-PER")),
        (("red", "oak", "in", "Rome"), ("B-PLANT", "I-PLANT", "O", "O"), ("O", "B-LOC", "O", "B-LOC")),
    ]
    losses = [[0.1 if tag == "O" else np.nan for tag in gold] for _, gold, _ in sentences]
    known = make_run(sentences, losses)
    unknown = np.isnan(known.words.loss)
    flags = np.where(unknown, FLAG_UNKNOWN_GOLD, 0)
    p_gold = np.where(unknown, np.nan, known.words.p_gold)
    second_tag = np.zeros(len(known.words))
    tables = {
        PREDICTIONS.key: PREDICTIONS.make({**known.read(PREDICTIONS).to_pydict(), "flags": flags}),
        LOSSES.key: LOSSES.make({**known.read(LOSSES).to_pydict(), "p_gold": p_gold, "second_tag": second_tag}),
    }
    tags = [tag for tag in known.tag_set.tags if not tag.endswith(("ANIMAL", "PLANT"))]
    kept = known.probabilities[:, [known.tag_set.tag_codes[tag] for tag in tags]]
    run = make_run(sentences, losses, tables=tables, arrays={"probabilities": kept})
    run.manifest["tagger_tags"][:] = run.manifest["tagger"]["labels"][:] = tags
    return run


def hostile() -> Run:
    """A run with markup in every text that a corpus contains."""
    return make_run(
        [((HARM, "{{7*7}}"), (f"B-{HARM}", "O"), ("O", f"B-{HARM}"))] * 4,
        ids=[f"{HARM}{number}" for number in range(4)],
        name=HARM,
    )


EARLIER = "earlier version"
"""A run without the values of later stages: a tab that needs them shows how to add them."""
RUNS = {
    "usual": random_run(30, seed=1),
    "without errors": without_errors(),
    "one sentence": make_run([(("Ada", "saw", "Rome"), ("B-PER", "O", "O"), ("B-LOC", "O", "B-LOC"))]),
    "one word, no entity": make_run([(("well",), ("O",), ("O",))]),
    "sixty types": random_run(20, seed=2, types=[f"TYPE{number}" for number in range(60)]),
    "unshared gold": unshared(),
    "unlabelled": make_run([(("Ada", "saw"), (None, None), ("B-PER", "O"))] * 2),
    "no prediction": make_run([(("Ada", "saw"), ("B-PER", "O"), (None, None))] * 2),
    "hostile": hostile(),
    EARLIER: random_run(10, seed=3),
}


def with_later_stages(run: Run) -> Run:
    """Add the values of the stages after the scores: near duplicates, leaks, neurons, subwords and source tags."""
    random = np.random.default_rng(0)
    workspace = MemoryWorkspace()
    first = (["Ada", "saw", "Rome"], ["B-PER", "O", "O"])
    run_stages(
        run, workspace, lambda text: np.array([np.cos(len(text)), np.sin(len(text))], np.float32), [corpus_of([first])]
    )
    rows = np.arange(len(run.words))
    neurons = neuron_values(rows, random.gamma(0.3, size=(2, len(rows), 4)).astype(np.float32), layers=(1, 2))
    added = {**workspace.values, **neurons["arrays"], **neurons["jsons"]}
    return with_pieces(with_values(run, added), capacity=8)


def as_published(run: Run) -> Run:
    """Add what the manifest of every run of the command line contains."""
    score = dict.fromkeys(("precision", "recall", "f1"), 0.0)
    scorers: dict[str, Any] = dict.fromkeys(("strict", "seqeval_default", "seqeval_strict"), score)
    scorers["nervaluate"] = dict.fromkeys(("strict", "exact", "partial", "ent_type"), score)
    none = {"count": 0, "examples": []}
    audit = {
        "scheme": "IOB2",
        "sentences": len(run.sentences),
        "words": len(run.words),
        "spans": {},
        "invalid_transitions": none,
        "duplicate_ids": none,
        "sampled": None,
        "counts": {},
    }
    manifest = {**run.manifest, "scores": scorers, "audit": audit}
    return Run(type(run._values)(**{**vars(run._values), "manifest": manifest}))


@dataclass
class Dashboard:
    """A served run, requested as a browser does."""

    run: Run
    client: FlaskClient

    def __post_init__(self) -> None:
        self.responses: dict[str, TestResponse] = {}
        self.routes: Mapping[str, Route] = {route.name: route for route in routes(EVERY_TAB)}
        known = self.client.get("/_dash-dependencies").get_json()
        self.callbacks = [callback for callback in known if not callback["clientside_function"]]

    def of(self, tab: Tab) -> list[dict[str, Any]]:
        """The callbacks of a tab's routes, and of opening the tab."""
        own = {f"run-{tab.name}", *(route.name for route in tab.routes)}
        return [one for one in self.callbacks if own & {part["id"] for part in (*one["inputs"], *one["state"])}]

    def ask(self, callback: dict[str, Any], tab: Tab, query: Mapping[str, str], gesture: Any = None) -> TestResponse:
        """Call a callback; `gesture` is the clicked or hovered point."""

        def value(part: dict[str, Any]) -> Any:
            if part["id"] in self.routes:
                return self.routed(self.routes[part["id"]], tab, query)
            if part["id"] == f"run-{tab.name}":
                return self.run.id
            return gesture if part["property"] in ("clickData", "hoverData") else None

        request = posted(callback, value)
        key = json.dumps(request)
        if key not in self.responses:
            self.responses[key] = self.client.post("/_dash-update-component", json=request)
        return self.responses[key]

    def routed(self, route: Route, tab: Tab, query: Mapping[str, str]) -> str | None:
        """As `routed` in assets/state.js."""
        if route.tab not in (EVERYWHERE, tab.name):
            return None
        kept = {name: value for name, value in query.items() if name in route.parameters}
        theme = {"theme": "dark"} if route.looks else {}
        return urlencode(sorted({"run": self.run.id, **kept, **theme}.items()))


@pytest.fixture(scope="module", params=RUNS)
def served(request: pytest.FixtureRequest) -> Iterator[Dashboard]:
    plain = RUNS[request.param]
    run = as_published(plain if request.param == EARLIER else with_later_stages(plain))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "RunCatalog", lambda store: MemoryCatalog(run))
        yield Dashboard(run, create_app(Settings(Path("the-store"), debug=True)).server.test_client())


def answer_of(response: TestResponse) -> Any:
    """Parse JSON like a browser, which rejects NaN."""
    assert response.status_code in (200, 204), response.text[:2_000]

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(response.text, parse_constant=refuse) if response.text else {}


FIGURE = "of a figure"
ShownText = tuple[str, str]
"""CSS classes of the nearest element, and a visible text or a text for screen readers."""


def shown_texts(node: Any, classes: str = "") -> Iterator[ShownText]:
    """Every text of an answer: in Dash components, in static HTML (components/static_html.py) and in figures."""
    if isinstance(node, str | int | float) and not isinstance(node, bool):
        yield classes, str(node)
    elif isinstance(node, list):
        if len(node) > 1 and isinstance(node[0], str | None) and isinstance(node[1], dict) and "props" not in node[1]:
            yield from _texts_of_element(node[1], node[2:], classes)
        else:
            for one in node:
                yield from shown_texts(one, classes)
    elif isinstance(node, dict) and "props" in node:
        properties = node["props"]
        yield from _texts_of_element(
            properties, [properties.get(name) for name in ("children", "tree", "figure")], classes
        )
        for name in ("options", "columnDefs"):
            yield from ((classes, str(one[key])) for one in properties.get(name) or [] for key in one if "abel" in key)
    elif isinstance(node, dict) and "data" in node and "layout" in node:
        yield from ((FIGURE, text) for text in _texts_of_figure(node))


def _texts_of_element(attributes: dict[str, Any], children: list[Any], outer: str) -> Iterator[ShownText]:
    classes = attributes.get("className") or outer
    for name in ("title", "aria-label", "placeholder"):
        if attributes.get(name):
            yield classes, str(attributes[name])
    for child in children:
        yield from shown_texts(child, classes)


def _texts_of_figure(node: Any, inside: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _texts_of_figure(value, name if name in ("text", "ticktext", "hovertext") else inside)
    elif isinstance(node, list):
        for one in node:
            yield from _texts_of_figure(one, inside)
    elif inside and isinstance(node, str):
        yield node


def texts(response: TestResponse) -> list[ShownText]:
    """All texts of an answer."""
    found = answer_of(response).get("response", {})
    return [one for properties in found.values() for value in properties.values() for one in shown_texts(value)]


def views_of(run: Run) -> Iterator[dict[str, str]]:
    """States of the URL: everything, a focused word, an empty selection, and every value of each view option."""
    yield {}
    yield {"focus": str(len(run.words) - 1), **NOTHING}
    yield {"min-loss": "99"}
    options = options_of(EVERY_TAB)
    bounded = [option for option in options if isinstance(option, Number | WholeNumber)]
    numbers = [{option.name: f"{getattr(option, end):.10g}" for option in bounded} for end in ("least", "most")]
    chosen = [option for option in options if isinstance(option, Choice)]
    for turn in range(max(len(option.values) for option in chosen)):
        choices = {option.name: option.values[min(turn, len(option.values) - 1)] for option in chosen}
        yield {"focus": "0", **choices, **(numbers[turn] if turn < len(numbers) else {})}


@TAB
def test_no_view_of_an_unusual_run_fails_or_shows_internal_values(served: Dashboard, tab: Tab) -> None:
    callbacks = served.of(tab)
    assert callbacks
    for query in views_of(served.run):
        for callback in callbacks:
            has_gestures = {part["property"] for part in callback["inputs"]} & {"clickData", "hoverData"}
            for gesture in (None, {"points": [POINT]}) if has_gestures else (None,):
                response = served.ask(callback, tab, query, gesture)
                shown = texts(response)
                where = (query, callback["output"])
                assert [text for _, text in shown if NOT_FOR_EYES.search(text)] == [], where
                assert not any("<" in text for classes, text in shown if classes == FIGURE), "plotly reads markup"
                assert "dangerouslySetInnerHTML" not in response.text
                assert '"Markdown"' not in response.text


@TAB
def test_empty_view_shows_a_message(served: Dashboard, tab: Tab) -> None:
    """A view without rows shows a message or 0; a view that ignores the selection does not change."""
    for callback in served.of(tab):
        everything, nothing = (served.ask(callback, tab, query) for query in ({}, NOTHING))
        if everything.text == nothing.text or nothing.status_code == 204:
            continue
        (first, *_), shown = callback["output"].strip(".").split("..."), texts(nothing)
        if not first.endswith(".children"):
            continue
        sentences = [text for classes, text in shown if "empty" in classes or "note" in classes]
        has_message = any(text.strip().endswith((".", "?")) for text in sentences)
        assert has_message or any(text == "0" for _, text in shown), (first, shown[:20])


@TAB
def test_tab_has_an_intro(served: Dashboard, tab: Tab) -> None:
    (pane,) = [one for one in served.of(tab) if one["output"] == f"pane-body-{tab.name}.children"]
    shown = texts(served.ask(pane, tab, {}))
    assert any(classes == "intro" and text.strip().endswith(".") for classes, text in shown), shown[:5]


def test_every_grid_returns_valid_rows(served: Dashboard) -> None:
    grids = [rule.rule for rule in served.client.application.url_map.iter_rules() if rule.rule.startswith("/rows/")]
    assert grids
    for grid in grids:
        for query in views_of(served.run):
            query_string = urlencode({"run": served.run.id, **query})
            response = served.client.post(grid, query_string={"start": 0, "end": 200}, data=query_string)
            if response.status_code == 400:
                says = ("python -m analysis run", "No word of this run has a loss.", "No prediction of this run has")
                assert any(text in response.text for text in says), "only what this run lacks is a reason"
                continue
            found = answer_of(response)
            assert len(found["rows"]) == min(found["count"], 200), (grid, query)
            texts_of_rows = [str(value) for row in found["rows"] for value in row.values() if isinstance(value, str)]
            assert [text for text in (*texts_of_rows, found["summary"]) if NOT_FOR_EYES.search(text)] == [], (
                grid,
                query,
            )


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_table_can_be_downloaded(served: Dashboard, file_format: str) -> None:
    for table in TABLES:
        for query in ({}, NOTHING):
            request = {"run": served.run.id, **query}
            response = served.client.get(f"/download/{table}.{file_format}", query_string=request)
            assert response.status_code in (200, 400), (table, query)
            assert "Traceback" not in response.text if file_format != "parquet" else response.data
