"""Neuron components over a corpus: a table of them with the words that fire each most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components import formats
from components.activity import component_class
from components.glossary import gloss
from components.palette import type_class
from components.panels import navigates, pressed
from components.static_html import Element, element

MIX_NAMES = 3
"""Types that are written beside a bar of all."""
OFTEN = 1.5
"""A component whose share under a selection is so many times that of the whole sample stands out."""


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
        share: Of the layer's activity at the words of the sample that are selected; NaN without activity.
        share_of_all: The same of the whole sample.
        concentration: Part of the component's activity at the selected words in the 1% of them that fire it most; NaN
            where they are too few.
        words: The commonest selected texts among the words that fire it most, with their numbers.
        mix: Gold types of these words.
        wrong: Those of them that are predicted otherwise.
        counted: How many of the words that fire it most are selected; `words`, `mix` and `wrong` are of these.
        of: How many there are.
        chosen: Whether the component is.
    """

    value: str
    number: int
    share: float
    share_of_all: float
    concentration: float
    words: tuple[tuple[str, int], ...]
    mix: Mix
    wrong: int
    counted: int
    of: int
    chosen: bool


@dataclass(frozen=True)
class CorpusSample:
    """The words that the components are known at.

    Attributes:
        words: How many there are.
        selected: Those that are selected.
        mix: Gold types of these.
        wrong: Those of them that are predicted otherwise.
    """

    words: int
    selected: int
    mix: Mix
    wrong: int


def corpus_rows(components: Sequence[CorpusComponent], sample: CorpusSample) -> Element:
    """A table of components, with the sample for comparison in its first row."""
    heads = [
        ("Component", "", f"{gloss('component')} 1 accounts for most."),
        ("Share", "number", "Of the layer's activity at the words of the sample that are selected"),
        (
            "In top 1%",
            "number",
            "The part of the component's activity that lies in the 1% of these words that fire it most: how "
            "concentrated it is. A dash where there are fewer than 100 words",
        ),
        ("Words that fire it most", "", "The commonest among them, with their numbers"),
        ("Their gold types", "", "What the corpus says of the words that fire it most"),
        ("Wrong", "number", "Those of the words that fire it most that are predicted otherwise than labelled"),
    ]
    head = element(
        "tr", *(element("th", name, className=kind, title=meaning, scope="col") for name, kind, meaning in heads)
    )
    is_whole = sample.selected == sample.words
    said = f"{'All ' if is_whole else ''}{formats.counted(sample.selected, 'word')} of the sample"
    baseline = element(
        "tr",
        element("th", said if is_whole else f"{said} in the selection", scope="row", colSpan=4, className="baseline"),
        element("td", _mix(sample.mix)),
        element("td", _wrong(sample.wrong, sample.selected), className="number"),
        className="baseline-row",
    )
    return element(
        "table",
        element("thead", head),
        element("tbody", baseline, *(_row(component, is_whole=is_whole) for component in components)),
        className="figures-table component-table",
    )


def _row(component: CorpusComponent, *, is_whole: bool) -> Element:
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
    share = [formats.percent(component.share)] if is_whole else _compared(component.share, component.share_of_all)
    return element(
        "tr",
        element("th", button, scope="row"),
        element("td", *share, className="number"),
        element("td", formats.percent(component.concentration), className="number"),
        element("td", element("div", *(words or none), className="word-chips")),
        element("td", _mix(component.mix)),
        element("td", _wrong(component.wrong, component.counted), className="number"),
        className="current" if component.chosen else "",
    )


def _compared(share: float, share_of_all: float) -> list[Element]:
    """A share under a selection, loud where it is larger, over that of the whole sample."""
    times = f"{share / share_of_all:.1f} times its share of the whole sample" if share_of_all else ""
    loud = "more-share" if share_of_all and share >= OFTEN * share_of_all else ""
    return [
        element("div", formats.percent(share), className=loud, title=times),
        element("div", f"all {formats.percent(share_of_all)}", className="note", title="Of the whole sample"),
    ]


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
