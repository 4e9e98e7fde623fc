"""Neuron components of a text as pictures: the words in order, with a bar for every component under each."""

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
"""Words that stand for a component in its card."""


def component_class(number: int) -> str:
    """CSS class of a component, from 1: its colour and its strength at the word (components/palette.py)."""
    return f"c{number}"


def components_switch() -> Component:
    """How many components; the pressed state follows the URL in the browser."""
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
    """The tagger's layers, those from `first` to `last` marked; a drag over several picks them all."""
    everything = {"from-layer": None, "to-layer": None}
    whole = first == 1 and last == layers
    cells = [
        html.Button(
            str(layer),
            type="button",
            className="layer",
            title=f"Layer {layer} alone; drag, or click with Shift, for several",
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
    """A button for each component: its share, its course over the words, and the words where it is strongest.

    Args:
        names: Of the words.
        strengths: words x components.
        shares: components, summing to 1.
    """
    heights = relative(strengths)
    return [
        _card(
            number, _strongest_names(names, strengths[:, number - 1]), float(shares[number - 1]), heights[:, number - 1]
        )
        for number in range(1, strengths.shape[1] + 1)
    ]


def _card(number: int, strongest: Sequence[str], share: float, heights: Floats) -> Element:
    said = f"Component {number}: {formats.percent(share)} of the activity, strongest at {', '.join(strongest)}"
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
        title="Show this component alone",
        **labelled(said),
        **data_attributes(component=str(number), option="isolate", value=str(number), default=""),
        **navigates({"isolate": str(number)}, toggle=True),
    )


def _strongest_names(names: Sequence[str], strengths: Floats) -> list[str]:
    order = np.argsort(-strengths, kind="stable")
    found = dict.fromkeys(names[place] for place in order if strengths[place] > 0)
    return list(found)[:NAMED_WORDS]


def relative(strengths: Floats) -> Floats:
    """Strengths, words x components, relative to each component's largest: 0-1."""
    return np.asarray(strengths / np.maximum(strengths.max(axis=0, initial=0), np.finfo(np.float32).tiny))


def spark_path(heights: Floats) -> str:
    """A CSS `clip-path` that leaves a bar for each height, 0-1, side by side over the whole width."""
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
    """A word of the score.

    Attributes:
        text: Of the word, or the name of a special token.
        row: In the run's words, which a click puts into focus; None for typed words and special tokens.
        special: Whether it is a special token.
        focus: Whether it is the word in focus.
        predicted: What the tagger says of it; None where it says nothing.
        p: Probability of the prediction; NaN without one.
        gold: What the corpus says of it, where the tagger says otherwise.
        loss: In nat; NaN where it has none.
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
    "predicted": ("prediction", "The tagger's likeliest tag"),
    "gold": ("gold, where it differs", "What the corpus says of a word of which the tagger says otherwise"),
    "p": ("p", "Probability of the prediction"),
    "loss": ("loss, nat", f"Cross-entropy of the gold tag. {gloss('nat')}"),
}
"""What is said of the words, a row each: its head, and what it means."""


def facts_known(columns: Sequence[WordColumn]) -> list[str]:
    """Those of FACTS that at least one of the words has."""
    known = {
        "predicted": any(column.predicted for column in columns),
        "gold": any(column.gold for column in columns),
        "p": not all(isnan(column.p) for column in columns),
        "loss": not all(isnan(column.loss) for column in columns),
    }
    return [name for name in FACTS if known[name]]


def fact_heads(columns: Sequence[WordColumn]) -> Element:
    """The heads of the words' facts, for where every word stands on one line."""
    heads = [
        element("span", FACTS[name][0], className=f"word-fact of-{name}", title=FACTS[name][1])
        for name in facts_known(columns)
    ]
    return element("div", *heads, className="fact-heads")


def word_columns(columns: Sequence[WordColumn], strengths: Floats) -> list[Element]:
    """The words in order, each in the colour of its strongest component, with a bar for every component under it.

    Args:
        columns: The words.
        strengths: words x components.
    """
    heights = relative(strengths)
    numbers = range(1, strengths.shape[1] + 1)
    facts = facts_known(columns)
    drawn = []
    for place, column in enumerate(columns):
        under = [element("span", *_fact(column, name), className=f"word-fact of-{name}") for name in facts]
        bars = [element("span", className=f"strength {component_class(number)}") for number in numbers]
        style = {f"--v{number}": f"{heights[place, number - 1]:.3f}" for number in numbers}
        drawn.append(
            element("div", _word(column, strengths[place]), *under, *bars, className="word-column", style=style)
        )
    return drawn


def _word(column: WordColumn, strengths: Floats) -> Element:
    """The word.

    Args:
        column: It.
        strengths: Of the components at it.
    """
    total = float(strengths.sum())
    strongest = int(strengths.argmax()) + 1 if total > 0 else 0
    said = "no neuron is active here"
    if strongest:
        part = formats.percent(float(strengths[strongest - 1]) / total)
        said = f"mostly component {strongest}: {part} of the activity here"
    if column.predicted:
        said += f"; predicted {column.predicted[0]}, p {formats.ratio(column.p)}"
    if column.gold:
        said += f"; labelled {column.gold[0]}"
    if not isnan(column.loss):
        said += f"; loss {formats.loss(column.loss)} nat"
    classes = ["column-word", component_class(strongest) if strongest else ""]
    classes += ["special"] * column.special + ["focus"] * column.focus
    return element(
        "span",
        column.text,
        className=" ".join(filter(None, classes)),
        title=f"{column.text}: {said}",
        dir="auto",
        **({} if column.row is None else data_attributes(word=str(column.row))),
    )


def _fact(column: WordColumn, name: str) -> list[Any]:
    """What stands under a word; nothing where there is nothing to say."""
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
