"""What the tabs Metrics and Misclassified count and list, against pandas."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import html

from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from analysis.scores.metrics import entity_scores
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.state import ViewState
from app.tabs.hunt import where_to_start
from app.tabs.metrics import bars, overall, score_rows, scorers
from app.tabs.misclassified import SORT, error_kinds, sentence_page, wrong_sentences
from app.views.confusion import matrix_of
from app.views.sentence_detail import focus_or_first, sentence_detail
from app.views.sentence_list import PAGE_SIZE
from app.views.sentence_parts import sentence_title
from components.palette import LIGHT
from components.scores import support_figure
from components.type_palette import TypePalette
from tests.app.catalog import state_of
from tests.components.tree import attributes, by_class, of_type, text_of
from tests.runs import make_run, random_run

RUNS = [random_run(80, seed=21), random_run(60, seed=22, types=("none", "=x", "creative-work"))]
EACH = pytest.mark.parametrize("run", RUNS, ids=["usual types", "unusual types"])
FILTERS = pytest.mark.parametrize(
    "clauses",
    [
        {},
        {"search": "日本"},
        {"min-loss": "1.5", "max-confidence": "0.8"},
        {"lasso": "svd.all:-9000,-32000;9000,-32000;0,32000"},
    ],
    ids=["all", "search", "figures", "lasso"],
)


def span_frame(state: ViewState) -> pd.DataFrame:
    """The selected ledger rows with names for codes."""
    run = state.run
    names = np.array([*run.tag_set.types, "(none)"])
    frame = pd.DataFrame(
        {
            "sentence": run.spans.sentence,
            "gold": names[run.spans.gold_type],
            "predicted": names[run.spans.predicted_type],
            "outcome": np.array(OUTCOMES)[run.spans.outcome],
        }
    )
    return frame[state.masks.spans]


def word_frame(state: ViewState) -> pd.DataFrame:
    run = state.run
    names = np.array([*run.tag_set.tags, ""])
    frame = pd.DataFrame(
        {
            "sentence": run.words.sentence,
            "gold": names[run.words.gold_tag],
            "predicted": names[run.words.predicted_tag],
            "p": run.words.p_predicted,
        }
    )
    return frame[state.masks.words]


def wrong(words: pd.DataFrame) -> pd.DataFrame:
    return words[(words.gold != words.predicted) & (words.gold != "") & (words.predicted != "")]


@EACH
@FILTERS
def test_outcome_bars_count_ledger_rows(run: Run, clauses: dict[str, str]) -> None:
    state = state_of(run, clauses)
    spans = span_frame(state)
    drawn = bars(state)
    occurring = [
        name for name in run.tag_set.types if name in {*spans.gold, *spans.predicted[spans.outcome == "spurious"]}
    ]
    assert [bar.label for bar in drawn] == occurring
    for bar in drawn:
        counted = {part.outcome: part.number for part in bar.parts}
        assert list(counted) == list(OUTCOMES)
        wanted = spans[spans.gold == bar.label].outcome.value_counts().to_dict()
        wanted["spurious"] = int(((spans.predicted == bar.label) & (spans.outcome == "spurious")).sum())
        assert {outcome: number for outcome, number in counted.items() if number} == {
            outcome: number for outcome, number in wanted.items() if number
        }
        for part in bar.parts:
            clicked = state_of(run, {**clauses, **{name: value for name, value in part.changes.items() if value}})
            assert clicked.masks.spans.sum() == part.number


@EACH
def test_score_rows_count_gold_and_predicted_entities(run: Run) -> None:
    state = state_of(run, {"search": "jordan"})
    spans = span_frame(state)
    rows = score_rows(state, entity_scores(run, state.masks.spans))
    for row in rows:
        assert row.support == (spans.gold == row.label).sum()
        assert row.predicted == (spans.predicted == row.label).sum()
        right = ((spans.outcome == "correct") & (spans.gold == row.label)).sum()
        assert row.recall.value == pytest.approx(right / row.support if row.support else 0)
        assert row.precision.value == pytest.approx(right / row.predicted if row.predicted else 0)
        assert Selection.from_query({"gold-type": row.changes["gold-type"]}, Scene(run)).clauses[0].type == row.label
    tiles = text_of(overall(entity_scores(run, state.masks.spans)))
    assert f"{(spans.outcome == 'correct').sum()} of {(spans.predicted != '(none)').sum()} predicted" in tiles
    assert f"{(spans.outcome == 'correct').sum()} of {(spans.gold != '(none)').sum()} gold" in tiles


def test_selection_without_entities_has_figures() -> None:
    run = make_run([(["a", "b"], ["B-X", "O"], ["B-X", "O"]), (["c"], ["O"], ["O"])])
    state = state_of(run, {"word": "c"})
    assert not state.masks.spans.any()
    assert bars(state) == []
    assert score_rows(state, entity_scores(run, state.masks.spans)) == []
    assert len(support_figure([], TypePalette(LIGHT)).data[0].x) == 0


def test_scorers_come_from_the_manifest() -> None:
    run = make_run([(["a"], ["B-X"], ["B-X"])])
    score = {"precision": 0.25, "recall": 0.5, "f1": 0.75}
    run.manifest["scores"] = {
        **dict.fromkeys(("strict", "seqeval_default", "seqeval_strict"), score),
        "nervaluate": dict.fromkeys(("strict", "exact", "partial", "ent_type"), score),
    }
    rows = of_type(of_type(scorers(run), html.Tbody)[0], html.Tr)
    assert len(rows) == 7
    assert all(text_of(row).endswith("0.2500.5000.750") for row in rows)


@EACH
@FILTERS
@pytest.mark.parametrize("sort", SORT.values)
def test_wrong_sentences_are_those_with_a_wrong_word_or_span(run: Run, clauses: dict[str, str], sort: str) -> None:
    state = state_of(run, clauses, sort=sort)
    words = wrong(word_frame(state))
    spans = span_frame(state)
    wanted = set(words.sentence) | set(spans.sentence[spans.outcome != "correct"])
    found = wrong_sentences(state)
    assert set(found) == wanted
    assert len(found) == len(wanted) > 0
    if sort == "length":
        keys = run.sentences.word_count[found].astype(float)
    elif sort == "loss":
        keys = -pd.Series(run.sentences.loss_max[found]).fillna(-1).to_numpy()
    else:
        keys = -words.groupby("sentence").p.max().reindex(found).fillna(0).to_numpy()
    assert (np.diff(keys) >= 0).all()
    ties = np.flatnonzero(np.diff(keys) == 0)
    assert (found[ties] < found[ties + 1]).all()


def kinds_of(state: ViewState) -> list[tuple[str, int, dict[str, str], bool]]:
    """Name, number, clauses and whether it is chosen, of each button."""
    return [
        (
            text_of(by_class(button, "kind-name")),
            int(text_of(by_class(button, "kind-count")).replace(",", "")),
            json.loads(attributes(button)["data-toggle"]),
            "current" in button.className.split(),
        )
        for button in of_type(error_kinds(state), html.Button)
    ]


@EACH
@FILTERS
@pytest.mark.parametrize("level", ["types", "tags"])
def test_kinds_of_error_select_what_they_count(run: Run, clauses: dict[str, str], level: str) -> None:
    state = state_of(run, clauses, level=level)
    spans, words = span_frame(state), wrong(word_frame(state))
    kinds = kinds_of(state)
    outcomes, pairs = kinds[:5], kinds[5:]
    assert [number for _, number, _, _ in outcomes] == [(spans.outcome == name).sum() for name in OUTCOMES[1:]]
    if level == "types":
        differing = spans[spans.gold != spans.predicted]
        wanted = {
            (gold.replace("(none)", "spurious"), predicted.replace("(none)", "missed")): number
            for (gold, predicted), number in differing.groupby(["gold", "predicted"]).size().items()
        }
    else:
        wanted = words.groupby(["gold", "predicted"]).size().to_dict()
    listed = {tuple(name.split("→")): number for name, number, _, _ in pairs}
    assert len(listed) == len(pairs) == min(len(wanted), 40)
    assert listed.items() <= wanted.items()
    assert [number for _, number, _, _ in pairs] == sorted(wanted.values(), reverse=True)[:40]
    for _, number, changes, chosen in kinds:
        assert not chosen
        masks = state_of(run, {**clauses, **changes}, level=level).masks
        counted = masks.spans if {"outcome", "gold-type"} & set(changes) else masks.words
        assert counted.sum() == number


def test_chosen_kind_is_marked_and_hides_no_other() -> None:
    run = RUNS[0]
    before = kinds_of(state_of(run))
    after = kinds_of(state_of(run, {"outcome": "missed"}))
    assert [number for _, number, _, _ in after[:5]] == [number for _, number, _, _ in before[:5]]
    assert [name for name, _, _, chosen in after if chosen] == [before[3][0]]


def test_pages_hold_every_sentence_once() -> None:
    state = state_of(RUNS[0])
    sentences = wrong_sentences(state)
    pages = -(-len(sentences) // PAGE_SIZE)
    assert pages > 2
    seen = []
    for page in range(1, pages + 1):
        drawn = sentence_page(state_of(RUNS[0], page=str(page)), sentences)
        seen += [text_of(by_class(item, "item-head")).split(" ")[0] for item in by_class(drawn, "item")]
        assert f"page {page} of {pages}" in text_of(drawn)
        previous, following = of_type(by_class(drawn, "pager"), html.Button)
        assert (previous.disabled, following.disabled) == (page == 1, page == pages)
    assert seen == [f"#{row}" for row in sentences]


def shown(state: ViewState) -> str:
    return text_of(sentence_page(state, wrong_sentences(state)))


def test_page_beyond_the_last_shows_the_last() -> None:
    run = RUNS[0]
    pages = -(-len(wrong_sentences(state_of(run))) // PAGE_SIZE)
    assert shown(state_of(run, page="999")) == shown(state_of(run, page=str(pages)))


def test_no_error_shows_a_message_and_a_clear_button() -> None:
    run = make_run([(["a"], ["B-X"], ["B-X"])])
    drawn = sentence_page(state_of(run, {"word": "a"}), wrong_sentences(state_of(run, {"word": "a"})))
    assert "no sentence with an error" in text_of(drawn)
    (button,) = of_type(drawn, html.Button)
    assert json.loads(attributes(button)["data-navigate"]) == {"word": None}


@pytest.mark.parametrize("level", ["types", "tags"])
def test_hint_of_hunt_depends_on_the_selection(level: str) -> None:
    run = make_run(
        [
            (["Ann", "ran"], ["B-PER", "O"], ["B-PER", "O"]),
            (["Rome", "fell"], ["B-LOC", "O"], ["B-PER", "O"]),
            (["it", "rains"], [None, None], ["O", "O"]),
        ]
    )

    def advice(**clauses: str) -> str:
        return where_to_start(matrix_of(state_of(run, clauses, level=level)))

    assert advice() == "Start with the largest number outside the diagonal."
    assert advice(search="Ann").startswith("This selection has no errors")
    assert advice(search="rains").startswith("This selection has nothing to count")


def test_item_opens_at_the_word_with_the_largest_loss() -> None:
    run = make_run([(["a", "b", "c"], ["B-X", "O", "O"], ["O", "O", "B-X"])], [[1.0, 0.1, 2.0]])
    (item,) = by_class(sentence_page(state_of(run), wrong_sentences(state_of(run))), "item")
    assert attributes(item)["data-focus-item"] == "2"
    assert text_of(by_class(item, "item-head")).startswith("#0 · 3 words · 2 words wrong · largest loss 2.00")


class TestSentenceDetail:
    RUN = make_run(
        [
            (["ΟΔΟΣ", "Rome", "x"], ["O", "B-LOC", "O"], ["O", "B-PER", "O"]),
            (["οδος", "ROME", "rome"], ["O", "O", "B-LOC"], ["O", "O", "B-LOC"]),
            (["alone"], [None], ["O"]),
        ],
        ids=["first", "1", "2"],
    )

    def drawn(self, word: int) -> Any:
        return sentence_detail(state_of(self.RUN), word)

    def test_without_focus_it_is_the_first_row_of_the_grid(self) -> None:
        assert focus_or_first(state_of(self.RUN)) == 1
        assert focus_or_first(state_of(self.RUN, focus=4)) == 4
        assert focus_or_first(state_of(self.RUN, {"outcome": "missed"})) is None
        assert focus_or_first(state_of(self.RUN, {"ids": "1"})) == 3, "no error there, but a sentence"
        assert "show its sentence here" in text_of(sentence_detail(state_of(self.RUN), None))

    def test_the_title_names_the_sentence(self) -> None:
        assert sentence_title(self.RUN, 0) == "#0 · first · 3 words"
        assert sentence_title(self.RUN, 6) == "#2 · 1 word"

    def test_occurrences_are_found_in_upper_and_lower_case(self) -> None:
        elsewhere = by_class(self.drawn(1), "word-list")[1]
        words = [text_of(by_class(row, "word-text")) for row in by_class(elsewhere, "word-row")]
        assert words == ["ROME", "rome"], "words with a different label come first"
        assert "Other occurrences2" in text_of(self.drawn(1))

    def test_word_without_another_occurrence_shows_a_message(self) -> None:
        assert "This word occurs only once in this corpus." in text_of(self.drawn(2))
        assert "unlabelled" in text_of(self.drawn(6))

    @pytest.mark.parametrize("text", ["İstanbul", "STRASSE", "ǅ", "Σ", "ΑΣ"])
    def test_equal_word_is_found_in_any_script(self, text: str) -> None:
        run = make_run([([text, text.lower(), text], ["O"] * 3, ["O"] * 3)])
        found = by_class(sentence_detail(state_of(run), 0), "word-list")[-1]
        words = [text_of(by_class(row, "word-text")) for row in by_class(found, "word-row")]
        assert text in words

    def test_neighbours_are_counted_by_their_gold_tags(self) -> None:
        assert "1 of 4 in other sentences are labelled B-LOC, 0 B-PER" in text_of(self.drawn(1))
        rows = by_class(by_class(self.drawn(1), "word-list")[0], "word-row")
        assert {json.loads(attributes(row)["data-navigate"])["focus"] for row in rows} == {"3", "4", "5", "6"}

    def test_word_of_the_only_sentence_has_no_neighbours(self) -> None:
        run = make_run([(["Rome", "x"], ["B-LOC", "O"], ["O", "O"])])
        assert "No other sentence has words with hidden states." in text_of(sentence_detail(state_of(run), 0))
