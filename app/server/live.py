"""The live tagger, which tags typed text: one per process, in a thread of its own.

The thread starts at the first use, so that torch is not loaded before the server forks its workers. Its priority is
low, so that clicks in the other threads are handled first. The number and the duration of requests are limited.
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
from typing import Any, TypeVar

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.deadline import DeadlineError, until
from analysis.taggers.reload import load_run_tagger, tagger_identity

T = TypeVar("T")

POLL_SECONDS = 0.25
"""How often a waiting request checks whether its time is over."""
NICENESS = 5
MOST_TORCH_THREADS = 4


class LiveError(AnalysisError):
    """The tagger cannot answer; the message says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """Limits on the number and the duration of requests.

    Attributes:
        at_once: Maximum number of waiting and running requests; less than the server's threads (gunicorn.conf.py), so
            that some threads stay free for clicks.
        seconds: Maximum duration of a request; then it is stopped. The time to load a tagger does not count.
        grace: Seconds that a caller waits, after that, for work that does not stop.
        idle_seconds: An unused tagger is unloaded after this time.
    """

    at_once: int = 12
    seconds: float = 20.0
    grace: float = 3.0
    idle_seconds: float = 600.0


class LiveTagger:
    """Runs functions that need a run's tagger, one at a time; thread-safe.

    It keeps one loaded tagger and replaces it when a request needs another one.
    """

    def __init__(
        self,
        load: Callable[[Run], Any] | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load or _load
        self._limits = limits or Limits()
        self._time = _WorkingTime(clock)
        self._slots = threading.BoundedSemaphore(self._limits.at_once)
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._tagger: Any = None
        self._loaded: Hashable = None

    def answer(self, run: Run, work: Callable[[Any], T]) -> T:
        """Call `work` with the run's tagger, as `load_run_tagger` returns it, and return its result.

        Any error that `work` raises is raised here. Long work outside the tagger's forward pass should call
        `analysis.taggers.deadline.check_deadline` now and then.

        Raises:
            LiveError: The tagger cannot be loaded, too many requests wait for it, or the time is over.
        """
        if not self._slots.acquire(blocking=False):
            raise LiveError("The tagger is busy with other requests. Try again in a few seconds.")
        request = _Request(run, work, self._time.now() + self._limits.seconds)
        request.future.add_done_callback(lambda _future: self._slots.release())
        self._submit(request)
        while not wait([request.future], timeout=POLL_SECONDS).done:
            if self._time.now() > request.until + self._limits.grace:
                raise self._over_time()
        result: T = request.future.result()
        return result

    def close(self) -> None:
        """Stop the running request and the thread."""
        self._closing = True
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._requests.put(None)
            thread.join(self._limits.grace)
        atexit.unregister(self.close)

    def _submit(self, request: _Request) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._closing = False
                self._thread = threading.Thread(target=self._serve, name="live-tagger", daemon=True)
                self._thread.start()
                atexit.register(self.close)
        self._requests.put(request)

    def _serve(self) -> None:
        _lower_priority()
        while True:
            try:
                request = self._requests.get(timeout=None if self._tagger is None else self._limits.idle_seconds)
            except Empty:
                self._unload()
                continue
            if request is None:
                self._unload()
                return
            self._process(request)
            del request  # frees its result, which may be large

    def _process(self, request: _Request) -> None:
        def is_over() -> bool:
            return self._closing or self._time.now() > request.until

        try:
            if is_over():
                raise LiveError(
                    f"The tagger was busy with other requests for {self._limits.seconds:.0f} seconds. Try again."
                )
            tagger = self._tagger_of(request.run)
            with until(is_over):
                result = request.work(tagger)
        except DeadlineError:
            request.future.set_exception(self._over_time())
        except BaseException as error:  # noqa: BLE001 - the caller gets any error; the thread must go on
            request.future.set_exception(error)
        else:
            request.future.set_result(result)

    def _over_time(self) -> LiveError:
        return LiveError(
            f"The tagger was stopped after {self._limits.seconds:.0f} seconds. Shorten the text, or try again later."
        )

    def _tagger_of(self, run: Run) -> Any:
        identity = tagger_identity(run)
        if self._tagger is None or identity != self._loaded:
            self._unload()
            with self._time.paused():
                try:
                    self._tagger = self._load(run)
                except AnalysisError as error:
                    raise LiveError(str(error)) from error
            self._loaded = identity
        return self._tagger

    def _unload(self) -> None:
        if self._tagger is not None:
            self._tagger = self._loaded = None
            gc.collect()  # models contain reference cycles; this briefly stops every thread


class _Request:
    """A function to call, its deadline, and the future of its result."""

    def __init__(self, run: Run, work: Callable[[Any], Any], until: float) -> None:
        self.run = run
        self.work = work
        self.until = until
        self.future: Future[Any] = Future()


class _WorkingTime:
    """A clock that is paused while a tagger is loaded."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._paused_seconds = 0.0
        self._paused_since: float | None = None

    def now(self) -> float:
        """The time in seconds, without pauses."""
        with self._lock:
            now = self._clock() if self._paused_since is None else self._paused_since
            return now - self._paused_seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the clock inside the `with` block."""
        with self._lock:
            self._paused_since = self._clock()
        try:
            yield
        finally:
            with self._lock:
                self._paused_seconds += self._clock() - self._paused_since
                self._paused_since = None


def _lower_priority() -> None:
    """Lower the priority of this thread and of the threads that it starts; only Linux has thread priorities."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _load(run: Run) -> Any:
    """Load a run's tagger; limit its threads, so that some processors stay free for other workers and clicks."""
    import torch  # noqa: PLC0415 - slow, and must not be loaded before the server forks

    torch.set_num_threads(max(1, min(MOST_TORCH_THREADS, (os.cpu_count() or 1) // 2)))
    return load_run_tagger(run)
