"""Texts that differ in one respect."""

from __future__ import annotations

import pytest

from analysis.probing.counterfactuals import PLAIN, corpus_entities, swapped, without_final_punctuation
from analysis.run.run import Run
from tests.analysis.probing.test_tagging_diff import tagged
from tests.runs import make_run


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("He left Paris.", "He left Paris"),
        ("He left Paris .", "He left Paris"),
        ("Really ?! ", "Really"),
        ("He said “no.”", "He said “no"),
        ("是的。", "是的"),
        ("no end", "no end"),
        ("...", "..."),
        ("a.b", "a.b"),
        ("Washington , D.C.", "Washington , D.C."),
        ("in the U.S. .", "in the U.S."),
        ("in the U.S.!", "in the U.S."),
        ("at 4.5.", "at 4.5"),
    ],
)
def test_final_punctuation_goes_and_nothing_else(text: str, wanted: str) -> None:
    assert without_final_punctuation(text) == wanted


def test_cases() -> None:
    assert PLAIN["lower case"]("John IN Paris.") == "john in paris."
    assert PLAIN["UPPER CASE"]("John in Straße.") == "JOHN IN STRASSE."


@pytest.fixture
def run() -> Run:
    return make_run(
        [
            (["John", "Smith", "left", "Paris"], ["B-PER", "I-PER", "O", "B-LOC"], ["O", "O", "O", "O"]),
            (["Ann", "in", "New", "York"], ["B-PER", "O", "B-LOC", "I-LOC"], ["O", "O", "O", "O"]),
            (["Paris", "said", "ACME"], ["B-LOC", "O", "B-ORG"], ["O", "O", "O"]),
        ],
        types=["PER", "LOC", "ORG"],
    )


def test_entities_are_those_of_the_corpus(run: Run) -> None:
    assert corpus_entities(run) == {"PER": ("Ann", "John Smith"), "LOC": ("New York", "Paris"), "ORG": ("ACME",)}


def test_without_gold_labels_they_are_the_taggers() -> None:
    unlabelled = make_run([(["Ann", "left"], [None, None], ["B-PER", "O"])])
    assert corpus_entities(unlabelled) == {"PER": ("Ann",)}


def test_an_entity_is_swapped_for_another_of_its_type(run: Run) -> None:
    text = tagged("Ann  saw John Smith in Rome, twice", "B-PER O B-PER I-PER O B-LOC O")
    seen = set()
    for turn in range(40):
        swap = swapped(run, text, turn)
        assert swap is not None
        kind = "PER" if swap.old in ("Ann", "John Smith") else "LOC"
        assert swap.new in corpus_entities(run)[kind]
        assert swap.new != swap.old
        assert swap.text.replace(swap.new, swap.old, 1) == text.text or swap.text.count(swap.new) > 1
        assert swapped(run, text, turn) == swap
        seen.add(swap.text)
    assert len(seen) == 4, "Ann, John Smith, and Rome for New York or Paris"


def test_there_is_nothing_to_swap(run: Run) -> None:
    assert swapped(run, tagged("he left", "O O"), 0) is None
    assert swapped(run, tagged("", ""), 0) is None
    alone = make_run([(["Rome"], ["B-LOC"], ["O"])])
    assert swapped(alone, tagged("Rome fell", "B-LOC O"), 0) is None
    assert swapped(alone, tagged("Bonn fell", "B-LOC O"), 0) == ("Rome fell", "Bonn", "Rome")
