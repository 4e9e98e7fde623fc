"""The memory of the process that asks, for benchmarks that measure its growth."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mib(*, afresh: bool = False) -> float:
    """This process's peak memory, as Linux tells it; `afresh`: counted from now on.

    Not `ru_maxrss`, in which a process inherits the peak of the one that started it.
    """
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024
