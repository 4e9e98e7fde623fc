"""Forged posts: values of any type for any input of any callback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from dash.exceptions import PreventUpdate
from typing_extensions import TypedDict

from analysis.run.run import Run
from app import factory
from app.checked_dash import checked
from app.factory import create_app
from app.settings import Settings
from tests.app.catalog import MemoryCatalog
from tests.app.dash_posts import posted
from tests.app.test_every_tab import EVERY_TAB, Dashboard, as_published, with_later_stages
from tests.runs import random_run

DEEP: Any = {"points": [{"points": [[[{}]]]}]}
FORGED: dict[str, Any] = {
    "nothing": None,
    "a truth": True,
    "a number": 7,
    "a negative number": -1,
    "a large number": 10**30,
    "a fraction": 0.5,
    "a list": [],
    "a list of texts": ["run", "focus"],
    "a list of lists": [[], [[]]],
    "an object": {},
    "a deep object": DEEP,
    "an object for the query": {"run": "x", "focus": [1]},
    "text": "run",
    "half a surrogate pair": "\ud800",
    "a NUL": "\0",
    "a long text": "run=" + "x" * 5_000,
    "no points": {"points": None},
    "empty points": {"points": []},
    "a point that is none": {"points": [7]},
    "a point of nothing": {"points": [{}]},
    "a point of texts": {"points": [{"curveNumber": "0", "pointNumber": "0", "customdata": [], "bbox": "wide"}]},
    "a point of lists": {"points": [{"curveNumber": [0], "pointNumber": [0], "customdata": {}, "bbox": []}]},
    "a point nowhere": {
        "points": [{"curveNumber": 10**30, "pointNumber": -5, "customdata": "?", "bbox": {"x0": None}}]
    },
    "typed numbers": {"text": 7, "before": 7, "run": 7, "focus": 7},
    "typed lists": {"text": ["a"], "before": [], "run": [], "focus": []},
    "typed objects": {"text": {"a": 1}, "before": {}, "run": {}, "focus": {}},
}


@pytest.fixture(scope="module")
def dashboard() -> Iterator[Dashboard]:
    run = as_published(with_later_stages(random_run(12, seed=4)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "RunCatalog", lambda store: MemoryCatalog(run))
        yield Dashboard(run, create_app(Settings(Path("the-store"), debug=True)).server.test_client())


def right(part: dict[str, Any], run: Run) -> Any:
    """The value that the page sends for an input or state."""
    if part["id"].startswith("query-"):
        return urlencode({"run": run.id, "focus": 0})
    return run.id if part["id"].startswith("run-") or part["id"] == "palette-run" else None


def post(dashboard: Dashboard, callback: dict[str, Any], values: list[Any]) -> tuple[int, str]:
    """Call a callback with values for its inputs, then its states."""
    given = iter(values)
    body = posted(callback, lambda _part: next(given))
    answer = dashboard.client.post("/_dash-update-component", data=json.dumps(body), content_type="application/json")
    return answer.status_code, answer.text


def test_callbacks_accept_what_the_page_sends(dashboard: Dashboard) -> None:
    """A precondition of the other tests. Only callbacks of clicks that did not happen return nothing."""
    quiet = []
    for callback in dashboard.callbacks:
        parts = [*callback["inputs"], *callback["state"]]
        if post(dashboard, callback, [right(part, dashboard.run) for part in parts])[0] == 204:
            quiet += [callback["inputs"][0]["property"]]
    assert set(quiet) <= {"clickData", "n_intervals"}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_forged_value_never_causes_a_server_error(dashboard: Dashboard, forged: Any) -> None:
    assert len(dashboard.callbacks) > 2 * len(EVERY_TAB)
    for callback in dashboard.callbacks:
        parts = [*callback["inputs"], *callback["state"]]
        good = [right(part, dashboard.run) for part in parts]
        for at in range(len(parts)):
            values = [*good[:at], forged, *good[at + 1 :]]
            status, text = post(dashboard, callback, values)
            assert status in (200, 204), (callback["output"], parts[at], text[:300])
        assert post(dashboard, callback, [forged] * len(parts))[0] in (200, 204), callback["output"]


class Place(TypedDict):
    at: int


class Note(TypedDict, total=False):
    text: str | None
    places: list[Place]


@pytest.mark.parametrize(
    ("kind", "fitting", "others"),
    [
        (str, ["", "日本"], [None, 1, [], "a\udc00"]),
        (int, [0, -(10**30)], [0.0, True, "1", None]),
        (float, [0.5, 2], [True, 10**400, "1", None]),
        (str | None, ["a", None], [0, [], {}, "\ud800"]),
        (list[int], [[], [1, 2]], [None, [1, "2"], {}, 1]),
        (Place, [{"at": 1}, {"at": 1, "else": []}], [{}, {"at": "1"}, {"At": 1}, [], None]),
        (
            Note | None,
            [{}, None, {"text": None}, {"places": [{"at": 0}]}],
            [{"text": 1}, {"text": "\ud800"}, {"places": [{}]}, []],
        ),
        (Any, [None, 1, [{}], "a"], []),
    ],
)
def test_values_of_a_type(kind: Any, fitting: list[Any], others: list[Any]) -> None:
    read = []

    def draw(value: Any) -> None:
        read.append(value)

    draw.__annotations__["value"] = kind
    call = checked(draw)
    for value in fitting:
        call(value)
    assert len(read) == len(fitting)
    for value in others:
        with pytest.raises(PreventUpdate):
            call(value)


def test_only_declared_keys_of_an_object_are_read() -> None:
    @checked
    def draw(place: Place) -> Place:
        return place

    assert draw({"at": 1, "else": []}) == {"at": 1}


def test_callback_is_not_called_with_invalid_values() -> None:
    called = []

    @checked
    def draw(query: str | None, place: Place | None) -> None:
        called.append((query, place))

    draw("a", None)
    for values in ((1, None), ("a", {}), (None, "b")):
        with pytest.raises(PreventUpdate):
            draw(*values)
    assert called == [("a", None)]
