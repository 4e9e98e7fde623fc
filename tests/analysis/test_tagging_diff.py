"""What changed between two taggings, worked by hand."""

from __future__ import annotations

import random
import re
import time

import numpy as np
import pytest

from analysis.tagged_text import TaggedText, TypedSpan, entities
from analysis.tagging_diff import CHANGED, GAINED, LOST, Change, aligned, compare
from analysis.typed_text import Word

COLUMNS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def tagged(text: str, tags: str, p: float = 0.9) -> TaggedText:
    """A text split at spaces, each word with its tag at probability p and the rest shared by the others."""
    words = tuple(Word(match.group(), *match.span()) for match in re.finditer(r"\S+", text))
    names = tags.split()
    probabilities = np.full((len(words), len(COLUMNS)), (1 - p) / (len(COLUMNS) - 1), np.float32)
    probabilities[range(len(words)), [COLUMNS.index(name) for name in names]] = p
    return TaggedText(text, words, tuple(names), COLUMNS, probabilities)


BEFORE = tagged("John Smith left Paris today .", "B-PER I-PER O B-LOC O O")


@pytest.mark.parametrize(
    ("text", "tags", "changes"),
    [
        (BEFORE.text, "B-PER I-PER O B-LOC O O", []),
        ("john smith left paris today .", "B-PER I-PER O B-LOC O O", []),
        ("john smith left paris today .", "O O O B-LOC O O", [Change(LOST, TypedSpan(0, 2, "PER"), None)]),
        (
            "john smith left paris today .",
            "B-PER I-PER O B-PER O O",
            [Change(CHANGED, TypedSpan(3, 4, "LOC"), TypedSpan(3, 4, "PER"))],
        ),
        (
            BEFORE.text,
            "O B-PER O B-LOC O O",
            [Change(CHANGED, TypedSpan(0, 2, "PER"), TypedSpan(1, 2, "PER"))],
        ),
        (BEFORE.text, "B-PER I-PER O B-LOC B-LOC O", [Change(GAINED, None, TypedSpan(4, 5, "LOC"))]),
        # An entity swapped for a longer one is the same entity.
        ("John Smith left New York City today .", "B-PER I-PER O B-LOC I-LOC I-LOC O O", []),
        ("Ann left Paris today .", "B-PER O B-LOC O O", []),
        ("Oh well , John Smith left Paris today .", "O O O B-PER I-PER O B-LOC O O", []),
        # Words that are gone take their entity with them.
        ("John Smith left today .", "B-PER I-PER O O O", [Change(LOST, TypedSpan(3, 4, "LOC"), None)]),
        (
            "left today",
            "O O",
            [Change(LOST, TypedSpan(0, 2, "PER"), None), Change(LOST, TypedSpan(3, 4, "LOC"), None)],
        ),
        ("", "", [Change(LOST, TypedSpan(0, 2, "PER"), None), Change(LOST, TypedSpan(3, 4, "LOC"), None)]),
    ],
)
def test_entities_that_came_went_and_changed(text: str, tags: str, changes: list[Change]) -> None:
    assert list(compare(BEFORE, tagged(text, tags)).changes) == changes


def test_from_nothing_everything_is_gained() -> None:
    comparison = compare(tagged("", ""), BEFORE)
    assert [change.kind for change in comparison.changes] == [GAINED, GAINED]
    assert comparison.counterparts.tolist() == [-1] * 6
    assert np.isnan(comparison.deltas).all()


def test_probabilities_are_held_against_those_of_the_same_tag() -> None:
    after = tagged("Oh John smith left Paris today .", "O B-PER I-PER O B-PER O O", p=0.8)
    comparison = compare(BEFORE, after)
    assert comparison.counterparts.tolist() == [-1, 0, 1, 2, 3, 4, 5]
    wanted = [np.nan, -0.1, -0.1, -0.1, 0.8 - 0.025, -0.1, -0.1]
    np.testing.assert_allclose(comparison.deltas, wanted, atol=1e-6)
    assert comparison.alike == pytest.approx(2 * 6 / (6 + 7))


def test_a_word_that_is_written_otherwise_is_still_that_word() -> None:
    comparison = compare(BEFORE, tagged("John Smyth left Pariss today .", "B-PER I-PER O B-LOC O O"))
    assert comparison.counterparts.tolist() == [0, 1, 2, 3, 4, 5]
    assert comparison.alike == pytest.approx(4 / 6)


def test_blocks_cover_both_texts_in_order() -> None:
    draw = random.Random(0)
    for _ in range(200):
        before = [draw.choice("abcde") for _ in range(draw.randrange(12))]
        after = [draw.choice("abcdeF") for _ in range(draw.randrange(12))]
        at_before = at_after = 0
        for block in aligned(before, after):
            assert (block.before_start, block.after_start) == (at_before, at_after)
            at_before, at_after = block.before_end, block.after_end
            if block.same:
                assert before[block.before_start : at_before] == after[block.after_start : at_after]
        assert (at_before, at_after) == (len(before), len(after))


def test_long_texts_of_few_different_words_take_no_time() -> None:
    start = time.perf_counter()
    blocks = aligned(["a", "b"] * 3000, ["b"] * 5000)
    assert time.perf_counter() - start < 1
    assert blocks[-1].before_end == 6000
    edited = [*["word"] * 3000, "new", *["word"] * 3000]
    assert [block.same for block in aligned(["word"] * 6000, edited)] == [True, False, True]


def test_entities_are_read_as_the_ledger_reads_them() -> None:
    assert entities(["I-PER", "I-PER", "B-PER", None, "I-LOC", "O", "B-LOC", "I-PER"]) == (
        TypedSpan(0, 2, "PER"),
        TypedSpan(2, 3, "PER"),
        TypedSpan(4, 5, "LOC"),
        TypedSpan(6, 7, "LOC"),
        TypedSpan(7, 8, "PER"),
    )
    assert entities([]) == ()
