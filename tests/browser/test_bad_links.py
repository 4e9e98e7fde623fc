"""Invalid links, stores that change while a page is open, and hostile text."""

from __future__ import annotations

import json
import shutil

import pytest
from playwright.sync_api import expect

from tests.browser.actions import await_hunt, settled
from tests.browser.conftest import Dashboard, analyse, serve
from tests.tiny_models import build_tagger

pytestmark = pytest.mark.browser

HOSTILE = [
    ["<script>window.harmed=1</script>", "is", "at", "\"'>", "<img", "src=x", "onerror=window.harmed=1>"],
    ["🙂🏽‍🚀", "visits", "Łódź", "&amp;", "${window.harmed=1}", "{{7*7}}"],
    ["ירושלים", "היא", "עיר", "مدينة", "القاهرة"],
    ["x" * 10_000, "is", "long"],
    ["line\u2028separator", "tab", "javascript:window.harmed=1"],
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A corpus full of markup, quotes, emoji, right-to-left text and a very long word, analysed and served."""
    folder = tmp_path_factory.mktemp("hostile")
    model = build_tagger(folder / "model", "bert-uncased")
    corpus = folder / "corpus.jsonl"
    lines = [
        {"tokens": words, "tags": ["B-PER", *["O"] * (len(words) - 1)], "id": f"<b>{number}</b>"}
        for number, words in enumerate(HOSTILE * 6)
    ]
    corpus.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    run = analyse(folder / "store", model, corpus, "--name", "<i>hostile</i>")
    with serve(folder / "store", folder / "log") as address:
        yield Dashboard(address, folder / "store", run)


def test_corpus_text_is_shown_as_text(hostile, open_page):
    page = open_page(hostile.url())
    await_hunt(page)
    for tab in ("hunt", "misclassified", "metrics", "embeddings"):
        page.click(f"#tab-{tab}")
        settled(page)
    page.goto(hostile.url(focus="0", search="<script>"))
    await_hunt(page)
    assert "<script>window.harmed=1</script>" in page.inner_text("#sentence-detail")
    assert page.evaluate("window.harmed") is None
    assert page.locator("#react-entry-point img, #react-entry-point script, #react-entry-point b > i").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"gold-type": "NOSUCH"}, "NOSUCH"),
        ({"focus": "99999999"}, "99999999"),
        ({"min-loss": "much"}, "much"),
        ({"lasso": "umap.all:1,2"}, "lasso"),
        ({"seed": "abc"}, "seed"),
        ({"threshold": "0.5", "gold-type": "PER"}, "threshold"),
    ],
)
def test_unknown_clause_shows_a_message(hostile, open_page, parameters, message):
    page = open_page(hostile.url(**parameters), bad=True)
    expect(page.locator("#problem")).to_contain_text(message)
    expect(page.locator("#pane-hunt")).to_be_hidden()
    page.locator("#problem button").click()
    await_hunt(page)


def test_store_changes_while_the_page_is_open(hostile, open_page, serve_store, tmp_path):
    store = tmp_path / "store"
    page = open_page(f"{serve_store(store, tmp_path / 'log')}/")
    expect(page.locator("#problem")).to_contain_text("No run yet")
    shutil.copytree(hostile.store, store, dirs_exist_ok=True)
    with page.expect_request(lambda request: "run-poll.n_intervals" in (request.post_data or "")) as asked:
        pass
    asked.value.response()
    page.click("#run-picker")
    page.get_by_text("<i>hostile</i>").first.click()
    await_hunt(page)
    shutil.rmtree(store / "runs" / hostile.run)
    page.click("#tab-metrics")
    expect(page.locator("#problem")).to_contain_text("no run")
