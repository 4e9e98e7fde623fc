"""Activations: which neurons are active in a text, and which words of the corpus activate them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.actions import number_in, settled

pytestmark = pytest.mark.browser

TAGGER_TIMEOUT = 60_000
"""Timeout in ms; a new worker loads the tagger first."""


def query_of(page):
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def await_score(page):
    expect(page.locator(".component-card").first).to_be_visible()
    settled(page)


def isolated(page):
    return page.evaluate("document.getElementById('activity-text').dataset.isolated || ''")


def test_the_neurons_of_a_sentence(demo, open_page):
    words = demo.export("words")
    row = next(number for number, word in enumerate(words) if word["gold_tag"] != word["predicted_tag"])
    sentence = [word["word"] for word in words if word["sentence_row"] == words[row]["sentence_row"]]
    page = open_page(demo.url(tab="activations", focus=str(row)))
    await_score(page)
    assert page.locator(".column-word").all_inner_texts() == sentence
    cards = min(6, len(sentence))
    expect(page.locator(".component-card")).to_have_count(cards)
    layers = page.locator(".layer").count()
    expect(page.locator(".layer[aria-pressed=true]")).to_have_count(layers)

    page.locator(".component-card").nth(1).hover()
    assert isolated(page) == "2"
    page.locator("#activity-typed").hover()
    assert isolated(page) == ""
    page.locator(".component-card").nth(1).click()
    settled(page)
    assert query_of(page)["isolate"] == "2"
    page.locator("#activity-typed").hover()
    assert isolated(page) == "2", "a click holds it"
    expect(page.locator(".component-card").nth(1)).to_have_attribute("aria-pressed", "true")

    page.click('[data-option="components"][data-value="3"]')
    page.locator(".layer").first.click()
    settled(page)
    expect(page.locator(".component-card")).to_have_count(min(3, len(sentence)))
    expect(page.locator(".layer[aria-pressed=true]")).to_have_text("1")
    page.locator(".layer").nth(2).click(modifiers=["Shift"])
    settled(page)
    assert page.locator(".layer[aria-pressed=true]").all_inner_texts() == ["1", "2", "3"]
    first, last = (page.locator(".layer").nth(place).bounding_box() for place in (1, 3))
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    page.mouse.down()
    page.mouse.move(last["x"] + 5, last["y"] + 5, steps=6)
    page.mouse.up()
    settled(page)
    assert page.locator(".layer[aria-pressed=true]").all_inner_texts() == ["2", "3", "4"]
    assert (query_of(page)["from-layer"], query_of(page)["to-layer"]) == ("2", "4")

    page.click('[data-option="special"][data-value="with"]')
    settled(page)
    expect(page.locator(".column-word.special")).to_have_count(2)


def test_the_neurons_of_typed_text(demo, open_page):
    page = open_page(demo.url(tab="activations"))
    await_score(page)
    page.fill("#activity-typed", "<b>Ada</b> met Grace & Alan")
    page.press("#activity-typed", "Enter")
    settled(page)
    expect(page.locator("#activity-text-title")).to_contain_text("typed text")
    assert "".join(page.locator(".column-word").all_inner_texts()) == "<b>Ada</b>metGrace&Alan"
    assert query_of(page)["text"] == "<b>Ada</b> met Grace & Alan"

    long = "много слов " * 200  # too long for a link, and more than is analysed at once
    page.fill("#activity-typed", long)
    page.press("#activity-typed", "Enter")
    settled(page)
    expect(page.locator("#activity-text")).to_contain_text("At most 500 can be analysed at once")
    page.click(".activity-back")
    await_score(page)
    expect(page.locator(".activity-sentence")).to_be_visible()
    assert page.input_value("#activity-typed") == ""


def box_of(locator):
    return locator.evaluate("one => { const box = one.getBoundingClientRect(); return [box.top, box.bottom]; }")


def test_a_short_text_is_a_table_that_fills_the_panel(demo, open_page):
    page = open_page(demo.url(tab="activations", text="Angela Merkel met nobody in Paris .", components="4"))
    await_score(page)
    expect(page.locator(".activity-table.one-line")).to_have_count(1)
    for number in range(4):
        card = box_of(page.locator(".component-card").nth(number))
        strip = box_of(page.locator(".word-column").first.locator(".strength").nth(number))
        assert strip[1] == pytest.approx(card[1], abs=1), "a card is beside its strip"
    panel = box_of(page.locator("#activity-text"))
    assert panel[1] - box_of(page.locator(".component-card").last)[1] < 30
    heads = page.locator(".fact-heads .word-fact").all_inner_texts()
    assert heads == ["prediction", "p"]
    tags = page.locator(".word-column .of-predicted").all_inner_texts()
    assert len(tags) == page.locator(".word-column").count()
    probing = open_page(demo.url(tab="probing", text="Angela Merkel met nobody in Paris ."))
    rows = probing.locator(".probe-table tbody tr")
    expect(rows).to_have_count(len(tags))
    assert [row.locator("td").first.inner_text() for row in rows.all()] == tags


def test_each_line_of_a_long_text_has_numbered_strips(demo, open_page):
    page = open_page(demo.url(tab="activations", text="Angela Merkel met nobody in Paris . " * 12, isolate="2"))
    await_score(page)
    expect(page.locator(".activity-table.one-line")).to_have_count(0)
    tops = [box_of(column)[0] for column in page.locator(".word-column").all()]
    lines = len(set(tops))
    assert lines > 1
    expect(page.locator(".word-column.line-start")).to_have_count(lines)
    number = "one => getComputedStyle(one, '::before').content"
    assert page.locator(".line-start .strength.c2").first.evaluate(number) == '"2"'
    assert isolated(page) == "2", "a link holds it too"
    expect(page.locator(".word-column").first.locator(".strength:visible")).to_have_count(1)
    page.locator(".component-card").nth(1).click()
    settled(page)
    page.locator("#activity-typed").hover()
    expect(page.locator(".word-column").first.locator(".strength:visible")).to_have_count(6)
    page.set_viewport_size({"width": 900, "height": 768})
    expect(page.locator(".word-column.line-start")).not_to_have_count(lines)


def test_a_component_over_the_corpus_selects_its_words(demo, open_page):
    page = open_page(demo.url(tab="activations", activity="corpus"))
    rows = page.locator(".component-table tbody tr")
    expect(rows).to_have_count(11)
    settled(page)
    pick = page.locator(".component-pick").nth(7)
    pick.click()
    settled(page)
    component = query_of(page)["component"]
    assert component.endswith(".8")
    words = demo.export("words", "--component", component)
    assert len(words) == 100
    assert number_in(page.inner_text("#selection-bar .counts")) == 100
    expect(rows).to_have_count(11)
    expect(page.locator(".component-table tr.current")).to_have_count(1)
    wrong = sum(word["gold_tag"] != word["predicted_tag"] for word in words)
    expect(page.locator(".component-table tr.current td").last).to_have_text(f"{wrong:.1f}%")
    most_frequent = page.locator(".component-table tr.current .word-chip").first.inner_text().partition("×")[0].strip()
    texts = [word["word"] for word in words]
    assert texts.count(most_frequent) == max(map(texts.count, texts))
    page.keyboard.press("Escape")
    settled(page)
    assert "component" not in query_of(page)
