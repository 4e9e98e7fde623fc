"""What Python states is what the page's scripts use: where a fact changes, they follow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from gunicorn.http.message import MAX_REQUEST_LINE

from app import factory
from app.factory import create_app
from app.frame.browser_facts import LONGEST_QUERY, browser_facts
from app.settings import Settings
from components.palette import LIGHT, contrast
from tests.components.node import run_node

PAGE = """
const calls = [];
const listeners = {};
const stored = {};
const noPlot = { querySelector: () => null, dataset: { run: "R" }, value: "" };
const box = { _fullLayout: { xaxis: { range: [0, 9] }, yaxis: { range: [0, 9] } } };
const document = {
  documentElement: { dataset: { bsTheme: "light" } },
  adoptedStyleSheets: [],
  addEventListener: (name, listener) => ((listeners[name] ||= []).push(listener)),
  dispatchEvent: () => {},
  getElementById: (id) => (id === "drawn" ? { querySelector: () => box } : noPlot),
  querySelector: () => null,
  querySelectorAll: () => [],
};
const window = {
  explainer: { facts },
  location: { search: input.data.search || "" },
  localStorage: { getItem: () => null, setItem: (name, value) => (stored[name] = value) },
  sessionStorage: { getItem: () => null, setItem: () => {} },
  CSSStyleSheet: class { replaceSync() {} },
  dash_clientside: { set_props: (id, props) => calls.push([id, props]) },
  Plotly: { relayout: () => {} },
};
const nothing = () => {};
class Observer { observe() {} }
const globals = {
  window, document, requestAnimationFrame: nothing, setTimeout: nothing,
  MutationObserver: Observer, ResizeObserver: Observer, CustomEvent: class {},
};
const scripts = ["palette.js", "long_links.js", "state.js", "map.js", "probing.js", "activity.js"];
for (const name of scripts) load(name, globals);
const { activity, map, probing } = window.dash_clientside;
const { palette } = window.explainer;
const press = (key) => {
  const event = { key, target: { closest: () => null }, preventDefault: nothing };
  for (const listener of listeners.keydown) listener(event);
};
"""
BOX = {"range": {"x": [0, 9], "y": [0, 9]}}


def follow(script: str, search: str = "", **facts: Any) -> Any:
    """What a script gives in a page with other facts."""
    return run_node(PAGE + script, {"search": search, "box": BOX}, **facts)


def changed(group: str, **values: Any) -> dict[str, Any]:
    return {group: {**browser_facts()[group], **values}}


def test_the_page_carries_the_facts_before_its_scripts() -> None:
    page = create_app(Settings(Path("no-store"))).server.test_client().get("/").text
    carried = re.search(r"window\.explainer = \{ facts: (\{.*\}) \};", page)
    assert carried is not None
    assert json.loads(carried[1]) == json.loads(json.dumps(browser_facts()))
    assert carried.start() < page.index("assets/state.js")
    assert "FACTS" not in page


def test_fact_cannot_end_its_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "browser_facts", lambda: {"text": "</script><b>"})
    page = create_app(Settings(Path("no-store"))).server.test_client().get("/").text
    assert "<b>" not in page
    carried = re.search(r"facts: (\{.*\}) \}", page)
    assert carried is not None
    assert json.loads(carried[1]) == {"text": "</script><b>"}


def test_a_link_fits_into_a_request_of_any_server() -> None:
    """gunicorn takes at most 8,190 bytes if it limits addresses at all; nginx, by default, 8,192."""
    assert LONGEST_QUERY + len("GET /?") + len(" HTTP/1.1\r\n") <= MAX_REQUEST_LINE


@pytest.mark.parametrize("show", ["activity.show(1, text)", "probing.tag(1, text)"])
def test_text_too_long_for_a_link_is_kept_in_the_page(show: str) -> None:
    script = f"const text = 'x'.repeat(40); {show}; give([window.location.search, calls]);"
    assert "text=xxx" in str(follow(script, longestQuery=60))
    assert "text=xxx" not in str(follow(script, longestQuery=30))


def test_line_ends_match_the_server() -> None:
    script = """
noPlot.value = "a|b";
probing.show("a|c");
const button = { dataset: { rewrite: JSON.stringify({ line: 1, text: "d" }) } };
const event = { target: { closest: (selector) => (selector === "[data-rewrite]" ? button : null) } };
for (const listener of listeners.click) listener(event);
give(calls.map(([, props]) => new URLSearchParams(props.search).get("text")));
"""
    assert follow(script, lineEnd=r"\|") == ["a\nb"]


def test_map_without_a_figure_shows_the_full_range() -> None:
    layout = follow('give(map.highlight([], "none", "none").layout)', mapRange=[-5, 6])
    assert [layout["xaxis"]["range"], layout["yaxis"]["range"]] == [[-5, 6]] * 2


def test_a_lasso_names_the_default_map_where_the_url_names_none() -> None:
    script = "map.lasso(input.data.box, 'run=R', 'drawn'); give(calls)"
    (call,) = follow(script, **changed("defaults", method="m", points="p"))
    assert "lasso=m.p%3A" in call[1]["search"]


def test_escape_and_clear_remove_the_clauses_that_python_names() -> None:
    facts = {"clauses": ["typed", "clicked"], "clickedClauses": ["clicked"]}
    search = "?run=R&typed=1&clicked=1&other=1"
    assert follow("press('Escape'); give(calls[0][1].search)", search, **facts) == "?run=R&typed=1&other=1"
    assert follow("press('c'); give(calls[0][1].search)", search, **facts) == "?run=R&other=1"


def test_theme_is_stored_under_the_key_that_the_page_reads() -> None:
    assert follow("press('d'); give(stored)", themeKey="where") == {"where": "dark"}


def test_contrast_uses_the_constants_of_python() -> None:
    script = 'give(palette.contrast("#ffffff", "#1d69c6"))'
    assert follow(script) == pytest.approx(contrast("#ffffff", "#1d69c6"))
    assert follow(script, **changed("luminance", weights=[0, 0, 0])) == 1


def test_look_is_validated_as_on_the_server() -> None:
    script = """
palette.choose("PER", { light: "#12ab9f", shape: "star", icon: "ab" });
give(palette.look("PER"));
"""
    assert follow(script) == {"light": "#12ab9f", "shape": "star", "icon": "ab"}
    assert follow(script, **changed("types", shapes=["circle"])) == {"light": "#12ab9f", "icon": "ab"}
    assert follow(script, **changed("types", colour="#[0-8a-f]{6}")) == {"shape": "star", "icon": "ab"}
    assert follow(script, **changed("types", unfitInIcon="[b]"))["icon"] == "a"
    assert "icon" not in follow(script, **changed("types", longestIcon=1))


def test_text_on_a_chosen_colour_has_the_higher_contrast() -> None:
    script = """
let sheet = "";
document.adoptedStyleSheets[0].replaceSync = (text) => (sheet = text);
window.dash_clientside.palette.setTypes([{ name: "PER" }]);
palette.choose("PER", { light: "#777777" });
give(sheet.includes("--on-type:var(--ink)"));
"""
    for ink, on_type in ((LIGHT.ink, "#777777"), ("#777777", LIGHT.on_type)):
        stands_out = contrast(ink, "#777777") > contrast(on_type, "#777777")
        assert follow(script, themes={"light": {"ink": ink, "onType": on_type}}) == stands_out
