"""The live tagger: one thread, with limits on the number and the duration of requests."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.deadline import check_deadline
from analysis.taggers.reload import load_run_tagger
from app.server.live import NICENESS, Limits, LiveError, LiveTagger
from tests.conftest import REPOSITORY
from tests.runs import make_run
from tests.tiny_models import build_tagger

SENTENCES = [(["John", "left"], ["B-PER", "O"], ["B-PER", "O"])]
PATIENCE = 120.0
"""Timeout in seconds for events that do not happen; passing tests do not wait for it."""


class Fake:
    """A stand-in for a tagger."""

    def __init__(self, name: str) -> None:
        self.name = name


class Clock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = 0.0
        self._read_by: Counter[int] = Counter()
        self._read = threading.Condition()

    def __call__(self) -> float:
        with self._read:
            self._read_by[threading.get_ident()] += 1
            self._read.notify_all()
            return self.now

    def pass_once_read(self, seconds: float, thread: int) -> None:
        """Advance the clock after a thread has read it, that is, when its request is waiting."""
        with self._read:
            already = self._read_by[thread]
            assert self._read.wait_for(lambda: self._read_by[thread] > already, PATIENCE)
            self.now += seconds


class Loader:
    """Loads stand-ins and counts them."""

    def __init__(self) -> None:
        self.loaded: list[weakref.ref[Fake]] = []
        self.let_go = threading.Event()
        self.problem: str | None = None

    def __call__(self, run: Run) -> Any:
        if self.problem:
            raise AnalysisError(self.problem)
        fake = Fake(run.manifest["options"]["model"])
        self.loaded.append(weakref.ref(fake, lambda _: self.let_go.set()))
        return fake


def run_of(model: str) -> Run:
    run = make_run(SENTENCES)
    run.manifest["options"]["model"] = model
    return run


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_live(request: pytest.FixtureRequest, clock: Clock):
    def make(load: Any, **limits: float) -> LiveTagger:
        live = LiveTagger(load, Limits(**{"seconds": 5, "grace": 1, "idle_seconds": PATIENCE, **limits}), clock)
        request.addfinalizer(live.close)
        return live

    return make


def test_all_work_runs_in_one_thread_of_low_priority(make_live, loader: Loader) -> None:
    live, run = make_live(loader), run_of("a")

    def where(tagger: Fake) -> tuple[str, int, int]:
        return tagger.name, threading.get_ident(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: live.answer(run, where), range(8)))
    assert len(set(answers)) == 1
    name, thread, priority = answers[0]
    assert name == "a"
    assert thread != threading.get_ident()
    assert priority == (NICENESS if sys.platform == "linux" else 0)
    assert len(loader.loaded) == 1


def test_each_caller_gets_its_own_result(make_live, loader: Loader) -> None:
    live, runs = make_live(loader, at_once=50), [run_of("a"), run_of("b")]

    def ask(number: int) -> tuple[int, str]:
        return live.answer(runs[number % 2], lambda tagger: (number, tagger.name))

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(12))) == [(number, "ab"[number % 2]) for number in range(12)]


def test_tagger_is_kept_for_runs_that_share_it_and_unloaded_for_another(make_live, loader: Loader) -> None:
    live, one, same, other = make_live(loader), run_of("here"), run_of("moved"), run_of("other")
    one.manifest["hashes"] = same.manifest["hashes"] = {"tagger": "abc"}
    for run in (one, same, one):
        live.answer(run, lambda tagger: None)
    assert len(loader.loaded) == 1
    live.answer(other, lambda tagger: None)
    gc.collect()
    assert [kept() is not None for kept in loader.loaded] == [False, True]


def test_unused_tagger_is_unloaded_and_loaded_again(make_live, loader: Loader) -> None:
    live, run = make_live(loader, idle_seconds=0.05), run_of("a")
    live.answer(run, lambda tagger: None)
    assert loader.let_go.wait(PATIENCE)
    assert live.answer(run, lambda tagger: tagger.name) == "a"
    assert len(loader.loaded) == 2


def test_too_many_requests_get_an_error(make_live, loader: Loader) -> None:
    live, run, go_on = make_live(loader, at_once=2), run_of("a"), threading.Event()
    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(live.answer, run, lambda tagger: go_on.wait(PATIENCE)) for _ in range(3)]
        (refused,), waiting = wait(futures, PATIENCE, FIRST_COMPLETED)
        with pytest.raises(LiveError, match="busy"):
            refused.result()
        go_on.set()
        assert [one.result() for one in waiting] == [True, True]
    assert live.answer(run, lambda tagger: "free") == "free"


def test_request_that_waited_too_long_is_not_started(make_live, loader: Loader, clock: Clock) -> None:
    live, run, begun, done = make_live(loader, seconds=1, grace=9), run_of("a"), threading.Event(), []
    second = threading.get_ident()

    def work_until_the_second_is_late(_tagger: Any) -> str:
        begun.set()
        clock.pass_once_read(2, second)
        return "first"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(live.answer, run, work_until_the_second_is_late)
        assert begun.wait(PATIENCE)
        with pytest.raises(LiveError, match="busy"):
            live.answer(run, lambda tagger: done.append("done"))
        assert first.result() == "first"
    assert done == []


def test_time_to_load_does_not_count(make_live, loader: Loader, clock: Clock) -> None:
    def load(run: Run) -> Any:
        clock.now += 2
        return loader(run)

    def work(tagger: Fake) -> str:
        check_deadline()
        return tagger.name

    assert make_live(load, seconds=1, grace=0).answer(run_of("a"), work) == "a"


def test_caller_does_not_wait_for_work_that_does_not_stop(make_live, loader: Loader, clock: Clock) -> None:
    live, go_on, ended = make_live(loader, seconds=1, grace=1), threading.Event(), threading.Event()

    def work(_tagger: Any) -> None:
        clock.now = 3.0
        go_on.wait(PATIENCE)
        ended.set()

    with pytest.raises(LiveError, match="Shorten the text"):
        live.answer(run_of("a"), work)
    assert not ended.is_set()
    go_on.set()
    assert live.answer(run_of("a"), lambda tagger: "next") == "next"


def test_tagger_that_cannot_be_loaded_is_reported_until_it_can(make_live, loader: Loader) -> None:
    live, run = make_live(loader), run_of("a")
    loader.problem = "The tagger is gone."
    for _ in range(2):
        with pytest.raises(LiveError, match="gone"):
            live.answer(run, lambda tagger: None)
    loader.problem = None
    assert live.answer(run, lambda tagger: tagger.name) == "a"


@pytest.mark.parametrize("error", [AnalysisError("too long"), KeyError("x"), MemoryError(), SystemExit(1)])
def test_caller_gets_the_error_and_the_thread_goes_on(make_live, loader: Loader, error) -> None:
    live, run = make_live(loader), run_of("a")

    def fail(_tagger: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        live.answer(run, fail)
    assert live.answer(run, lambda tagger: tagger.name) == "a"
    assert len(loader.loaded) == 1


def test_closing_stops_the_running_work(tmp_path: Path, make_live) -> None:
    live, begun, given_up = make_live(load_run_tagger), threading.Event(), threading.Event()

    def work_on(tagger: Any) -> None:
        while not given_up.is_set():
            forward(tagger)
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(live.answer, run_of(str(build_tagger(tmp_path / "model", "bert-uncased"))), work_on)
        assert begun.wait(PATIENCE)
        live.close()
        try:
            with pytest.raises(LiveError, match="stopped"):
                future.result(PATIENCE)
        finally:
            given_up.set()


def test_the_deadline_stops_the_forward_pass_between_two_layers(tmp_path: Path, make_live, clock: Clock) -> None:
    live, run = make_live(load_run_tagger, seconds=2), run_of(str(build_tagger(tmp_path / "model", "bert-uncased")))
    entered: list[str] = []

    def slow_down(tagger: Any) -> None:
        def let_time_pass(_module: Any, _inputs: Any) -> None:
            entered.append("first")
            clock.now += 3

        first, second = tagger.model.base_model.encoder.layer
        first.attention.register_forward_pre_hook(let_time_pass)
        second.attention.register_forward_pre_hook(lambda _module, _inputs: entered.append("second"))

    live.answer(run, slow_down)
    with pytest.raises(LiveError, match="stopped after 2 seconds"):
        live.answer(run, forward)
    assert live.answer(run, lambda tagger: tagger.width) == 32
    assert entered == ["first"]


def forward(tagger: Any) -> None:
    import torch

    with torch.inference_mode():
        tagger.model(input_ids=torch.tensor([[2, 7, 8, 3]]))


def test_torch_is_not_loaded_when_the_server_forks(tmp_path: Path) -> None:
    look = "import sys, threading, app.wsgi; print('torch' in sys.modules, [t.name for t in threading.enumerate()])"
    done = subprocess.run(
        [sys.executable, "-c", look],
        cwd=REPOSITORY,
        env={**os.environ, "EXPLAINER_STORE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False ['MainThread']"


def test_process_exits_cleanly_while_the_tagger_works() -> None:
    script = """
import threading
import torch
from analysis.taggers.deadline import check_deadline
from app.server.live import LiveTagger
from tests.runs import make_run
live, run = LiveTagger(lambda run: torch.nn.Linear(1000, 1000)), make_run([(["John"], ["O"], ["O"])])
begun = threading.Event()
def busy(tagger):
    while True:
        tagger(torch.ones(100, 1000))
        check_deadline()
        begun.set()
threading.Thread(target=lambda: live.answer(run, busy), daemon=True).start()
begun.wait()
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "ended"), done.stderr


def test_limit_of_requests_is_below_the_number_of_server_threads() -> None:
    settings: dict[str, Any] = {}
    exec((REPOSITORY / "gunicorn.conf.py").read_text(), settings)
    assert Limits().at_once <= settings["threads"] // 2
    assert Limits().seconds + Limits().grace < settings["timeout"]
