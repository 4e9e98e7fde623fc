"""The column labels of the confusion matrix are complete, for any length and number."""

from __future__ import annotations

import json
from itertools import cycle

import pytest
from playwright.sync_api import expect

from tests.browser.actions import await_hunt, settled
from tests.browser.conftest import Dashboard, analyse, serve
from tests.tiny_models import build_tagger

pytestmark = pytest.mark.browser

SHORT = ["LOC", "PER"]
LONG = ["corporation", "creative-work", "group", "location", "person", "product"]
MANY = [
    f"{kind}-{part}" for kind in ("art", "building", "organization") for part in ("company", "law", "other", "park")
]

NAMES = """(holder) => [...holder.querySelectorAll("thead .head")].map((head) => {
  const box = head.getBoundingClientRect(), panel = holder.closest(".body").getBoundingClientRect();
  return {
    name: head.textContent,
    cut: head.scrollWidth > head.clientWidth + 1,
    wider: head.scrollWidth > head.parentElement.clientWidth,
    beyond: box.top < panel.top - 1 || box.right > panel.right + 1,
  };
})"""


CELLS = """(all) => all.map((one) => ({
  size: [one.clientWidth, one.clientHeight], cut: one.scrollWidth > one.clientWidth,
}))"""


@pytest.fixture(scope="module", params=[SHORT, LONG, MANY], ids=["short", "long", "many"])
def named(request, tmp_path_factory):
    """A run with types of these names, and the names."""
    folder = tmp_path_factory.mktemp("named")
    model = build_tagger(folder / "model", "bert-uncased", request.param)
    kinds = cycle(request.param)
    lines = [
        {
            "tokens": ["Anna", "visits", "Paris", "and", "Lyon"],
            "tags": [f"B-{next(kinds)}", "O", f"B-{next(kinds)}", "O", "O"],
        }
        for _ in range(40)
    ]
    corpus = folder / "corpus.jsonl"
    corpus.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    run = analyse(folder / "store", model, corpus, "--name", "named")
    with serve(folder / "store", folder / "log") as address:
        yield Dashboard(address, folder / "store", run), request.param


@pytest.mark.parametrize(
    ("tab", "size"), [("hunt", (1366, 768)), ("metrics", (1366, 768)), ("hunt", (1920, 1080))], ids=str
)
def test_names_are_complete_and_slanted_only_if_necessary(named, open_page, tab, size):
    dashboard, types = named
    page = open_page(dashboard.url(tab=tab), width=size[0], height=size[1], dark=tab == "metrics")
    holder = page.locator(f"#pane-{tab} .confusion-holder")
    for level in ("types", "tags"):
        page.click(f'#pane-{tab} [data-option="level"][data-value="{level}"]')
        expect(holder.locator("thead .head").last).to_have_text({"types": "missed", "tags": "O"}[level])
        settled(page)
        names = holder.evaluate(NAMES)
        assert not [one["name"] for one in names if one["cut"]]
        slanted = holder.get_attribute("data-heads") == "slanted"
        assert slanted == any(one["wider"] for one in names)
        if level == "types":
            assert [one["name"] for one in names] == [*sorted(types), "missed"]
            assert slanted == (types is not SHORT)
        if types is not MANY and tab == "hunt":
            assert not [one["name"] for one in names if one["beyond"]]
        cells = holder.locator("button.cell").evaluate_all(CELLS)
        assert min(min(cell["size"]) for cell in cells) >= 24
        assert not any(cell["cut"] for cell in cells)


def test_names_adapt_to_the_width(named, open_page):
    dashboard, types = named
    page = open_page(dashboard.url())
    await_hunt(page)
    holder = page.locator("#confusion-matrix")
    page.set_viewport_size({"width": 3200, "height": 900})
    expected = "slanted" if types is MANY else None
    page.wait_for_function(
        "wanted => (document.querySelector('#confusion-matrix').dataset.heads ?? null) === wanted", arg=expected
    )
    assert not [one["name"] for one in holder.evaluate(NAMES) if one["cut"]]
