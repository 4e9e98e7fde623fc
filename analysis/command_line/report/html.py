"""A report as one HTML file: no script, no request, light and dark, ready to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from analysis.command_line.report import wording
from analysis.command_line.report.facts import Pair, Report, WorstSentence

TYPE_COLOURS = 8
"""Number of hues for entity types; further types repeat them."""
LIGHT_TYPES = ("#1d69c6", "#af4e03", "#117955", "#a1368e", "#970203", "#600182", "#524836", "#08515c")
DARK_TYPES = ("#50aafa", "#f4a668", "#50d7a9", "#d180bf", "#fd6a7c", "#eec7f9", "#b59914", "#cedf14")

MAX_WORDS = 70
"""Of longer sentences, at most as many words are shown: those near the first errors."""
CONTEXT_WORDS = 6
"""Words shown on each side of an error in a long sentence."""


@dataclass(frozen=True)
class Piece:
    """Consecutive words of a sentence in the same gold and predicted span.

    Attributes:
        text: The words joined with spaces.
        mark: CSS class: "" (in no span), "predicted" or "missed".
        type: The type that gives the colour.
        label: The predicted type, where its span begins.
        verdict: What is wrong, at the end of a pair; "" if nothing is.
        verdict_type: The gold type, which gives the colour of the verdict; None: spurious.
        is_error: Whether its pair is not correct.
        follows_gap: Whether words before it are left out.
    """

    text: str
    mark: str = ""
    type: str | None = None
    label: str = ""
    verdict: str = ""
    verdict_type: str | None = None
    is_error: bool = False
    follows_gap: bool = False


def html_report(report: Report) -> str:
    """The report as an HTML document; all text of the corpus is escaped."""
    hues = {name: place % TYPE_COLOURS for place, name in enumerate(report.matrix["labels"])}
    return _template().render(
        report=report,
        strict=report.scores["strict"],
        hues=hues,
        outcomes=[(name, count) for name, count in report.scores["outcomes"].items()],
        rows=_matrix_rows(report.matrix),
        most=max((one.count for one in report.confusions), default=1),
        pieces=pieces,
        is_cut=is_cut,
        light_types=LIGHT_TYPES,
        dark_types=DARK_TYPES,
        wording=wording,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(__name__.rpartition(".")[0], "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")


def _matrix_rows(matrix: Mapping[str, Any]) -> list[tuple[str, list[tuple[int, float]]]]:
    """Name of each row, and for each of its cells the count and, from 0 to 1, the strength of its tint.

    On the diagonal it is the share of the row; of an error, its count relative to the most frequent error.
    """
    named = list(zip([*matrix["labels"], "spurious"], matrix["counts"], strict=True))
    types = len(matrix["labels"])
    errors = (n for row, (_, counts) in enumerate(named) for column, n in enumerate(counts) if row != column)
    most = max(errors, default=0)

    def strength(row: int, column: int, count: int) -> float:
        is_correct = row == column < types
        return count / max(sum(named[row][1]) if is_correct else most, 1)

    return [
        (name, [(count, strength(row, column, count)) for column, count in enumerate(counts)])
        for row, (name, counts) in enumerate(named)
    ]


def is_cut(sentence: WorstSentence) -> bool:
    """Whether the last words of a sentence are not shown."""
    return bool(sentence.words) and not _shown_words(sentence)[-1]


def pieces(sentence: WorstSentence) -> list[Piece]:
    """The sentence in pieces, from left to right; of a long one, only words near its errors."""
    count = len(sentence.words)
    gold: list[Pair | None] = [None] * count
    predicted: list[Pair | None] = [None] * count
    for pair in sentence.pairs:
        for owners, span in ((gold, pair.gold), (predicted, pair.predicted)):
            if span is not None:
                owners[span.start : span.end] = [pair] * (span.end - span.start)
    found: list[Piece] = []
    shown = _shown_words(sentence)
    start = 0
    for end in range(1, count + 1):
        if (
            end < count
            and shown[end] == shown[start]
            and gold[end] is gold[start]
            and predicted[end] is predicted[start]
        ):
            continue
        if shown[start]:
            gap = start > 0 and not shown[start - 1]
            words = " ".join(sentence.words[start:end])
            found.append(_piece(words, (start, end), gold[start], predicted[start], follows_gap=gap))
        start = end
    return found


def _shown_words(sentence: WorstSentence) -> list[bool]:
    """Which words are shown: all, or those near the first errors."""
    count = len(sentence.words)
    if count <= MAX_WORDS:
        return [True] * count
    errors = [span for pair in sentence.pairs if pair.is_error for span in (pair.gold, pair.predicted) if span]
    shown = [not errors] * count
    for span in errors:
        first, last = max(span.start - CONTEXT_WORDS, 0), min(span.end + CONTEXT_WORDS, count)
        shown[first:last] = [True] * (last - first)
    places = [place for place, is_shown in enumerate(shown) if is_shown][:MAX_WORDS]
    return [is_shown and place <= places[-1] for place, is_shown in enumerate(shown)]


def _piece(text: str, place: tuple[int, int], gold: Pair | None, predicted: Pair | None, *, follows_gap: bool) -> Piece:
    owner = predicted or gold
    if owner is None:
        return Piece(text, follows_gap=follows_gap)
    mark, span = ("missed", owner.gold) if predicted is None else ("predicted", owner.predicted)
    assert span is not None
    ended = [pair for pair in _distinct(predicted, gold) if pair.is_error and _end(pair) == place[1]]
    return Piece(
        text,
        mark,
        type=span.type,
        label=span.type if mark == "predicted" and span.start == place[0] else "",
        verdict=", ".join(map(_verdict, ended)),
        verdict_type=next((pair.gold.type for pair in ended if pair.gold is not None), None),
        is_error=owner.is_error,
        follows_gap=follows_gap,
    )


def _distinct(*pairs: Pair | None) -> Sequence[Pair]:
    found: list[Pair] = []
    for pair in pairs:
        if pair is not None and not any(pair is other for other in found):
            found.append(pair)
    return found


def _end(pair: Pair) -> int:
    """The end of the words that a pair covers, where its verdict is shown."""
    return max(span.end for span in (pair.gold, pair.predicted) if span is not None)


def _verdict(pair: Pair) -> str:
    if pair.gold is None:
        return "spurious"
    if pair.predicted is None:
        return f"{pair.gold.type} missed"
    bounds = ["wrong boundary"] if "boundary" in pair.outcome else []
    types = [f"gold {pair.gold.type}"] if pair.gold.type != pair.predicted.type else []
    return ", ".join([*types, *bounds])
