"""What changed between two taggings, worked by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.probing.tagged_text import TaggedText, TypedSpan, entities
from analysis.probing.tagging_diff import CHANGED, GAINED, LOST, Change, diff_taggings
from analysis.probing.typed_text import Word

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
    assert list(diff_taggings(BEFORE, tagged(text, tags)).changes) == changes


def test_from_nothing_everything_is_gained() -> None:
    diff = diff_taggings(tagged("", ""), BEFORE)
    assert [change.kind for change in diff.changes] == [GAINED, GAINED]
    assert diff.counterparts.tolist() == [-1] * 6
    assert np.isnan(diff.deltas).all()


def test_probabilities_are_held_against_those_of_the_same_tag() -> None:
    after = tagged("Oh John smith left Paris today .", "O B-PER I-PER O B-PER O O", p=0.8)
    diff = diff_taggings(BEFORE, after)
    assert diff.counterparts.tolist() == [-1, 0, 1, 2, 3, 4, 5]
    wanted = [np.nan, -0.1, -0.1, -0.1, 0.8 - 0.025, -0.1, -0.1]
    np.testing.assert_allclose(diff.deltas, wanted, atol=1e-6)
    assert diff.similarity == pytest.approx(2 * 6 / (6 + 7))


def test_a_word_that_is_written_otherwise_is_still_that_word() -> None:
    diff = diff_taggings(BEFORE, tagged("John Smyth left Pariss today .", "B-PER I-PER O B-LOC O O"))
    assert diff.counterparts.tolist() == [0, 1, 2, 3, 4, 5]
    assert diff.similarity == pytest.approx(4 / 6)


def test_entities_are_read_as_the_ledger_reads_them() -> None:
    assert entities(["I-PER", "I-PER", "B-PER", None, "I-LOC", "O", "B-LOC", "I-PER"]) == (
        TypedSpan(0, 2, "PER"),
        TypedSpan(2, 3, "PER"),
        TypedSpan(4, 5, "LOC"),
        TypedSpan(6, 7, "LOC"),
        TypedSpan(7, 8, "PER"),
    )
    assert entities([]) == ()
