"""Prints the progress of an analysis to a terminal or a log file."""

from __future__ import annotations

import time
from typing import TextIO

from analysis.messages import printable_lines
from analysis.run.stage import ProgressCallback

SECONDS_BETWEEN_UPDATES = 0.1
SECONDS_BETWEEN_LINES = 10.0
CLEAR_LINE = "\r\x1b[K"


class Reporter:
    """Writes messages and progress to a stream: one updating line on a terminal, occasional lines elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._drawn = False

    def say(self, text: str) -> None:
        """Write a line, or several. Control characters, which names from a corpus may have, are escaped."""
        self._erase()
        self._stream.write(f"{printable_lines(text)}\n")
        self._stream.flush()

    def stage(self, title: str) -> ProgressCallback:
        """The progress callback of a stage; the rate counts from the first call, so that resumed work is excluded."""
        started = time.monotonic()
        shown = started
        first = -1

        def progress(done: int, total: int, unit: str) -> None:
            nonlocal shown, first, started
            now = time.monotonic()
            if first < 0:
                first, started = done, now
            if now - shown < (SECONDS_BETWEEN_UPDATES if self._live else SECONDS_BETWEEN_LINES):
                return
            shown = now
            line = f"{title}: {describe_progress(done, total, unit, done - first, now - started)}"
            if self._live:
                self._erase()
                self._stream.write(line)
                self._stream.flush()
                self._drawn = True
            else:
                self.say(line)

        return progress

    def _erase(self) -> None:
        if self._drawn:
            self._stream.write(CLEAR_LINE)
            self._drawn = False


def describe_progress(done: int, total: int, unit: str, recent: int, seconds: float) -> str:
    """`1,200/5,000 words, 300 words/s, 0:13 left`: the rate is `recent` units in `seconds`."""
    text = f"{done:,}/{total:,} {unit}"
    if recent <= 0 or seconds <= 0:
        return text
    rate = recent / seconds
    left = round((total - done) / rate)
    speed = f"{rate:,.0f} {unit}/s, " if rate >= 1 else ""
    return f"{text}, {speed}{left // 60}:{left % 60:02d} left"
