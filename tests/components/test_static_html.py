"""`assets/static_html.js` draws the same elements as Dash."""

from __future__ import annotations

import json
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.tabs.metrics import bars
from app.tabs.misclassified import error_kinds, sentence_page, wrong_sentences
from app.views.confusion import confusion_view
from app.views.embedding_map import hover_card
from app.views.sentence_detail import sentence_detail
from components.scores import outcome_bars
from components.static_html import static_html
from tests.app.catalog import state_of
from tests.components.node import run_node
from tests.components.test_sentence_parity import HOSTILE
from tests.components.tree import as_components, children_of
from tests.runs import make_run, random_run

DRAW = """
const Fragment = Symbol("Fragment");
const React = {
  Fragment,
  createElement: (type, props, ...children) => {
    if (type === Fragment) return { fragment: children };
    if (typeof type !== "string" || !/^[a-z][a-z0-9]*$/.test(type)) throw new Error(`no element ${String(type)}`);
    return { type, props, children };
  },
  useLayoutEffect: (effect) => effect(),
};
const events = [];
const document = { dispatchEvent: (event) => events.push(event.type) };
const window = { React };
load("static_html.js", { window, document, CustomEvent: function (type) { this.type = type; } });
const flat = (list) => list.flatMap((one) => (one && one.fragment ? flat(one.fragment) : [one])).map(shown);
const shown = (one) => (one && one.type ? [one.type, one.props, flat(one.children)] : one);
const trees = input.data.map((tree) => flat([window.explainer_html.StaticHtml({ tree })]));
if (events.join() !== input.data.map(() => "explainer:drawn").join()) throw new Error(`dispatched ${events.join()}`);
give(trees);
"""


def drawn(*contents: Any) -> Any:
    """Each content as drawn in the page: a list of [tag, attributes, children] and texts."""
    return run_node(DRAW, [json.loads(json.dumps(static_html(one).tree)) for one in contents])


def expected(content: Any) -> list[Any]:
    """The expected result, from the Dash components."""
    if isinstance(content, list | tuple):
        return [one for part in content for one in expected(part)]
    if not isinstance(content, Component):
        return [content]
    attributes = {name: value for name, value in content.to_plotly_json()["props"].items() if name != "children"}
    return [[type(content).__name__.lower(), attributes, expected(children_of(content))]]


def test_views_are_drawn_completely() -> None:
    run = random_run(25, seed=2)
    state = state_of(run)
    contents = [
        confusion_view(state, normalise="gold"),
        error_kinds(state),
        sentence_page(state, wrong_sentences(state)),
        sentence_detail(state, 3),
        hover_card(state, 5),
        outcome_bars(bars(state), ["a"] * 6),
        [],
        "text",
        None,
        html.Div([None, 0, "", [html.B("x")]], className="odd"),
    ]
    for content, shown in zip(contents, drawn(*contents), strict=True):
        assert shown == json.loads(json.dumps(expected(as_components(content))))


def test_hostile_text_is_a_child_and_nothing_else() -> None:
    run = make_run([(HOSTILE, ["B-<b>"] * len(HOSTILE), ["O"] * len(HOSTILE))])
    state = state_of(run)
    (page,) = drawn(sentence_page(state, wrong_sentences(state)))

    def texts(nodes: list[Any]) -> list[str]:
        return [text for node in nodes for text in (texts(node[2]) if isinstance(node, list) else [node])]

    assert set(HOSTILE) <= set(texts(page))
