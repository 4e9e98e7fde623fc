"""How neuron components are drawn."""

from __future__ import annotations

import re

import numpy as np
import pytest

from components.activity import Beat, CorpusComponent, Mix, component_cards, corpus_rows, relative, score, spark_path
from components.palette import DARK, LIGHT, Theme
from tests.components.test_palette import AA, contrast, mixed
from tests.conftest import REPOSITORY

STRENGTHS = np.array([[4.0, 0.0], [2.0, 1.0], [0.0, 0.5], [0.0, 0.0]])
NAMES = ["Paris", "is", "of", "x"]


def flat(content: object) -> str:
    """All that a plain tree holds, for searching."""
    return repr(content)


def test_words_take_the_colour_of_their_strongest_component() -> None:
    beats = score([Beat(name, row) for row, name in enumerate(NAMES)], STRENGTHS)
    words = [beat[2] for beat in beats]
    assert [word[1]["className"] for word in words] == ["beat-word c1", "beat-word c1", "beat-word c2", "beat-word"]
    assert [word[2] for word in words] == NAMES
    assert [word[1]["data-word"] for word in words] == ["0", "1", "2", "3"]
    assert [beat[1]["style"] for beat in beats] == [
        {"--v1": "1.000", "--v2": "0.000"},
        {"--v1": "0.500", "--v2": "1.000"},
        {"--v1": "0.000", "--v2": "0.500"},
        {"--v1": "0.000", "--v2": "0.000"},
    ]
    assert words[1][1]["title"] == "is: mostly component 1: 66.7% of the activity here"
    assert words[3][1]["title"] == "x: no neuron is active here"


def test_special_tokens_and_typed_words_lead_nowhere() -> None:
    (one,) = score([Beat("[CLS]", special=True)], STRENGTHS[:1])
    assert "data-word" not in one[2][1]
    assert "special" in one[2][1]["className"]


def test_a_card_says_where_its_component_is_strongest() -> None:
    cards = component_cards(NAMES, STRENGTHS, np.array([0.8, 0.2]))
    assert cards[0][1]["aria-label"] == "Component 1: 80.0% of the activity, strongest at Paris, is"
    assert cards[1][1]["aria-label"] == "Component 2: 20.0% of the activity, strongest at is, of"
    assert cards[1][1]["data-toggle"] == '{"isolate": "2"}'


def test_a_spark_is_a_step_for_each_word() -> None:
    assert spark_path(np.array([1.0, 0.25])) == (
        "polygon(0% 100%, 0.00% 0.0%, 50.00% 0.0%, 50.00% 75.0%, 100.00% 75.0%, 100% 100%)"
    )


def test_strengths_of_a_component_that_is_nowhere_are_zero() -> None:
    assert relative(np.zeros((3, 2))).tolist() == [[0, 0]] * 3
    assert relative(np.zeros((0, 2))).shape == (0, 2)


def test_rows_over_a_corpus_hold_text_as_text() -> None:
    hostile = "<b>&amp;"
    component = CorpusComponent(
        "6.2", 2, 0.25, 0.5, ((hostile, 3), ("x", 1)), Mix((("PER", 0, 3), (None, -1, 1))), 1, 4, 100, chosen=True
    )
    drawn = flat(corpus_rows([component], Mix(((None, -1, 9),)), 0))
    assert hostile in drawn
    for said in ("25.0%", "50.0%", "4 of 100 words", "×3", "PER 75.0%", "no entity", "1 of 4 words"):
        assert said in drawn, said
    assert '{"component": "6.2", "word": "<b>&amp;"}' in drawn


def test_a_selection_that_holds_none_of_the_words_says_so() -> None:
    component = CorpusComponent("6.2", 2, 0.25, 0.5, (), Mix(()), 0, 0, 100, chosen=False)
    assert "none of them is in the selection" in flat(corpus_rows([component], Mix(()), 0))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_on_the_colour_of_every_component(theme: Theme) -> None:
    sheet = (REPOSITORY / "assets" / "42-activations.css").read_text("utf-8")
    shares = {
        int(share) / 100 for share in re.findall(r"var\(--strength, 0\) \* (\d+)%\), transparent\);\n  box", sheet)
    }
    shares |= {int(share) / 100 for share in re.findall(r"var\(--k\) (\d+)%, var\(--panel\)", sheet)}
    assert shares
    assert len(theme.components) == len(set(theme.components)) == 10
    for colour in theme.components:
        assert contrast(colour, theme.panel) >= 3, "a bar is seen (WCAG 2.2, success criterion 1.4.11)"
        for share in shares:
            assert contrast(theme.ink, mixed(colour, theme.panel, share)) >= AA
