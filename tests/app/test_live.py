"""The tagger that answers in the server: one thread, bounded in number and in time."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.reload import load_run_tagger
from app.server.live import NICENESS, Limits, LiveError, LiveTagger
from tests.conftest import REPOSITORY
from tests.runs import make_run
from tests.tiny_models import build_tagger

SENTENCES = [(["John", "left"], ["B-PER", "O"], ["B-PER", "O"])]


class Fake:
    """Stands in for a tagger."""

    def __init__(self, name: str) -> None:
        self.name = name


class Loader:
    """Loads fakes and counts them."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.loaded: list[weakref.ref[Fake]] = []
        self.problem: str | None = None
        self.seconds = seconds

    def __call__(self, run: Run) -> Any:
        time.sleep(self.seconds)
        if self.problem:
            raise AnalysisError(self.problem)
        fake = Fake(run.manifest["source"]["model"])
        self.loaded.append(weakref.ref(fake))
        return fake


def run_of(model: str) -> Run:
    run = make_run(SENTENCES)
    run.manifest["source"]["model"] = model
    return run


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def make_live(request: pytest.FixtureRequest):
    def make(load: Any, **limits: float) -> LiveTagger:
        live = LiveTagger(load, Limits(**{"seconds": 5, "grace": 1, "idle_seconds": 60, **limits}))
        request.addfinalizer(live.close)
        return live

    return make


def await_true(holds, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_all_work_is_done_in_one_thread_of_low_priority(make_live, loader: Loader) -> None:
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


def test_answers_go_to_those_who_asked(make_live, loader: Loader) -> None:
    live, runs = make_live(loader, at_once=50, seconds=60), [run_of("a"), run_of("b")]

    def ask(number: int) -> tuple[int, str]:
        return live.answer(runs[number % 2], lambda tagger: (number, tagger.name))

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(40))) == [(number, "ab"[number % 2]) for number in range(40)]


def test_a_tagger_is_kept_for_runs_that_share_it_and_let_go_for_another(make_live, loader: Loader) -> None:
    live, one, same, other = make_live(loader), run_of("here"), run_of("moved"), run_of("other")
    one.manifest["hashes"] = same.manifest["hashes"] = {"tagger": "abc"}
    for run in (one, same, one):
        live.answer(run, lambda tagger: None)
    assert len(loader.loaded) == 1
    live.answer(other, lambda tagger: None)
    gc.collect()
    assert [kept() is not None for kept in loader.loaded] == [False, True]


def test_an_unused_tagger_is_let_go_and_loaded_again(make_live, loader: Loader) -> None:
    live, run = make_live(loader, idle_seconds=0.05), run_of("a")
    live.answer(run, lambda tagger: None)
    await_true(lambda: loader.loaded[0]() is None)
    assert live.answer(run, lambda tagger: tagger.name) == "a"
    assert len(loader.loaded) == 2


def test_too_many_at_once_are_told_to_try_again(make_live, loader: Loader) -> None:
    live, run, go_on = make_live(loader, at_once=2), run_of("a"), threading.Event()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(live.answer, run, lambda tagger: go_on.wait(5)) for _ in range(2)]
        await_true(lambda: live._places._value == 0)
        with pytest.raises(LiveError, match="busy"):
            live.answer(run, lambda tagger: None)
        go_on.set()
        assert [one.result() for one in waiting] == [True, True]
    assert live.answer(run, lambda tagger: "free") == "free"


def test_what_waited_too_long_is_not_done_at_all(make_live, loader: Loader) -> None:
    live, run, go_on, done = make_live(loader, seconds=1, grace=9), run_of("a"), threading.Event(), []
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(live.answer, run, lambda tagger: go_on.wait(20))
        await_true(lambda: len(loader.loaded) == 1)
        second = pool.submit(live.answer, run, lambda tagger: done.append("done"))
        time.sleep(1.2)
        go_on.set()
        assert first.result() is True
        with pytest.raises(LiveError, match="busy"):
            second.result()
    assert done == []


def test_loading_takes_none_of_the_time(make_live) -> None:
    live = make_live(Loader(seconds=2), seconds=1, grace=0)
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(live.answer, run_of("a"), lambda tagger: tagger.name) for _ in range(3)]
        assert [one.result() for one in asked] == ["a"] * 3


def test_who_asked_does_not_wait_for_work_that_does_not_stop(make_live, loader: Loader) -> None:
    live, go_on = make_live(loader, seconds=1, grace=0.1), threading.Event()
    start = time.monotonic()
    with pytest.raises(LiveError, match="less text"):
        live.answer(run_of("a"), lambda tagger: go_on.wait(20))
    assert time.monotonic() - start < 10
    go_on.set()
    assert live.answer(run_of("a"), lambda tagger: "next") == "next"


def test_a_tagger_that_cannot_be_loaded_is_a_sentence_until_it_can(make_live, loader: Loader) -> None:
    live, run = make_live(loader), run_of("a")
    loader.problem = "The tagger is gone."
    for _ in range(2):
        with pytest.raises(LiveError, match="gone"):
            live.answer(run, lambda tagger: None)
    loader.problem = None
    assert live.answer(run, lambda tagger: tagger.name) == "a"


@pytest.mark.parametrize("error", [AnalysisError("too long"), KeyError("x"), MemoryError(), SystemExit(1)])
def test_what_work_raises_is_its_askers_and_the_thread_lives_on(make_live, loader: Loader, error) -> None:
    live, run = make_live(loader), run_of("a")

    def fail(_tagger: Any) -> None:
        raise error

    with pytest.raises(type(error)):
        live.answer(run, fail)
    assert live.answer(run, lambda tagger: tagger.name) == "a"
    assert len(loader.loaded) == 1


def test_closing_stops_the_work_in_hand(tmp_path: Path, make_live) -> None:
    live = make_live(load_run_tagger, seconds=60)
    run, counted = slow_run(tmp_path, live, seconds=0.2)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(live.answer, run, forward)
        await_true(lambda: counted)
        live.close()
        with pytest.raises(LiveError, match="stopped"):
            asked.result(5)
    assert len(counted) < 10


def test_the_deadline_stops_the_forward_pass_between_two_layers(tmp_path: Path, make_live) -> None:
    live = make_live(load_run_tagger, seconds=2)
    run, counted = slow_run(tmp_path, live, seconds=0.5)
    with pytest.raises(LiveError, match="stopped after 2 seconds"):
        live.answer(run, forward)
    assert 1 <= len(counted) <= 5, "a pass through all layers takes 12 times 0.5 s"
    time.sleep(1)
    assert len(counted) <= 5, "the work went on after its time was over"
    counted.clear()
    assert live.answer(run, lambda tagger: tagger.width) == 32


LAYERS = 12


def slow_run(folder: Path, live: LiveTagger, seconds: float) -> tuple[Run, list[float]]:
    """A run whose tagger has twelve layers that take their time, and when each of them was run."""
    counted: list[float] = []
    run = run_of(str(build_tagger(folder / "model", "bert-uncased")))

    def lame(_module: Any, _inputs: Any) -> None:
        counted.append(time.monotonic())
        time.sleep(seconds)

    def slow_down(tagger: Any) -> None:
        layers = tagger.model.base_model.encoder.layer
        for _ in range(LAYERS - len(layers)):
            layers.append(layers[0])
        layers[0].attention.register_forward_pre_hook(lame)
        layers[1].attention.register_forward_pre_hook(lame)

    live.answer(run, slow_down)
    return run, counted


def forward(tagger: Any) -> None:
    import torch

    with torch.inference_mode():
        tagger.model(input_ids=torch.tensor([[2, 7, 8, 3]]))


def test_nothing_of_torch_is_there_when_the_server_forks(tmp_path: Path) -> None:
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


def test_a_process_ends_in_good_order_while_the_tagger_works(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "model", "bert-uncased")
    script = f"""
import threading, time
from app.server.live import LiveTagger
from tests.app.test_live import forward, run_of
live, run = LiveTagger(), run_of({str(folder)!r})
live.answer(run, forward)
def busy(tagger):
    while True:
        forward(tagger)
threading.Thread(target=lambda: live.answer(run, busy), daemon=True).start()
time.sleep(0.3)
print("ended")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout.strip()) == (0, "ended"), done.stderr


def test_fewer_may_wait_than_the_server_has_threads() -> None:
    settings: dict[str, Any] = {}
    exec((REPOSITORY / "gunicorn.conf.py").read_text(), settings)
    assert Limits().at_once <= settings["threads"] // 2
    assert Limits().seconds + Limits().grace < settings["timeout"]
