"""What two sentences share and label otherwise, on examples worked by hand."""

from __future__ import annotations

import pytest

from analysis.duplicates.comparison import GoldSentence, compare


def gold(text: str) -> GoldSentence:
    """`Jordan/B-PER plays` as a sentence; words without a slash are `O`, those with `/-` unlabelled."""
    pairs = [word.partition("/") for word in text.split()]
    return GoldSentence([word for word, _, _ in pairs], [None if tag == "-" else tag or "O" for _, _, tag in pairs])


@pytest.mark.parametrize(
    ("first", "second", "differing_labels"),
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
def test_disagreements(first: str, second: str, differing_labels: list[tuple[int, int]]) -> None:
    found = compare(gold(first), gold(second))
    assert found.differing_labels == differing_labels
    assert compare(gold(second), gold(first)).differing_labels == [(other, one) for one, other in differing_labels]
