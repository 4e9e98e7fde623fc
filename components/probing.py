"""What the tagger says of a typed text: the table of its words, and what changed against an earlier tagging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from components import formats
from components.glossary import GLOSSARY
from components.palette import type_class
from components.static_html import Element, element

TagMark = tuple[str, int]
"""A tag or type and the code of its type (see components.palette.type_class)."""


@dataclass(frozen=True)
class ProbedWord:
    """A word.

    Attributes:
        text: As it was written.
        predicted: None where the tagger says nothing of it.
        p: Probability of the prediction.
        second: The runner-up, or None.
        p_second: Its probability.
        low: Whether `p` is under the threshold.
        was: The earlier prediction where it differs, else None.
        delta: By how much the probability of `predicted` grew; NaN without an earlier one.
    """

    text: str
    predicted: TagMark | None
    p: float
    second: TagMark | None
    p_second: float
    low: bool
    was: TagMark | None = None
    delta: float = float("nan")


@dataclass(frozen=True)
class LabelChange:
    """An entity that came, went or changed.

    Attributes:
        kind: "gained", "lost" or "changed".
        words: Its words; where they changed, the later ones.
        before: Type it had, or None.
        after: Type it has, or None.
        words_before: Its earlier words, where they differ.
    """

    kind: str
    words: str
    before: TagMark | None
    after: TagMark | None
    words_before: str = ""


UNLIKELY = 0.01
"""Probability below which a runner-up is no rival, and is written quietly."""
HEADS = (
    ("Word", "", ""),
    ("Prediction", "", "The tagger's likeliest tag"),
    ("p", "", "Probability of the prediction, from 0 to 1"),
    ("Runner-up", "", f"{GLOSSARY['runner-up']} Grey: below {UNLIKELY:g}."),
    ("p", "number", "Probability of the runner-up"),
    ("Margin", "number", GLOSSARY["margin"]),
)
COMPARED = (
    ("Was", "", "The prediction before"),
    ("Δ p", "number", "By how much the probability of the prediction grew"),
)
SIGNS = {"gained": "+", "lost": "−", "changed": "→"}
STEADY = 0.005
"""Probability below which a change is not worth a figure."""


def probe_table(words: Sequence[ProbedWord], threshold: float, *, compared: bool) -> Element:
    """The table of words.

    Args:
        words: In order.
        threshold: Probability under which a word is flagged.
        compared: Whether there is an earlier tagging to speak of.
    """
    heads = [
        element("th", name, scope="col", className=kind, title=said or None)
        for name, kind, said in (*HEADS, *(COMPARED if compared else ()))
    ]
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *(_row(word, threshold, compared) for word in words)),
        className="figures-table probe-table",
    )


def _row(word: ProbedWord, threshold: float, compared: bool) -> Element:
    share = 0.0 if isnan(word.p) else word.p
    flag = [element("span", "low", className="flag", title=f"p is below {threshold:g}")] if word.low else []
    rival = "unlikely" if word.p_second < UNLIKELY else ""
    cells = [
        element("th", element("span", word.text, className="word-text", dir="auto", title=word.text), scope="row"),
        element("td", _mark(word.predicted, "not read")),
        element(
            "td",
            element(
                "div",
                element("span", formats.ratio(word.p), className="figure"),
                element("span", element("span", className="score-fill"), className="score-track"),
                *flag,
                className="probability",
                style={"--value": f"{share:.4f}"},
            ),
        ),
        element("td", _mark(word.second), className=rival),
        element("td", formats.ratio(word.p_second), className=f"number {rival}".strip()),
        element("td", formats.ratio(word.p - word.p_second), className="number"),
    ]
    if compared:
        was = _mark(word.was) if word.was else element("span", "new" if isnan(word.delta) else "same", className="note")
        cells += [element("td", was), element("td", delta_text(word.delta), className="number")]
    classes = [name for name, holds in (("low", word.low), ("differs", word.was is not None)) if holds]
    return element("tr", *cells, className=" ".join(classes))


def _mark(mark: TagMark | None, missing: str = formats.NOTHING) -> Element:
    if mark is None:
        return element("span", missing, className="note")
    return element("span", mark[0], className=f"tag-label {type_class(mark[1])}")


def delta_text(delta: float) -> str:
    """0.1234 -> `+0.123`; a dash where there is none, `0` where it is too small to matter."""
    if isnan(delta):
        return formats.NOTHING
    return "0" if abs(delta) < STEADY else f"{delta:+.3f}".replace("-", "−")


def change_list(changes: Sequence[LabelChange], moves: Sequence[ProbedWord], against: str) -> Element:
    """What changed.

    Args:
        changes: The entities that are not what they were.
        moves: The words whose prediction stayed while its probability moved most.
        against: What the text is held against: "the sentence in the corpus".
    """
    items = [
        element(
            "li",
            element("span", f"{SIGNS[change.kind]} {change.kind}", className=f"change-kind {change.kind}"),
            *_change(change),
        )
        for change in changes
    ]
    items += [
        element(
            "li",
            element("span", "Δ p", className="change-kind"),
            element("span", word.text, className="word-text", dir="auto"),
            _mark(word.predicted),
            element(
                "span", f"{formats.ratio(word.p - word.delta, 2)} → {formats.ratio(word.p, 2)}", className="figure"
            ),
        )
        for word in moves
    ]
    said = f"Against {against}: " + (
        "no label changed." if not changes else formats.counted(len(changes), "label change")
    )
    return element("div", element("p", said, className="note"), element("ul", *items), className="changes")


def _change(change: LabelChange) -> list[Element]:
    words = element("span", change.words, className="word-text", dir="auto")
    if change.before is None or change.after is None:
        return [_mark(change.after or change.before), words]
    before = [element("span", change.words_before, className="word-text", dir="auto")] if change.words_before else []
    return [_mark(change.before), *before, element("span", "→", className="arrow"), _mark(change.after), words]
