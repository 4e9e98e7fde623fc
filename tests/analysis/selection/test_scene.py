"""A scene: a clause sees both runs, and what is kept for one pair of runs is not taken for another."""

from __future__ import annotations

import gc
import weakref

import pytest

from analysis.run.schema import CORRECT
from analysis.selection.clause import Bool
from analysis.selection.clauses import GoldType
from analysis.selection.scene import Scene, SceneCache
from analysis.selection.selection import Selection
from tests.runs import make_run, random_run

RIGHT = make_run([(["Ada"], ["B-PER"], ["B-PER"])])
WRONG = make_run([(["Ada"], ["B-PER"], ["O"])])


def test_scenes_are_equal_where_they_are_the_same_runs() -> None:
    assert Scene(RIGHT) == Scene(RIGHT)
    assert Scene(RIGHT, WRONG) == Scene(RIGHT, WRONG)
    assert len({Scene(RIGHT), Scene(RIGHT, WRONG), Scene(WRONG, RIGHT), Scene(RIGHT, RIGHT), Scene(RIGHT)}) == 4


def test_a_clause_may_compare_two_runs_and_its_masks_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed(_clause: GoldType, scene: Scene) -> Bool:
        assert scene.other is not None
        return (scene.run.spans.outcome == CORRECT) & (scene.other.spans.outcome != CORRECT)

    monkeypatch.setattr(GoldType, "mask", fixed)
    selection = Selection((GoldType("PER"),))
    for _ in range(2):
        assert selection.masks(Scene(RIGHT, WRONG)).spans.tolist() == [True]
        assert selection.masks(Scene(RIGHT, RIGHT)).spans.tolist() == [False]


def test_a_cached_value_does_not_keep_the_other_run_open() -> None:
    cache: SceneCache[int] = SceneCache(4)
    run, other = random_run(2), random_run(2, seed=1)
    assert cache.get(Scene(run, other), "size", lambda: 1) == 1
    assert cache.get(Scene(run), "size", lambda: 2) == 2
    assert cache.get(Scene(run, other), "size", lambda: 3) == 1
    seen = weakref.ref(other)
    del other
    gc.collect()
    assert seen() is None
    assert cache.get(Scene(run), "size", lambda: 4) == 2
