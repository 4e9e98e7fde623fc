"""A sentence as the tagger sees it, the corpus as a grid, and downloads."""

from __future__ import annotations

import subprocess
import sys
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from tests.browser.actions import number_in, settled
from tests.browser.test_story import largest_error, query_of
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pieces(demo):
    """The subwords of each sentence of the demo's corpus."""
    found = {}
    for row in demo.export("subwords"):
        found.setdefault(row["sentence_row"], []).append(row)
    return found


def tokens_shown(page):
    return page.locator(".subword-table tr[data-word] code").all_inner_texts()


def grid_count(page, name):
    return page.evaluate(f"dash_ag_grid.getApiAsync('{name}').then(grid => grid.getDisplayedRowCount())")


def test_step_through_sentences_and_go_to_one(demo, open_page, pieces):
    gold, predicted = largest_error(demo.export("spans"))
    clauses = {"gold-type": gold, "pred-type": predicted}
    sentences = sorted(
        {row["sentence_row"] for row in demo.export("sentences", "--gold-type", gold, "--pred-type", predicted)}
    )
    page = open_page(demo.url(tab="inspect", **clauses))
    settled(page)
    assert tokens_shown(page) == [row["token"] for row in pieces[sentences[0]]]
    expect(page.locator(".inspect-steps .note")).to_have_text(f"1 of {len(sentences)}")
    expect(page.locator(".subword-table tr.special")).to_have_count(2)
    assert number_in(page.inner_text("#inspect-subwords-count")) == len(pieces[sentences[0]])
    ignored = page.locator(".subword-table tbody td:nth-child(6)", has_text="ignored").count()
    assert ignored == sum(row["subword"] > 0 for row in pieces[sentences[0]])

    page.keyboard.press("j")
    settled(page)
    assert tokens_shown(page) == [row["token"] for row in pieces[sentences[1]]]
    expect(page.locator("#inspect-sentence .word.focus")).to_have_attribute("data-word", query_of(page)["focus"])
    page.get_by_label("Next sentence").click()
    settled(page)
    assert tokens_shown(page) == [row["token"] for row in pieces[sentences[2]]]
    page.keyboard.press("k")
    settled(page)
    assert tokens_shown(page) == [row["token"] for row in pieces[sentences[1]]]

    outside = next(row for row in sorted(pieces) if row not in sentences)
    page.fill("#inspect-jump", f"#{outside}")
    page.keyboard.press("Enter")
    settled(page)
    assert tokens_shown(page) == [row["token"] for row in pieces[outside]]
    expect(page.locator(".inspect-steps .note")).to_contain_text("not one of")
    page.fill("#inspect-jump", "no such sentence")
    page.keyboard.press("Enter")
    expect(page.locator("#inspect-said")).to_contain_text("No sentence has the id or number 'no such sentence'")
    assert tokens_shown(page) == [row["token"] for row in pieces[outside]]

    page.locator(".subword-table tr[data-word]").last.click()
    settled(page)
    assert page.locator(".subword-table tr.current code").last.inner_text() == pieces[outside][-1]["token"]


def test_long_sentences_are_shown_window_by_window(demo, open_page, pieces):
    cut = [row for row, found in pieces.items() if any(piece["window"] for piece in found)]
    assert cut, "the demo's corpus has sentences longer than its tagger's input"
    page = open_page(demo.url(tab="inspect"))
    settled(page)
    page.fill("#inspect-jump", f"#{cut[0]}")
    page.keyboard.press("Enter")
    settled(page)
    windows = sorted({piece["window"] for piece in pieces[cut[0]] if piece["window"] is not None})
    buttons = page.locator(".window-switch .segment")
    expect(buttons).to_have_count(len(windows))
    for window in windows:
        buttons.nth(window).click()
        settled(page)
        expect(buttons.nth(window)).to_have_attribute("aria-pressed", "true")
        assert tokens_shown(page) == [piece["token"] for piece in pieces[cut[0]] if piece["window"] == window]
        expect(page.locator(".subword-table tr.gap")).not_to_have_count(0)


def test_the_corpus_is_a_grid_that_is_sorted_on_the_server(demo, open_page, pieces):
    everything = [row for found in pieces.values() for row in found]
    page = open_page(demo.url(tab="inspect", inspected="corpus"))
    settled(page)
    count = page.locator("#corpus-subwords-count")
    expect(count).to_contain_text("special tokens shown, not counted")
    assert number_in(count.inner_text()) == len(everything)
    expect(page.locator("#corpus-subwords-grid .quiet-row").first).to_be_visible()
    page.click("#corpus-subwords-grid .ag-header-cell[col-id=loss]")
    settled(page)
    losses = sorted((row["loss"] for row in everything if row["loss"] is not None), reverse=True)
    first = page.locator("#corpus-subwords-grid .ag-row[row-index='0'] [col-id=loss]")
    expect(first).to_have_text(f"{losses[0]:.2f}")
    first.click()
    settled(page)
    focus = query_of(page)["focus"]
    page.keyboard.press("j")
    settled(page)
    assert query_of(page)["focus"] != focus
    page.keyboard.press("k")
    settled(page)
    assert query_of(page)["focus"] == focus

    page.click('[data-option="units"][data-value="words"]')
    settled(page)
    assert grid_count(page, "corpus-words-grid") == len(demo.export("words"))
    page.click('[data-option="inspected"][data-value="sentence"]')
    settled(page)
    expect(page.locator("#inspect-sentence .word.focus")).to_have_attribute("data-word", focus)


def exported(demo, table, file_format, *clauses):
    command = [sys.executable, "-m", "analysis", "export", demo.run, "--table", table, "--format", file_format]
    return subprocess.run(
        [*command, "--store", str(demo.store), *clauses], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout


@pytest.mark.parametrize("table", ["spans", "words", "loaded"])
def test_a_cell_of_the_matrix_is_downloaded_as_the_command_line_exports_it(demo, open_page, table):
    gold, predicted = largest_error(demo.export("spans"))
    page = open_page(demo.url(tab="raw", data=table, **{"gold-type": gold, "pred-type": predicted}))
    settled(page)
    clauses = ("--gold-type", gold, "--pred-type", predicted)
    expect(page.locator(f"#raw-{table}-count")).to_have_text(
        f"{len(demo.export(table, *clauses)):,} {table}".replace("loaded", "words")
    )
    for file_format in ("csv", "jsonl", "parquet"):
        with page.expect_download() as download:
            page.click(f'[data-download="{table}.{file_format}"]:not([data-whole])')
        assert download.value.suggested_filename == f"demo-{table}.{file_format}"
        assert download.value.path().read_bytes() == exported(demo, table, file_format, *clauses)
    with page.expect_download() as download:
        page.click(f'[data-download="{table}.csv"][data-whole]')
    assert download.value.path().read_bytes() == exported(demo, table, "csv")


def test_export_menu_downloads_the_selection(demo, open_page):
    page = open_page(demo.url(tab="misclassified", outcome="missed"))
    settled(page)
    page.click(".bar-actions .dropdown-toggle")
    with page.expect_download() as download:
        page.locator(".dropdown-menu.show button.dropdown-item", has_text="CSV").first.click()
    assert download.value.suggested_filename == "demo-spans.csv"
    assert download.value.path().read_bytes() == exported(demo, "spans", "csv", "--outcome", "missed")


def test_export_menu_downloads_sentences_for_annotation_tools(demo, open_page):
    page = open_page(demo.url(tab="misclassified", outcome="missed"))
    settled(page)
    page.click(".bar-actions .dropdown-toggle")
    row = page.get_by_role("group", name="Prodigy")
    with page.expect_download() as download:
        row.get_by_text("Predicted").click()
    assert download.value.suggested_filename == "demo-predicted-prodigy.jsonl"
    command = [sys.executable, "-m", "analysis", "export", demo.run, "--format", "prodigy", "--labels", "predicted"]
    printed = subprocess.run(
        [*command, "--outcome", "missed", "--store", demo.store], capture_output=True, check=True, cwd=REPOSITORY
    )
    assert download.value.path().read_bytes() == printed.stdout


def test_debug_is_shown_if_enabled(demo, open_page, serve_store, tmp_path, monkeypatch):
    page = open_page(demo.url(tab="debug"))
    settled(page)
    expect(page.locator("#pane-hunt")).to_be_visible()
    expect(page.locator("#tab-debug")).to_have_count(0)
    with urlopen(f"{demo.address}/health") as answer:
        assert answer.read() == b'{"status":"ok"}\n'

    monkeypatch.setenv("EXPLAINER_DEBUG", "1")
    address = serve_store(demo.store, tmp_path / "log")
    page = open_page(f"{address}/?tab=debug&run={demo.run}")
    settled(page)
    expect(page.locator("#debug-server")).to_contain_text("workers")
    expect(page.locator("#debug-store")).to_contain_text(demo.run)
    expect(page.locator("#debug-timings .debug-bar")).not_to_have_count(0)
    audit = page.locator("#debug-manifest .data-tree > li > details", has=page.get_by_text("audit", exact=True))
    audit.locator("> summary").click()
    expect(audit.get_by_text("scheme", exact=True)).to_be_visible()
    page.click("#debug-refresh")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
