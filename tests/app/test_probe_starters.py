"""Which sentences of a corpus Probing offers to someone who has typed nothing, against pandas."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from analysis.selection.scene import Scene
from app.tabs.probing.probe_starters import KINDS, starters, starting_points
from tests.app.catalog import state_of
from tests.components.tree import attributes, by_class, text_of
from tests.runs import make_run, random_run


def words_of(run: Run) -> pd.DataFrame:
    words = run.words
    return pd.DataFrame({"sentence": words.sentence, "loss": words.loss, "p": words.p_predicted})


def spans_of(run: Run) -> pd.DataFrame:
    outcomes = np.array(OUTCOMES)[run.spans.outcome]
    return pd.DataFrame({"sentence": run.spans.sentence, "outcome": outcomes, "loss": run.spans.loss_max})


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_reason_has_the_worst_remaining_sentence(seed: int) -> None:
    run = random_run(60, seed=seed)
    words, spans = words_of(run), spans_of(run)
    found = {starter.reason: starter for starter in starters(state_of(run))}
    sentences = [int(run.words.sentence[starter.word]) for starter in found.values()]
    assert len(set(sentences)) == len(sentences)

    largest, least, *others = found.values()
    assert largest.word == words.loss.idxmax()
    assert largest.figure == f"loss {words.loss.max():.2f}"
    rest = words[words.sentence != sentences[0]]
    assert least.word == rest.p.idxmin()
    assert least.figure == f"p {rest.p.min():.3f}"
    for outcome, reason in KINDS.items():
        starter = found[reason]
        place = others.index(starter) + 2
        free = spans[(spans.outcome == outcome) & ~spans.sentence.isin(sentences[:place])]
        assert starter.figure == f"loss {free.loss.max():.2f}"
        assert words.loss[starter.word] == pytest.approx(free.loss.max())
        assert sentences[place] == free.sentence[free.loss.idxmax()]
    assert sentences[-1] in set(spans.sentence), "the random one has an entity, for there are such"


def test_missing_reasons_are_left_out() -> None:
    right = make_run([(["Ann", "slept"], ["B-PER", "O"], ["B-PER", "O"])], [[0.1, 0.1]])
    assert [starter.reason for starter in starters(state_of(right))] == ["The word with the largest loss"]
    unlabelled = make_run([(["Ann", "slept"], [None, None], ["B-PER", "O"]), (["so"], [None], ["O"])])
    assert [starter.reason for starter in starters(state_of(unlabelled))] == [
        "The least confident prediction",
        "A random sentence",
    ]
    assert starters(state_of(make_run([([], [], [])]))) == ()


def test_click_copies_the_sentence_into_the_text_box() -> None:
    run = random_run(60, seed=0)
    items = by_class(starting_points(state_of(run)), "probe-starter")
    for item, starter in zip(items, starters(state_of(run)), strict=True):
        assert text_of(item).startswith(f"{starter.reason} · {starter.figure} {starter.unit}")
        (button,) = by_class(item, "quiet-button")
        changes = json.loads(attributes(button)["data-navigate"])
        assert changes == {"focus": str(starter.word), "text": None, "before": None}
        assert run.words.text[starter.word].as_py() in [text_of(word) for word in by_class(item, "focus")]


def test_starters_are_in_the_selection() -> None:
    run = random_run(60, seed=0)
    state = state_of(run, {"outcome": "missed"})
    words = np.flatnonzero(state.selection.masks(Scene(run)).words)
    found = starters(state)
    assert found[0].word == words[np.nanargmax(run.words.loss[words])]
    assert {starter.reason for starter in found} <= {
        "The word with the largest loss",
        "The least confident prediction",
        KINDS["missed"],
        "A random sentence",
    }
    assert "of the selection" in text_of(starting_points(state))
    nothing = state_of(run, {"search": "no sentence says this"})
    assert starters(nothing) == ()
    assert "This selection has no sentence" in text_of(starting_points(nothing))
