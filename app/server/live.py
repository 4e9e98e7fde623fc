"""The tagger that answers while a person waits: one in a process, run by one thread of its own.

The thread is started at the first use, so that nothing of torch is there when the server forks its workers. Its
priority is low, so that clicks in the other threads go first; what waits for it is bounded in number and in time.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.huggingface.deadline import DeadlineError, until
from analysis.taggers.reload import load_run_tagger, tagger_identity

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger

T = TypeVar("T")

LOOK_EVERY = 0.25
"""Seconds after which one who waits looks whether its time is over."""
NICENESS = 5
MOST_TORCH_THREADS = 4


class LiveError(AnalysisError):
    """The tagger cannot answer; the text says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """How much the tagger does at once, and for how long.

    Attributes:
        at_once: Requests that wait or are worked at; fewer than the server's threads (gunicorn.conf.py), so that
            some are always free for clicks.
        seconds: From the question to the answer, in which the work is stopped; loading a tagger does not count.
        grace: Seconds after which one who asked no longer waits for work that does not stop.
        idle_seconds: After which an unused tagger is let go.
    """

    at_once: int = 12
    seconds: float = 20.0
    grace: float = 3.0
    idle_seconds: float = 600.0


class LiveTagger:
    """Runs work with a run's tagger; safe to share between threads.

    One tagger is kept: that of another run takes its place.
    """

    def __init__(
        self,
        load: Callable[[Run], Tagger] | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load or _load_beside_others
        self._limits = limits or Limits()
        self._time = _WorkingTime(clock)
        self._places = threading.BoundedSemaphore(self._limits.at_once)
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._tagger: Tagger | None = None
        self._loaded: Hashable = None

    def answer(self, run: Run, work: Callable[[Tagger], T]) -> T:
        """What `work` makes of the run's tagger; returns when it is done.

        Whatever else `work` raises reaches the caller. Long work outside the tagger's forward pass should call
        `analysis.taggers.huggingface.deadline.check_deadline` now and then.

        Raises:
            LiveError: The tagger cannot be loaded, too many wait for it already, or the time is over.
        """
        if not self._places.acquire(blocking=False):
            raise LiveError("The tagger is busy with the texts of others; try again in a few seconds.")
        request = _Request(run, work, self._time.now() + self._limits.seconds)
        request.future.add_done_callback(lambda _future: self._places.release())
        self._ask(request)
        while not wait([request.future], timeout=LOOK_EVERY).done:
            if self._time.now() > request.until + self._limits.grace:
                raise self._over_time()
        result: T = request.future.result()
        return result

    def close(self) -> None:
        """Stop the work in hand and the thread."""
        self._closing = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._requests.put(None)
            thread.join(self._limits.grace)
        atexit.unregister(self.close)

    def _ask(self, request: _Request) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._closing = False
                self._thread = threading.Thread(target=self._serve, name="live-tagger", daemon=True)
                self._thread.start()
                atexit.register(self.close)
        self._requests.put(request)

    def _serve(self) -> None:
        _let_others_go_first()
        while True:
            try:
                request = self._requests.get(timeout=None if self._tagger is None else self._limits.idle_seconds)
            except Empty:
                self._let_go()
                continue
            if request is None:
                self._let_go()
                return
            self._fulfil(request)
            del request  # and with it the answer, which may be large

    def _fulfil(self, request: _Request) -> None:
        def is_over() -> bool:
            return self._closing or self._time.now() > request.until

        try:
            if is_over():
                raise LiveError(
                    f"The tagger was busy with the texts of others for {self._limits.seconds:.0f} seconds; try again."
                )
            tagger = self._tagger_of(request.run)
            with until(is_over):
                result = request.work(tagger)
        except DeadlineError:
            request.future.set_exception(self._over_time())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the asker's, and the thread lives on
            request.future.set_exception(error)
        else:
            request.future.set_result(result)

    def _over_time(self) -> LiveError:
        return LiveError(
            f"This was stopped after {self._limits.seconds:.0f} seconds: give the tagger less text, "
            "or try again when fewer people use it."
        )

    def _tagger_of(self, run: Run) -> Tagger:
        identity = tagger_identity(run)
        if self._tagger is None or identity != self._loaded:
            self._let_go()
            with self._time.standing_still():
                try:
                    self._tagger = self._load(run)
                except AnalysisError as error:
                    raise LiveError(str(error)) from error
            self._loaded = identity
        return self._tagger

    def _let_go(self) -> None:
        if self._tagger is not None:
            self._tagger = self._loaded = None
            gc.collect()  # a model refers to itself; this stops every thread for a moment


class _Request:
    """One piece of work, what it may take, and where its answer goes."""

    def __init__(self, run: Run, work: Callable[[Tagger], Any], until: float) -> None:
        self.run = run
        self.work = work
        self.until = until
        self.future: Future[Any] = Future()


class _WorkingTime:
    """A clock that stands still while a tagger is loaded."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stood_still = 0.0
        self._since: float | None = None

    def now(self) -> float:
        """In seconds."""
        with self._lock:
            return (self._clock() if self._since is None else self._since) - self._stood_still

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Time spent inside does not count."""
        with self._lock:
            self._since = self._clock()
        try:
            yield
        finally:
            with self._lock:
                self._stood_still += self._clock() - self._since
                self._since = None


def _let_others_go_first() -> None:
    """Lower the priority of this thread, and of those that it starts; only Linux has priorities of threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _load_beside_others(run: Run) -> Tagger:
    """Load a run's tagger, to run on no more processors than leave some to the other worker and to clicks."""
    import torch  # noqa: PLC0415 - takes a second, and must not be there when the server forks

    torch.set_num_threads(max(1, min(MOST_TORCH_THREADS, (os.cpu_count() or 1) // 2)))
    return load_run_tagger(run)
