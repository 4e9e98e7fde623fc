"""Which change of the URL updates which views: `assets/state.js` with the page's real routes, under node."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest

from analysis.selection.selection import CLAUSE_NAMES
from app.frame.shell import STATE, routes
from app.routes import EVERYWHERE, Route
from app.tabs import TABS
from tests.components.node import run_node

ROUTES = routes(TABS)
NAMES = [tab.name for tab in TABS]
FOCUSED = {"query-hunt-matrix", "query-embedding-highlight", "query-errors-focus", "query-sentence-detail"}
"""The stores of Hunt that change with the focus."""
SELECTED = {"query-hunt-matrix", "query-embedding-highlight", "query-errors-rows", "query-sentence-detail"}
"""The stores of Hunt that change with the selection."""

PAGE = """
const session = {};
function visit() {
  const calls = [];
  const copied = [];
  const listeners = {};
  const root = { dataset: { bsTheme: "light" } };
  const document = {
    documentElement: root,
    adoptedStyleSheets: [],
    body: { classList: { toggle: () => {} } },
    addEventListener: (name, listener) => (listeners[name] = listener),
    getElementById: (id) => (id === "page-facts" ? { dataset: { run: "newest" } } : null),
    querySelector: () => null,
    querySelectorAll: () => [],
    dispatchEvent: () => {},
  };
  const { routes, tabs } = input.data;
  const names = Object.fromEntries(
    tabs.flatMap((tab) => [[`pane-${tab}`, `hidden ${tab}`], [`tab-${tab}`, `class ${tab}`]]),
  );
  let changed = {};
  const window = {
    explainer: { facts },
    location: { search: "", origin: "http://here", pathname: "/" },
    localStorage: { getItem: () => input.data.kept || null, setItem: () => {} },
    sessionStorage: {
      getItem: (name) => (name in session ? session[name] : null),
      setItem: (name, value) => { session[name] = value; },
    },
    CSSStyleSheet: class { replaceSync() {} },
    navigator: { clipboard: { writeText: (text) => copied.push(text) } },
    history: { state: null, back: () => calls.push("back") },
    dash_clientside: {
      no_update: "no update",
      set_props: (id, props) => {
        calls.push([id, props]);
        if (id === "url") {
          window.location.search = props.search;
          window.history.state = {};
        }
        else Object.assign(changed, { [names[id] || id]: Object.values(props)[0] });
      },
    },
  };
  const nothing = () => {};
  const globals = { window, document, requestAnimationFrame: nothing, setTimeout: nothing };
  load("palette.js", { window, document });
  load("long_links.js", { window, document });
  load("state.js", { ...globals, MutationObserver: class { observe() {} }, CustomEvent: class {} });
  const state = window.dash_clientside.state;
  function changedBy(theme) {
    changed = {};
    state.route(window.location.search, theme, null, routes, tabs);
    return changed;
  }
  const click = (dataset, extra) => {
    const target = { dataset, tagName: "BUTTON", closest: () => target };
    listeners.click({ target, button: 0, preventDefault: nothing, ...extra });
  };
  const press = (key, extra) => {
    const target = { closest: () => null };
    listeners.keydown({ key, target, preventDefault: nothing, ...extra });
  };
  const copy = (target) => listeners.click({ target: Object.assign(target, { closest: () => target }) });
  return { window, root, state, calls, copied, changedBy, click, press, copy };
}
"""

VISITS = (
    PAGE
    + """
give(input.data.steps.reduce(
  ({ page, changes }, { search, theme }) => {
    page.window.location.search = search;
    return { page, changes: [...changes, page.changedBy(theme)] };
  },
  { page: visit(), changes: [] },
).changes);
"""
)

DEEDS = (
    PAGE
    + """
give(input.data.deeds.map(({ search, deeds }) => {
  const page = visit();
  page.window.location.search = search;
  const results = [];
  for (const [what, value] of deeds) {
    if (what === "click") page.click(value);
    else if (what === "press") page.press(value);
    else results.push(page.state[what](value));
  }
  return {
    search: page.window.location.search,
    theme: page.root.dataset.bsTheme,
    backs: page.calls.filter((call) => call === "back").length,
    writes: page.calls.filter((call) => call[0] === "url").length,
    results,
  };
}));
"""
)


def data(**extra: Any) -> dict[str, Any]:
    return {
        "routes": [route.as_plain() for route in ROUTES],
        "tabs": NAMES,
        **extra,
    }


def visit(*steps: str | tuple[str, str]) -> list[dict[str, Any]]:
    """The changed stores at each step of a visit; a step is a query string, or a query string and a theme."""
    pairs = [(step, "light") if isinstance(step, str) else step for step in steps]
    given = [{"search": f"?{search}", "theme": theme} for search, theme in pairs]
    result: list[dict[str, Any]] = run_node(VISITS, data(steps=given))
    return result


def stores(changed: dict[str, Any]) -> set[str]:
    """The routes among the changed stores."""
    return {name for name in changed if name in {route.name for route in ROUTES}}


def of_tab(tab: str, *, looks: bool | None = None) -> set[str]:
    return {route.name for route in ROUTES if route.tab == tab and looks in (None, route.looks)}


def passed_on(route: Route, query: str, theme: str) -> str:
    """The expected content of a route, as an independent implementation."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    run = given.pop("run", "") or "newest"
    kept = {name: value for name, value in given.items() if name in route.parameters}
    assert ("tab" in route.parameters) == (route.tab == EVERYWHERE)
    return urlencode(sorted({**kept, "run": run, **({"theme": theme} if route.looks else {})}.items()))


def same(one: str, other: str) -> bool:
    return parse_qsl(one, keep_blank_values=True) == parse_qsl(other, keep_blank_values=True)


def test_first_visit_shows_the_first_tab_and_the_newest_run() -> None:
    (changed,) = visit("")
    assert stores(changed) == {STATE} | of_tab("hunt")
    assert changed[STATE] == "run=newest"
    assert changed["run-hunt"] == "newest"
    assert [name for name in NAMES if f"run-{name}" in changed] == ["hunt"]
    assert [changed[f"hidden {name}"] for name in NAMES] == [False] + [True] * (len(NAMES) - 1)
    assert [changed[f"class {name}"] for name in NAMES] == ["tab-link current"] + ["tab-link"] * (len(NAMES) - 1)


def test_unknown_tab_shows_the_first_tab() -> None:
    (changed,) = visit("tab=nosuch")
    assert changed["hidden hunt"] is False
    assert sum(changed[f"hidden {name}"] for name in NAMES) == len(NAMES) - 1


def test_note_says_what_differs_from_the_link() -> None:
    unknown, known, lost = visit("tab=nosuch", "tab=raw", "tab=raw&kept=elsewhere")
    assert "“nosuch”" in unknown["link-note"]
    assert known["link-note"] == ""
    assert "link-note" not in lost, "the server says what is missing"
    assert parse_qsl(lost[STATE])[0] == ("kept", "elsewhere")


def test_long_selection_reaches_the_views_and_not_the_url() -> None:
    long = "漢" * 5_000
    done = after("?run=R", ("searchFor", long))
    assert set(done["query"]) == {"run", "kept"}
    assert after("?run=R", ("searchFor", long), ("searchFor", ""))["query"] == {"run": "R"}
    (_, changed) = visit("run=R", f"run=R&{urlencode({'search': long})}")
    assert dict(parse_qsl(changed["query-errors-rows"]))["search"] == long


def test_long_link_is_not_copied() -> None:
    script = """
const page = visit();
page.window.location.search = input.data.search;
const target = { dataset: { do: "link" }, tagName: "BUTTON" };
page.copy(target);
give([page.copied, target.dataset.message]);
"""
    assert run_node(PAGE + script, data(search="?run=R")) == [["http://here/?run=R"], None]
    copied, message = run_node(PAGE + script, data(search="?run=R&search=" + "x" * 9_000))
    assert copied == []
    assert "too long for a link" in message


def test_focus_does_not_update_views_of_the_selection() -> None:
    _, changed = visit("run=R&gold-type=PER", "run=R&gold-type=PER&focus=3")
    assert stores(changed) == {STATE, *FOCUSED}
    assert same(changed["query-errors-focus"], "focus=3&run=R")


def test_clause_does_not_update_the_base_map() -> None:
    _, changed = visit("run=R", "run=R&gold-type=PER&pred-type=none")
    assert stores(changed) == {STATE, *SELECTED}


def test_map_options_update_only_the_map() -> None:
    _, changed = visit("run=R", "run=R&points=entities")
    assert stores(changed) == {STATE, "query-embedding-map", "query-embedding-highlight"}


def test_normalisation_of_the_matrix_does_not_update_the_grid() -> None:
    _, changed = visit("run=R", "run=R&norm=gold")
    assert stores(changed) == {STATE, "query-hunt-matrix"}
    _, changed = visit("run=R", "run=R&level=tags")
    assert {"query-hunt-matrix", "query-errors-rows"} <= stores(changed)


def test_theme_updates_only_shown_figures() -> None:
    for tab in NAMES:
        _, changed = visit(f"run=R&tab={tab}", (f"run=R&tab={tab}", "dark"))
        assert stores(changed) == of_tab(tab, looks=True)
        assert all("theme=dark" in changed[name] for name in stores(changed))


def test_hidden_tab_is_not_updated_until_it_is_shown() -> None:
    changes = visit(
        "run=R",
        "run=R&tab=metrics",
        "run=R&tab=metrics&gold-type=PER",
        "run=R&gold-type=PER",
        "run=R&tab=metrics&gold-type=PER",
    )
    assert stores(changes[1]) == {STATE} | of_tab("metrics")
    assert stores(changes[2]) == {STATE} | of_tab("metrics")
    assert stores(changes[3]) == {STATE, *SELECTED}
    assert stores(changes[4]) == {STATE}
    assert [name for changed in changes for name in changed if name.startswith("run-")] == ["run-hunt", "run-metrics"]


def test_another_run_redraws_the_pane() -> None:
    _, changed, again = visit("run=R", "run=S", "run=S&tab=misclassified")
    assert changed["run-hunt"] == "S"
    assert stores(changed) == {STATE} | of_tab("hunt")
    assert again["run-misclassified"] == "S"


def test_routes_of_a_shown_tab_always_contain_their_part_of_the_url() -> None:
    random = np.random.default_rng(7)
    values = {
        "run": ["R", "S", ""],
        "tab": [*NAMES, "nosuch"],
        "focus": ["1", "2"],
        "gold-type": ["PER", "none", "=none"],
        "search": ["a b&c=d+e", "é%", ""],
        "lasso": ["umap.all:1,2;3,4;-5,6"],
        **{
            name: ["x", "y"]
            for name in ("method", "points", "colour", "level", "norm", "share", "diagonal", "sort", "page")
        },
    }
    steps = []
    for _ in range(150):
        chosen = {name: str(random.choice(few)) for name, few in values.items() if random.random() < 0.4}
        steps.append((urlencode(chosen), str(random.choice(["light", "dark"]))))
    held: dict[str, Any] = {}
    for (query, theme), changed in zip(steps, visit(*steps), strict=True):
        tab = dict(parse_qsl(query)).get("tab")
        shown = tab if tab in NAMES else NAMES[0]
        for route in ROUTES:
            if route.tab in (shown, EVERYWHERE):
                wanted = passed_on(route, query, theme)
                assert same(changed.get(route.name, held.get(route.name, "")), wanted), (route, query)
                assert route.name not in held or (route.name in changed) == (not same(held[route.name], wanted))
            else:
                assert route.name not in changed, (route, query)
        held |= changed


def after(search: str, *deeds: tuple[str, Any]) -> dict[str, Any]:
    """The URL after clicks and keys."""
    (result,) = run_node(DEEDS, data(deeds=[{"search": search, "deeds": deeds}]))
    return {**result, "query": dict(parse_qsl(result["search"].lstrip("?"), keep_blank_values=True))}


CELL = '{"gold-tag": null, "pred-tag": null, "gold-type": "PER", "pred-type": "=none"}'


def test_click_on_a_cell_selects_it_and_a_second_click_clears_it() -> None:
    start = "?run=R&gold-tag=B-LOC&focus=7&page=3&level=types"
    once = after(start, ("click", {"toggle": CELL}))
    assert once["query"] == {"run": "R", "level": "types", "gold-type": "PER", "pred-type": "=none"}
    twice = after(start, ("click", {"toggle": CELL}), ("click", {"toggle": CELL}))
    assert twice["query"] == {"run": "R", "level": "types"}


def test_click_on_a_word_changes_only_the_focus() -> None:
    assert after("?run=R&search=a%20b&page=2", ("click", {"word": "5"}))["query"] == {
        "run": "R",
        "search": "a b",
        "page": "2",
        "focus": "5",
    }


def test_first_click_adds_the_run_to_the_link() -> None:
    assert after("", ("click", {"word": "5"}))["query"] == {"run": "newest", "focus": "5"}


def test_another_run_keeps_only_the_tab() -> None:
    assert after("?run=R&tab=metrics&gold-type=PER&focus=1&level=tags", ("pickRun", "S"))["query"] == {
        "tab": "metrics",
        "run": "S",
    }
    assert after("?run=R&gold-type=PER", ("pickRun", "R"))["writes"] == 0
    assert after("", ("pickRun", "newest"))["writes"] == 0


def test_another_order_goes_back_to_the_first_page() -> None:
    assert after("?run=R&page=4&focus=2", ("click", {"navigate": '{"sort": "length"}'}))["query"] == {
        "run": "R",
        "focus": "2",
        "sort": "length",
    }


@pytest.mark.parametrize("action", [("click", {"do": "clear"}), ("press", "c")])
def test_clear_removes_every_clause(action: tuple[str, Any]) -> None:
    everything = urlencode(
        {"run": "R", "tab": "metrics", "level": "tags", "focus": "1", **dict.fromkeys(CLAUSE_NAMES, "1")}
    )
    assert after(f"?{everything}", action)["query"] == {"run": "R", "tab": "metrics", "level": "tags"}


def test_escape_removes_clicked_clauses_and_keeps_typed_ones() -> None:
    everything = urlencode({"run": "R", "focus": "1", **dict.fromkeys(CLAUSE_NAMES, "1")})
    kept = set(after(f"?{everything}", ("press", "Escape"))["query"])
    typed = {"min-loss", "max-loss", "min-confidence", "max-confidence", "search", "ids", "documents"}
    assert kept == {"run"} | typed


def test_undo_goes_back_or_clears_the_first_step() -> None:
    done = after("?run=R", ("click", {"word": "1"}), ("press", "u"))
    assert done["backs"] == 1
    done = after("?run=R&gold-type=PER", ("press", "u"))
    assert (done["backs"], done["query"]) == (0, {"run": "R"})


def test_typing_searches_and_an_empty_box_clears_the_search() -> None:
    assert after("?run=R&focus=1", ("searchFor", "a & b"))["query"] == {"run": "R", "search": "a & b"}
    assert after("?run=R&search=x", ("searchFor", ""))["query"] == {"run": "R"}
    assert after("?run=R&search=x", ("searchFor", "x"))["writes"] == 0
    assert after("?run=R", ("searchFor", None))["writes"] == 0
    assert after("?run=R", ("findWord", "Rome"))["query"] == {"run": "R", "word": "Rome"}


def test_an_intent_is_applied() -> None:
    done = after("?run=R", ("applyIntent", {"focus": "3", "lasso": None}), ("applyIntent", None))
    assert (done["query"], done["results"]) == ({"run": "R", "focus": "3"}, ["no update"] * 2)


def test_the_same_state_is_not_written_twice() -> None:
    assert after("?run=R", ("click", {"word": "1"}), ("click", {"word": "1"}))["writes"] == 1


def test_d_toggles_the_theme_and_keys_with_a_modifier_do_nothing() -> None:
    assert after("?run=R", ("press", "d"))["theme"] == "dark"
    assert after("?run=R", ("press", "d"), ("press", "d"))["theme"] == "light"


def test_ids_of_routes_are_distinct_and_their_tabs_exist() -> None:
    names = [route.name for route in ROUTES]
    assert len(set(names)) == len(names)
    assert {route.tab for route in ROUTES} == {EVERYWHERE, *NAMES}
