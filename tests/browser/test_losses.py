"""From the loss of a word form to its sentences, and from there into Hunt."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.actions import await_hunt, number_in, settled

pytestmark = pytest.mark.browser


def query_of(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def flagged_form(words):
    """The form with the largest gap between mean and median of at least three losses."""
    by = words.groupby("word").loss
    gap = (by.mean() - by.median())[by.count() >= 3]
    return gap.idxmax()


def selected_words(page):
    return number_in(page.inner_text("#selection-bar .counts"))


def test_flagged_form_leads_to_its_sentences_and_to_hunt(demo, open_page):
    words = pd.DataFrame(demo.export("words"))
    form = flagged_form(words)
    page = open_page(demo.url(tab="losses"))
    page.wait_for_selector(".loss-table tbody tr")
    assert number_in(page.inner_text("#losses-count")) == words.word.nunique()

    page.click('.loss-table thead .gap button:has-text("Gap")')
    settled(page)
    first = page.locator(".loss-table tbody tr").first
    assert first.locator(".head").inner_text() == form
    assert first.locator(".gap-flag").inner_text() == "high-loss outliers"
    number = int((words.word == form).sum())
    assert number_in(first.locator("td.number").first.inner_text()) == number

    first.locator(".head").click()
    settled(page)
    assert selected_words(page) == number
    expect(page.locator(".loss-table tr.current .head")).to_have_text(form)
    assert number_in(page.inner_text("#losses-count")) == words.word.nunique(), "the table is not filtered by its click"

    first.locator("button:has-text('Samples')").click()
    settled(page)
    of_form = words[words.word == form].sentence_row
    assert number_in(page.inner_text("#samples-count")) == of_form.nunique()
    items = page.locator("#samples-list .item")
    loss = words.groupby("sentence_row").loss.sum()[of_form.unique()].sort_values(ascending=False)
    assert number_in(items.first.locator(".item-head").inner_text()) == loss.index[0]
    expect(page.locator("#samples-list .word-table tr.marked .word-text")).to_have_count(number)

    items.first.locator("button:has-text('Hunt')").click()
    await_hunt(page)
    expect(page.locator("#sentence-detail .word.focus")).to_have_count(1)
    assert query_of(page)["word"] == form


def test_switches_filters_and_pages_are_in_the_link(demo, open_page):
    words = pd.DataFrame(demo.export("words"))
    page = open_page(demo.url(tab="losses"))
    page.wait_for_selector(".loss-table tbody tr")
    page.click("text=Next ›")
    settled(page)
    assert query_of(page)["page"] == "2"
    page.locator(".loss-table .head").nth(3).click()
    settled(page)
    assert query_of(page)["page"] == "2", "a click on a row stays on its page"

    page.click("text=Fold case")
    settled(page)
    assert number_in(page.inner_text("#losses-count")) == words.word.str.lower().nunique()
    page.fill("#losses-find", "MAN")
    page.keyboard.press("Enter")
    settled(page)
    holding = words.word.str.lower()[words.word.str.lower().str.contains("man")]
    assert number_in(page.inner_text("#losses-count")) == holding.nunique()

    page.click("text=One subword")
    settled(page)
    expect(page.locator("#selection-bar .chip", has_text="one subword")).to_have_count(1)
    page.click(".losses .segment:has-text('Types')")
    settled(page)
    expect(page.locator(".losses .switch", has_text="Fold case")).to_be_hidden()
    expect(page.locator("#losses-find")).to_be_hidden()
    again = open_page(page.url)
    again.wait_for_selector(".loss-table tbody tr")
    settled(again)
    assert again.inner_text("#losses-table") == page.inner_text("#losses-table")
    assert again.input_value("#losses-find") == "MAN"


def test_samples_are_sorted_and_skip_correct_sentences(demo, open_page):
    sentences = pd.DataFrame(demo.export("sentences"))
    page = open_page(demo.url(tab="samples"))
    page.wait_for_selector("#samples-list .item")
    assert number_in(page.inner_text("#samples-count")) == len(sentences)
    assert "favours long sentences" in page.inner_text("#samples-count")
    words = pd.DataFrame(demo.export("words"))
    worst = words.groupby("sentence_row").loss.max()
    page.click(".samples .segment:has-text('Largest')")
    settled(page)
    shown = page.locator("#samples-list .item-head").all_inner_texts()
    assert [number_in(text) for text in shown] == worst.sort_values(ascending=False, kind="stable").index[:10].tolist()

    page.click("text=Skip correct")
    settled(page)
    tags = words.dropna(subset=["gold_tag", "predicted_tag"])
    wrong = set(tags[tags.gold_tag != tags.predicted_tag].sentence_row)
    wrong |= {row["sentence_row"] for row in demo.export("spans", "--outcome", "error")}
    assert number_in(page.inner_text("#samples-count")) == len(wrong)
    page.click("#samples-list >> text=Show all words >> nth=0")
    settled(page)
    item = page.locator("#samples-list .item").first
    assert item.locator(".word-table tbody tr").count() == item.locator(".sentence .word").count()
    page.keyboard.press("j")
    settled(page)
    expect(page.locator("#samples-list .item.current")).to_have_count(1)


def test_link_reproduces_a_random_sample(demo, open_page):
    number = len(demo.export("sentences"))
    page = open_page(demo.url(tab="random"))
    page.wait_for_selector("#random-list .item")
    expect(page.locator("#random-list .item")).to_have_count(20)
    assert page.inner_text("#random-count").startswith(f"20 of {number:,} sentences")
    before = page.inner_text("#random-list")
    page.click("text=Resample")
    settled(page)
    assert query_of(page)["seed"] == "1"
    drawn = page.inner_text("#random-list")
    assert drawn != before
    again = open_page(page.url)
    again.wait_for_selector("#random-list .item")
    expect(again.locator("#random-list .item")).to_have_count(20)
    assert again.inner_text("#random-list") == drawn
    page.go_back()
    settled(page)
    assert page.inner_text("#random-list") == before


@pytest.mark.parametrize("tab", ["losses", "samples", "random"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_no_content_overflows_its_panel(demo, open_page, tab, size):
    page = open_page(demo.url(tab=tab), width=size[0], height=size[1])
    page.wait_for_selector(".pane:not([hidden]) .panel > .body *")
    settled(page)
    beyond = page.evaluate(
        "[...document.querySelectorAll('.pane:not([hidden]) .panel > .body')]"
        ".map(body => body.scrollWidth - body.clientWidth)"
    )
    assert beyond == [0]
