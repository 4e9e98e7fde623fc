"""The tagging of a typed text: the table of its words, and the changes since an earlier tagging."""

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
        text: The word as typed.
        predicted: Predicted tag, or None.
        p: Probability of the prediction.
        second: The runner-up, or None.
        p_second: Probability of the runner-up.
        low: Whether `p` is below the threshold.
        was: The earlier prediction if it differs, else None.
        delta: Increase of the probability of `predicted`; NaN without an earlier tagging or without probabilities.
        is_new: Whether the earlier tagging lacks the word.
    """

    text: str
    predicted: TagMark | None
    p: float
    second: TagMark | None
    p_second: float
    low: bool
    was: TagMark | None = None
    delta: float = float("nan")
    is_new: bool = False


@dataclass(frozen=True)
class LabelChange:
    """An entity that was gained, lost or changed.

    Attributes:
        kind: "gained", "lost" or "changed".
        words: The entity's words; the later ones if they changed.
        before: The earlier type, or None.
        after: The later type, or None.
        words_before: The earlier words if they differ, else "".
    """

    kind: str
    words: str
    before: TagMark | None
    after: TagMark | None
    words_before: str = ""


UNLIKELY = 0.01
"""A runner-up with a lower probability is shown in grey."""
HEADS = (("Word", "", ""), ("Prediction", "", "The most probable tag"))
SCORED = (
    ("p", "", "Probability of the prediction, from 0 to 1"),
    ("Runner-up", "", f"{GLOSSARY['runner-up']} Grey if its probability is below {UNLIKELY:g}."),
    ("p", "number", "Probability of the runner-up"),
    ("Margin", "number", GLOSSARY["margin"]),
)
COMPARED = (("Before", "", "The earlier prediction"),)
SCORED_COMPARED = (("Δ p", "number", "Change of the probability of the prediction"),)
SIGNS = {"gained": "+", "lost": "−", "changed": "→"}
NEGLIGIBLE = 0.005
"""Smaller changes of a probability are shown as 0."""


def probe_table(words: Sequence[ProbedWord], threshold: float, *, scored: bool, compared: bool) -> Element:
    """The table of words.

    Args:
        words: The words, in order.
        threshold: Words with a lower probability are flagged.
        scored: Whether the tagger gives probabilities.
        compared: Whether there is an earlier tagging.
    """
    columns = [(HEADS, True), (SCORED, scored), (COMPARED, compared), (SCORED_COMPARED, scored and compared)]
    heads = [
        element("th", name, scope="col", className=kind, title=tooltip or None)
        for group, is_shown in columns
        for name, kind, tooltip in (group if is_shown else ())
    ]
    return element(
        "table",
        element("thead", element("tr", *heads)),
        element("tbody", *(_row(word, threshold, scored, compared) for word in words)),
        className="figures-table probe-table",
    )


def _row(word: ProbedWord, threshold: float, scored: bool, compared: bool) -> Element:
    cells = [
        element("th", element("span", word.text, className="word-text", dir="auto", title=word.text), scope="row"),
        element("td", _mark(word.predicted, "not read")),
    ]
    if scored:
        cells += _figures(word, threshold)
    if compared:
        was = _mark(word.was) if word.was else element("span", "new" if word.is_new else "same", className="note")
        cells.append(element("td", was))
    if scored and compared:
        cells.append(element("td", delta_text(word.delta), className="number"))
    classes = [name for name, holds in (("low", word.low), ("differs", word.was is not None)) if holds]
    return element("tr", *cells, className=" ".join(classes))


def _figures(word: ProbedWord, threshold: float) -> list[Element]:
    share = 0.0 if isnan(word.p) else word.p
    flag = [element("span", "low", className="flag", title=f"p is below {threshold:g}")] if word.low else []
    unlikely = "unlikely" if word.p_second < UNLIKELY else ""
    return [
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
        element("td", _mark(word.second), className=unlikely),
        element("td", formats.ratio(word.p_second), className=f"number {unlikely}".strip()),
        element("td", formats.ratio(word.p - word.p_second), className="number"),
    ]


def _mark(mark: TagMark | None, missing: str = formats.NOTHING) -> Element:
    if mark is None:
        return element("span", missing, className="note")
    return element("span", mark[0], className=f"tag-label {type_class(mark[1])}")


def delta_text(delta: float) -> str:
    """0.1234 -> `+0.123`; a dash for NaN, `0` for a negligible change."""
    if isnan(delta):
        return formats.NOTHING
    return "0" if abs(delta) < NEGLIGIBLE else f"{delta:+.3f}".replace("-", "−")


def change_list(changes: Sequence[LabelChange], moves: Sequence[ProbedWord], against: str) -> Element:
    """The changes since an earlier tagging.

    Args:
        changes: The changed entities.
        moves: The words with the same prediction whose probability changed most.
        against: What the text is compared with, such as "the sentence in the corpus".
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
    number = formats.counted(len(changes), "label change") if changes else "no label change"
    summary = f"Compared with {against}: {number}"
    return element("div", element("p", summary, className="note"), element("ul", *items), className="changes")


def _change(change: LabelChange) -> list[Element]:
    words = element("span", change.words, className="word-text", dir="auto")
    if change.before is None or change.after is None:
        return [_mark(change.after or change.before), words]
    before = [element("span", change.words_before, className="word-text", dir="auto")] if change.words_before else []
    return [_mark(change.before), *before, element("span", "→", className="arrow"), _mark(change.after), words]
