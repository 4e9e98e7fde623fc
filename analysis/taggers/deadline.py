"""Stops work at a deadline: the work checks regularly whether its time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from analysis.errors import AnalysisError

_is_over: ContextVar[Callable[[], bool] | None] = ContextVar("is_over", default=None)


class DeadlineError(AnalysisError):
    """The deadline has passed."""


@contextmanager
def until(is_over: Callable[[], bool]) -> Iterator[None]:
    """A context in which `check_deadline` raises once `is_over` returns True (only in this thread)."""
    token = _is_over.set(is_over)
    try:
        yield
    finally:
        _is_over.reset(token)


def check_deadline() -> None:
    """Raise DeadlineError if the deadline has passed. Outside `until` there is no deadline."""
    is_over = _is_over.get()
    if is_over is not None and is_over():
        raise DeadlineError("The time limit was exceeded and the work was stopped.")
