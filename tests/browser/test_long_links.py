"""Selections that are too long for a link, and text that is copied from a grid."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.actions import await_hunt, grid_rows, number_in, settled
from tests.browser.conftest import Dashboard, analyse, serve
from tests.tiny_models import build_tagger

pytestmark = pytest.mark.browser

SENTENCES = 1_200
LONG_ID = "a-sentence-of-a-document-with-a-long-name-{:05}"
CHINESE = "他们在北京大学学习计算机科学和人工智能"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A corpus whose ids make long links, analysed and served."""
    folder = tmp_path_factory.mktemp("many")
    model = build_tagger(folder / "model", "bert-uncased")
    corpus = folder / "corpus.jsonl"
    lines = [
        {"id": LONG_ID.format(number), "tokens": [CHINESE, "Ann", str(number)], "tags": ["O", "B-PER", "O"]}
        for number in range(SENTENCES)
    ]
    corpus.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    run = analyse(folder / "store", model, corpus)
    with serve(folder / "store", folder / "log") as address:
        yield Dashboard(address, folder / "store", run)


def selected(page, unit: str) -> int:
    counts = page.locator("#selection-bar .counts > span")
    return number_in(counts.filter(has_text=unit).inner_text())


@pytest.mark.parametrize("text", ["字" * 280, "字" * 5_000, "x" * 9_000], ids=["chinese", "long-chinese", "latin"])
def test_long_search_gives_rows_and_survives_a_reload(many, open_page, text):
    page = open_page(many.url())
    await_hunt(page)
    page.fill("#search", text)
    page.press("#search", "Enter")
    expect(page.locator("#errors-count")).to_have_text("0 spans · loss in nats")
    expect(page.locator("#errors-grid")).to_contain_text("no errors")
    is_long = len(text) > 280
    expect(page.locator("#link-note")).to_contain_text("too long for a link" if is_long else "")
    assert len(page.url) < 8_000
    page.reload()
    expect(page.locator("#errors-count")).to_have_text("0 spans · loss in nats")
    expect(page.locator("#search")).to_have_value(text)
    page.locator("#selection-bar .chip").click()
    expect(page.locator("#link-note")).to_be_empty()
    await_hunt(page)
    page.go_back()
    expect(page.locator("#search")).to_have_value(text)


def test_link_with_1200_ids_is_opened(many, open_page):
    ids = ",".join(LONG_ID.format(number) for number in range(1_100))
    page = open_page(many.url(ids=ids, tab="raw", data="sentences"))
    expect(page.locator("#raw-sentences-count")).to_have_text("1,100 sentences")
    expect(page.locator("#link-note")).to_contain_text("too long for a link")
    assert selected(page, "sentence") == 1_100
    assert len(page.url) < 8_000
    page.click("[data-do=link]")
    expect(page.locator("[data-do=link]")).to_have_attribute("data-message", re.compile("too long for a link"))
    with page.expect_download() as download:
        page.locator("[data-download='sentences.jsonl']:not([data-whole])").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["sentence_id"] for row in rows] == ids.split(",")
    page.click("#tab-hunt")
    await_hunt(page)
    assert 0 < grid_rows(page) == selected(page, "span")


def test_link_to_what_another_page_keeps_says_so(many, open_page):
    page = open_page(many.url(kept="elsewhere"))
    expect(page.locator("#problem")).to_contain_text("This link is incomplete")
    page.locator("#problem button").click()
    await_hunt(page)


def test_unknown_tab_is_said(many, open_page):
    page = open_page(many.url(tab="nosuch"))
    expect(page.locator("#link-note")).to_contain_text("There is no tab “nosuch”")
    await_hunt(page)
    page.click("#tab-raw")
    expect(page.locator("#link-note")).to_be_empty()


TABLE_CELL = "#{}-grid .ag-row [col-id={}] >> text={} >> nth=0"


@pytest.mark.parametrize(
    ("parameters", "cell", "word"),
    [
        ({}, "#errors-grid .ag-row .sentence .word:visible >> nth=0", "Ann"),
        ({"tab": "raw", "data": "words"}, TABLE_CELL.format("raw-words", "word", "Ann"), "Ann"),
        ({"tab": "inspect", "inspected": "corpus"}, TABLE_CELL.format("corpus-subwords", "word", "Ann"), "Ann"),
    ],
    ids=["errors", "raw", "inspect"],
)
def test_text_of_a_cell_can_be_copied(many, open_page, parameters, cell, word):
    page = open_page(many.url(**parameters))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    target = page.locator(cell)
    expect(target).to_be_visible()
    settled(page)
    target.dblclick()
    settled(page)
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()").strip()
    assert copied
    assert copied in word or word in copied
