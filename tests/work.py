"""How much work a call takes, counted: the count is the same on every machine, however busy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls_in(action: Callable[[], object]) -> int:
    """How many functions `action` calls in this thread, those written in C included.

    A loop over words calls something for each of them; work that numpy does at once counts as one call. `action` runs
    once before, so that what is imported or kept at the first use does not count.
    """
    action()
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls
