"""The dashboard in Chromium and its server, on synthetic runs: `python -m benchmarks.dashboard [--quick]`.

A click on the confusion matrix is compared with a page as Dash's tutorial writes it (benchmarks/naive.py), on the same
run. Times are wall-clock times: they hold for a machine that does nothing else meanwhile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.callbacks import BASE_MAP, CallbackTimes, measure_callbacks
from benchmarks.clicks import Clicks, FirstOpen, measure_both, measure_first_open
from benchmarks.serving import chromium
from benchmarks.synthetic import publish_synthetic
from benchmarks.table import Row, markdown

WORDS = {"first open": 50_000, "click": 100_000, "callbacks": 200_000}
QUICK_WORDS = {"first open": 5_000, "click": 10_000, "callbacks": 20_000}
CLICKS = 24
QUICK_CLICKS = 6


def rows(quick: bool = False) -> list[Row]:
    """Publish the runs, measure and compare."""
    words = QUICK_WORDS if quick else WORDS
    with tempfile.TemporaryDirectory() as name:
        store = Path(name)
        runs = {what: publish_synthetic(store, size, sys.stderr) for what, size in words.items()}
        with chromium() as browser:
            _say("opening Hunt ...")
            opened = measure_first_open(browser, store, runs["first open"])
            _say("clicking ...")
            ours, naive = measure_both(browser, store, runs["click"], QUICK_CLICKS if quick else CLICKS)
        _say("calling every callback ...")
        with threadpool_limits(1, "blas"):  # as gunicorn.conf.py has it
            callbacks = measure_callbacks(store, runs["callbacks"])
    _say("done")
    _tell(opened, ours, naive, callbacks)
    return [
        *_click_rows(ours, naive, f"{words['click']:,} words"),
        _first_open_row(opened, f"{words['first open']:,} words"),
        *_callback_rows(callbacks, f"{words['callbacks']:,} words"),
    ]


def _click_rows(ours: Clicks, naive: Clicks, size: str) -> list[Row]:
    sent, naive_sent = (statistics.median(clicks.received) / 1000 for clicks in (ours, naive))
    return [
        Row(
            f"Matrix click to both views painted, {size}, median, ms",
            f"{naive.median:.0f}",
            f"{ours.median:.0f}",
            f"{naive.median / ours.median:.1f}x faster",
            "at most 200",
            ours.median <= 200,
        ),
        Row(
            f"Matrix click, {size}, sent by the server, median, kB",
            f"{naive_sent:.0f}",
            f"{sent:.1f}",
            f"{naive_sent / sent:.0f}x less",
            "at most 10",
            sent <= 10,
        ),
    ]


def _first_open_row(opened: FirstOpen, size: str) -> Row:
    sent = opened.data / 1000
    return Row(f"First open of Hunt, {size}, data sent, kB", "", f"{sent:.0f}", "", "at most 1,500", sent <= 1500)


def _callback_rows(callbacks: list[CallbackTimes], size: str) -> list[Row]:
    """The slowest callback of each tab, and the map's first figure apart."""
    base_maps = [times for times in callbacks if BASE_MAP in times.output and "map" in times.output]
    slowest = {
        tab: max((times for times in callbacks if times.tab == tab and times not in base_maps), key=lambda t: t.p95)
        for tab in dict.fromkeys(times.tab for times in callbacks)
    }
    measures = {f"Slowest callback of {tab} ({times.short_name}), {size}": times for tab, times in slowest.items()}
    measures[f"The map's first figure, {size}"] = max(base_maps, key=lambda times: times.p95)
    return [
        Row(f"{measure}, p95, ms", "", f"{times.p95:.0f}", "", "under 50", times.p95 < 50)
        for measure, times in measures.items()
    ]


def _tell(opened: FirstOpen, ours: Clicks, naive: Clicks, callbacks: list[CallbackTimes]) -> None:
    """What stands behind the table."""
    _say(f"first open: {opened.data:,} bytes of data, {opened.everything:,} with scripts, {opened.seconds:.1f} s")
    for name, clicks in (("ExplaiNER", ours), ("baseline", naive)):
        grid, drawn = statistics.median(clicks.grid), statistics.median(clicks.map)
        _say(
            f"click, {name}: grid {grid:.0f} ms, map {drawn:.0f} ms, both {min(clicks.both):.0f} to "
            f"{max(clicks.both):.0f} ms, {min(clicks.received):,} to {max(clicks.received):,} bytes"
        )
    for times in callbacks:
        _say(
            f"{times.tab}: {times.short_name}: median {np.median(times.milliseconds):.1f} ms, p95 {times.p95:.1f} ms, "
            f"largest {max(times.milliseconds):.1f} ms, CPU time {np.median(times.cpu):.1f} ms, "
            f"{max(times.sizes):,} bytes at most"
        )


def _say(text: str) -> None:
    print(f"dashboard: {text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small runs and few clicks")
    print(markdown(rows(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
