"""How neuron components are drawn."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from components.activity import WordColumn, component_cards, fact_heads, facts_known, relative, spark_path, word_columns
from components.palette import DARK, LIGHT, Theme
from tests.components.test_palette import AA, contrast, mixed
from tests.conftest import REPOSITORY

STRENGTHS = np.array([[4.0, 0.0], [2.0, 1.0], [0.0, 0.5], [0.0, 0.0]])
NAMES = ["Paris", "is", "of", "x"]


def test_words_take_the_colour_of_their_strongest_component() -> None:
    columns = word_columns([WordColumn(name, row) for row, name in enumerate(NAMES)], STRENGTHS)
    words = [column[2] for column in columns]
    assert [word[1]["className"] for word in words] == [
        "column-word c1",
        "column-word c1",
        "column-word c2",
        "column-word",
    ]
    assert [word[2] for word in words] == NAMES
    assert [word[1]["data-word"] for word in words] == ["0", "1", "2", "3"]
    assert [column[1]["style"] for column in columns] == [
        {"--v1": "1.000", "--v2": "0.000"},
        {"--v1": "0.500", "--v2": "1.000"},
        {"--v1": "0.000", "--v2": "0.500"},
        {"--v1": "0.000", "--v2": "0.000"},
    ]
    assert words[1][1]["title"] == "is: strongest component: 1, with 66.7% of the activity"
    assert words[3][1]["title"] == "x: no active neuron"


def test_special_tokens_and_typed_words_are_not_clickable() -> None:
    (one,) = word_columns([WordColumn("[CLS]", special=True)], STRENGTHS[:1])
    assert "data-word" not in one[2][1]
    assert "special" in one[2][1]["className"]


def test_card_names_the_words_where_its_component_is_strongest() -> None:
    cards = component_cards(NAMES, STRENGTHS, np.array([0.8, 0.2]))
    assert cards[0][1]["aria-label"] == "Component 1: 80.0% of the activity, strongest at Paris, is"
    assert cards[1][1]["aria-label"] == "Component 2: 20.0% of the activity, strongest at is, of"
    assert cards[1][1]["data-toggle"] == '{"isolate": "2"}'


def test_a_spark_is_a_step_for_each_word() -> None:
    assert spark_path(np.array([1.0, 0.25])) == (
        "polygon(0% 100%, 0.00% 0.0%, 50.00% 0.0%, 50.00% 75.0%, 100.00% 75.0%, 100% 100%)"
    )


def test_strengths_of_an_inactive_component_are_zero() -> None:
    assert relative(np.zeros((3, 2))).tolist() == [[0, 0]] * 3
    assert relative(np.zeros((0, 2))).shape == (0, 2)


def texts_of(column: list[Any], kind: str) -> list[Any]:
    """The texts of a row under a word."""
    (found,) = [part for part in column[2:] if f"of-{kind}" in part[1]["className"].split()]
    return [child[2] if isinstance(child, list) else child for child in found[2:]]


def test_facts_are_shown_under_the_words() -> None:
    columns = [
        WordColumn("Paris", 0, predicted=("B-PER", 0), p=0.714, gold=("B-LOC", 1), loss=3.256),
        WordColumn("is", 1, predicted=("O", -1), p=0.999, loss=0.001),
        WordColumn("of", 2),
        WordColumn("[SEP]", special=True),
    ]
    drawn = word_columns(columns, STRENGTHS)
    assert [texts_of(column, "predicted") for column in drawn] == [["B-PER"], ["O"], [], []]
    assert [texts_of(column, "gold") for column in drawn] == [["B-LOC"], [], [], []]
    assert [texts_of(column, "p") for column in drawn] == [["0.71"], ["1.00"], [], []]
    assert [texts_of(column, "loss") for column in drawn] == [["3.26"], ["0.00"], [], []]
    assert drawn[0][2][1]["title"].endswith("; predicted B-PER, p 0.714; gold B-LOC; loss 3.26 nats")
    heads = fact_heads(columns)[2:]
    assert [head[1]["className"] for head in heads] == [part[1]["className"] for part in drawn[0][3:7]]
    assert all(head[1]["title"] for head in heads)


def test_rows_that_no_word_has_are_left_out() -> None:
    assert facts_known([WordColumn("a"), WordColumn("b")]) == []
    assert facts_known([WordColumn("a", predicted=("O", -1), p=0.5), WordColumn("b")]) == ["predicted", "p"]
    assert len(word_columns([WordColumn("a")], STRENGTHS[:1])[0]) == 2 + 1 + 2, "tag, attributes, word, two bars"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_are_readable_on_the_colour_of_every_component(theme: Theme) -> None:
    sheet = "\n".join(path.read_text("utf-8") for path in (REPOSITORY / "assets" / "styles").glob("activ*.css"))
    shares = {
        int(share) / 100 for share in re.findall(r"var\(--strength, 0\) \* (\d+)%\), transparent\);\n +box", sheet)
    }
    shares |= {int(share) / 100 for share in re.findall(r"var\(--k\) (\d+)%, var\(--panel\)", sheet)}
    assert shares
    assert len(theme.components) == len(set(theme.components)) == 10
    for colour in theme.components:
        assert contrast(colour, theme.panel) >= 3, "a bar is seen (WCAG 2.2, success criterion 1.4.11)"
        for share in shares:
            assert contrast(theme.ink, mixed(colour, theme.panel, share)) >= AA
