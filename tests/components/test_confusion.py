"""The confusion matrix as a table of buttons."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dash import html

from analysis.selection.clauses import type_value
from components import confusion
from components.confusion import Margin, Matrix
from tests.components.tree import as_components, attributes, by_class, children_of, of_type, text_of

NAMES = ("none", "=x", "creative-work", "場所", "<b>")
COUNTS = np.array(
    [
        [1200, 3, 0, 0, 1, 4],
        [0, 10, 2, 0, 0, 0],
        [5, 0, 0, 0, 0, 1],
        [0, 0, 0, 7, 0, 0],
        [0, 0, 0, 0, 0, 0],
        [6, 0, 0, 2, 0, 0],
    ]
)


def margins(last: str) -> list[Margin]:
    return [Margin(name, code, type_value(name)) for code, name in enumerate(NAMES)] + [
        Margin(last, -1, type_value(None))
    ]


def matrix(**changes: Any) -> Matrix:
    given: dict[str, Any] = {
        "rows": margins("spurious"),
        "columns": margins("missed"),
        "counts": COUNTS,
        "parameters": ("gold-type", "pred-type"),
        "clears": ("gold-tag", "pred-tag"),
        "unit": "span",
    }
    return Matrix(**{**given, **changes})


def confusion_table(*arguments: Any, **options: Any) -> html.Table:
    return as_components(confusion.confusion_table(*arguments, **options))


def cells(table: html.Table) -> list[list[Any]]:
    """The content of each cell: a button, or the sign of an empty cell."""
    body = of_type(table, html.Tbody)[0]
    return [[children_of(cell)[0] for cell in row.children[1:]] for row in of_type(body, html.Tr)]


def texts(table: html.Table) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in cells(table)]


def test_counts_are_in_their_cells_and_empty_cells_are_not_buttons() -> None:
    shown = cells(confusion_table(matrix()))
    for row, column in np.ndindex(COUNTS.shape):
        number, cell = int(COUNTS[row, column]), shown[row][column]
        assert isinstance(cell, html.Button) == (number > 0)
        assert text_of(cell) == (f"{number:,}" if number else "·")


@pytest.mark.parametrize(("normalise", "axis"), [("gold", 1), ("predicted", 0)])
def test_shares_are_of_the_gold_row_or_the_predicted_column(normalise: str, axis: int) -> None:
    shown = texts(confusion_table(matrix(), normalise=normalise))
    totals = COUNTS.sum(axis=axis, keepdims=True)
    for row, column in np.ndindex(COUNTS.shape):
        if COUNTS[row, column]:
            share = COUNTS[row, column] / np.broadcast_to(totals, COUNTS.shape)[row, column]
            assert shown[row][column] == f"{100 * share:.1f}%"
    assert shown[0][0] == {"gold": "99.3%", "predicted": "99.1%"}[normalise]


@pytest.mark.parametrize("normalise", ["counts", "gold", "predicted"])
def test_hidden_diagonal_does_not_change_other_cells(normalise: str) -> None:
    whole = texts(confusion_table(matrix(), normalise=normalise))
    zeroed = texts(confusion_table(matrix(), normalise=normalise, zero_diagonal=True))
    for row, column in np.ndindex(COUNTS.shape):
        assert zeroed[row][column] == ("·" if row == column else whole[row][column])
    assert COUNTS[0, 0] == 1200


def test_the_diagonal_is_where_the_labels_agree() -> None:
    """Also if rows and columns have different orders."""
    given = matrix(columns=margins("missed")[::-1], counts=COUNTS[:, ::-1])
    for row, shown in enumerate(cells(confusion_table(given))):
        for column, cell in enumerate(shown):
            if isinstance(cell, html.Button):
                assert ("diagonal" in cell.className.split()) == (row == len(NAMES) - column)
                assert ("error" in cell.className.split()) == (row != len(NAMES) - column)


def test_errors_are_tinted_on_their_own_scale() -> None:
    shown = cells(confusion_table(matrix()))
    heat = {place: float(shown[place[0]][place[1]].style["--heat"]) for place in ((0, 0), (5, 0), (0, 1), (3, 3))}
    assert (heat[0, 0], heat[5, 0]) == (1.0, 1.0)
    assert heat[0, 1] == pytest.approx((3 / 6) ** 0.5, abs=0.005)
    assert heat[3, 3] == pytest.approx((7 / 1200) ** 0.5, abs=0.005)


def test_click_sets_row_and_column_and_clears_the_other_matrix() -> None:
    shown = cells(confusion_table(matrix()))
    values = ["=none", "==x", "creative-work", "場所", "<b>", "none"]
    for row, column in np.ndindex(COUNTS.shape):
        if COUNTS[row, column]:
            assert json.loads(attributes(shown[row][column])["data-toggle"]) == {
                "gold-type": values[row],
                "pred-type": values[column],
                "gold-tag": None,
                "pred-tag": None,
            }


def test_head_sets_only_its_side() -> None:
    table = confusion_table(matrix())
    columns = of_type(of_type(table, html.Thead)[0], html.Button)
    rows = [of_type(row, html.Button)[0] for row in of_type(of_type(table, html.Tbody)[0], html.Tr)]
    assert [text_of(head) for head in columns] == [*NAMES, "missed"]
    assert [text_of(head) for head in rows] == [*NAMES, "spurious"]
    nothing = {"gold-tag": None, "pred-tag": None}
    assert json.loads(attributes(columns[5])["data-toggle"]) == {"gold-type": None, "pred-type": "none", **nothing}
    assert json.loads(attributes(rows[0])["data-toggle"]) == {"gold-type": "=none", "pred-type": None, **nothing}


def marked(table: html.Table, name: str) -> list[str]:
    return [one.title for one in by_class(table, name)]


def test_selected_cell_and_focus_cell_are_marked() -> None:
    table = confusion_table(matrix(selected=("=none", "none"), focus=(5, 3)))
    assert marked(table, "selected") == ["gold none, predicted missed: 4 spans"]
    assert marked(table, "in-focus") == ["gold spurious, predicted 場所: 2 spans"]


def test_a_selected_row_or_column_is_marked_at_its_head() -> None:
    assert marked(confusion_table(matrix(selected=("creative-work", None))), "selected") == ["gold creative-work"]
    assert marked(confusion_table(matrix(selected=(None, "none"))), "selected") == ["predicted missed"]
    assert marked(confusion_table(matrix()), "selected") == []


def test_cells_are_named_for_screen_readers() -> None:
    shown = cells(confusion_table(matrix(), normalise="gold"))
    assert attributes(shown[0][4])["aria-label"] == "gold none, predicted <b>: 1 span"
    assert attributes(shown[0][0])["aria-label"] == "gold none, predicted none: 1,200 spans"


def test_an_empty_matrix_is_drawn() -> None:
    table = confusion_table(matrix(counts=np.zeros_like(COUNTS)), normalise="gold")
    assert {text for row in texts(table) for text in row} == {"·"}


def test_errors_are_outside_the_diagonal() -> None:
    assert matrix().has_errors
    assert not matrix(counts=np.diag(np.diag(COUNTS))).has_errors
    assert not matrix(rows=[], columns=[], counts=np.zeros((0, 0), np.int64)).has_errors
