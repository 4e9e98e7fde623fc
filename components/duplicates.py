"""Sentences that are alike: how one differs from another, the card of a group, and the ladder of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from dash import html
from dash.development.base_component import Component

from components import formats
from components.palette import type_class
from components.panels import Changes, labelled, navigates, pressed

SHOWN = 6
"""Differences that are spelled out; more are counted."""

DIFFERS = "differs"
"""Class of a word that the other sentence lacks."""
DIFFERING_LABEL = "differing-label"
"""Class of a word that the other sentence labels otherwise."""

Label = tuple[str, int]
"""A label's text, and the code of its type (see components.palette.type_class)."""


@dataclass(frozen=True)
class LabelDifference:
    """A word that two sentences share and label otherwise."""

    word: str
    here: Label
    there: Label


def word_marks(count: int, aligned: Sequence[int], differing_labels: Sequence[int]) -> list[str]:
    """The class of each word of a sentence that stands beside another.

    Args:
        count: Its words.
        aligned: Positions of those that the other has too.
        differing_labels: Positions of those that the other labels otherwise.
    """
    marks = [DIFFERS] * count
    for position in aligned:
        marks[position] = ""
    for position in differing_labels:
        marks[position] = DIFFERING_LABEL
    return marks


def disagreements(found: Sequence[LabelDifference], here: str, there: str) -> list[Component]:
    """The words that are labelled otherwise, spelled out; nothing where there are none.

    Args:
        found: The words.
        here: What the one sentence is called, such as `#12` or `here`.
        there: What the other is called.
    """
    if not found:
        return []
    words = [
        html.Span(
            [html.B(one.word), _label(one.here), f" {here}, ", _label(one.there), f" {there}"], className="unlike-word"
        )
        for one in found[:SHOWN]
    ]
    more = len(found) - SHOWN
    rest = [html.Span(f"and {formats.count(more)} more", className="note")] if more > 0 else []
    signs = [html.Span("≠", className="unlike-sign"), html.Span("labelled otherwise:")]
    return [html.P([*signs, *words, *rest], className="unlike")]


def lacking(words: Sequence[str], there: str) -> list[Component]:
    """Words that only the other sentence has; nothing where there are none."""
    if not words:
        return []
    shown = " · ".join(words[: 2 * SHOWN])
    more = f" and {formats.count(len(words) - 2 * SHOWN)} more" if len(words) > 2 * SHOWN else ""
    return [html.P([f"only in {there}: ", html.Span(shown, className="lacking-words"), more], className="lacking")]


def _label(label: Label) -> html.Span:
    text, code = label
    return html.Span(text, className=f"tag-label {type_class(code)}")


def group_card(
    title: str,
    facts: Sequence[str],
    items: Sequence[Component],
    *,
    disagrees: bool,
    chosen: bool,
    select: Changes,
    rest: Sequence[Component] = (),
) -> html.Section:
    """A group of sentences.

    Args:
        title: How large it is.
        facts: What else is said of it.
        items: Its sentences.
        disagrees: Whether their labels do.
        chosen: Whether it is selected.
        select: What selects it.
        rest: What stands under the sentences.
    """
    badge = [html.Span("≠ labels disagree", className="outcome")] if disagrees else []
    button = html.Button(
        "Selected" if chosen else "Select",
        type="button",
        className="quiet-button select-group" + (" current" if chosen else ""),
        title="Let go of the group" if chosen else "Select the sentences of this group",
        **pressed(chosen),
        **navigates(select, toggle=True),
    )
    head = html.Header(
        [html.H3(title), *badge, html.Span(" · ".join(facts), className="note"), button], className="group-head"
    )
    return html.Section([head, *items, *rest], className="group-card" + (" current" if chosen else ""))


@dataclass(frozen=True)
class Rung:
    """A threshold that can be chosen.

    Attributes:
        text: As it is written.
        pairs: How many pairs reach it.
        changes: What chooses it.
        chosen: Whether it is.
    """

    text: str
    pairs: int
    changes: Changes
    chosen: bool


def ladder(rungs: Sequence[Rung]) -> html.Div:
    """Thresholds with the pairs that reach them, as buttons with bars (of the square root, so that few still show)."""
    most = max((rung.pairs for rung in rungs), default=0)
    return html.Div(
        [
            html.Button(
                [
                    html.Span(rung.text, className="rung-name"),
                    html.Span(className="rung-bar", style={"--value": f"{sqrt(rung.pairs / most) if most else 0:.3f}"}),
                    html.Span(formats.count(rung.pairs), className="kind-count"),
                ],
                type="button",
                className="kind rung" + (" current" if rung.chosen else ""),
                title=f"{formats.counted(rung.pairs, 'pair')} of texts with a cosine of {rung.text} or more",
                **labelled(f"threshold {rung.text}: {formats.counted(rung.pairs, 'pair')}"),
                **pressed(rung.chosen),
                **navigates(rung.changes),
            )
            for rung in rungs
        ],
        className="ladder",
    )
