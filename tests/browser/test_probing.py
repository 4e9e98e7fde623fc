"""Probe a sentence, edit it, and see what changed; a missing tagger is reported, and everything else works."""

from __future__ import annotations

import json
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
import torch
from playwright.sync_api import Page, expect
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tests.browser.actions import settled
from tests.browser.conftest import Dashboard, analyse
from tests.tiny_models import build_tagger

pytestmark = pytest.mark.browser


def query_of(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def rows_of(item) -> list[list[str]]:
    return [[one.inner_text() for one in row.locator("th, td").all()] for row in item.locator("tbody tr").all()]


def answered(page: Page, lines: int = 1):
    """The lines, after the tagger has answered; the first request also loads the tagger."""
    expect(page.locator("#probing-results .probe-line")).to_have_count(lines)
    settled(page)
    return page.locator("#probing-results .probe-line")


def places_of(item) -> dict[str, dict[str, float]]:
    """Positions of a line's buttons."""
    return {button.inner_text(): button.bounding_box() for button in item.locator(".item-head button").all()}


def misread_sentence(demo: Dashboard) -> list[dict]:
    """The words of a sentence with an entity of a wrong predicted type; no word includes punctuation."""
    spans = demo.export("spans")
    sentences = {row["sentence_row"] for row in spans if row["outcome"] == "type"}
    words = demo.export("words")
    for sentence in sorted(sentences):
        found = [row for row in words if row["sentence_row"] == sentence]
        if 4 < len(found) < 20 and found[-1]["word"] == ".":
            return found
    raise AssertionError("the demo has no such sentence")


def test_sentence_is_sent_to_probing_and_edited(demo: Dashboard, open_page) -> None:
    words = misread_sentence(demo)
    text = " ".join(word["word"] for word in words)
    page = open_page(demo.url(tab="misclassified", outcome="type", search=text))
    settled(page)
    page.locator("#misclassified-list .item").first.get_by_role("button", name="Probe").click()
    item = answered(page).first
    expect(page.locator("#probing-text")).to_have_value(text)
    expect(item).to_contain_text("unchanged from the corpus")
    rows = rows_of(item)
    assert [row[0] for row in rows] == [word["word"] for word in words]
    assert [row[1] for row in rows] == [word["predicted_tag"] for word in words]
    for row, word in zip(rows, words, strict=True):
        assert float(row[2].split()[0]) == pytest.approx(word["p_predicted"], abs=6e-4)
        assert row[3] == word["second_tag"]
        assert ("low" in row[2]) == (word["p_predicted"] < 0.8)
    expect(page.locator("#probing-sentence .sentence .verdict").first).to_be_visible()

    places = places_of(item)
    item.get_by_role("button", name="lower case").click()
    expect(page.locator("#probing-text")).to_have_value(text.lower())
    settled(page)
    assert places_of(item) == places, "a second click hits the same button"
    assert query_of(page)["text"] == text.lower()
    expect(page.locator("#probing-results .changes")).to_contain_text("Compared with the sentence in the corpus")
    expect(item.get_by_role("button", name="lower case")).to_be_disabled()

    item.get_by_role("button", name="no final punctuation").click()
    expect(page.locator("#probing-text")).to_have_value(text.lower().removesuffix(" ."))
    settled(page)
    page.go_back()
    expect(page.locator("#probing-text")).to_have_value(text.lower())
    page.go_back()
    expect(page.locator("#probing-text")).to_have_value(text)


def test_starters_are_sentences_of_the_corpus(demo: Dashboard, open_page) -> None:
    words = demo.export("words")
    worst = max(words, key=lambda word: word["loss"] or 0)
    sentence = [word["word"] for word in words if word["sentence_row"] == worst["sentence_row"]]
    page = open_page(demo.url(tab="probing"))
    first = page.locator("#probing-results .probe-starter").first
    expect(first).to_contain_text(f"The word with the largest loss · loss {worst['loss']:.2f} nats")
    first.get_by_role("button", name="Probe").click()
    answered(page)
    expect(page.locator("#probing-text")).to_have_value(" ".join(sentence))
    expect(page.locator("#probing-sentence .facts")).to_contain_text(worst["word"])


def test_typed_lines_are_tagged_as_transformers_tags_them(demo: Dashboard, demo_folder, open_page) -> None:
    lines = ["Angela Merkel met the CEO of Siemens in São Paulo,\ttwice.", "", "nobody came ."]
    page = open_page(demo.url(tab="probing"))
    expect(page.locator("#probing-results")).to_contain_text("press Tag")
    expect(page.locator("#probing-tagger")).to_contain_text("Words are split")
    page.fill("#probing-text", "\n".join(lines))
    page.locator("#probing-text").press("Control+Enter")
    items = answered(page, 2)

    tokenizer = AutoTokenizer.from_pretrained(demo_folder / "tagger")
    model = AutoModelForTokenClassification.from_pretrained(demo_folder / "tagger").eval()
    for item, line in zip(items.all(), [lines[0], lines[2]], strict=True):
        encoded = tokenizer(line, return_tensors="pt")
        with torch.no_grad():
            p = torch.softmax(model(**encoded).logits[0], dim=-1)
        ids = encoded.word_ids()
        firsts = [ids.index(word) for word in sorted({word for word in ids if word is not None})]
        rows = rows_of(item)
        assert [row[1] for row in rows] == [model.config.id2label[int(p[at].argmax())] for at in firsts]
        for row, at in zip(rows, firsts, strict=True):
            assert float(row[2].split()[0]) == pytest.approx(float(p[at].max()), abs=6e-4)
            assert float(row[4]) == pytest.approx(float(p[at].topk(2).values[1]), abs=6e-4)

    page.fill("#probing-flag", "0.99")
    page.locator("#probing-flag").press("Enter")
    settled(page)
    assert query_of(page)["flag"] == "0.99"
    low = [row for item in items.all() for row in rows_of(item) if float(row[2].split()[0]) < 0.9895]
    assert page.locator("#probing-results .flag").count() >= len(low)

    again = open_page(page.url)
    answered(again, 2)
    expect(again.locator("#probing-text")).to_have_value("\n".join(lines))
    expect(again.locator("#probing-flag")).to_have_value("0.99")


def test_each_swap_takes_another_entity(demo: Dashboard, open_page) -> None:
    page = open_page(demo.url(tab="probing", text="Angela Merkel met John Smith in Paris ."))
    item = answered(page).first
    seen = {page.input_value("#probing-text")}
    for _ in range(4):
        button = item.get_by_role("button", name="swap an entity")
        wanted = json.loads(button.get_attribute("data-rewrite") or "")["text"]
        button.click()
        expect(page.locator("#probing-text")).to_have_value(wanted)
        settled(page)
        seen.add(wanted)
    assert len(seen) == 5
    assert query_of(page)["swaps"] == "4"


def test_button_does_not_lose_an_untagged_edit(demo: Dashboard, open_page) -> None:
    page = open_page(demo.url(tab="probing", text="Paris is nice\nso is Rome"))
    items = answered(page, lines=2)
    page.fill("#probing-text", "Paris is nice and more\nso is Rome, too")
    items.first.get_by_role("button", name="UPPER CASE").click()
    expect(items.first).to_contain_text("and more")
    settled(page)
    assert page.input_value("#probing-text") == "Paris is nice and more\nso is Rome, too"
    items.first.get_by_role("button", name="UPPER CASE").click()
    expect(page.locator("#probing-text")).to_have_value("PARIS IS NICE AND MORE\nso is Rome, too")


def test_long_texts_stay_in_the_page(demo: Dashboard, open_page) -> None:
    page = open_page(demo.url(tab="probing"))
    sentence = "Line {} was written by Angela Merkel in Berlin, she said, and read by Barack Obama in Rome, he said."
    long = "\n".join(map(sentence.format, range(80)))
    page.fill("#probing-text", long)
    page.get_by_role("button", name="Tag", exact=True).click()
    answered(page, 80)
    assert "text" not in query_of(page)
    expect(page.locator("#probing-results")).to_contain_text("too long for a link")
    page.fill("#probing-text", "x" * 10_000)
    page.locator("#probing-text").press("Control+Enter")
    answered(page)
    page.fill("#probing-text", "x" * 12_001)
    page.locator("#probing-text").press("Control+Enter")
    expect(page.locator("#probing-results")).to_contain_text("Line 1 has 12,001 characters")
    page.fill("#probing-text", "short again")
    page.locator("#probing-text").press("Control+Enter")
    answered(page)
    assert query_of(page)["text"] == "short again"

    page.fill("#probing-text", "Angela Merkel was here " * 250)
    page.locator("#probing-text").press("Control+Enter")
    answered(page)
    page.fill("#probing-text", "angela merkel was here " * 250)
    page.locator("#probing-text").press("Control+Enter")
    expect(page.locator("#probing-results .changes")).to_contain_text("Compared with the earlier text")
    assert query_of(page)["text"] == "angela merkel was here " * 250
    assert "before" not in query_of(page), "both together are too long for a link"


def test_hostile_and_unusual_texts_are_shown_as_text(demo: Dashboard, open_page) -> None:
    hostile = "<img src=x onerror=alert(1)> {{x}} \u202eright\u202c 🚀 محمد \u200b"
    page = open_page(demo.url(tab="probing", text=hostile))
    answered(page)
    assert page.locator("#probing-results img").count() == 0
    shown = page.locator("#probing-results .sentence").inner_text()
    assert "onerror" in shown
    rtl = open_page(demo.url(tab="probing", text="محمد في القاهرة"))
    answered(rtl)
    assert rtl.locator("#probing-results .sentence").evaluate("one => getComputedStyle(one).direction") == "rtl"


CORPUS = "John B-PER\nSmith I-PER\nleft O\nParis B-LOC\n. O\n\nAcme B-ORG\nrose O\n"


def test_a_run_whose_tagger_is_gone_still_opens(tmp_path, open_page, serve_store) -> None:
    model, corpus, store = tmp_path / "model", tmp_path / "corpus.conll", tmp_path / "store"
    build_tagger(model, "bert-cased")
    corpus.write_text(CORPUS, "utf-8")
    run = analyse(store, model, corpus)
    address = serve_store(store, tmp_path / "log")
    served = Dashboard(address, store, run)
    page = open_page(served.url(tab="probing", focus="0"))
    answered(page)
    page.close()
    shutil.rmtree(model)
    build_tagger(model, "bert-cased", seed=1)
    second = analyse(store, model, corpus)
    shutil.rmtree(model)
    page = open_page(Dashboard(address, store, second).url(tab="probing", focus="0"))
    expect(page.locator("#probing-results")).to_contain_text("The tagger of this run was not found")
    expect(page.locator("#probing-tagger")).to_contain_text(str(model))
    expect(page.locator("#probing-sentence .sentence")).to_contain_text("Smith")
    build_tagger(model, "bert-cased", seed=2)
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator("#probing-results")).to_contain_text("have changed since this run was made")
    page.locator("#tab-hunt").click()
    expect(page.locator("#confusion-matrix button.cell").first).to_be_visible()
    settled(page)
    page.close()
    assert "Traceback" not in (tmp_path / "log").read_text()
