"""Words with bidirectional control characters."""

from __future__ import annotations

import pytest

from components.bidi import balanced
from components.sentence import segments

RLO, LRE, PDF, RLI, PDI, RLM = "\u202e", "\u202a", "\u202c", "\u2067", "\u2069", "\u200f"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("plain", "plain"),
        ("שלום", "שלום"),
        (f"a{RLM}b", f"a{RLM}b"),
        (f"{RLO}evil", f"{RLO}evil{PDF}"),
        (f"{RLO}evil{PDF}", f"{RLO}evil{PDF}"),
        (f"{RLO}a{LRE}b{PDF}c", f"{RLO}a{LRE}b{PDF}c{PDF}"),
        (f"{RLI}a", f"{RLI}a{PDI}"),
        (f"{RLI}a{RLO}b{PDI}c", f"{RLI}a{RLO}b{PDI}c"),
        (f"{RLI}a{PDF}b", f"{RLI}ab{PDI}"),
        (f"a{PDF}b{PDI}", "ab"),
    ],
)
def test_word_balances_its_own_controls_only(word: str, shown: str) -> None:
    assert balanced(word) == shown
    assert balanced(shown) == shown


def test_words_do_not_change_the_direction_of_others() -> None:
    (sentence,) = segments([f"{RLO}evil", "after", "it"], 0, [])
    assert sentence.words == (f"{RLO}evil{PDF}", "after", "it")
