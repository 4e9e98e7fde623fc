"""The words of a sentence as a table: word, gold, predicted, probability, and a bar of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from components import formats
from components.glossary import gloss
from components.palette import type_class
from components.panels import data_attributes
from components.static_html import Element, element

TagMark = tuple[str, int]
"""A tag and the code of its type (see components.palette.type_class)."""


@dataclass(frozen=True)
class WordRow:
    """A word.

    Attributes:
        row: Row of the word, which a click focuses.
        text: Text of the word.
        gold: Gold tag, or None, with the reason in `no_gold`.
        predicted: Predicted tag, or None.
        probability: Probability of the predicted tag; NaN without a prediction.
        loss: Loss in nats; NaN without a loss.
        no_gold: Text in place of a missing gold tag.
        no_loss: Text in place of a missing loss.
        wrong: Whether the word has a gold tag and a prediction, and they differ.
        marked: Whether the word is marked as selected.
    """

    row: int
    text: str
    gold: TagMark | None
    predicted: TagMark | None
    probability: float
    loss: float
    no_gold: str = formats.NOTHING
    no_loss: str = "no loss"
    wrong: bool = False
    marked: bool = False


HEADS = (("Word", "", ""), ("Gold", "", ""), ("Predicted", "", ""))
P_HEAD = ("p", "number", "Probability of the prediction")
LOSS_HEAD = (
    "Loss (nats)",
    "word-loss",
    f"Cross-entropy of the gold tag. All bars of the run have one scale. {gloss('nat')}",
)


@dataclass(frozen=True)
class Figures:
    """Which figures of its words a table shows.

    Attributes:
        probability: Whether to show the probability of the prediction.
        loss: Whether to show the loss.
        largest_loss: Loss of a full bar, in nats.
    """

    probability: bool
    loss: bool
    largest_loss: float


def word_table(rows: Sequence[WordRow], figures: Figures, foot: Any = None) -> Element:
    """The table.

    Args:
        rows: The words, in the order of the sentence.
        figures: The shown figures.
        foot: An element under the last row, or None.
    """
    columns = [*HEADS, *([P_HEAD] if figures.probability else []), *([LOSS_HEAD] if figures.loss else [])]
    heads = [element("th", name, scope="col", className=kind, title=tooltip or None) for name, kind, tooltip in columns]
    parts = [
        element("thead", element("tr", *heads)),
        element("tbody", *(_row(row, figures) for row in rows)),
    ]
    if foot is not None:
        parts.append(element("tfoot", element("tr", element("td", foot, colSpan=len(columns)))))
    return element("table", *parts, className="figures-table word-table")


def _row(row: WordRow, figures: Figures) -> Element:
    word = element(
        "button", row.text, type="button", className="word-text", dir="auto", **data_attributes(word=str(row.row))
    )
    mark = [element("span", "selected", className="word-mark")] if row.marked else []
    numbers = [element("td", formats.ratio(row.probability, 2), className="number")] if figures.probability else []
    if figures.loss:
        numbers.append(element("td", *_loss(row, figures.largest_loss), className="word-loss"))
    return element(
        "tr",
        element("th", word, *mark, scope="row"),
        element("td", _tag(row.gold, row.no_gold)),
        element(
            "td",
            _tag(row.predicted),
            *([element("span", " ≠", className="differs", title="Differs from the gold tag")] if row.wrong else []),
        ),
        *numbers,
        className=" ".join(name for name, holds in (("wrong", row.wrong), ("marked", row.marked)) if holds),
    )


def _tag(tag: TagMark | None, missing: str = formats.NOTHING) -> Element:
    if tag is None:
        return element("span", missing, className="note")
    return element("span", tag[0], className=f"tag-label {type_class(tag[1])}")


def _loss(row: WordRow, largest_loss: float) -> list[Element]:
    if isnan(row.loss):
        return [element("span", row.no_loss, className="note")]
    share = min(row.loss / largest_loss, 1.0) if largest_loss > 0 else 0.0
    return [
        element("span", formats.loss(row.loss), className="figure"),
        element(
            "span", element("span", className="loss-fill"), className="loss-track", style={"--value": f"{share:.4f}"}
        ),
    ]
