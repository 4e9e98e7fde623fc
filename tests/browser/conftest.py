"""A served dashboard and a real Chromium that records all errors of a page."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import REPOSITORY, StoredRun

PATIENCE = 120_000
"""Timeout in ms for visible changes; a busy machine may take a minute."""
expect.set_options(timeout=PATIENCE)

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]


@contextmanager
def serve(store: Path, log: Path, port: int = 0) -> Iterator[str]:
    """Serve a store with gunicorn, as in a deployment, on the given port or a free one.

    It is handed a socket that listens already, so that the first request waits for it, however slow it starts.
    """
    with socket.create_server(("127.0.0.1", port)) as listening, log.open("wb") as output:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "app.wsgi:server"],
            cwd=REPOSITORY,
            env={**os.environ, "EXPLAINER_STORE": str(store), "EXPLAINER_BIND": f"fd://{listening.fileno()}"},
            pass_fds=[listening.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        with urlopen(address):
            yield address
    except URLError as error:
        raise RuntimeError(f"the server does not answer: {log.read_text()}") from error
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("no Chromium on the PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@dataclass
class Complaints:
    """The errors of a page."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page, address: str, *, refused: bool, stopped: bool) -> None:
        """Record errors.

        Args:
            page: The page.
            address: Of the server, which no request may leave.
            refused: The link is bad, and the server may say so of a request (status 400).
            stopped: The server is stopped meanwhile, and what is asked of it then may fail.
        """
        expected = ["400"] * refused + ["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "did not respond"] * stopped

        def note(kind: str, text: str) -> None:
            if not any(sign in text for sign in expected):
                self.found.append(f"{kind}: {text}")

        page.on("console", lambda message: message.type == "error" and note("console", message.text))
        page.on("pageerror", lambda error: self.found.append(f"page: {error}"))
        page.on("response", lambda reply: reply.status >= 400 and note("response", f"{reply.status} {reply.url}"))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:"))
                or self.found.append(f"left the host: {request.url}")
            ),
        )


@pytest.fixture
def serve_store() -> Iterator[Callable[[Path, Path], str]]:
    """Serves stores (store, log) until the test's pages are closed; returns the address."""
    with ExitStack() as servers:
        yield lambda store, log: servers.enter_context(serve(store, log))


@pytest.fixture
def open_page(browser: Browser, serve_store: object) -> Iterator[object]:
    """Opens pages in a new profile; fails at the end if a page had an error.

    It needs `serve_store` for the order of the end alone: a page that asks a server that has gone would complain.
    """
    contexts = []
    complaints = Complaints()

    def opener(
        url: str,
        *,
        width: int = 1366,
        height: int = 768,
        dark: bool = False,
        bad: bool = False,
        stopped: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        complaints.watch(page, "/".join(url.split("/")[:3]), refused=bad, stopped=stopped)
        page.goto(url)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert complaints.found == []


def analyse(store: Path, model: Path, dataset: Path, *options: str) -> str:
    """Run the command line like a user; returns the run id."""
    command = [sys.executable, "-m", "analysis", "run", "--model", str(model), "--dataset", str(dataset)]
    done = subprocess.run(
        [*command, "--store", str(store), *options], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(frozen=True)
class Dashboard:
    """A served store with one run."""

    address: str
    store: Path
    run: str

    def url(self, **parameters: str) -> str:
        return f"{self.address}/?{urlencode({'run': self.run, **parameters})}"

    def export(self, table: str, *clauses: str) -> list[dict[str, object]]:
        """Rows of the command line's export."""
        command = [sys.executable, "-m", "analysis", "export", self.run, "--table", table, "--format", "jsonl"]
        done = subprocess.run(
            [*command, "--store", str(self.store), *clauses], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
        return [json.loads(line) for line in done.stdout.split("\n") if line]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, demo_store: StoredRun) -> Iterator[Dashboard]:
    """The demo's run, served."""
    with serve(demo_store.store, tmp_path_factory.mktemp("served") / "log") as address:
        yield Dashboard(address, demo_store.store, demo_store.id)
