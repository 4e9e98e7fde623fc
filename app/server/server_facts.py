"""What this process knows about itself and about the disk under its store. Nothing of the environment is read."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20


@dataclass(frozen=True)
class ProcessFacts:
    """A server process.

    Attributes:
        pid: Its number.
        uptime: Seconds since it began.
        resident: Bytes of memory that it holds now, those that it shares included.
        peak: Most bytes that it has held itself.
        threads: Python's threads.
        workers: Processes that serve the dashboard together; None where the server is not gunicorn.
    """

    pid: int
    uptime: float
    resident: int
    peak: int
    threads: int
    workers: int | None


def process_facts() -> ProcessFacts:
    """About the process that answers."""
    process = psutil.Process()
    unit = 1 if sys.platform == "darwin" else 1024
    return ProcessFacts(
        pid=process.pid,
        uptime=time.time() - process.create_time(),
        resident=process.memory_info().rss,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        threads=threading.active_count(),
        workers=_workers(process),
    )


def _workers(process: psutil.Process) -> int | None:
    """The processes that gunicorn's master has begun, where that is what began this one."""
    try:
        parent = process.parent()
        if parent is None or not any("gunicorn" in part for part in parent.cmdline()):
            return None
        return len(parent.children())
    except psutil.Error:
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
