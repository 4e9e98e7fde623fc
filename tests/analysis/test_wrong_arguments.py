"""Wrong arguments of the public Python interface: one clear sentence each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analysis import AnalysisError, Scene, Selection, Store, export_table, run_analysis
from tests.runs import random_run

SCENE = Scene(random_run(3, seed=1))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: export_table(SCENE, "nope", Selection()), "no table 'nope'. Use one of: words, sentences"),
        (lambda: Store("a\0b"), "null character"),
        (lambda: Selection.from_query({"gold-type": 5}, SCENE), "filter gold-type is 5"),  # type: ignore[dict-item]
        (lambda: run_analysis(store="dir"), r"Write run_analysis(Store('dir'), ...)."),  # type: ignore[arg-type]
    ],
)
def test_wrong_argument_is_one_sentence(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        call()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)
