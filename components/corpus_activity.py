"""Neuron components over a corpus: a table with the words that activate each component most."""

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
"""Number of types named beside a bar of types."""
OFTEN = 1.5
"""A share in the selection is emphasised if it is at least this many times the share in the whole sample."""


@dataclass(frozen=True)
class Mix:
    """Number of words of each gold type: (type, code, number), for `O` (None, -1, number); largest first."""

    parts: tuple[tuple[str | None, int, int], ...]

    @property
    def total(self) -> int:
        """Number of all words."""
        return sum(number for _, _, number in self.parts)


@dataclass(frozen=True)
class CorpusComponent:
    """A component over a corpus.

    The top words are the words that activate the component most.

    Attributes:
        value: Value of the clause `component` that selects the component.
        number: Number of the component, from 1.
        share: Share of the layer's activity at the selected words of the sample; NaN without activity.
        share_of_all: Share of the layer's activity at all words of the sample.
        concentration: Share of the component's activity at the selected words that is in the top 1% of them; NaN if
            there are too few words.
        words: The most frequent texts of the selected top words, with their counts.
        mix: Gold types of the selected top words.
        wrong: Number of wrong words among the selected top words.
        counted: Number of selected top words.
        of: Number of all top words.
        chosen: Whether the component is selected.
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
    """The words whose activity was recorded.

    Attributes:
        words: Number of words.
        selected: Number of selected words.
        mix: Gold types of the selected words.
        wrong: Number of wrong words among the selected ones.
    """

    words: int
    selected: int
    mix: Mix
    wrong: int


def corpus_rows(components: Sequence[CorpusComponent], sample: CorpusSample) -> Element:
    """A table of components; its first row is the whole sample, for comparison."""
    heads = [
        ("Component", "", f"{gloss('component')} Component 1 has the largest share."),
        ("Share", "number", "Share of the layer's activity at the selected words of the sample"),
        (
            "In top 1%",
            "number",
            "Share of the component's activity in the 1% of words that activate it most: how concentrated it is. A "
            "dash means fewer than 100 words",
        ),
        ("Top words", "", "The words that activate the component most: the most frequent ones, with their counts"),
        ("Gold types", "", "Gold types of the top words"),
        ("Wrong", "number", "Share of the top words that are wrong"),
    ]
    head = element(
        "tr", *(element("th", name, className=kind, title=meaning, scope="col") for name, kind, meaning in heads)
    )
    is_whole = sample.selected == sample.words
    title = f"{'All ' if is_whole else ''}{formats.counted(sample.selected, 'word')} of the sample"
    baseline = element(
        "tr",
        element("th", title if is_whole else f"{title} in the selection", scope="row", colSpan=4, className="baseline"),
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
        title=f"Select the {of} that activate component {component.number} most",
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
            title=f"Select “{text}” among the top words of component {component.number}",
            **navigates({**changes, "word": text}, toggle=True),
        )
        for text, number in component.words
    ]
    none = [element("span", "no top word is in the selection", className="note")]
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
    """A share in the selection, emphasised if it is much larger, above the share in the whole sample."""
    times = f"{share / share_of_all:.1f} times its share in the whole sample" if share_of_all else ""
    emphasis = "more-share" if share_of_all and share >= OFTEN * share_of_all else ""
    return [
        element("div", formats.percent(share), className=emphasis, title=times),
        element("div", f"all {formats.percent(share_of_all)}", className="note", title="Share in the whole sample"),
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
    """A bar of the types' shares, with the largest ones named beside it."""
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
