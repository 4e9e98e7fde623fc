"""Samples by loss and Random samples: which sentences they list, in which order, and with which words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import html

from analysis.export.formats import export_table
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.tabs import random_samples, samples
from app.tabs.random_samples import drawn_sentences, random_page, resample_button
from app.tabs.samples import BY, CORRECT_SENTENCES, PAGE_SIZE, sample_page, sentences_by_loss
from app.views.word_table import word_figures
from tests.app.catalog import state_of
from tests.components.tree import as_components, attributes, by_class, of_type, text_of
from tests.runs import make_run, random_run

RUN = random_run(80, seed=41)
NONE = float("nan")
FILTERS = pytest.mark.parametrize(
    "clauses",
    [{}, {"search": "日本"}, {"gold-type": "PER"}, {"min-loss": "1.5"}],
    ids=["all", "search", "pair", "figure"],
)


def exported(run: Run, table: str, clauses: dict[str, str]) -> pd.DataFrame:
    return export_table(Scene(run), table, Selection.from_query(clauses, Scene(run))).to_pandas()


def page_of(run: Run, clauses: dict[str, str] | None = None, **options: str) -> Any:
    state = state_of(run, clauses, **options)
    return as_components(sample_page(state, sentences_by_loss(state)))


def counts(run: Run, clauses: dict[str, str] | None = None, **options: str) -> str:
    state = state_of(run, clauses, **options)
    return samples.count_text(state, sentences_by_loss(state))


@FILTERS
@pytest.mark.parametrize("by", BY.values)
@pytest.mark.parametrize("correct", CORRECT_SENTENCES.values)
def test_sentences_are_sorted_by_loss_as_in_pandas(clauses: dict[str, str], by: str, correct: str) -> None:
    selected = exported(RUN, "sentences", clauses).sentence_row
    loss = exported(RUN, "words", {}).groupby("sentence_row").loss
    keys = {"total": loss.sum(min_count=1), "mean": loss.mean(), "max": loss.max()}[by].astype(float)
    if correct == "skipped":
        words = exported(RUN, "words", {}).dropna(subset=["gold_tag", "predicted_tag"])
        wrong = set(words[words.gold_tag != words.predicted_tag].sentence_row)
        wrong |= set(exported(RUN, "spans", {"outcome": "error"}).sentence_row)
        selected = selected[selected.isin(wrong)]
    found = sentences_by_loss(state_of(RUN, clauses, by=by, correct=correct))
    assert sorted(found) == sorted(selected)
    ordered = keys.reindex(found).to_numpy()
    known = ordered[~np.isnan(ordered)]
    assert np.isnan(ordered[len(known) :]).all(), "those without a loss are last"
    assert (np.diff(known) <= 1e-5).all()


def test_no_sentence_is_dropped() -> None:
    run = make_run(
        [
            ([], [], []),
            (["one"], ["O"], ["O"]),
            (["x", "y"], [None, None], ["O", "O"]),
            (["a", "b"], ["O", "O"], ["O"] * 2),
        ],
        [[], [5.0], [NONE, NONE], [1.0, 2.0]],
    )
    for by in BY.values:
        assert sentences_by_loss(state_of(run, by=by)).tolist() == [1, 3, 0, 2]
    assert counts(run) == "4 sentences · 2 without a loss listed last · total loss favours long sentences"
    heads = [text_of(head) for head in by_class(page_of(run), "item-head")]
    assert heads[0].startswith("#1 · total 5.00 nats · mean 5.00 · max 5.00 · 1 word · 0 words wrong")
    assert heads[2].startswith("#0 · no loss · 0 words")


def test_skipped_sentences_are_counted() -> None:
    run = make_run([(["a"], ["B-X"], ["B-X"]), (["b"], ["B-X"], ["O"]), (["c"], ["O"], ["O"])])
    assert (
        counts(run, by="max", correct="skipped")
        == "1 of 3 sentences have an error · sorted by the word with the largest loss"
    )
    drawn = page_of(run, {"word": "a"}, correct="skipped")
    (button,) = of_type(by_class(drawn, "empty"), html.Button)
    assert json.loads(attributes(button)["data-navigate"]) == {"correct": None}


def test_a_missed_span_is_an_error_though_its_word_has_no_prediction() -> None:
    run = make_run([(["a", "b"], ["B-X", "O"], [None, "O"]), (["c"], ["O"], ["O"])])
    assert sentences_by_loss(state_of(run, correct="skipped")).tolist() == [0]


def test_pages_hold_every_sentence_once() -> None:
    found = sentences_by_loss(state_of(RUN))
    seen = []
    for page in range(1, -(-len(found) // PAGE_SIZE) + 1):
        heads = by_class(page_of(RUN, page=str(page)), "item-head")
        seen += [text_of(head).split(" ")[0] for head in heads]
    assert seen == [f"#{row}" for row in found]


TABLE = make_run(
    [
        (
            ["Boris", "lives", "in", "Bath", "?", "so"],
            ["B-PER", "O", "O", "B-LOC", None, "O"],
            ["B-PER", "O", "O", "O", "O", None],
        )
    ],
    [[0.2, 0.01, 0.0999, 8.0, NONE, NONE]],
)


def words_of(drawn: Any) -> list[str]:
    return [text_of(word) for word in by_class(by_class(drawn, "word-table"), "word-text")]


def test_table_lists_words_with_a_loss_and_counts_the_others() -> None:
    drawn = page_of(TABLE)
    assert words_of(drawn) == ["Boris", "Bath"], "a word without a gold tag or without a prediction is not wrong"
    (foot,) = of_type(drawn, html.Tfoot)
    assert text_of(foot).startswith("4 more words below 0.1 nats or without a loss")
    (button,) = of_type(foot, html.Button)
    assert json.loads(attributes(button)["data-navigate"]) == {"quiet": "shown"}
    whole = page_of(TABLE, quiet="shown")
    assert words_of(whole) == TABLE.words.text.to_pylist()
    assert not of_type(whole, html.Tfoot)


def test_row_shows_gold_tag_and_prediction() -> None:
    table = by_class(page_of(TABLE, quiet="shown"), "word-table")
    rows = [[text_of(cell) for cell in row.children] for row in of_type(table, html.Tr)[1:]]
    p = [f"{value:.2f}" for value in TABLE.words.p_predicted]
    assert rows[0] == ["Boris", "B-PER", "B-PER", p[0], "0.20"]
    assert rows[3] == ["Bath", "B-LOC", "O ≠", p[3], "8.00"]
    assert rows[4] == ["?", "unlabelled", "O", p[4], "no gold label"]
    assert rows[5] == ["so", "O", "–", "–", "no prediction"]
    tracks = [track.style["--value"] for track in by_class(table, "loss-track")]
    assert word_figures(TABLE).largest_loss == 8
    assert [float(value) for value in tracks] == pytest.approx([0.025, 0.00125, 0.01249, 1], abs=6e-5)
    assert attributes(by_class(table, "word-text")[3])["data-word"] == "3"


def test_selected_words_are_marked_and_shown_without_a_loss() -> None:
    drawn = page_of(TABLE, {"word": "lives"})
    assert words_of(drawn) == ["Boris", "lives", "Bath"]
    (marked,) = by_class(drawn, "marked")
    assert text_of(marked).startswith("livesselected")
    assert not by_class(page_of(TABLE, {"search": "lives"}), "marked"), "where all are selected none is marked"


def test_words_are_shaded_by_the_probability_of_other_tags() -> None:
    shades = [float(word.style["--shade"]) for word in by_class(by_class(page_of(TABLE), "sentence"), "word")]
    doubts = 1 - pd.Series(TABLE.words.p_gold).fillna(1)
    assert shades == pytest.approx(doubts.tolist(), abs=0.006)


@pytest.mark.parametrize("page", [sample_page, random_page])
def test_empty_selection_shows_a_message(page: Any) -> None:
    state = state_of(RUN, {"search": "nowhere at all"})
    found = sentences_by_loss(state)
    drawn = as_components(page(state, found))
    (button,) = of_type(by_class(drawn, "empty"), html.Button)
    assert json.loads(attributes(button)["data-navigate"]) == {"search": None}


@pytest.mark.parametrize(
    "run",
    [
        make_run([(["alone"], ["O"], ["O"])]),
        random_run(20, seed=3, types=[f"type{number:02}" for number in range(60)]),
        make_run([(["a", "b"], [None, None], ["O", "B-X"])]),
    ],
    ids=["one sentence", "60 types", "unlabelled"],
)
def test_any_run_can_be_drawn(run: Run) -> None:
    for options in ({}, {"quiet": "shown", "by": "mean"}):
        assert by_class(page_of(run, **options), "item")


class TestRandom:
    @FILTERS
    def test_a_sample_is_drawn_from_the_selection_without_repetition(self, clauses: dict[str, str]) -> None:
        state = state_of(RUN, clauses, n="7", seed="5")
        drawn = drawn_sentences(state).tolist()
        selected = np.flatnonzero(state.masks.sentences).tolist()
        assert len(drawn) == len(set(drawn)) == min(7, len(selected))
        assert set(drawn) <= set(selected)
        assert drawn == drawn_sentences(state_of(RUN, clauses, n="7", seed="5")).tolist()
        assert drawn == drawn_sentences(state_of(RUN, clauses, n="20", seed="5")).tolist()[:7]

    def test_samples_of_other_seeds_differ_and_are_uniform(self) -> None:
        counts = np.zeros(len(RUN.sentences))
        seeds = 400
        for seed in range(seeds):
            counts[drawn_sentences(state_of(RUN, n="20", seed=str(seed)))] += 1
        wanted = seeds * 20 / len(counts)
        assert (np.abs(counts - wanted) < 5 * np.sqrt(wanted)).all()

    def test_small_selection_is_sampled_completely(self) -> None:
        state = state_of(RUN, n="200")
        assert sorted(drawn_sentences(state)) == list(range(80))
        assert text_of(random_samples.count_text(state, drawn_sentences(state))) == "80 of 80 sentences · seed 0"

    @pytest.mark.parametrize(("seed", "following"), [("0", "1"), ("41", "42"), (str(10**9), None)])
    def test_resample_uses_the_next_seed(self, seed: str, following: str | None) -> None:
        button = resample_button(state_of(RUN, seed=seed))
        assert json.loads(attributes(button)["data-navigate"]) == {"seed": following}

    def test_sentences_are_listed_page_by_page_in_random_order(self) -> None:
        drawn = drawn_sentences(state_of(RUN, n="50", seed="2"))
        seen = []
        for page in ("1", "2", "3"):
            heads = by_class(random_page(state_of(RUN, n="50", seed="2", page=page), drawn), "item-head")
            seen += [text_of(head).split(" ")[0] for head in heads]
        assert seen == [f"#{row}" for row in drawn]
