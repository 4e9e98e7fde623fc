"""A dashboard served as it is deployed, and a headless Chromium that counts what it is sent."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]
VIEWPORT = {"width": 1366, "height": 768}
POLL = "run-poll"
"""Asks for new runs every few seconds, whatever is clicked."""


@contextmanager
def served(application: str, store: Path, **environment: str) -> Iterator[str]:
    """Serve `module:variable` over a store with gunicorn; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application],
        cwd=REPOSITORY,
        env={**os.environ, "EXPLAINER_STORE": str(store), "EXPLAINER_BIND": address, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(f"http://{address}/", server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url):
                return
        except URLError:
            time.sleep(0.2)
    sys.exit("The dashboard to be measured does not start; what gunicorn says stands above.")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of the system's packages."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sys.exit("The benchmark of the dashboard needs Chromium; install it with: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@dataclass
class Request:
    """What the browser asked for and what came.

    Attributes:
        path: Of the URL, without the query.
        body: What was posted.
        received: Bytes of the response as sent, headers included; None while it is under way.
    """

    path: str
    body: str
    received: int | None = None


@dataclass
class Traffic:
    """The requests of a page since the last `clear`."""

    requests: dict[str, Request] = field(default_factory=dict)

    def watch(self, page: Page) -> None:
        """Begin to count."""
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable", {"maxPostDataSize": 65_536})

    def _sent(self, event: dict[str, Any]) -> None:
        request = event["request"]
        path = "/" + request["url"].split("/", 3)[-1].split("?")[0]
        body = request.get("postData", "")
        if request["url"].startswith("http") and POLL not in body:
            self.requests[event["requestId"]] = Request(path, body)

    def _answered(self, event: dict[str, Any]) -> None:
        if event["response"]["status"] == 204 and event["requestId"] in self.requests:  # nothing follows the head
            self.requests[event["requestId"]].received = int(event["response"]["encodedDataLength"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.requests:
            self.requests[event["requestId"]].received = int(event["encodedDataLength"])

    def clear(self) -> None:
        """Forget what was counted."""
        self.requests.clear()

    def settle(self, page: Page, quiet_ms: int = 600) -> None:
        """Wait until no request is under way and none has begun for a while."""
        seen = -1
        while seen != len(self.requests) or any(request.received is None for request in self.requests.values()):
            seen = len(self.requests)
            page.wait_for_timeout(quiet_ms)

    def received(self, *prefixes: str) -> int:
        """Bytes of all responses whose path begins with one of the prefixes; without any, of all."""
        chosen = [request for request in self.requests.values() if request.path.startswith(prefixes or "/")]
        return sum(request.received or 0 for request in chosen)
