"""Neuron components of a text: a column for each word, with a bar for each component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from components import formats
from components.glossary import gloss
from components.palette import type_class
from components.panels import data_attributes, labelled, navigates, pressed
from components.static_html import Element, element, static_html

Floats = npt.NDArray[np.floating[Any]]
TagMark = tuple[str, int]
"""A tag and the code of its type (see components.palette.type_class)."""

DEFAULT_COMPONENTS = 6
FEWEST_COMPONENTS, MOST_COMPONENTS = 2, 10
NAMED_WORDS = 4
"""Words in a component's card."""


def component_class(number: int) -> str:
    """CSS class of a component: its colour, and its strength at the word (components/palette.py).

    Args:
        number: Number of the component, from 1.
    """
    return f"c{number}"


def components_switch() -> Component:
    """A switch for the number of components; the browser sets the pressed state from the URL."""
    default = str(DEFAULT_COMPONENTS)
    buttons = [
        html.Button(
            value,
            type="button",
            className="segment",
            **navigates({"components": None if value == default else value}),
            **data_attributes(option="components", value=value, default=default),
        )
        for value in map(str, range(FEWEST_COMPONENTS, MOST_COMPONENTS + 1))
    ]
    group = html.Div(buttons, className="switch", role="group", **labelled("Number of components"))
    return static_html(html.Div([html.Span("components", className="note"), group], className="labelled-switch"))


def layer_strip(layers: int, first: int, last: int) -> Component:
    """A switch for the tagger's layers, with `first` to `last` selected; a drag selects several layers."""
    everything = {"from-layer": None, "to-layer": None}
    whole = first == 1 and last == layers
    cells = [
        html.Button(
            str(layer),
            type="button",
            className="layer",
            title=f"Click to select layer {layer} only; drag or Shift-click to select several layers",
            **labelled(f"layer {layer}"),
            **pressed(first <= layer <= last),
            **data_attributes(layer=str(layer)),
            **navigates({"from-layer": str(layer) if layer > 1 else None, "to-layer": str(layer)}),
        )
        for layer in range(1, layers + 1)
    ]
    strip = html.Div(
        cells,
        className="layers",
        role="group",
        **labelled("Layers"),
        **data_attributes(**{"from": str(first), "count": str(layers)}),
    )
    all_of_them = html.Button(
        "All", type="button", className="segment all-layers", **pressed(whole), **navigates(everything)
    )
    return html.Div([html.Span("layers", className="note"), strip, all_of_them], className="labelled-switch")


def component_cards(names: Sequence[str], strengths: Floats, shares: Floats) -> list[Element]:
    """A button for each component with its share, its strengths over the words, and the words where it is strongest.

    Args:
        names: Texts of the words.
        strengths: float, words x components.
        shares: float, components; they sum to 1.
    """
    heights = relative(strengths)
    return [
        _card(
            number, _strongest_names(names, strengths[:, number - 1]), float(shares[number - 1]), heights[:, number - 1]
        )
        for number in range(1, strengths.shape[1] + 1)
    ]


def _card(number: int, strongest: Sequence[str], share: float, heights: Floats) -> Element:
    label = f"Component {number}: {formats.percent(share)} of the activity, strongest at {', '.join(strongest)}"
    return element(
        "button",
        element(
            "span",
            element("span", str(number), className="component-number"),
            element("span", formats.percent(share), className="figure"),
            className="component-head",
        ),
        element(
            "span", element("span", className="spark", style={"clipPath": spark_path(heights)}), className="spark-box"
        ),
        element("span", " · ".join(strongest), className="component-words", dir="auto"),
        type="button",
        className=f"component-card {component_class(number)}",
        title="Show only this component",
        **labelled(label),
        **data_attributes(component=str(number), option="isolate", value=str(number), default=""),
        **navigates({"isolate": str(number)}, toggle=True),
    )


def _strongest_names(names: Sequence[str], strengths: Floats) -> list[str]:
    order = np.argsort(-strengths, kind="stable")
    found = dict.fromkeys(names[place] for place in order if strengths[place] > 0)
    return list(found)[:NAMED_WORDS]


def relative(strengths: Floats) -> Floats:
    """Strengths relative to each component's largest strength, 0-1: float, words x components."""
    return np.asarray(strengths / np.maximum(strengths.max(axis=0, initial=0), np.finfo(np.float32).tiny))


def spark_path(heights: Floats) -> str:
    """A CSS `clip-path` with one bar for each height (0-1), side by side over the whole width."""
    edges = np.linspace(0, 100, len(heights) + 1)
    tops = 100 - 100 * heights
    corners = [
        f"{x:.2f}% {y:.1f}%"
        for left, right, y in zip(edges, edges[1:], tops, strict=False)
        for x, y in ((left, y), (right, y))
    ]
    return f"polygon(0% 100%, {', '.join(corners)}, 100% 100%)"


@dataclass(frozen=True)
class WordColumn:
    """The column of a word.

    Attributes:
        text: Text of the word, or name of a special token.
        row: Row of the word, which a click focuses; None for typed words and special tokens.
        special: Whether it is a special token.
        focus: Whether it is the focused word.
        predicted: Predicted tag, or None.
        p: Probability of the prediction; NaN without a prediction.
        gold: Gold tag if it differs from the prediction, else None.
        loss: Loss in nats; NaN without a loss.
    """

    text: str
    row: int | None = None
    special: bool = False
    focus: bool = False
    predicted: TagMark | None = None
    p: float = float("nan")
    gold: TagMark | None = None
    loss: float = float("nan")


FACTS = {
    "predicted": ("prediction", "The most probable tag"),
    "gold": ("gold, if different", "The gold tag of wrong words"),
    "p": ("p", "Probability of the prediction"),
    "loss": ("loss (nats)", f"Cross-entropy of the gold tag. {gloss('nat')}"),
}
"""The rows of facts under the words: head and meaning."""


def facts_known(columns: Sequence[WordColumn]) -> list[str]:
    """The names in FACTS that at least one word has."""
    known = {
        "predicted": any(column.predicted for column in columns),
        "gold": any(column.gold for column in columns),
        "p": not all(isnan(column.p) for column in columns),
        "loss": not all(isnan(column.loss) for column in columns),
    }
    return [name for name in FACTS if known[name]]


def fact_heads(columns: Sequence[WordColumn]) -> Element:
    """The heads of the rows of facts, for a layout with all words on one line."""
    heads = [
        element("span", FACTS[name][0], className=f"word-fact of-{name}", title=FACTS[name][1])
        for name in facts_known(columns)
    ]
    return element("div", *heads, className="fact-heads")


def word_columns(columns: Sequence[WordColumn], strengths: Floats) -> list[Element]:
    """A column for each word, in the colour of its strongest component, with its facts and a bar for each component.

    Args:
        columns: The words.
        strengths: float, words x components.
    """
    heights = relative(strengths)
    numbers = range(1, strengths.shape[1] + 1)
    facts = facts_known(columns)
    drawn = []
    for place, column in enumerate(columns):
        cells = [element("span", *_fact(column, name), className=f"word-fact of-{name}") for name in facts]
        bars = [element("span", className=f"strength {component_class(number)}") for number in numbers]
        style = {f"--v{number}": f"{heights[place, number - 1]:.3f}" for number in numbers}
        drawn.append(
            element("div", _word(column, strengths[place]), *cells, *bars, className="word-column", style=style)
        )
    return drawn


def _word(column: WordColumn, strengths: Floats) -> Element:
    """The word itself.

    Args:
        column: The word's column.
        strengths: float, components: their strengths at the word.
    """
    total = float(strengths.sum())
    strongest = int(strengths.argmax()) + 1 if total > 0 else 0
    title = "no active neuron"
    if strongest:
        part = formats.percent(float(strengths[strongest - 1]) / total)
        title = f"strongest component: {strongest}, with {part} of the activity"
    if column.predicted:
        title += f"; predicted {column.predicted[0]}, p {formats.ratio(column.p)}"
    if column.gold:
        title += f"; gold {column.gold[0]}"
    if not isnan(column.loss):
        title += f"; loss {formats.loss(column.loss)} nats"
    classes = ["column-word", component_class(strongest) if strongest else ""]
    classes += ["special"] * column.special + ["focus"] * column.focus
    return element(
        "span",
        column.text,
        className=" ".join(filter(None, classes)),
        title=f"{column.text}: {title}",
        dir="auto",
        **({} if column.row is None else data_attributes(word=str(column.row))),
    )


def _fact(column: WordColumn, name: str) -> list[Any]:
    """The content of a fact's cell under a word; empty if the word lacks the fact."""
    if name == "p":
        return [] if isnan(column.p) else [formats.ratio(column.p, 2)]
    if name == "loss":
        wrong = "wrong" if column.gold else ""
        return [] if isnan(column.loss) else [element("span", formats.loss(column.loss), className=wrong)]
    mark = column.predicted if name == "predicted" else column.gold
    if mark is None:
        return []
    tag, code = mark
    quiet = " ordinary" if name == "predicted" and code < 0 and not column.gold else ""
    return [element("span", tag, className=f"tag-label {type_class(code)}{quiet}")]
