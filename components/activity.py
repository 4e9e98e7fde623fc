"""Neuron components as pictures: bars under the words of a text, and rows over a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from components import formats
from components.palette import type_class
from components.panels import data_attributes, labelled, navigates, pressed
from components.still import Element, element, still

Floats = npt.NDArray[np.floating[Any]]

DEFAULT_COMPONENTS = 6
FEWEST_COMPONENTS, MOST_COMPONENTS = 2, 10
NAMED_WORDS = 4
"""Words that stand for a component in its card."""
MIX_NAMES = 3
"""Types that are written beside a bar of all."""


def component_class(number: int) -> str:
    """CSS class of a component, from 1: its colour and its strength at the word (assets/42-activations.css)."""
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
    return still(html.Div([html.Span("components", className="note"), group], className="labelled-switch"))


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
class Beat:
    """A word of the score.

    Attributes:
        text: Of the word, or the name of a special token.
        row: In the run's words, which a click puts into focus; None for typed words and special tokens.
        special: Whether it is a special token.
        focus: Whether it is the word in focus.
    """

    text: str
    row: int | None = None
    special: bool = False
    focus: bool = False


def score(beats: Sequence[Beat], strengths: Floats) -> list[Element]:
    """The words in order, each in the colour of its strongest component, with a bar for every component under it.

    Args:
        beats: The words.
        strengths: words x components.
    """
    heights = relative(strengths)
    totals = strengths.sum(axis=1)
    strongest = strengths.argmax(axis=1) if strengths.shape[1] else np.zeros(len(beats), np.int64)
    numbers = range(1, strengths.shape[1] + 1)
    drawn = []
    for place, beat in enumerate(beats):
        best = int(strongest[place])
        active = totals[place] > 0
        said = "no neuron is active here"
        if active:
            part = formats.percent(float(strengths[place, best] / totals[place]))
            said = f"mostly component {best + 1}: {part} of the activity here"
        classes = ["beat-word", component_class(best + 1) if active else ""]
        classes += ["special"] * beat.special + ["focus"] * beat.focus
        word = element(
            "span",
            beat.text,
            className=" ".join(filter(None, classes)),
            title=f"{beat.text}: {said}",
            dir="auto",
            **({} if beat.row is None else data_attributes(word=str(beat.row))),
        )
        bars = [element("span", className=f"strength {component_class(number)}") for number in numbers]
        style = {f"--v{number}": f"{heights[place, number - 1]:.3f}" for number in numbers}
        drawn.append(element("div", word, *bars, className="beat", style=style))
    return drawn


@dataclass(frozen=True)
class Mix:
    """How many words are of each gold type: (type, code, number), `O` words as (None, -1, number); largest first."""

    parts: tuple[tuple[str | None, int, int], ...]

    @property
    def total(self) -> int:
        """All words."""
        return sum(number for _, _, number in self.parts)


@dataclass(frozen=True)
class CorpusComponent:
    """A component over a corpus, as it is listed.

    Attributes:
        value: What the clause `component` takes.
        number: From 1.
        share: Of the layer's activity.
        concentration: Part of it in the 1% of the words that fire it most.
        words: The commonest texts among the words that fire it most, with their numbers.
        mix: Gold types of these words.
        wrong: Those of them that are predicted otherwise.
        counted: How many of them the selection holds; all figures above are of these.
        of: How many there are.
        chosen: Whether they are selected.
    """

    value: str
    number: int
    share: float
    concentration: float
    words: tuple[tuple[str, int], ...]
    mix: Mix
    wrong: int
    counted: int
    of: int
    chosen: bool


def corpus_rows(components: Sequence[CorpusComponent], sample: Mix, sample_wrong: int) -> Element:
    """A table of components, with the whole sample for comparison in its first row."""
    heads = [
        ("Component", "", ""),
        ("Share", "Of the layer's activity", "number"),
        ("In top 1%", "Of the words: how concentrated the component's activity is", "number"),
        ("Words that fire it most", "The commonest among them, with their numbers", ""),
        ("Their gold types", "", ""),
        ("Wrong", "Those of them that are predicted otherwise than labelled", "number"),
    ]
    head = element(
        "tr",
        *(element("th", name, className=kind, title=meaning or name, scope="col") for name, meaning, kind in heads),
    )
    baseline = element(
        "tr",
        element("th", "All words of the sample", scope="row", colSpan=4, className="baseline"),
        element("td", _mix(sample)),
        element("td", _wrong(sample_wrong, sample.total), className="number"),
        className="baseline-row",
    )
    return element(
        "table",
        element("thead", head),
        element("tbody", baseline, *map(_row, components)),
        className="figures-table component-table",
    )


def _row(component: CorpusComponent) -> Element:
    changes = {"component": component.value}
    of = formats.counted(component.of, "word")
    button = element(
        "button",
        element("span", str(component.number), className="component-number"),
        element("span", of if component.counted == component.of else f"{component.counted} of {of}", className="note"),
        type="button",
        className=f"component-pick {component_class(component.number)}",
        title=f"Select the {of} that fire component {component.number} most",
        **pressed(component.chosen),
        **navigates(changes, toggle=True),
    )
    words = [
        element(
            "button",
            element("span", text, dir="auto"),
            *([element("span", f"×{number}", className="times")] if number > 1 else []),
            type="button",
            className="word-chip",
            title=f"Select “{text}” where it fires component {component.number}",
            **navigates({**changes, "word": text}, toggle=True),
        )
        for text, number in component.words
    ]
    none = [element("span", "none of them is in the selection", className="note")]
    return element(
        "tr",
        element("th", button, scope="row"),
        element("td", formats.percent(component.share), className="number"),
        element("td", formats.percent(component.concentration), className="number"),
        element("td", element("div", *(words or none), className="word-chips")),
        element("td", _mix(component.mix)),
        element("td", _wrong(component.wrong, component.counted), className="number"),
        className="current" if component.chosen else "",
    )


def _wrong(wrong: int, total: int) -> Element:
    if not total:
        return element("span", formats.NOTHING)
    return element(
        "span",
        formats.percent(wrong / total),
        className="wrong-share" if wrong else "",
        title=f"{formats.count(wrong)} of {formats.counted(total, 'word')}",
    )


def _mix(mix: Mix) -> Element:
    """A bar of shares with the largest written beside it."""
    if not mix.total:
        return element("span", formats.NOTHING)
    parts = [
        element(
            "span",
            className=f"mix-part {'outside' if name is None else type_class(code)}",
            style={"flexGrow": number},
            title=f"{name or 'no entity'}: {formats.counted(number, 'word')}, {formats.percent(number / mix.total)}",
        )
        for name, code, number in mix.parts
    ]
    entities = [(name, code, number) for name, code, number in mix.parts if name is not None][:MIX_NAMES]
    names = [
        element("span", f"{name} {formats.percent(number / mix.total)}", className=f"tag-label {type_class(code)}")
        for name, code, number in entities
    ] or [element("span", "no entity", className="note")]
    return element("div", element("div", *parts, className="mix"), element("div", *names, className="mix-names"))
