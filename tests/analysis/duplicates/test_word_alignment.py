"""Which words two lists share: worked by hand, and on random lists as many as there can be."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.duplicates import word_alignment
from analysis.duplicates.word_alignment import Block, aligned_blocks, aligned_words

words = st.lists(st.sampled_from(["a", "A", "b", "c", "straße", "STRASSE", "日本"]), max_size=12)


@pytest.mark.parametrize(
    ("first", "second", "aligned"),
    [
        ("I like Jordan", "I really like Jordan", [(0, 0), (1, 2), (2, 3)]),
        ("I like Jordan", "we like Jordan a lot", [(1, 1), (2, 2)]),
        ("a x b", "A Y B", [(0, 0), (2, 2)]),
        ("a a", "a a a", [(0, 0), (1, 1)]),
        ("x the cat sat y", "z the cat v sat w", [(1, 1), (2, 2), (3, 4)]),
        ("x a b c y d", "z d a b c w", [(1, 2), (2, 3), (3, 4)]),
        ("a", "b", []),
        ("", "a", []),
        ("", "", []),
    ],
)
def test_shared_words(first: str, second: str, aligned: list[tuple[int, int]]) -> None:
    assert aligned_words(first.split(), second.split()) == aligned


@pytest.mark.parametrize(
    ("before", "after", "blocks"),
    [
        ("we left Paris", "We left paris", [Block(True, 0, 3, 0, 3)]),
        (
            "we left Paris today .",
            "we left New York today .",
            [Block(True, 0, 2, 0, 2), Block(False, 2, 3, 2, 4), Block(True, 3, 5, 4, 6)],
        ),
        ("we left", "oh we left", [Block(False, 0, 0, 0, 1), Block(True, 0, 2, 1, 3)]),
        ("we left now", "we left", [Block(True, 0, 2, 0, 2), Block(False, 2, 3, 2, 2)]),
        (
            "x the cat y",
            "the cat",
            [Block(False, 0, 1, 0, 0), Block(True, 1, 3, 0, 2), Block(False, 3, 4, 2, 2)],
        ),
        ("a", "b", [Block(False, 0, 1, 0, 1)]),
        ("", "a b", [Block(False, 0, 0, 0, 2)]),
        ("", "", []),
    ],
)
def test_blocks(before: str, after: str, blocks: list[Block]) -> None:
    assert aligned_blocks(before.split(), after.split()) == blocks


def test_bounds_move_with_their_block() -> None:
    grown, lost = Block(False, 2, 3, 2, 4), Block(False, 2, 4, 2, 2)
    assert (grown.moved_start(2), grown.moved_end(3), grown.one_to_one) == (2, 4, False)
    assert (lost.moved_start(3), lost.moved_end(3)) == (2, 2)


def longest(first: list[str], second: list[str]) -> int:
    """Length of the longest common subsequence, by its recurrence."""
    rows = [[0] * (len(second) + 1)]
    for one in first:
        row = [0]
        for at, other in enumerate(second):
            row.append(rows[-1][at] + 1 if one == other else max(rows[-1][at + 1], row[-1]))
        rows.append(row)
    return rows[-1][-1]


@given(words, words)
def test_no_more_words_can_be_shared_in_order(first: list[str], second: list[str]) -> None:
    shared = aligned_words(first, second)
    one, other = [word.casefold() for word in first], [word.casefold() for word in second]
    assert len(shared) == longest(one, other)
    assert [one[at] for at, _ in shared] == [other[at] for _, at in shared]
    assert shared == sorted(shared)
    assert all(len(set(places)) == len(shared) for places in zip(*shared, strict=True))


def test_beyond_the_bound_the_ends_are_still_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = ["a", "b", "x", "c", "d", "e"], ["a", "b", "y", "c", "z", "d", "e"]
    monkeypatch.setattr(word_alignment, "MAX_PAIRS", len(before) * len(after) - 1)
    assert aligned_blocks(before, after) == [
        Block(True, 0, 2, 0, 2),
        Block(False, 2, 4, 2, 5),
        Block(True, 4, 6, 5, 7),
    ]
    assert aligned_blocks(before, before) == [Block(True, 0, 6, 0, 6)]


@given(words, words)
def test_blocks_cover_both_lists_in_order_and_alternate(before: list[str], after: list[str]) -> None:
    at_before = at_after = 0
    was_same = None
    for block in aligned_blocks(before, after):
        assert (block.before_start, block.after_start) == (at_before, at_after)
        assert (block.before_start, block.after_start) < (block.before_end, block.after_end)
        assert block.same is not was_same
        at_before, at_after, was_same = block.before_end, block.after_end, block.same
        if block.same:
            one, other = before[block.before_start : at_before], after[block.after_start : at_after]
            assert [word.casefold() for word in one] == [word.casefold() for word in other]
    assert (at_before, at_after) == (len(before), len(after))


def test_long_texts_are_aligned_whole() -> None:
    """Their words are as frequent as those of a language: the second a half as frequent as the first, and so on."""
    draw = random.Random(0)
    vocabulary = [f"word{rank}" for rank in range(4000)]
    weights = [1 / (rank + 1) for rank in range(4000)]
    text = draw.choices(vocabulary, weights, k=5000)
    edited = [word if draw.random() < 0.9 else "edited" for word in text]
    shared = aligned_words(text, edited)
    assert sum(one == other for one, other in shared) > 0.99 * sum(a == b for a, b in zip(text, edited, strict=True))


@pytest.mark.parametrize(
    ("before", "after", "shared"),
    [
        (["a", "b"] * 3000, ["b"] * 5000, 3000),
        (["a", "b"] * 300, ["b"] * 600, 300),
        (["a", "b", "c"] * 400, ["c", "b"] * 500, 800),
    ],
    ids=["thousands", "hundreds", "three words"],
)
def test_texts_of_few_different_words_are_aligned_whole(before: list[str], after: list[str], shared: int) -> None:
    """A search for the longest run, then for those beside it, takes from 9 s to hours."""
    assert len(aligned_words(before, after)) == shared


def test_a_word_put_into_a_long_text_of_one_word_is_found() -> None:
    edited = [*["word"] * 3000, "new", *["word"] * 3000]
    assert [block.same for block in aligned_blocks(["word"] * 6000, edited)] == [True, False, True]


def test_a_frequent_word_counts_in_a_long_text_too() -> None:
    before, after = ["we", *["word"] * 300, "."], ["you", *["word"] * 300, "!"]
    assert aligned_words(before, after) == [(at, at) for at in range(1, 301)]
