"""What two sentences share and label otherwise, on examples worked by hand and on random ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.comparison import GoldSentence, aligned_words, compare

words = st.lists(st.sampled_from(["a", "A", "b", "c", "straße", "STRASSE", "日本"]), max_size=9)


def gold(text: str) -> GoldSentence:
    """`Jordan/B-PER plays` as a sentence; words without a slash are `O`, those with `/-` unlabelled."""
    pairs = [word.partition("/") for word in text.split()]
    return GoldSentence([word for word, _, _ in pairs], [None if tag == "-" else tag or "O" for _, _, tag in pairs])


@given(words, words)
def test_aligned_words_are_the_same_and_in_order(first: list[str], second: list[str]) -> None:
    aligned = aligned_words(first, second)
    for one, other in aligned:
        assert first[one].casefold() == second[other].casefold()
    for side in (0, 1):
        places = [pair[side] for pair in aligned]
        assert places == sorted(set(places))
    if [word.casefold() for word in first] == [word.casefold() for word in second]:
        assert aligned == [(at, at) for at in range(len(first))]


@pytest.mark.parametrize(
    ("first", "second", "aligned"),
    [
        ("I like Jordan", "I really like Jordan", [(0, 0), (1, 2), (2, 3)]),
        ("I like Jordan", "we like Jordan a lot", [(1, 1), (2, 2)]),
        ("a x b", "A Y B", [(0, 0), (2, 2)]),
        ("a a", "a a a", [(0, 0), (1, 1)]),
        ("", "a", []),
    ],
)
def test_alignment(first: str, second: str, aligned: list[tuple[int, int]]) -> None:
    assert aligned_words(first.split(), second.split()) == aligned


@pytest.mark.parametrize(
    ("first", "second", "relabelled"),
    [
        # The same words: tags count.
        ("Jordan/B-PER plays", "Jordan/B-PER plays", []),
        ("Jordan/B-PER plays", "jordan/B-LOC plays", [(0, 0)]),
        ("New/B-LOC York/I-LOC", "New/B-LOC York/B-LOC", [(1, 1)]),
        ("Jordan/B-PER plays", "Jordan/- plays", []),
        # Other words: types count, of the words that both have.
        ("New/B-LOC York/I-LOC wins", "York/B-LOC wins", []),
        ("Jordan/B-PER plays", "Jordan/B-LOC plays well", [(0, 0)]),
        ("we saw Jordan/B-PER", "they saw Jordan", [(2, 2)]),
        ("Jordan/B-PER won", "Kuwait/B-LOC won", []),
        ("in Jordan/B-LOC", "to Jordan/-", []),
    ],
)
def test_disagreements(first: str, second: str, relabelled: list[tuple[int, int]]) -> None:
    found = compare(gold(first), gold(second))
    assert found.relabelled == relabelled
    assert compare(gold(second), gold(first)).relabelled == [(other, one) for one, other in relabelled]
