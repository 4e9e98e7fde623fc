"""Similar sentences: how two of them differ, the card of a group, and the list of thresholds."""

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
"""Number of listed differences; the others are counted."""

DIFFERS = "differs"
"""CSS class of a word that the other sentence lacks."""
DIFFERING_LABEL = "differing-label"
"""CSS class of a word that has a different label in the other sentence."""

Label = tuple[str, int]
"""A label's text, and the code of its type (see components.palette.type_class)."""


@dataclass(frozen=True)
class LabelDifference:
    """A word that two sentences share, with a different label in each."""

    word: str
    here: Label
    there: Label


def word_marks(count: int, aligned: Sequence[int], differing_labels: Sequence[int]) -> list[str]:
    """The CSS class of each word of a sentence that is compared with another.

    Args:
        count: Number of the sentence's words.
        aligned: Positions of the words that the other sentence also has.
        differing_labels: Positions of the words that have a different label in the other sentence.
    """
    marks = [DIFFERS] * count
    for position in aligned:
        marks[position] = ""
    for position in differing_labels:
        marks[position] = DIFFERING_LABEL
    return marks


def disagreements(found: Sequence[LabelDifference], here: str, there: str) -> list[Component]:
    """A list of the words with different labels; empty if there are none.

    Args:
        found: The words.
        here: Name of the one sentence, such as `#12` or `here`.
        there: Name of the other sentence.
    """
    if not found:
        return []
    words = [
        html.Span(
            [html.B(one.word), _label(one.here), f" {here}, ", _label(one.there), f" {there}"],
            className="difference-word",
        )
        for one in found[:SHOWN]
    ]
    more = len(found) - SHOWN
    rest = [html.Span(f"and {formats.count(more)} more", className="note")] if more > 0 else []
    heading = [html.Span("≠", className="difference-sign"), html.Span("different labels:")]
    return [html.P([*heading, *words, *rest], className="label-differences")]


def missing_words(words: Sequence[str], there: str) -> list[Component]:
    """The words that only the other sentence has; empty if there are none."""
    if not words:
        return []
    shown = " · ".join(words[: 2 * SHOWN])
    more = f" and {formats.count(len(words) - 2 * SHOWN)} more" if len(words) > 2 * SHOWN else ""
    return [html.P([f"only in {there}: ", html.Span(shown, className="missing-words"), more], className="missing-line")]


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
        title: The group's size, as text.
        facts: Further facts about the group.
        items: The sentences.
        disagrees: Whether the sentences have different labels.
        chosen: Whether the group is selected.
        select: What a click on “Select” writes to the URL.
        rest: Elements under the sentences.
    """
    badge = [html.Span("≠ labels disagree", className="outcome")] if disagrees else []
    button = html.Button(
        "Selected" if chosen else "Select",
        type="button",
        className="quiet-button select-group" + (" current" if chosen else ""),
        title="Clear this selection" if chosen else "Select the sentences of this group",
        **pressed(chosen),
        **navigates(select, toggle=True),
    )
    head = html.Header(
        [html.H3(title), *badge, html.Span(" · ".join(facts), className="note"), button], className="group-head"
    )
    return html.Section([head, *items, *rest], className="group-card" + (" current" if chosen else ""))


@dataclass(frozen=True)
class Threshold:
    """A threshold that can be chosen.

    Attributes:
        text: The threshold as text.
        pairs: Number of pairs that reach it.
        changes: What a click writes to the URL.
        chosen: Whether the threshold is chosen.
    """

    text: str
    pairs: int
    changes: Changes
    chosen: bool


def threshold_list(thresholds: Sequence[Threshold]) -> html.Div:
    """Buttons of thresholds, with bars for the number of pairs (square root, so that small numbers are visible)."""
    most = max((threshold.pairs for threshold in thresholds), default=0)
    return html.Div(
        [
            html.Button(
                [
                    html.Span(threshold.text, className="threshold-name"),
                    html.Span(
                        className="threshold-bar",
                        style={"--value": f"{sqrt(threshold.pairs / most) if most else 0:.3f}"},
                    ),
                    html.Span(formats.count(threshold.pairs), className="kind-count"),
                ],
                type="button",
                className="kind threshold-button" + (" current" if threshold.chosen else ""),
                title=f"{formats.counted(threshold.pairs, 'pair')} of texts with a cosine of {threshold.text} or more",
                **labelled(f"threshold {threshold.text}: {formats.counted(threshold.pairs, 'pair')}"),
                **pressed(threshold.chosen),
                **navigates(threshold.changes),
            )
            for threshold in thresholds
        ],
        className="threshold-list",
    )
