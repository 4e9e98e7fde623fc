"""Chosen looks of types: the server validates them, and the browser escapes them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from app.frame.palette_dialog import default_looks
from components.palette import DARK, LIGHT, THEMES, contrast, type_colour, type_shape
from components.scores import support_figure
from components.type_palette import TypePalette, read_palette
from tests.components.node import run_node
from tests.components.test_scores import row

TYPES = ("LOC", "ORG", "PER", "__proto__", "<b>")
HOSTILE = [
    '"',
    "\\",
    '"}',
    "\n",
    "</style>",
    "'",
    "\\a",
    "*/",
    "{}",
    "\u2028",
    "\u202e",
    "\x00",
    "\ud800",
    "🏢",
    "👩🏽‍🚀",
]


def chosen(*entries: Any) -> TypePalette:
    return read_palette(json.dumps(entries), TYPES, LIGHT)


def test_chosen_look_replaces_only_its_defaults() -> None:
    palette = chosen(["PER", "#12ab9f", "star", "👤"], ["LOC", "", "x", ""])
    assert (palette.colour(2), palette.shape(2), palette.label(2, "PER")) == ("#12ab9f", "star", "👤 PER")
    assert (palette.colour(0), palette.shape(0), palette.label(0, "LOC")) == (LIGHT.types[0], "x", "LOC")
    for code in (-1, 1, 3, 8):
        assert (palette.colour(code), palette.shape(code)) == (type_colour(LIGHT, code), type_shape(code))
    assert palette == chosen(["LOC", "", "x", ""], ["PER", "#12ab9f", "star", "👤"]), "in any order"


@pytest.mark.parametrize(
    "entry",
    [
        ["PER", "red", "", ""],
        ["PER", "#12AB9F", "", ""],
        ["PER", "#12ab9", "", ""],
        ["PER", "#12ab9f;x", "", ""],
        ["PER", "#12ab9f\n", "", ""],
        ["PER", "", "nosuch", ""],
        ["PER", "", "", "x" * 33],
        ["PER", "", "", "a\nb"],
        ["PER", "", "", "\u202eb"],
        ["PER", "", "", "\ud800"],
        ["PLANET", "#12ab9f", "star", "p"],
        ["PER", "#12ab9f", "star"],
        ["PER", 5, "star", None],
        ["PER", "#12ab9f", "nosuch", "x"],
        {"PER": "#12ab9f"},
        "PER",
    ],
)
def test_invalid_entry_is_ignored(entry: Any) -> None:
    assert chosen(entry) == TypePalette(LIGHT)
    assert chosen(entry, ["ORG", "#000000", "", ""]).colour(1) == "#000000", "the others stay"


@pytest.mark.parametrize(
    "text", ["", "{", "null", "5", '"x"', "[" * 100_000, "[" * 50_000, "[NaN]", "[1" + "0" * 5_000 + "]"]
)
def test_invalid_json_gives_no_looks(text: str) -> None:
    assert read_palette(text, TYPES, DARK) == TypePalette(DARK)


def test_a_figure_shows_colour_marker_and_icon_as_text() -> None:
    palette = read_palette(json.dumps([["PER", "#12ab9f", "star", "<"]]), TYPES, LIGHT)
    (trace,) = support_figure([row("PER", 2), row("LOC", 0)], palette).data
    assert list(trace.marker.color) == ["#12ab9f", LIGHT.types[0]]
    assert list(trace.marker.symbol) == ["star", "circle"]
    assert list(trace.text) == ["&lt; PER", "LOC"]
    assert list(trace.customdata) == ["PER", "LOC"]


BROWSER = """
let sheet = null;
class CSSStyleSheet {
  replaceSync(text) { this.text = text; }
  constructor() { sheet = this; }
}
const stored = { "explainer-types": input.data.stored };
const localStorage = {
  getItem: (key) => { if (input.data.refuses) throw new Error("refused"); return stored[key] ?? null; },
  setItem: (key, value) => { if (input.data.refuses) throw new Error("refused"); stored[key] = value; },
};
const published = [];
const window = {
  explainer: { facts },
  localStorage,
  CSSStyleSheet,
  dash_clientside: { set_props: (id, props) => published.push([id, props]) },
};
load("palette.js", { window, document: { adoptedStyleSheets: [] } });
const { palette, chosenLooks } = window.explainer;
window.dash_clientside.palette.setTypes(input.data.types);
for (const [name, changes] of input.data.choices) palette.choose(name, changes);
palette.publish();
give({
  sheet: sheet.text,
  stored: stored["explainer-types"],
  sent: { light: chosenLooks("light"), dark: chosenLooks("dark") },
  looks: input.data.types.map((type) => palette.look(type.name)),
  published: published.length,
  contrasts: (input.data.pairs || []).map((pair) => palette.contrast(...pair)),
});
"""


def browser(*choices: tuple[str, dict[str, str]], types: tuple[str, ...] = TYPES, **given: Any) -> dict[str, Any]:
    """The results of choices in a browser."""
    data = {"types": default_looks(types), "choices": choices, "stored": None, "refuses": False, **given}
    result: dict[str, Any] = run_node(BROWSER, data)
    return result


def test_the_server_says_how_types_look_by_default() -> None:
    looks = default_looks(("A",) * 10)
    assert looks[9] == {
        "name": "A",
        "classes": "t1 textured k9",
        "shape": "square",
        **{name: theme.types[1] for name, theme in THEMES.items()},
    }


def test_style_sheet_changes_only_one_type_and_theme() -> None:
    done = browser(("PER", {"light": "#ffcc00"}), ("ORG", {"dark": "#ffcc00", "icon": "x"}))
    assert done["sheet"].splitlines() == [
        "[data-bs-theme=dark] .k1{--t:#ffcc00;}",
        '.k1{--type-icon:"\\78 "}',
        "[data-bs-theme=light] .k2{--t:#ffcc00;--on-type:var(--ink)}",
    ]
    assert done["published"] == 1


def test_what_the_browser_sends_is_what_the_server_reads() -> None:
    done = browser(("PER", {"light": "#ffcc00", "shape": "star"}), ("__proto__", {"dark": "#00ff00", "icon": "👩🏽‍🚀"}))
    light, dark = (read_palette(done["sent"][name], TYPES, theme) for name, theme in THEMES.items())
    assert (light.colour(2), light.shape(2), light.label(3, "x")) == ("#ffcc00", "star", "👩🏽‍🚀 x")
    assert (dark.colour(2), dark.shape(2), dark.colour(3)) == (DARK.types[2], "star", "#00ff00")


def test_no_chosen_look_sends_nothing() -> None:
    assert browser()["sent"] == {"light": "", "dark": ""}
    taken_back = browser(("PER", {"light": "#ffcc00", "icon": "x"}), ("PER", {"light": "", "icon": ""}))
    assert taken_back["sent"] == {"light": "", "dark": ""}
    assert (taken_back["sheet"], taken_back["stored"]) == ("", "[]")


def test_looks_are_stored_and_apply_to_runs_with_other_codes() -> None:
    stored = browser(("PER", {"light": "#ffcc00"}))["stored"]
    again = browser(types=("DATE", "PER"), stored=stored)
    assert ".k1{--t:#ffcc00" in again["sheet"]
    assert browser(types=("DATE",), stored=stored)["sheet"] == ""


def test_looks_work_without_storage_until_the_page_is_closed() -> None:
    done = browser(("PER", {"light": "#ffcc00"}), refuses=True)
    assert ".k2{--t:#ffcc00" in done["sheet"]
    assert done["looks"][2] == {"light": "#ffcc00"}


@pytest.mark.parametrize("stored", ["{", "5", '"x"', "[[]]", "[5]", '[["PER", null]]', '[["PER", {"light": "red;}"}]]'])
def test_stored_looks_are_validated(stored: str) -> None:
    assert browser(stored=stored)["sheet"] == ""


@pytest.mark.parametrize("icon", HOSTILE)
def test_an_icon_is_text_that_cannot_end_its_string(icon: str) -> None:
    done = browser(("PER", {"icon": icon}), ("ORG", {"icon": icon + icon + icon}))
    for line in done["sheet"].splitlines():
        assert re.fullmatch(r'\.k\d\{--type-icon:"(\\[0-9a-f]{1,6} )+"\}', line), line
    shown_icon = done["looks"][2].get("icon", "")
    shown = re.search(r'\.k2\{--type-icon:"(.*)"\}', done["sheet"])
    points = re.findall(r"\\([0-9a-f]+) ", shown[1]) if shown else []
    assert "".join(chr(int(point, 16)) for point in points) == shown_icon
    assert shown_icon in ("", icon, icon[:2])
    assert read_palette(done["sent"]["light"], TYPES, LIGHT).look(2).icon == shown_icon


def test_an_icon_has_two_graphemes_at_most() -> None:
    icons = ["abc", "👩🏽‍🚀👩🏽‍🚀👩🏽‍🚀", "é" * 3, "e\u0301" * 3, "🇩🇪🇫🇷🇮🇹", "a" + "\u0301" * 50]
    found = [browser(("PER", {"icon": icon}))["looks"][2].get("icon", "") for icon in icons]
    assert found == ["ab", "👩🏽‍🚀👩🏽‍🚀", "éé", "e\u0301e\u0301", "🇩🇪🇫🇷", ""]


def test_the_browser_measures_contrast_as_the_server_does() -> None:
    pairs = [(LIGHT.panel, colour) for colour in LIGHT.types] + [(DARK.panel, "#777777"), ("#000000", "#ffffff")]
    assert browser(pairs=pairs)["contrasts"] == pytest.approx([contrast(*pair) for pair in pairs])
