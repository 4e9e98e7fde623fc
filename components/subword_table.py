"""The subwords of a window as the tagger sees them, including special tokens and context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import formats
from components.glossary import gloss
from components.palette import type_class
from components.panels import data_attributes
from components.static_html import Element, element
from components.word_table import TagMark

HEADS = (
    ("#", "number", "Position in the tagger's input, from 0, including special tokens"),
    ("input id", "number", "Id in the tokenizer's vocabulary"),
    ("token", "", "Token in the tokenizer's vocabulary"),
    ("word", "", ""),
    ("word id", "number", "Position of the word in its sentence, from 0"),
    ("label", "", "The gold tag, only at the first subword of a word, as in training"),
    ("prediction", "", "The most probable tag of this subword"),
    ("p", "number", "Probability of the prediction"),
    ("loss", "number", f"Loss in nats, only at the first subword of a word, as in training. {gloss('nat')}"),
    ("window", "number", "Number of the sentence's window, from 0"),
)
"""Name, CSS class and explanation of each column."""


@dataclass(frozen=True)
class SubwordRow:
    """A subword, or a special token.

    Attributes:
        place: Position in the tagger's input.
        id: Id in the tokenizer's vocabulary.
        token: Token in the tokenizer's vocabulary.
        window: Number of the sentence's window, from 0.
        word_row: Row of the word; None for a special token.
        word: Text of the word at its first subword, else "".
        position: Position of the word in its sentence.
        label: The gold tag at the first subword of a word, else None, with the reason in `no_label`.
        no_label: "special", "ignored" or "unlabelled".
        predicted: The most probable tag, or None.
        p: Probability of the prediction; NaN without a prediction.
        loss: Loss in nats; NaN without a loss.
        wrong: Whether this is the first subword of a wrong word.
        in_focus: Whether the word is focused.
    """

    place: int
    id: int
    token: str
    window: int
    word_row: int | None = None
    word: str = ""
    position: int | None = None
    label: TagMark | None = None
    no_label: str = "special"
    predicted: TagMark | None = None
    p: float = float("nan")
    loss: float = float("nan")
    wrong: bool = False
    in_focus: bool = False


Row = SubwordRow | str
"""A subword, or a text about subwords that are left out at this position."""


def subword_table(rows: Sequence[Row]) -> Element:
    """The table."""
    heads = [element("th", name, scope="col", className=kind, title=tooltip or None) for name, kind, tooltip in HEADS]
    body = [_gap(row) if isinstance(row, str) else _row(row) for row in rows]
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        className="figures-table subword-table",
    )


def _gap(text: str) -> Element:
    return element("tr", element("td", text, colSpan=len(HEADS)), className="gap")


def _row(row: SubwordRow) -> Element:
    special = row.word_row is None
    classes = {"special": special, "later": not special and not row.word, "wrong": row.wrong, "current": row.in_focus}
    return element(
        "tr",
        element("td", row.place, className="number dim"),
        element("td", row.id, className="number"),
        element("th", element("code", row.token, dir="ltr"), scope="row"),
        element("td", *_word(row)),
        element("td", formats.NOTHING if row.position is None else row.position, className="number"),
        element("td", _tag(row.label, row.no_label)),
        element(
            "td",
            _tag(row.predicted, formats.NOTHING),
            *([element("span", " ≠", className="differs", title="Differs from the label")] if row.wrong else []),
        ),
        element("td", formats.ratio(row.p), className="number"),
        element("td", formats.loss(row.loss), className="number"),
        element("td", row.window, className="number dim"),
        className=" ".join(name for name, holds in classes.items() if holds),
        **({} if special else data_attributes(word=str(row.word_row))),
    )


def _word(row: SubwordRow) -> list[Any]:
    if not row.word:
        return []
    return [
        element(
            "button",
            row.word,
            type="button",
            className="word-text",
            dir="auto",
            title=row.word if len(row.word) > 24 else None,
            **data_attributes(word=str(row.word_row)),
        )
    ]


def _tag(tag: TagMark | None, missing: str) -> Element:
    if tag is None:
        return element("span", missing, className="note")
    return element("span", tag[0], className=f"tag-label {type_class(tag[1])}")
