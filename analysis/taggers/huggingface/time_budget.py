"""Work that must be done in time: it asks now and then whether it still may go on, so that it really stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from analysis.errors import AnalysisError

_is_over: ContextVar[Callable[[], bool] | None] = ContextVar("is_over", default=None)


class OverTimeError(AnalysisError):
    """The time of the work is over."""


@contextmanager
def until(is_over: Callable[[], bool]) -> Iterator[None]:
    """Work inside, in this thread, is stopped at its next `check_time` once `is_over` says so."""
    token = _is_over.set(is_over)
    try:
        yield
    finally:
        _is_over.reset(token)


def check_time() -> None:
    """Go on, or raise OverTimeError; without any `until` around it work has all the time it wants."""
    is_over = _is_over.get()
    if is_over is not None and is_over():
        raise OverTimeError("The work took longer than it may and was stopped.")
