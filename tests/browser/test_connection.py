"""A page whose server is stopped and started again."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.actions import await_hunt, settled
from tests.browser.conftest import serve

pytestmark = pytest.mark.browser


def test_page_shows_that_the_server_is_gone_and_recovers(demo, open_page, tmp_path):
    notice = ".connection"
    with serve(demo.store, tmp_path / "first") as address:
        page = open_page(f"{address}/?run={demo.run}", stopped=True)
        await_hunt(page)
        expect(page.locator(notice)).to_have_count(0)
    page.click("#tab-misclassified")
    expect(page.locator(notice)).to_have_text("The server does not respond. Retrying …")
    expect(page.locator(notice)).to_have_attribute("role", "status")
    expect(page.locator("#misclassified-count")).to_have_count(0)

    with serve(demo.store, tmp_path / "second", urlsplit(address).port):
        expect(page.locator(notice)).to_have_count(0)
        expect(page.locator("#misclassified-count")).to_contain_text("sentence")
        page.click("#tab-hunt")
        await_hunt(page)
        page.locator("#confusion-matrix button.cell.error").first.click()
        settled(page)
        expect(page.locator("#selection-bar .chip")).to_have_count(2)
        page.close()


def test_idle_page_notices_a_stopped_server(demo, open_page, tmp_path):
    with serve(demo.store, tmp_path / "first") as address:
        page = open_page(f"{address}/?run={demo.run}", stopped=True)
        await_hunt(page)
    expect(page.locator(".connection")).to_be_visible()
    page.evaluate("document.querySelector('#errors-grid').dataset.before = 'yes'")
    with serve(demo.store, tmp_path / "second", urlsplit(address).port):
        expect(page.locator(".connection")).to_have_count(0)
        settled(page)
        assert page.get_attribute("#errors-grid", "data-before") == "yes", "nothing was missed, and nothing is redrawn"
        page.close()
