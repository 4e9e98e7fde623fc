"""From a click on a cell of the confusion matrix to both views painted, and what the server sends meanwhile."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

from analysis.run.run import Run
from analysis.selection.clauses import type_value
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from analysis.store.store import Store
from benchmarks.serving import VIEWPORT, Traffic, served

PROBE = (Path(__file__).parent / "probe.js").read_text(encoding="utf-8")
CALLBACKS = "/_dash-update-component"
DATA = (CALLBACKS, "/rows/", "/_dash-layout", "/_dash-dependencies")
"""Paths of what belongs to the run and the page's state; the rest are scripts, styles and icons, which are cached."""


@dataclass(frozen=True)
class Cell:
    """A cell of the type matrix, with what a click on it must show.

    Attributes:
        gold: URL value of the row.
        predicted: URL value of the column.
        rows: Grid ids of its ledger rows.
        points: Number of its words.
    """

    gold: str
    predicted: str
    rows: list[str]
    points: int


@dataclass(frozen=True)
class PageKind:
    """How to click and what to look at on a kind of page."""

    application: str
    query: str
    button: str
    graph: str
    trace: int
    cell: str


def dashboard_page(run_id: str) -> PageKind:
    """Hunt."""
    button = '#confusion-matrix [data-toggle*=\'"gold-type": "{gold}", "pred-type": "{predicted}"\']'
    return PageKind("app.wsgi:server", f"?run={run_id}", button, "embedding-highlight", 0, ".sentence")


def naive_page(types: int) -> PageKind:
    """The baseline."""
    button = '[id=\'{{"gold":"{gold}","predicted":"{predicted}"}}\']'
    return PageKind("benchmarks.naive:server", "", button, "embedding-map", types + 1, ".ag-cell")


@dataclass(frozen=True)
class Clicks:
    """One entry a click.

    Attributes:
        grid: ms until the grid is painted.
        map: ms until the map is painted.
        received: Bytes of all responses.
    """

    grid: list[float]
    map: list[float]
    received: list[int]

    @property
    def both(self) -> list[float]:
        """Ms until both are painted."""
        return [max(pair) for pair in zip(self.grid, self.map, strict=True)]

    @property
    def median(self) -> float:
        """In ms."""
        return statistics.median(self.both)


def cells_of(run: Run, seed: int = 0) -> list[Cell]:
    """Every cell of the type matrix with a number in it, in random order, counted from the tables alone."""
    spans, types = run.spans, [*run.tag_set.types, None]
    cells = []
    for gold_code, gold in enumerate(types):
        for predicted_code, predicted in enumerate(types):
            is_in = (spans.gold_type == (gold_code if gold else -1)) & (
                spans.predicted_type == (predicted_code if predicted else -1)
            )
            rows = np.flatnonzero(is_in)
            clauses = {"gold-type": type_value(gold), "pred-type": type_value(predicted)}
            points = int(Selection.from_query(clauses, Scene(run)).masks(Scene(run)).words.sum())
            if len(rows):
                cells.append(Cell(type_value(gold), type_value(predicted), [f"s{row}" for row in rows], points))
    np.random.default_rng(seed).shuffle(cells)  # type: ignore[arg-type]
    return cells


def measure_clicks(browser: Browser, address: str, page_kind: PageKind, cells: list[Cell]) -> Clicks:
    """Click one cell after the other, each when the page has come to rest."""
    page, traffic = _opened(browser)
    page.goto(address + page_kind.query)
    traffic.settle(page, 2_000)
    page.evaluate(PROBE)
    clicks = Clicks([], [], [])
    for cell in cells:
        button = page.locator(page_kind.button.format(gold=cell.gold, predicted=cell.predicted))
        button.scroll_into_view_if_needed()
        traffic.clear()
        wanted = {"rows": cell.rows, "points": cell.points}
        looks = {"graph": page_kind.graph, "trace": page_kind.trace, "cell": page_kind.cell}
        page.evaluate("wanted => { window.bench.arm(wanted); }", wanted | looks)
        button.click()
        times = page.evaluate("() => window.bench.result")
        if "failed" in times:
            sys.exit(f"A click on gold {cell.gold}, predicted {cell.predicted} was not answered in 20 s: {times}")
        traffic.settle(page)
        clicks.grid.append(times["grid"])
        clicks.map.append(times["map"])
        clicks.received.append(traffic.received())
    page.context.close()
    return clicks


@dataclass(frozen=True)
class FirstOpen:
    """Bytes of a first visit, and how long it took."""

    data: int
    """Layout, callbacks' answers and rows."""
    everything: int
    """With the page, scripts, styles and icons."""
    seconds: float
    callbacks: dict[str, int]
    """Bytes by callback."""


def measure_first_open(browser: Browser, store: Path, run_id: str) -> FirstOpen:
    """Open Hunt in a fresh profile on a fresh server."""
    page_kind = dashboard_page(run_id)
    with served(page_kind.application, store) as address:
        page, traffic = _opened(browser)
        start = time.perf_counter()
        page.goto(address + page_kind.query)
        page.locator("#errors-grid .ag-row .sentence").first.wait_for()
        page.locator("#embedding-map .gl-canvas").first.wait_for()
        seconds = time.perf_counter() - start
        traffic.settle(page, 2_000)
        page.context.close()
    callbacks = {
        request.body.split('"output":"', 1)[-1].split('"', 1)[0]: request.received or 0
        for request in traffic.requests.values()
        if request.path == CALLBACKS
    }
    return FirstOpen(traffic.received(*DATA), traffic.received(), seconds, callbacks)


def _opened(browser: Browser) -> tuple[Page, Traffic]:
    page = browser.new_context(viewport=VIEWPORT).new_page()
    traffic = Traffic()
    traffic.watch(page)
    return page, traffic


def measure_both(browser: Browser, store: Path, run_id: str, rounds: int) -> tuple[Clicks, Clicks]:
    """The dashboard's clicks and the baseline's, in that order."""
    run = Store(store).open(run_id)
    cells = cells_of(run)[:rounds]
    results = []
    for page_kind in (dashboard_page(run_id), naive_page(len(run.tag_set.types))):
        with served(page_kind.application, store, NAIVE_RUN=run_id) as address:
            results.append(measure_clicks(browser, address, page_kind, cells))
    return results[0], results[1]
