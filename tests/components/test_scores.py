"""Formats of numbers, score tables and outcome bars."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
from dash import html

from components import formats
from components.palette import LIGHT
from components.scores import (
    OutcomeBar,
    OutcomePart,
    ScoreRow,
    ScorerRow,
    interval,
    outcome_bars,
    score_table,
    score_tiles,
    scorer_table,
    support_figure,
)
from components.type_palette import TypePalette
from tests.components.tree import attributes, by_class, of_type, text_of

NAN = math.nan


@dataclass(frozen=True)
class Share:
    value: float
    low: float = NAN
    high: float = NAN
    defined: bool = True


GOOD = Share(0.8126, 0.8014, 0.8251)
UNSURE = Share(0.5)
UNDEFINED = Share(0.0, NAN, NAN, defined=False)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (formats.count(0), "0"),
        (formats.count(1204), "1,204"),
        (formats.counted(1, "word"), "1 word"),
        (formats.counted(0, "word"), "0 words"),
        (formats.counted(1204, "entity", "entities"), "1,204 entities"),
        (formats.ratio(0.8126), "0.813"),
        (formats.ratio(1.0, 1), "1.0"),
        (formats.ratio(NAN), "–"),
        (formats.ratio(None), "–"),
        (formats.percent(0.1234), "12.3%"),
        (formats.percent(NAN), "–"),
        (formats.loss(3.14159), "3.14"),
        (formats.loss(NAN), "–"),
    ],
)
def test_numbers_are_written_the_same_everywhere(written: str, wanted: str) -> None:
    assert written == wanted


def test_interval_is_shown_only_if_it_exists() -> None:
    assert interval(GOOD) == "0.801 to 0.825"
    assert interval(UNSURE) == ""


def row(label: str, code: int = 0, f1: Share = GOOD, support: int = 10, **more: Any) -> ScoreRow:
    return ScoreRow(label, code, GOOD, UNSURE, f1, support, 12, **more)


def test_tiles_show_name_score_interval_and_meaning() -> None:
    tiles = by_class(score_tiles([("F1", GOOD, "all alike"), ("Recall", UNDEFINED, "none")]), "tile")
    assert [text_of(tile) for tile in tiles] == ["F10.8130.801 to 0.825all alike", "Recall–none"]


def test_a_row_has_its_scores_as_figure_bar_and_whisker() -> None:
    table = score_table([row("PER", 2, changes={"gold-type": "PER"}, selected=True), row("all", -1, UNDEFINED, 1204)])
    first, second = of_type(of_type(table, html.Tbody)[0], html.Tr)
    assert [text_of(cell) for cell in first.children] == ["PER", "0.813", "0.500", "0.813", "10", "12"]
    assert [text_of(cell) for cell in second.children] == ["all", "0.813", "0.500", "–", "1,204", "12"]
    assert (first.className, second.className) == ("current", "")
    precision, recall, _ = by_class(first, "score")
    assert precision.style == {"--value": "0.8126", "--low": "0.8014", "--high": "0.8251"}
    assert recall.style == {"--value": "0.5000"}
    assert [len(by_class(score, "whisker")) for score in by_class(first, "score")] == [1, 0, 1]
    (button,) = of_type(table, html.Button)
    assert json.loads(attributes(button)["data-toggle"]) == {"gold-type": "PER"}
    assert button.className == "head t2 k2"


def test_scorers_are_shown_side_by_side() -> None:
    table = scorer_table([ScorerRow("seqeval", "as conlleval", 0.5, NAN, 1.0)])
    (line,) = of_type(of_type(table, html.Tbody)[0], html.Tr)
    assert [text_of(cell) for cell in line.children] == ["seqevalas conlleval", "0.500", "–", "1.000"]


def test_outcome_bars_share_one_scale_and_skip_what_is_empty() -> None:
    outcomes = ("correct", "missed", "spurious")
    bars = [
        OutcomeBar("PER", 0, [OutcomePart(name, code, number, {"outcome": name}) for code, (name, number) in parts])
        for parts in (
            enumerate(zip(outcomes, (90, 9, 1), strict=True)),
            enumerate(zip(outcomes, (0, 50, 0), strict=True)),
        )
    ]
    drawn = outcome_bars(bars, outcomes)
    long, short = by_class(drawn, "stack")
    assert [part.style["width"] for part in long.children] == ["90.00%", "9.00%", "1.00%"]
    assert [part.style["width"] for part in short.children] == ["50.00%"]
    assert [text_of(part) for part in long.children] == ["90", "9", ""]
    assert [part.title for part in short.children] == ["PER, missed: 50 spans"]
    assert long.children[2].title == "PER, spurious: 1 span"
    assert json.loads(attributes(short.children[0])["data-toggle"]) == {"outcome": "missed"}
    assert long.children[1].style["background"] == "var(--outcome-1)"
    assert text_of(by_class(drawn, "outcome-key")) == "correctmissedspurious"
    assert by_class(outcome_bars([], outcomes), "stack") == []


def test_support_figure_leaves_out_types_without_a_score() -> None:
    rows = [row("PER", 1), row("LOC", 2, UNDEFINED), row("ORG", 3, support=0), row("EVENT", 4, UNSURE, 3)]
    (trace,) = support_figure(rows, TypePalette(LIGHT)).data
    assert list(trace.x) == [10, 3]
    assert list(trace.y) == [0.8126, 0.5]
    assert list(trace.customdata) == ["PER", "EVENT"]
    assert trace.error_y.array[0] == pytest.approx(0.0125)
    assert trace.error_y.arrayminus[0] == pytest.approx(0.0112)
    assert trace.mode == "markers+text"


def test_many_types_are_not_named_in_the_figure() -> None:
    (trace,) = support_figure([row(f"T{number}", number) for number in range(13)], TypePalette(LIGHT)).data
    assert trace.mode == "markers"


def test_no_type_at_all_is_an_empty_figure() -> None:
    (trace,) = support_figure([], TypePalette(LIGHT)).data
    assert len(trace.x) == 0
