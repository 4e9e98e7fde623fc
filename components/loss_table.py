"""Loss by word form or by label, as a table that can be sorted and whose rows can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import formats
from components.palette import type_class
from components.panels import Changes, labelled, navigates, pressed
from components.static_html import Element, element

WORSE, BETTER = "few far worse", "few far better"
"""Flags of a row, by the gap between its mean and its median."""

TAGS_SHOWN = 3


@dataclass(frozen=True)
class LossRow:
    """A word form or a label.

    Attributes:
        label: Its name.
        type_code: Of a label, for its colour; None for a word form.
        words: How many words it has in the selection.
        scored: How many of them have a loss; mean, median and total are over these.
        mean: nat.
        median: nat.
        total: nat.
        share: Of the selection's loss, 0-1.
        flag: WORSE, BETTER or "".
        hint: What the flag says of this row.
        tags: Of a word form: its gold tags as (tag, type code, words), most frequent first.
        selects: What a click on it writes into the URL; None where no filter names it.
        samples: What leads to its sentences.
        selected: Whether it is what the URL selects.
    """

    label: str
    type_code: int | None
    words: int
    scored: int
    mean: float
    median: float
    total: float
    share: float
    flag: str
    hint: str
    tags: Sequence[tuple[str, int, int]]
    selects: Changes | None
    samples: Changes | None
    selected: bool

    @property
    def gap(self) -> float:
        """Mean less median, nat."""
        return self.mean - self.median


@dataclass(frozen=True)
class Column:
    """A column that can be sorted: its name in the URL, its head, what the head's tooltip says, its CSS class."""

    name: str
    head: str
    said: str
    kind: str = "number"


@dataclass(frozen=True)
class Order:
    """By which column a table is sorted, and which way."""

    column: str
    descending: bool


def loss_table_html(
    rows: Sequence[LossRow], columns: Sequence[Column], order: Order, head_changes: dict[str, Changes]
) -> Element:
    """The table.

    Args:
        rows: Those of the page.
        columns: Label, (tags,) words, mean, median, gap, total, share, named so.
        order: As the rows are sorted.
        head_changes: For each column what a click on its head writes into the URL.
    """
    heads = [_head(column, order, head_changes[column.name]) for column in columns]
    heads.append(element("th", scope="col", className="row-action", **labelled("Samples")))
    largest = max((row.share for row in rows), default=0.0)
    names = [column.name for column in columns]
    body = [_row(row, names, largest) for row in rows]
    return element(
        "table", element("thead", element("tr", *heads)), element("tbody", *body), className="figures-table loss-table"
    )


def _head(column: Column, order: Order, changes: Changes) -> Element:
    sorted_by = column.name == order.column
    arrow = ("▼" if order.descending else "▲") if sorted_by else ""
    button = element(
        "button",
        column.head,
        element("span", arrow, className="sort-arrow"),
        type="button",
        className="sort-head",
        title=column.said,
        **navigates(changes),
    )
    state = {"aria-sort": "descending" if order.descending else "ascending"} if sorted_by else {}
    return element("th", button, scope="col", className=f"{column.kind} {column.name}".strip(), **state)


def _row(row: LossRow, names: Sequence[str], largest_share: float) -> Element:
    cells = {
        "label": element("th", _label(row), scope="row"),
        "tags": element("td", *_tags(row.tags), className="tag-mix", title=_said(row.tags)),
        "words": element("td", *_words(row), className="number"),
        "mean": element("td", formats.loss(row.mean), className="number"),
        "median": element("td", formats.loss(row.median), className="number"),
        "gap": element("td", *_gap(row), className="number gap"),
        "total": element("td", formats.loss(row.total), className="number"),
        "share": element("td", *_share(row.share, largest_share), className="loss-share"),
    }
    samples = element("td", *_samples(row), className="row-action")
    picked = {} if row.selects is None else navigates(row.selects)  # a click beside the name counts too
    shown = " ".join(name for name, is_so in (("current", row.selected), ("pickable", bool(picked))) if is_so)
    return element("tr", *(cells[name] for name in names), samples, className=shown, **picked)


def _label(row: LossRow) -> Element:
    colour = "word-text" if row.type_code is None else type_class(row.type_code)
    if row.selects is None:
        return element("span", row.label or "(empty)", className=f"tag-label {colour}")
    return element(
        "button",
        row.label,
        type="button",
        className=f"head {colour}",
        dir="auto",
        title=f"Let go of {row.label}" if row.selected else f"Select the words {row.label}",
        **pressed(row.selected),
        **navigates(row.selects),
    )


def _tags(tags: Sequence[tuple[str, int, int]]) -> list[Any]:
    """Tags with their counts; those beyond the first few as a number."""
    drawn: list[Any] = []
    for name, code, number in tags[:TAGS_SHOWN]:
        drawn.append(
            element(
                "span",
                element("span", name, className=f"tag-label {type_class(code)}"),
                f" {formats.count(number)}",
                className="tag-part",
            )
        )
    if len(tags) > TAGS_SHOWN:
        drawn.append(element("span", f"+{len(tags) - TAGS_SHOWN}", className="note"))
    return drawn


def _said(tags: Sequence[tuple[str, int, int]]) -> str:
    return ", ".join(f"{name} {formats.count(number)}" for name, _, number in tags)


def _words(row: LossRow) -> list[Any]:
    without = row.words - row.scored
    note = [element("span", f"{formats.count(without)} no loss", className="note")] if without else []
    return [formats.count(row.words), *note]


def _gap(row: LossRow) -> list[Any]:
    flag = [element("span", row.flag, className="gap-flag", title=row.hint)] if row.flag else []
    figure = formats.loss(round(row.gap, 2) + 0.0).replace("-", "−")  # the sum is never the float -0.0
    return [*flag, element("span", figure, className="gap-figure")]


def _share(share: float, largest: float) -> list[Element]:
    value = share / largest if largest > 0 else 0.0
    return [
        element("span", formats.percent(share), className="figure"),
        element(
            "span", element("span", className="loss-fill"), className="loss-track", style={"--value": f"{value:.4f}"}
        ),
    ]


def _samples(row: LossRow) -> list[Element]:
    if row.samples is None:
        return []
    return [
        element(
            "button",
            "Samples",
            type="button",
            className="quiet-button",
            title=f"Show the sentences with {row.label} in Samples by loss",
            **navigates(row.samples),
        )
    ]
