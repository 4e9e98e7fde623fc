"""What this process knows about itself and about the disk under its store. Nothing of the environment is read."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MIB = 2**20


@dataclass(frozen=True)
class ProcessFacts:
    """A server process; None where the system does not tell.

    Attributes:
        pid: Its number.
        uptime: Seconds since it began.
        resident: Bytes of memory that it holds now, those that it shares included.
        peak: Most bytes that it has held itself.
        threads: Python's threads.
        workers: Processes that serve the dashboard together.
    """

    pid: int
    uptime: float | None
    resident: int | None
    peak: int
    threads: int
    workers: int | None


def process_facts() -> ProcessFacts:
    """About the process that answers."""
    unit = 1 if sys.platform == "darwin" else 1024
    return ProcessFacts(
        pid=os.getpid(),
        uptime=_uptime(),
        resident=_resident(),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        threads=threading.active_count(),
        workers=_workers(),
    )


def _uptime() -> float | None:
    # proc(5): the 22nd field of `stat`, the 20th after the name, is the start in clock ticks since the system's.
    stat, up = _read("self/stat"), _read("uptime")
    if stat is None or up is None:
        return None
    started = int(stat.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(up.split()[0]) - started


def _resident() -> int | None:
    pages = _read("self/statm")
    return None if pages is None else int(pages.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _workers() -> int | None:
    """The processes that gunicorn's master has begun, where that is what began this one."""
    parent = os.getppid()
    command, children = _read(f"{parent}/cmdline"), _read(f"{parent}/task/{parent}/children")
    if command is None or children is None or "gunicorn" not in command:
        return None
    return len(children.split())


def _read(name: str) -> str | None:
    try:
        return (PROC / name).read_text("utf-8", "replace")
    except OSError:
        return None


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk that a folder is, or would be, on."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; those that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(parent, name).stat().st_size
            except OSError:
                continue
    return total
