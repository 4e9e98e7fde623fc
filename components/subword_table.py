"""The subwords of a window as the tagger sees them, special tokens and context included."""

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
    ("#", "number", "place in the tagger's input, from 0, special tokens included"),
    ("input id", "number", "the tokenizer's number"),
    ("token", "", "as the tokenizer's vocabulary writes it"),
    ("word", "", ""),
    ("word id", "number", "place of the word in its sentence, from 0"),
    ("label", "", "what the tagger is judged by: the gold tag at a word's first subword, as in training"),
    ("prediction", "", "the likeliest tag at this subword"),
    ("p", "number", "its probability"),
    ("loss", "number", f"in nat; at a word's first subword alone, as in training. {gloss('nat')}"),
    ("window", "number", "which of the sentence's windows it is read in, from 0"),
)
"""Name, CSS class and explanation of each column."""


@dataclass(frozen=True)
class SubwordRow:
    """A subword, or a special token.

    Attributes:
        place: In the tagger's input.
        id: The tokenizer's number.
        token: What the vocabulary calls it.
        window: Which of the sentence's windows it is read in, from 0.
        word_row: In the run's words, or None: a special token.
        word: The word's text at its first subword, else "".
        position: The word's place in its sentence.
        label: The gold tag at a word's first subword, else None and the reason in `no_label`.
        no_label: "special", "ignored", "unlabelled".
        predicted: The likeliest tag, or None.
        p: Its probability; NaN without one.
        loss: nat; NaN where there is none.
        wrong: Whether it is the first subword of a wrong word.
        in_focus: Whether its word is in focus.
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
"""A subword, or a sentence about those that are left out at this place."""


def subword_table(rows: Sequence[Row]) -> Element:
    """The table."""
    heads = [element("th", name, scope="col", className=kind, title=said or None) for name, kind, said in HEADS]
    body = [_gap(row) if isinstance(row, str) else _row(row) for row in rows]
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        className="figures-table subword-table",
    )


def _gap(said: str) -> Element:
    return element("tr", element("td", said, colSpan=len(HEADS)), className="gap")


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
            *([element("span", " ≠", className="differs", title="differs from the label")] if row.wrong else []),
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
