"""What is kept for a run, how much of it, and for how long."""

from __future__ import annotations

import gc
import weakref

from analysis.run.run_cache import RunCache
from tests.runs import make_run


class Value:
    pass


def test_the_latest_values_of_each_run_are_kept():
    cache, one, other = RunCache(2), make_run([]), make_run([])
    first = cache.get(one, "first", Value)
    second = cache.get(one, "second", Value)
    assert cache.get(other, "first", Value) is not first
    assert cache.get(one, "first", Value) is first
    cache.get(one, "third", Value)  # "second" was asked for longest ago
    assert cache.get(one, "first", Value) is first
    assert cache.get(one, "second", Value) is not second


def test_threads_that_miss_at_once_get_the_same_value():
    cache, run = RunCache(2), make_run([])
    first = Value()
    late = cache.get(run, "key", lambda: cache.get(run, "key", lambda: first) and Value())
    assert late is first is cache.get(run, "key", Value)


def test_values_go_with_their_run():
    cache, run = RunCache(2), make_run([])
    value = weakref.ref(cache.get(run, "key", Value))
    assert value() is not None
    del run
    gc.collect()
    assert value() is None
