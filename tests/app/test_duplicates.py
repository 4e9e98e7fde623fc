"""The tab Duplicates: what it lists, counts and selects, for small runs and for runs with nothing to show."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash import html

from analysis.run.run import MissingStageError, Run
from analysis.scores.metrics import entity_scores
from app.state import ViewState
from app.tabs.duplicates.duplicate_groups import MEMBERS, PAGE_SIZE
from app.tabs.duplicates.leak_list import leaked_in, reference_table, score_rows
from app.tabs.duplicates.tab import draw_kinds, draw_list
from tests.app.catalog import state_of
from tests.components.test_escaping import TEXTS, TYPES, assert_inert
from tests.components.tree import attributes, by_class, of_type, text_of
from tests.duplicate_runs import angles, corpus_of, duplicate_run
from tests.runs import Sentence, make_run

DEGREES = angles({"a": 0, "b": 10, "c": 30, "d": 90, "e": 180, "f": 182})


def sentence(text: str) -> Sentence:
    """A sentence with `O` tags, except words written `Jordan/B-PER/B-LOC`, with gold and predicted tag."""
    parts = [word.split("/") for word in text.split()]
    gold = [part[1] if len(part) > 1 else "O" for part in parts]
    predicted = [part[2] if len(part) > 2 else tag for part, tag in zip(parts, gold, strict=True)]
    return [part[0] for part in parts], gold, predicted


STORY = [
    sentence("a Jordan/B-PER/B-LOC plays"),
    sentence("A jordan/B-LOC plays"),
    sentence("b Jordan/B-PER plays well"),
    sentence("c Amman/B-LOC/O"),
    sentence("d alone"),
    sentence("e same"),
    sentence("f same here"),
]
TRAIN = corpus_of([(["a", "Jordan", "plays"], ["O", "B-LOC", "O"])])


@pytest.fixture(scope="module")
def story() -> Run:
    return duplicate_run(STORY, DEGREES, [TRAIN])


def cards(state: ViewState) -> list[Any]:
    return by_class(draw_list(state)[0], "group-card")


def test_a_group_shows_its_sentences_and_what_differs(story: Run) -> None:
    first, second = cards(state_of(story))
    assert text_of(by_class(first, "group-head")).startswith("3 sentences≠ labels disagree2 texts · cosine 0.985")
    items = by_class(first, "item")
    heads = [text_of(by_class(item, "item-head")[0].children[0]) for item in items]
    assert heads == ["#0 · 3 words", "#1 · 3 words · same text as #0", "#2 · 4 words · cosine 0.985 to #0"]
    assert [text_of(word) for word in by_class(items[1], "differing-label")] == ["jordan"]
    assert text_of(by_class(items[1], "label-differences")) == "≠different labels:jordanB-LOC here, B-PER in #0"
    assert [text_of(word) for word in by_class(items[2], "differs")] == ["b", "well"]
    assert text_of(by_class(items[2], "missing-line")) == "only in #0: a"
    assert not by_class(items[2], "label-differences")

    assert text_of(by_class(second, "group-head")).startswith("2 sentences2 texts · cosine 0.999")
    marked = [[text_of(word) for word in by_class(item, "differs")] for item in by_class(second, "item")]
    assert marked == [["e"], ["f", "here"]], "in a pair each is marked against the other"


def test_counts_match_the_groups(story: Run) -> None:
    assert draw_list(state_of(story))[1] == "2 groups · 5 sentences · labels disagree in 1 · cosine 0.95 or more"
    assert draw_list(state_of(story, threshold="0.90"))[1].startswith("2 groups · 6 sentences · labels disagree in 1")
    assert draw_list(state_of(story, alike="exact"))[1] == "1 group · 2 sentences · labels disagree in 1"
    assert draw_list(state_of(story, {"search": "here"}))[1].startswith("1 group · 1 sentence · labels disagree in 0")
    drawn = draw_kinds(state_of(story))
    kinds = [text_of(button) for button in by_class(drawn, "kind")[:4]]
    assert kinds == [
        "All groups2",
        "Copiesof one text1",
        "Neardifferent texts2",
        "Leakedsentences in other splits3",
    ]
    assert text_of(by_class(drawn, "counted-once")).startswith("1 group of copies is part of a near group")
    buttons = {text_of(by_class(button, "threshold-name")): button for button in by_class(drawn, "threshold-button")}
    assert list(buttons) == [f"{1 - step / 100:.2f}" for step in range(21)]
    assert [text_of(by_class(buttons[at], "kind-count")) for at in ("1.00", "0.99", "0.98", "0.93")] == [
        "0",
        "1",
        "2",
        "3",
    ]
    assert [at for at, button in buttons.items() if "current" in button.className] == ["0.95"]
    assert json.loads(attributes(buttons["0.95"])["data-navigate"]) == {"threshold": None}
    assert json.loads(attributes(buttons["0.90"])["data-navigate"]) == {"threshold": "0.90"}
    assert "a stand-in" in text_of(by_class(drawn, "measured-with"))


def test_card_selects_the_sentences_that_it_shows(story: Run) -> None:
    for options in ({}, {"threshold": "0.90"}, {"alike": "exact"}):
        for card in cards(state_of(story, **options)):
            (button,) = by_class(card, "select-group")
            changes = json.loads(attributes(button)["data-toggle"])
            selected = state_of(story, changes, **options)
            assert selected.masks.sentences.sum() == len(by_class(card, "item"))
            again = cards(selected)
            assert len(again) == len(cards(state_of(story, **options))), "its own clause hides nothing"
            assert [attributes(one)["aria-pressed"] for one in by_class(again, "select-group")].count("true") == 1


def test_large_group_is_cut_and_links_to_the_rest() -> None:
    run = duplicate_run([sentence("a x")] * 5_000, DEGREES)
    (card,) = cards(state_of(run))
    assert len(by_class(card, "item")) == MEMBERS
    assert text_of(by_class(card, "group-rest")).startswith(f"and {5_000 - MEMBERS:,} more")
    (way,) = of_type(by_class(card, "group-rest"), html.Button)
    assert json.loads(attributes(way)["data-navigate"]) == {"duplicates": "exact:0", "tab": "raw"}


def test_pages_hold_every_group_once() -> None:
    sentences = [sentence(f"w{n} x") for n in range(2 * PAGE_SIZE + 3) for _ in range(2)]
    run = duplicate_run(sentences, lambda text: np.eye(64)[int(text.split()[0][1:])])
    seen = []
    for page in ("1", "2", "3"):
        seen += [text_of(by_class(card, "item-head")[0]).split(" ")[0] for card in cards(state_of(run, page=page))]
    assert seen == [f"#{2 * n}" for n in range(2 * PAGE_SIZE + 3)]


# Leaks


def test_leaks_are_listed_beside_the_reference(story: Run) -> None:
    listed, count = draw_list(state_of(story, alike="leaked"))
    assert count == "3 of 7 sentences leaked · cosine 0.95 or more"
    items = by_class(listed, "item")
    assert [text_of(by_class(item, "item-head")).split(" ")[0] for item in items] == ["#0", "#2", "#1"]
    assert text_of(by_class(items[0], "leak-reference")).startswith("toy/train #0 · same text")
    assert (
        text_of(by_class(items[0], "label-differences")) == "≠different labels:JordanB-PER here, B-LOC in the reference"
    )
    assert "cosine 0.985" in text_of(by_class(items[1], "leak-reference"))
    assert not by_class(items[2], "label-differences"), "its labels are those of the reference"
    assert not [
        word for word in by_class(by_class(items[0], "leak-reference"), "word") if "data-word" in attributes(word)
    ]
    (row,) = of_type(of_type(reference_table(state_of(story)), html.Tbody), html.Tr)
    assert text_of(row) == "toy/train1 sentence in the reference21"


def test_every_reference_with_a_sentence_is_listed_under_it() -> None:
    """A reference with the same labels as the run does not hide one with other labels."""
    other = corpus_of([(["near", "Jordan"], ["O", "B-ORG"]), (["far"], ["O"])])
    same = corpus_of([(["near", "Jordan"], ["O", "B-PER"])])
    run = duplicate_run(
        [(("well", "now"), ("O", "O"), ("O", "O")), (("near", "Jordan"), ("O", "B-PER"), ("O", "B-PER"))],
        lambda text: np.array({"near": [1, 0], "well": [0, 1], "far": [-1, 0]}[text.split()[0]]),
        [same, other],
    )
    state = state_of(run, alike="leaked")
    (item,) = by_class(draw_list(state)[0], "item")
    heads = [text_of(one.children[0]) for one in by_class(item, "leak-reference")]
    assert [head.split(" · ")[1] for head in heads] == ["same text", "same text"]
    assert [text_of(one) for one in by_class(item, "label-differences")] == [
        "≠different labels:JordanB-PER here, B-ORG in the reference"
    ]
    (shown,) = by_class(item, "differing-label")[:1]
    assert attributes(shown)["data-word"] == "3"
    counted = [text_of(row)[-2:] for row in of_type(of_type(reference_table(state), html.Tbody)[0], html.Tr)]
    assert counted == ["10", "10"]
    assert leaked_in(state).tolist() == [1]


def test_scores_with_and_without_leaks(story: Run) -> None:
    state = state_of(story, alike="leaked")
    rows = score_rows(state)
    assert [(row.label, row.support, row.predicted) for row in rows] == [
        ("all sentences", 4, 3),
        ("leaked only", 3, 3),
        ("without leaked", 1, 0),
    ]
    assert rows[1].f1.value == pytest.approx(2 / 3)
    for row in rows[1:]:
        selected = state_of(story, {"leaked": row.changes["leaked"]}, alike="leaked")
        micro = entity_scores(story, selected.masks.spans).micro
        assert (micro.correct, micro.support, micro.predicted) == (
            round(row.recall.value * row.support),
            row.support,
            row.predicted,
        )
        assert selected.masks.sentences.sum() == {"leaked only": 3, "without leaked": 4}[row.label]
        assert [one.label for one in score_rows(selected) if one.selected] == [row.label]
        assert [one.support for one in score_rows(selected)] == [4, 3, 1], "the filter marks, and hides nothing"
    assert leaked_in(state_of(story, {"search": "well"}, alike="leaked")).tolist() == [2]


def test_without_references_the_command_is_shown() -> None:
    run = duplicate_run(STORY, DEGREES)
    assert len(by_class(draw_kinds(state_of(run)), "kind")) == 3 + 21
    drawn = text_of(draw_list(state_of(run, alike="leaked"))[0])
    assert "No reference split was given." in drawn
    assert "--reference train.conll" in drawn


# Nothing to show


@pytest.mark.parametrize("alike", ["all", "exact", "near", "leaked"])
@pytest.mark.parametrize(
    "sentences",
    [
        [sentence("a x")],
        [sentence("d x"), sentence("a y")],
        [(["a", "b"], [None, None], ["O", "O"])] * 2,
        [([], [], []), ([], [], [])],
        [(["a"], ["B-UNKNOWN"], ["O"]), (["a"], ["O"], ["B-X"])],
        [([f"w{n}" for n in range(60)], [f"B-T{n}" for n in range(60)], ["O"] * 60)] * 2,
    ],
    ids=["one sentence", "nothing similar", "unlabelled", "no words", "a type unknown to the tagger", "60 types"],
)
def test_unusual_corpora_are_drawn(sentences: list[Sentence], alike: str) -> None:
    for references in ([], [TRAIN]):
        run = duplicate_run(sentences, DEGREES, references)
        for clauses in ({}, {"search": "nowhere"}):
            state = state_of(run, clauses, alike=alike)
            drawn, _ = draw_list(state)
            assert text_of(drawn)
            draw_kinds(state)


def test_an_empty_list_offers_a_remedy(story: Run) -> None:
    drawn, _ = draw_list(state_of(story, {"search": "alone"}))
    assert json.loads(attributes(of_type(drawn, html.Button)[0])["data-navigate"]) == {"search": None}
    run = duplicate_run([sentence("a x"), sentence("c y")], DEGREES)
    drawn, _ = draw_list(state_of(run))
    assert json.loads(attributes(of_type(drawn, html.Button)[0])["data-navigate"]) == {"threshold": "0.80"}


def test_run_without_pairs_offers_no_threshold() -> None:
    alone = [sentence("a x"), sentence("d y")]
    run = duplicate_run(alone, DEGREES)
    assert by_class(draw_kinds(state_of(run)), "threshold-button") == []
    assert "No two different texts have a cosine of 0.80 or more." in text_of(draw_kinds(state_of(run)))
    assert of_type(draw_list(state_of(run))[0], html.Button) == [], "a lower threshold adds nothing"
    with_reference = duplicate_run(alone, DEGREES, [TRAIN])
    assert len(by_class(draw_kinds(state_of(with_reference)), "threshold-button")) == 21, "they choose the leaks"


def test_older_run_shows_how_to_add_duplicates() -> None:
    with pytest.raises(MissingStageError, match="python -m analysis run"):
        draw_list(state_of(make_run(STORY)))


def test_hostile_text_stays_text() -> None:
    tags = [f"B-{kind}" for kind in TYPES]
    sentences = [
        (TEXTS, [tags[n % len(tags)] for n in range(len(TEXTS))], ["O"] * len(TEXTS)),
        (TEXTS, [tags[(n + 1) % len(tags)] for n in range(len(TEXTS))], ["O"] * len(TEXTS)),
    ]
    reference = corpus_of([(TEXTS, ["B-<i>new</i>"] * len(TEXTS))], label="<b>train</b>")
    run = duplicate_run(sentences, lambda text: np.ones(2), [reference], types=TYPES)
    for alike in ("all", "leaked"):
        drawn, _ = draw_list(state_of(run, alike=alike))
        assert_inert(drawn)
        assert TEXTS[0] in text_of(drawn)
    assert_inert(draw_kinds(state_of(run)))
