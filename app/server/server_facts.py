"""Facts about the server process and the disk of its store; environment variables are not read."""

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
        pid: Process id.
        uptime: Seconds since the process started.
        resident: Resident memory in bytes, including shared memory.
        peak: Peak resident memory in bytes.
        threads: Number of Python threads.
        workers: Number of gunicorn's worker processes; None if the server is not gunicorn.
    """

    pid: int
    uptime: float
    resident: int
    peak: int
    threads: int
    workers: int | None


def process_facts() -> ProcessFacts:
    """Facts about the current process."""
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
    """The number of processes that gunicorn's master started; None if it did not start this one."""
    try:
        parent = process.parent()
        if parent is None or not any("gunicorn" in part for part in parent.cmdline()):
            return None
        return len(parent.children())
    except psutil.Error:
        return None


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder, which need not exist yet."""
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    return shutil.disk_usage(existing).free


def size_of(folder: Path) -> int:
    """Total bytes of the files in a folder; files that are deleted meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(parent, name).stat().st_size
            except OSError:
                continue
    return total
