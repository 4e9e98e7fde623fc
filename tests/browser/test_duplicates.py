"""Duplicates: selecting a group with different labels, and the scores without leaks."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.actions import number_in, settled

pytestmark = pytest.mark.browser


def query_of(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def copies_of(demo):
    """Lower-case text -> (sentence row, gold tags) of each sentence with the text, for texts that occur repeatedly."""
    texts = {row["sentence_row"]: " ".join(row["text"].split()).casefold() for row in demo.export("sentences")}
    tags = defaultdict(list)
    for row in demo.export("words"):
        tags[row["sentence_row"]].append(row["gold_tag"])
    sentences_of = defaultdict(list)
    for row, text in texts.items():
        if text:
            sentences_of[text].append((row, tags[row]))
    return {text: sentences for text, sentences in sentences_of.items() if len(sentences) > 1}


def open_tab(demo, open_page, **parameters):
    page = open_page(demo.url(tab="duplicates", **parameters))
    expect(page.locator("#duplicates-list .group-card, #duplicates-list .leak-summary").first).to_be_visible()
    settled(page)
    return page


def test_copies_whose_labels_disagree_come_first_and_can_be_selected(demo, open_page):
    copies = copies_of(demo)
    disagreeing = [text for text, sentences in copies.items() if any(tags != sentences[0][1] for _, tags in sentences)]
    assert disagreeing, "the demo plants some"
    page = open_tab(demo, open_page, alike="exact")
    count = page.inner_text("#duplicates-count")
    sentences = sum(map(len, copies.values()))
    assert f"{len(copies)} groups · {sentences} sentences · labels disagree in {len(disagreeing)}" in count

    cards = page.locator("#duplicates-list .group-card")
    badges = cards.locator(".group-head .outcome")
    assert badges.count() == min(len(disagreeing), cards.count())
    first = cards.first
    assert first.locator(".word.differing-label").count() > 0
    expect(first.locator(".label-differences").first).to_contain_text("different labels")

    first.locator(".select-group").click()
    settled(page)
    size = number_in(first.locator("h3").inner_text())
    expect(page.locator("#selection-bar .counts")).to_contain_text(f"{size} sentences")
    expect(cards.first).to_have_class("group-card current")
    assert cards.count() > 1 or len(copies) == 1, "the others stay in sight"
    assert len(demo.export("sentences", "--duplicates", query_of(page)["duplicates"])) == size
    page.keyboard.press("Escape")
    settled(page)
    expect(page.locator("#selection-bar .chip")).to_have_count(0)


def test_lower_threshold_links_more_sentences(demo, open_page):
    page = open_tab(demo, open_page)
    before = number_in(page.locator(".threshold-button.current .kind-count").inner_text())
    page.locator(".threshold-button", has_text="0.80").click()
    settled(page)
    assert query_of(page)["threshold"] == "0.80"
    assert number_in(page.locator(".threshold-button.current .kind-count").inner_text()) > before
    expect(page.locator("#duplicates-count")).to_contain_text("cosine 0.80 or more")
    page.locator(".kind", has_text="different texts").click()
    settled(page)
    expect(page.locator("#duplicates-list .word.differs").first).to_be_visible()
    page.go_back()
    page.go_back()
    settled(page)
    assert number_in(page.locator(".threshold-button.current .kind-count").inner_text()) == before


def test_leaks_and_the_scores_without_them(demo, demo_folder, open_page):
    train = set()
    for block in (demo_folder / "corpus" / "train.conll").read_text("utf-8").split("\n\n"):
        words = [line.split("\t")[0] for line in block.split("\n") if line and not line.startswith("# ")]
        train.add(" ".join(" ".join(words).split()).casefold())
    exact = [row for row in demo.export("sentences") if " ".join(row["text"].split()).casefold() in train]
    assert exact, "the demo plants some"
    page = open_tab(demo, open_page, alike="leaked")
    cells = page.locator(".leak-references tbody td")
    assert number_in(cells.nth(0).inner_text()) == len(exact)
    every = number_in(page.inner_text("#duplicates-count"))
    assert every == len(exact) + number_in(cells.nth(1).inner_text())
    item = page.locator("#duplicates-list .item").first
    expect(item.locator(".leak-reference .sentence")).to_be_visible()

    page.get_by_role("button", name="without leaked").click()
    settled(page)
    kept = len(demo.export("sentences")) - every
    expect(page.locator("#selection-bar .counts")).to_contain_text(f"{kept:,} sentences")
    assert len(demo.export("sentences", "--leaked", query_of(page)["leaked"])) == kept
    assert number_in(page.inner_text("#duplicates-count")) == every, "its own filter hides nothing here"
    page.click("#tab-metrics")
    settled(page)
    gold = [row for row in demo.export("spans", "--leaked", query_of(page)["leaked"]) if row["gold_type"]]
    expect(page.locator("#metrics-overall")).to_contain_text(f"of {len(gold):,} gold entities")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_no_text_is_cut_off(demo, open_page, size, dark):
    for kind in ("all", "leaked"):
        page = open_page(demo.url(tab="duplicates", alike=kind), width=size[0], height=size[1], dark=dark)
        expect(page.locator("#duplicates-list .item").first).to_be_visible()
        settled(page)
        wide = page.evaluate(
            "[...document.querySelectorAll('.duplicates .body, .leak-summary, .group-card')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className)"
        )
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
