"""What a declared view is drawn as: its outputs, its further inputs, and the options of all tabs together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dash import Input, html, no_update
from flask.testing import FlaskClient

from analysis.projections.values import PROJECTIONS
from analysis.run.run import MissingStageError
from app.checked_dash import CheckedDash
from app.frame.tab import options_of
from app.frame.view import View
from app.options import Choice
from app.state import ViewState
from app.tabs import TABS
from tests.app.catalog import MemoryCatalog
from tests.app.dash_posts import posted
from tests.runs import random_run

RUN = random_run(3)
LETTER = Choice("letter", ("a", "b"))
DRAWN: dict[str, Any] = {
    "text": "a text",
    "element": html.P("an element"),
    "elements": [html.P("one"), html.P("two")],
    "nothing": None,
    "the same": no_update,
}


def answer(view: View, query: str = "", **values: Any) -> dict[str, Any]:
    """What the view gives its outputs, as JSON."""
    app = CheckedDash("views", suppress_callback_exceptions=True)
    app.layout = html.Div()
    view.register(app, MemoryCatalog(RUN))
    client: FlaskClient = app.server.test_client()
    (callback,) = client.get("/_dash-dependencies").get_json()
    body = posted(callback, lambda part: f"run={RUN.id}&{query}" if part["id"] == view.store else values[part["id"]])
    response = client.post("/_dash-update-component", json=body)
    result: dict[str, Any] = response.get_json()["response"] if response.status_code == 200 else {}
    return result


def kind(value: Any) -> str:
    return str(value["type"]) if isinstance(value, dict) else "list" if isinstance(value, list) else "plain"


def drawing(outputs: dict[str, Any], **extra: Any) -> View:
    return View("v", outputs=tuple(outputs), draw=lambda _state: tuple(outputs.values()), **extra)


def test_children_are_sent_as_static_html_and_other_properties_unchanged() -> None:
    given = answer(drawing(DRAWN))
    assert {name: kind(one["children"]) for name, one in given.items()} == {
        "text": "plain",
        "element": "StaticHtml",
        "elements": "StaticHtml",
        "nothing": "plain",
    }, "what is not updated is not sent"
    traces = [{"x": [1], "y": [2]}]
    assert answer(drawing({"map.data": traces, "body": "1"}))["map"]["data"] == traces


def test_elements_with_callbacks_stay_components() -> None:
    given = answer(drawing({"element": html.Div(id="box"), "elements": [html.P("one")]}, has_callbacks=True))
    assert (kind(given["element"]["children"]), kind(given["elements"]["children"])) == ("Div", "list")


def test_a_view_is_drawn_from_its_options_and_its_further_inputs() -> None:
    def draw(state: ViewState, clicks: int | None) -> str:
        return f"{state[LETTER]} {clicks}"

    view = View("v", reads=(LETTER,), outputs=("body",), draw=draw, inputs=(Input("button", "n_clicks"),))
    assert answer(view, "letter=b", button=3)["body"]["children"] == "b 3"
    assert answer(view, "letter=c", button=3) == {}, "a bad link leaves it as it was"
    assert answer(view, "letter=b", button="three") == {}, "so does a value that is not of the input's type"


def test_missing_value_shows_a_message_in_the_first_output() -> None:
    def draw(_state: ViewState) -> Any:
        raise MissingStageError("This run has no such thing.")

    given = answer(View("v", outputs=("list", "count"), draw=draw))
    assert "This run has no such thing." in str(given["list"]["children"])
    assert given["count"]["children"] is None
    assert answer(View("v", outputs=("map.figure",), draw=draw)) == {}, "a figure has no place for a sentence"


def test_view_with_unmet_needs_is_not_updated() -> None:
    needy = drawing({"body": "1"}, needs=(replace(PROJECTIONS["umap", "all"], key="no-such-value"),))
    assert answer(needy) == {}
    assert answer(drawing({"body": "1"}))["body"]["children"] == "1"


def test_option_cannot_have_two_declarations() -> None:
    options = options_of(TABS)
    assert len({option.name for option in options}) == len(options)
    one, other = (
        replace(TABS[0], name=name, views=(View(name, reads=(Choice("x", values),)),))
        for name, values in (("one", ("a", "b")), ("other", ("b", "a")))
    )
    assert options_of((one, one)) == one.options
    with pytest.raises(ValueError, match="the tab other and another tab declare different options named x"):
        options_of((one, other))
