"""The main story of the dashboard: which errors there are, why, and in which sentences."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from analysis.projections.map_units import map_coordinates
from analysis.store.store import Store
from tests.browser.actions import (
    await_hunt,
    cell,
    drag_box,
    grid_rows,
    highlighted,
    matrix_total,
    number_in,
    ranges,
    settled,
)

pytestmark = pytest.mark.browser


def words_of(rows):
    """(sentence, position) of every word in a gold or predicted span of ledger rows."""
    covered = set()
    for row in rows:
        for side in ("gold", "predicted"):
            if row[f"{side}_start"] is not None:
                covered |= {(row["sentence_row"], at) for at in range(row[f"{side}_start"], row[f"{side}_end"])}
    return covered


def query_of(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def largest_error(spans):
    """The most frequent pair of two different types."""
    pairs = [(row["gold_type"], row["predicted_type"]) for row in spans]
    different = [pair for pair in pairs if None not in pair and pair[0] != pair[1]]
    return max(set(different), key=different.count)


def test_click_a_cell_and_the_other_views_follow(demo, open_page):
    spans = demo.export("spans")
    gold, predicted = largest_error(spans)
    rows = [row for row in spans if (row["gold_type"], row["predicted_type"]) == (gold, predicted)]
    page = open_page(demo.url())
    await_hunt(page)
    whole = matrix_total(page)
    assert whole == len(spans)

    cell(page, gold, predicted).click()
    settled(page)

    assert number_in(cell(page, gold, predicted).inner_text()) == len(rows)
    assert grid_rows(page) == len(rows)
    assert number_in(page.inner_text("#errors-count")) == len(rows)
    assert highlighted(page) == len(words_of(rows))
    assert matrix_total(page) == whole, "the matrix is not filtered by its own cell"
    assert query_of(page)["gold-type"] == gold
    expect(page.locator("#selection-bar .chip")).to_have_count(2)

    cell(page, gold, predicted).click()
    settled(page)
    assert "gold-type" not in query_of(page), "a second click clears it"
    assert highlighted(page) == 0


@pytest.mark.parametrize(
    ("gold", "predicted", "missing"), [("spurious", None, "gold_type"), (None, "missed", "predicted_type")]
)
def test_margins_are_cells_like_any_other(demo, open_page, gold, predicted, missing):
    other = "predicted_type" if missing == "gold_type" else "gold_type"
    spans = [row for row in demo.export("spans") if row[missing] is None]
    kinds = [row[other] for row in spans]
    kind = max(set(kinds), key=kinds.count)
    page = open_page(demo.url())
    await_hunt(page)
    cell(page, gold or kind, predicted or kind).click()
    settled(page)
    assert grid_rows(page) == kinds.count(kind)
    assert highlighted(page) == len(words_of(row for row in spans if row[other] == kind))


def test_tags_matrix_selects_words(demo, open_page):
    words = demo.export("words")
    pairs = [(row["gold_tag"], row["predicted_tag"]) for row in words if row["gold_tag"] != row["predicted_tag"]]
    gold, predicted = max(set(pairs), key=pairs.count)
    page = open_page(demo.url(level="tags"))
    await_hunt(page)
    cell(page, gold, predicted).click()
    settled(page)
    number = pairs.count((gold, predicted))
    assert grid_rows(page) == number == highlighted(page)
    assert page.inner_text("#errors-count").startswith(f"{number:,} word")


def test_box_on_the_map_filters_grid_and_matrix(demo, open_page):
    page = open_page(demo.url())
    await_hunt(page)
    before = grid_rows(page)
    page.click('[data-map-tool="select"][data-map="embedding-map"]')
    drag_box(page, 0.3, 0.2, 0.75, 0.8)
    method, _, corners = query_of(page)["lasso"].partition(":")
    assert method == "umap.all"
    polygon = np.array([[int(part) for part in corner.split(",")] for corner in corners.split(";")])

    run = Store(demo.store).open(demo.run)
    unit = map_coordinates(run, "umap", "all").points
    inside = ((unit > polygon.min(axis=0)) & (unit < polygon.max(axis=0))).all(axis=1)
    assert abs(highlighted(page) - inside.sum()) <= 3, (
        "rounding to whole map units moves at most the words on the border"
    )

    rows = run.words
    places = {(int(rows.sentence[i]), int(rows.position[i])) for i in np.flatnonzero(inside)}
    hit = [row for row in demo.export("spans") if words_of([row]) & places]
    assert abs(matrix_total(page) - len(hit)) <= 3
    assert grid_rows(page) < before


def test_row_focuses_its_word_and_back_undoes_it(demo, open_page):
    page = open_page(demo.url())
    await_hunt(page)
    page.locator("#errors-grid .ag-row [col-id=parts]").nth(2).click()
    settled(page)
    focus = query_of(page)["focus"]
    expect(page.locator("#sentence-detail .word.focus")).to_have_count(1)
    expect(page.locator("#sentence-detail .word.focus")).to_have_attribute("data-word", focus)
    expect(page.locator("#sentence-detail .word-list").first.locator(".word-row")).to_have_count(8)
    expect(page.locator("#confusion-matrix .in-focus")).to_have_count(1)
    expect(page.locator("#errors-grid .ag-row-selected")).to_have_count(1)
    page.go_back()
    settled(page)
    assert "focus" not in query_of(page)


def test_undo_never_leaves_the_dashboard(demo, open_page):
    page = open_page(f"{demo.address}/health")
    page.goto(demo.url(tab="misclassified"))
    settled(page)
    page.locator("#error-kinds button").first.click()
    settled(page)
    chosen = page.url
    page.go_back()
    settled(page)
    opened = page.url
    assert opened != chosen
    page.keyboard.press("u")
    settled(page)
    assert page.url == opened
    page.go_forward()
    page.reload()
    settled(page)
    assert page.url == chosen
    page.keyboard.press("u")
    settled(page)
    assert page.url == opened


def test_keys_move_the_focus_and_clear_filters(demo, open_page):
    page = open_page(demo.url(outcome="missed"))
    await_hunt(page)
    page.keyboard.press("j")
    settled(page)
    first = query_of(page)["focus"]
    page.keyboard.press("j")
    settled(page)
    assert query_of(page)["focus"] != first
    page.keyboard.press("k")
    settled(page)
    assert query_of(page)["focus"] == first
    page.keyboard.press("Escape")
    settled(page)
    assert set(query_of(page)) == {"run"}
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_link_reproduces_the_screen(demo, open_page):
    gold, predicted = largest_error(demo.export("spans"))
    page = open_page(demo.url())
    await_hunt(page)
    cell(page, gold, predicted).click()
    settled(page)
    page.keyboard.press("j")
    settled(page)
    seen = [
        page.inner_text(name) for name in ("#selection-bar", "#errors-count", "#sentence-title", "#confusion-matrix")
    ]

    again = open_page(page.url)
    await_hunt(again)
    shown = [
        again.inner_text(name) for name in ("#selection-bar", "#errors-count", "#sentence-title", "#confusion-matrix")
    ]
    assert shown == seen
    assert highlighted(again) == highlighted(page)


def test_selection_holds_across_tabs_and_clears(demo, open_page):
    gold, predicted = largest_error(demo.export("spans"))
    page = open_page(demo.url(**{"gold-type": gold, "pred-type": predicted}))
    await_hunt(page)
    number = grid_rows(page)
    for tab in ("misclassified", "metrics", "embeddings"):
        page.click(f"#tab-{tab}")
        settled(page)
        expect(page.locator("#selection-bar .chip")).to_have_count(2)
    page.click("#tab-misclassified")
    settled(page)
    sentences = {row["sentence_row"] for row in demo.export("spans", "--gold-type", gold, "--pred-type", predicted)}
    assert number_in(page.inner_text("#misclassified-count")) == len(sentences)
    page.click("#tab-hunt")
    settled(page)
    assert grid_rows(page) == number
    page.click("#selection-clear")
    settled(page)
    expect(page.locator("#selection-bar .chip")).to_have_count(0)


def await_register(page):
    """Wait until the map has its final size and the overlay shows the same range."""
    page.wait_for_function(
        """() => {
          const [map, overlay] = ["map", "highlight"].map(
            (name) => document.querySelector(`#embedding-${name} .js-plotly-plot`),
          );
          const seen = ({ _fullLayout: one }) => String([one.xaxis.range, one.yaxis.range, one.width, one.height]);
          const fills = Math.abs(map._fullLayout.width - map.clientWidth) <= 1;
          return fills && !document.querySelector("#embedding-highlight.moving") && seen(map) === seen(overlay);
        }"""
    )


def test_overlay_stays_aligned(demo, open_page):
    page = open_page(demo.url(outcome="missed"))
    await_hunt(page)
    box = page.locator("#embedding-map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    for _ in range(3):
        page.mouse.wheel(0, -500)
        settled(page)
    await_register(page)
    drag_box(page, 0.4, 0.4, 0.6, 0.5)
    zoomed = ranges(page, "embedding-map")
    assert zoomed[0][1] - zoomed[0][0] < 60_000, "the wheel zooms"
    assert ranges(page, "embedding-highlight") == zoomed
    page.set_viewport_size({"width": 1100, "height": 900})
    await_register(page)
    assert ranges(page, "embedding-highlight") == ranges(page, "embedding-map")
    page.click("#confusion-matrix button.cell.error >> nth=0")
    settled(page)
    assert ranges(page, "embedding-highlight") == ranges(page, "embedding-map")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_dark_and_light_fit_the_screen(demo, open_page, size):
    page = open_page(demo.url(), width=size[0], height=size[1], dark=True)
    await_hunt(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("d")
    settled(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload()
    await_hunt(page)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light", "the choice is kept"
    for tab in ("hunt", "metrics", "embeddings", "misclassified"):
        page.click(f"#tab-{tab}")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{tab} overflows sideways"


def test_search_and_word_filters(demo, open_page):
    word = next(row["word"] for row in demo.export("words") if row["gold_tag"].startswith("B-"))
    page = open_page(demo.url(tab="embeddings"))
    page.wait_for_selector("#find-word")
    settled(page)
    page.fill("#find-word", word)
    page.keyboard.press("Enter")
    settled(page)
    number = len(demo.export("words", "--word", word))
    assert number_in(page.inner_text("#selection-bar .counts")) == number
    page.fill("#search", word)
    page.keyboard.press("Enter")
    settled(page)
    assert query_of(page)["search"] == word
