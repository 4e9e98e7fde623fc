"""The confusion matrix as a table of buttons, usable with mouse, keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.formats import count, percent
from components.palette import type_class
from components.panels import Changes, labelled, navigates, pressed
from components.static_html import Element, element


@dataclass(frozen=True)
class Margin:
    """A row or column: the label of its head, its colour, and the URL value that selects it."""

    label: str
    type_code: int
    value: str


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix.

    Attributes:
        rows: Gold labels, top to bottom.
        columns: Predicted labels, left to right.
        counts: int64, rows x columns.
        parameters: URL parameters that a click on a cell sets to the values of its row and column.
        clears: URL parameters that a click on a cell removes.
        unit: What is counted, in the singular.
        selected: URL values of the selected row and column, each None if not selected.
        focus: Row and column index of the focused word's cell, or None.
    """

    rows: Sequence[Margin]
    columns: Sequence[Margin]
    counts: npt.NDArray[np.int64]
    parameters: tuple[str, str]
    clears: Sequence[str]
    unit: str
    selected: tuple[str | None, str | None] = (None, None)
    focus: tuple[int, int] | None = None

    @property
    def diagonal(self) -> npt.NDArray[np.bool_]:
        """bool, rows x columns: whether row and column have the same label."""
        same = [row.value == column.value for row in self.rows for column in self.columns]
        return np.array(same, dtype=bool).reshape(self.counts.shape)

    @property
    def has_errors(self) -> bool:
        """Whether a count outside the diagonal is not 0."""
        return bool(self.counts[~self.diagonal].any())


def confusion_table(matrix: Matrix, *, normalise: str = "counts", zero_diagonal: bool = False) -> Element:
    """The matrix as a static HTML table, because sixty types have thousands of cells; empty cells are not buttons.

    Args:
        matrix: Counts and labels.
        normalise: Content of the cells: `counts`, or shares of the `gold` row or the `predicted` column.
        zero_diagonal: Whether to hide the diagonal.
    """
    counts = matrix.counts.copy()
    diagonal = matrix.diagonal
    totals = {
        "counts": np.ones((1, 1)),
        "gold": np.maximum(counts.sum(axis=1, keepdims=True), 1),
        "predicted": np.maximum(counts.sum(axis=0, keepdims=True), 1),
    }[normalise]
    if zero_diagonal:
        counts[diagonal] = 0
    values = counts / totals
    heat = _heat(values, diagonal)
    names = element("tr", element("td", className="corner"), *(_head(matrix, column, 1) for column in matrix.columns))
    rows = []
    for r, row in enumerate(matrix.rows):
        cells = (
            _cell(matrix, (r, c), (int(counts[r, c]), values[r, c], heat[r, c]), diagonal[r, c], normalise)
            for c in range(len(matrix.columns))
        )
        rows.append(element("tr", _head(matrix, row, 0), *cells))
    size = "dense" if len(matrix.columns) > 10 else "roomy"
    return element(
        "table",
        element("thead", names),
        element("tbody", *rows),
        className=f"confusion {size}",
        style={"--rows": len(matrix.rows), "--columns": len(matrix.columns)},
    )


def _heat(values: npt.NDArray[np.float64], diagonal: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Strength of each cell's colour, 0-1: square root, so that small errors show; errors have their own scale."""
    heat = np.zeros_like(values)
    for part in (diagonal, ~diagonal):
        top = values[part].max(initial=0.0)
        if top > 0:
            heat[part] = np.sqrt(values[part] / top)
    return heat


def _head(matrix: Matrix, margin: Margin, axis: int) -> Element:
    other = matrix.parameters[1 - axis]
    changes = {**dict.fromkeys(matrix.clears), other: None, matrix.parameters[axis]: margin.value}
    side = ("gold", "predicted")[axis]
    selected = matrix.selected[axis] == margin.value and matrix.selected[1 - axis] is None
    return element(
        "th",
        element(
            "button",
            margin.label,
            type="button",
            className=f"head {type_class(margin.type_code)}" + (" selected" if selected else ""),
            title=f"{side} {margin.label}",
            **pressed(selected),
            **navigates(changes, toggle=True),
        ),
        scope=("row", "col")[axis],
    )


def _cell(
    matrix: Matrix,
    place: tuple[int, int],
    numbers: tuple[int, float, float],
    is_diagonal: bool,
    normalise: str,
) -> Element:
    number, value, heat = numbers
    row, column = matrix.rows[place[0]], matrix.columns[place[1]]
    if number == 0:
        return element("td", element("span", "·", className="cell zero"))
    changes: Changes = {
        **dict.fromkeys(matrix.clears),
        matrix.parameters[0]: row.value,
        matrix.parameters[1]: column.value,
    }
    classes = ["cell", "diagonal" if is_diagonal else "error"]
    selected = matrix.selected == (row.value, column.value)
    if selected:
        classes.append("selected")
    if matrix.focus == place:
        classes.append("in-focus")
    plural = "" if number == 1 else "s"
    text = f"gold {row.label}, predicted {column.label}: {count(number)} {matrix.unit}{plural}"
    return element(
        "td",
        element(
            "button",
            count(number) if normalise == "counts" else percent(value),
            type="button",
            className=" ".join(classes),
            style={"--heat": f"{heat:.2f}"},
            title=text,
            **labelled(text),
            **pressed(selected),
            **navigates(changes, toggle=True),
        ),
    )
