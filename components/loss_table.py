"""Loss by word form or by label, as a sortable table with selectable rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import formats
from components.palette import type_class
from components.panels import Changes, labelled, navigates, pressed
from components.static_html import Element, element

WORSE, BETTER = "high-loss outliers", "low-loss outliers"
"""Flags of a row with a large gap between mean and median."""

TAGS_SHOWN = 3


@dataclass(frozen=True)
class LossRow:
    """A word form or a label.

    Attributes:
        label: The word form or label.
        type_code: Type code of a label, for its colour; None for a word form.
        words: Number of its words in the selection.
        scored: Number of these words that have a loss; mean, median and total are over them.
        mean: Mean loss in nats.
        median: Median loss in nats.
        total: Sum of the losses in nats.
        share: Share of the selection's loss, 0-1.
        flag: WORSE, BETTER or "".
        hint: What the flag means for this row.
        tags: Gold tags of a word form as (tag, type code, words), most frequent first.
        selects: What a click on the row writes to the URL; None if no filter can select it.
        samples: What a click on “Samples” writes to the URL, or None.
        selected: Whether the URL selects the row.
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
        """Mean minus median, in nats."""
        return self.mean - self.median


@dataclass(frozen=True)
class Column:
    """A sortable column: its name in the URL, its head, the head's tooltip, and its CSS class."""

    name: str
    head: str
    tooltip: str
    kind: str = "number"


@dataclass(frozen=True)
class Order:
    """The sort column of a table, and the direction."""

    column: str
    descending: bool


def loss_table_html(
    rows: Sequence[LossRow], columns: Sequence[Column], order: Order, head_changes: dict[str, Changes]
) -> Element:
    """The table.

    Args:
        rows: The rows of the page.
        columns: The columns named label, (tags,) words, mean, median, gap, total and share.
        order: How the rows are sorted.
        head_changes: What a click on each column's head writes to the URL.
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
        title=column.tooltip,
        **navigates(changes),
    )
    state = {"aria-sort": "descending" if order.descending else "ascending"} if sorted_by else {}
    return element("th", button, scope="col", className=f"{column.kind} {column.name}".strip(), **state)


def _row(row: LossRow, names: Sequence[str], largest_share: float) -> Element:
    cells = {
        "label": element("th", _label(row), scope="row"),
        "tags": element("td", *_tags(row.tags), className="tag-mix", title=_tags_text(row.tags)),
        "words": element("td", *_words(row), className="number"),
        "mean": element("td", formats.loss(row.mean), className="number"),
        "median": element("td", formats.loss(row.median), className="number"),
        "gap": element("td", *_gap(row), className="number gap"),
        "total": element("td", formats.loss(row.total), className="number"),
        "share": element("td", *_share(row.share, largest_share), className="loss-share"),
    }
    samples = element("td", *_samples(row), className="row-action")
    picked = {} if row.selects is None else navigates(row.selects)  # a click anywhere in the row selects it
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
        title=f"Clear the filter {row.label}" if row.selected else f"Select the words {row.label}",
        **pressed(row.selected),
        **navigates(row.selects),
    )


def _tags(tags: Sequence[tuple[str, int, int]]) -> list[Any]:
    """The most frequent tags with their counts, and the number of further tags."""
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


def _tags_text(tags: Sequence[tuple[str, int, int]]) -> str:
    return ", ".join(f"{name} {formats.count(number)}" for name, _, number in tags)


def _words(row: LossRow) -> list[Any]:
    without = row.words - row.scored
    note = [element("span", f"{formats.count(without)} no loss", className="note")] if without else []
    return [formats.count(row.words), *note]


def _gap(row: LossRow) -> list[Any]:
    flag = [element("span", row.flag, className="gap-flag", title=row.hint)] if row.flag else []
    figure = formats.loss(round(row.gap, 2) + 0.0).replace("-", "−")  # + 0.0 turns -0.0 into 0.0
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
