"""A user changes the colour, icon and marker of a type."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from components.palette import DARK, LIGHT, contrast
from tests.browser.actions import await_hunt, settled

pytestmark = pytest.mark.browser

YELLOW = "rgb(255, 204, 0)"


def open_dialog(page: Page) -> None:
    page.click("#palette-button")
    expect(page.locator(".looks tbody tr").first).to_be_visible()


def close_dialog(page: Page) -> None:
    page.locator("#palette-dialog .btn-close, .modal.show .btn-close").first.click()
    expect(page.locator(".modal")).to_have_count(0)
    settled(page)


def give(page: Page, name: str, *, colour: str = "", icon: str = "", shape: str = "") -> None:
    if colour:
        page.get_by_label(f"Colour of {name}", exact=True).fill(colour)
    if icon:
        page.get_by_label(f"Icon of {name}", exact=True).fill(icon)
        page.get_by_label(f"Icon of {name}", exact=True).blur()
    if shape:
        page.get_by_label(f"Marker of {name} on the map", exact=True).select_option(shape)


def shown(page: Page, selector: str) -> tuple[str, str]:
    """Colour and icon of the first matching element."""
    return tuple(
        page.locator(selector).first.evaluate(
            "one => [getComputedStyle(one).color, getComputedStyle(one, '::before').content]"
        )
    )


def traces(page: Page, name: str) -> list[tuple[str, str]]:
    """Colour and marker of each trace of a figure."""
    found = page.evaluate(
        f"document.querySelector('#{name} .js-plotly-plot')._fullData.map(one => [one.marker.color, one.marker.symbol])"
    )
    return [tuple(one) for one in found]


def test_look_of_a_type_is_changed_and_stored(demo, open_page):
    types = sorted({str(row["gold_type"]) for row in demo.export("spans") if row["gold_type"]})
    page = open_page(demo.url())
    await_hunt(page)
    address = page.url
    open_dialog(page)
    assert page.locator(".looks .look-preview .label").all_inner_texts() == types
    name, other = types[:2]
    give(page, name, colour="#ffcc00", icon="★", shape="star")
    warning = page.locator(".looks tbody tr", has=page.get_by_label(f"Icon of {name}", exact=True)).get_by_role(
        "status"
    )
    expect(warning).to_contain_text(f"{contrast('#ffcc00', LIGHT.panel):.1f}:1, hard to read")
    close_dialog(page)
    head = f'#confusion-matrix button.head[title="gold {name}"]'
    label = f'.span .label:text-is("{name}")'
    assert shown(page, head) == (YELLOW, '"★" / ""')
    assert shown(page, f'#confusion-matrix button.head[title="gold {other}"]')[1] == "none"
    assert shown(page, f"#sentence-detail {label}, #errors-grid {label}") == (YELLOW, '"★" / ""')
    assert ("#ffcc00", "star") in traces(page, "embedding-map")
    legend = page.locator("#embedding-legend .legend-entry", has_text=name).locator(".dot.star")
    assert legend.evaluate("one => getComputedStyle(one).backgroundColor") == YELLOW
    assert page.url == address, "the address tells nothing of it"

    page.click("#tab-metrics")
    page.wait_for_function("document.querySelector('#metrics-support .js-plotly-plot')?._fullData?.length > 0")
    settled(page)
    assert any("star" in symbols for _, symbols in traces(page, "metrics-support"))
    page.goto(demo.url())
    await_hunt(page)
    assert shown(page, head) == (YELLOW, '"★" / ""')

    page.keyboard.press("d")
    settled(page)
    assert shown(page, head)[0] != YELLOW, "each theme keeps colours of its own"
    assert shown(page, head)[1] == '"★" / ""'
    page.keyboard.press("d")
    open_dialog(page)
    page.get_by_label(f"Reset {name}", exact=True).click()
    close_dialog(page)
    assert shown(page, head)[1] == "none"
    assert page.evaluate("localStorage.getItem('explainer-types')") == "[]"


@pytest.mark.parametrize("icon", ['"}', "\\", "</style>", "'", "*/"])
def test_an_icon_is_shown_as_it_is_typed(demo, open_page, icon):
    page = open_page(demo.url())
    await_hunt(page)
    open_dialog(page)
    label = page.locator(".looks .look-icon").first
    label.fill(icon)
    content = page.locator(".looks .look-preview .label").first.evaluate(
        "one => getComputedStyle(one, '::before').content"
    )
    assert content == f'{json.dumps(icon[:2])} / ""'
    label.blur()
    expect(label).to_have_value(icon[:2])


def test_invalid_stored_looks_do_no_harm(demo, open_page):
    page = open_page(demo.url())
    await_hunt(page)
    types = sorted({str(row["gold_type"]) for row in demo.export("spans") if row["gold_type"]})
    entries = [[types[0], {"light": "red}*{display:none", "shape": "no'such", "icon": "\n\u202e"}], ["x", None], 5]
    page.evaluate("text => localStorage.setItem('explainer-types', text)", json.dumps(entries))
    page.reload()
    await_hunt(page)
    assert shown(page, "#confusion-matrix button.head")[1] == "none"
    open_dialog(page)
    expect(page.get_by_label(f"Colour of {types[0]}", exact=True)).to_have_value(LIGHT.types[0])


def test_looks_work_without_storage_until_the_page_is_closed(demo, open_page):
    page = open_page(demo.url(), dark=True)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })")
    page.goto(demo.url())
    await_hunt(page)
    open_dialog(page)
    before = page.locator(".looks .look-colour").first.input_value()
    assert before == DARK.types[0]
    page.locator(".looks .look-colour").first.fill("#ffcc00")
    close_dialog(page)
    assert "#ffcc00" in [colour for colour, _ in traces(page, "embedding-map")]
    assert shown(page, "#confusion-matrix tbody button.head")[0] == YELLOW
