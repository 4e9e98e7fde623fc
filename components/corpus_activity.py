"""Neuron components over a corpus: a table of them with the words that fire each most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components import formats
from components.activity import component_class
from components.palette import type_class
from components.panels import navigates, pressed
from components.still import Element, element

MIX_NAMES = 3
"""Types that are written beside a bar of all."""


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
