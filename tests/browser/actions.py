"""Actions of a user on the page, and what the page shows."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

QUIET = """() => {
  const busy = document.querySelector(".ag-row-loading, [data-dash-is-loading=true]");
  window.quietSince = busy ? null : (window.quietSince ?? performance.now());
  return window.quietSince !== null && performance.now() - window.quietSince > 300;
}"""
"""True after some time without pending requests: a click causes several requests, one after another."""

NUMBER = re.compile(r"[\d,]+")


def settled(page: Page) -> None:
    """Wait until no request is pending."""
    page.wait_for_load_state("networkidle")
    page.evaluate("window.quietSince = null")
    page.wait_for_function(QUIET)


def await_hunt(page: Page) -> None:
    expect(page.locator("#confusion-matrix button.cell").first).to_be_visible()
    expect(page.locator("#errors-grid .ag-row").first).to_be_visible()
    page.wait_for_function("document.querySelector('#embedding-map .js-plotly-plot')?._fullData?.length > 0")
    settled(page)


def cell(page: Page, gold: str, predicted: str):
    return page.locator(f'#confusion-matrix button[aria-label^="gold {gold}, predicted {predicted}:"]')


def number_in(text: str) -> int:
    found = NUMBER.search(text)
    assert found is not None, text
    return int(found.group().replace(",", ""))


def grid_rows(page: Page) -> int:
    return page.evaluate("dash_ag_grid.getApiAsync('errors-grid').then(grid => grid.getDisplayedRowCount())")


def highlighted(page: Page) -> int:
    return page.evaluate("document.querySelector('#embedding-highlight .js-plotly-plot')._fullData[0]._length")


def matrix_total(page: Page) -> int:
    return sum(number_in(text) for text in page.locator("#confusion-matrix button.cell").all_inner_texts())


def drag_box(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Drag over the map with the current tool; the bounds are shares of the map's size."""
    box = page.locator("#embedding-map").bounding_box()
    assert box is not None
    x = [box["x"] + share * box["width"] for share in (left, right)]
    y = [box["y"] + share * box["height"] for share in (top, bottom)]
    page.mouse.move(x[0], y[0])
    page.mouse.down()
    page.mouse.move(x[1], y[1], steps=8)
    page.mouse.up()
    settled(page)


def ranges(page: Page, name: str) -> list[list[float]]:
    return page.evaluate(
        f"(() => {{ const l = document.querySelector('#{name} .js-plotly-plot')._fullLayout;"
        " return [[...l.xaxis.range, l.width], [...l.yaxis.range, l.height]]; })()"
    )
