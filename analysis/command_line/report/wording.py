"""Words and figures that reports in HTML and Markdown share."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.command_line.report.facts import Confusion, Pair, Report
from analysis.command_line.text_report import SCORERS, corpus_text, flat_scores, tagger_text

Rows = list[tuple[str, str]]

NO_FIGURE = "–"


def figure(value: float | None) -> str:
    """A score with four decimals."""
    return NO_FIGURE if value is None else f"{value:.4f}"


def interval(bounds: tuple[float, float] | None) -> str:
    """A 95% interval; a dash if there is none."""
    return NO_FIGURE if bounds is None else f"{bounds[0]:.3f}–{bounds[1]:.3f}"


def kind(gold: str | None, predicted: str | None, outcome: str) -> str:
    """An error in words."""
    if gold is None:
        return f"spurious {predicted}"
    if predicted is None:
        return f"{gold} missed"
    types = gold if gold == predicted else f"{gold} predicted as {predicted}"
    return f"{types}, wrong boundary" if "boundary" in outcome else types


def kind_of_confusion(confusion: Confusion) -> str:
    """A kind of errors in words."""
    return kind(confusion.gold, confusion.predicted, confusion.outcome)


def kind_of_pair(pair: Pair) -> str:
    """A pair in words."""
    gold, predicted = (None if span is None else span.type for span in (pair.gold, pair.predicted))
    return kind(gold, predicted, pair.outcome)


def scorer_rows(report: Report) -> list[tuple[str, Mapping[str, float]]]:
    """Title and scores of every scorer."""
    flat = flat_scores(report.scores)
    return [(title, flat[key]) for key, title in SCORERS.items()]


def making_rows(report: Report) -> Rows:
    """How the run was made, apart from the command."""
    tagger = report.tagger
    return [
        ("Run", report.run),
        ("Analysed", report.created),
        ("Tagger", tagger_text(tagger)),
        *([("Device", f"{tagger['device']}, {tagger['dtype']}")] if "device" in tagger else []),
        ("Corpus", corpus_text(report.corpus)),
        ("Seconds", f"{report.seconds:,.1f}"),
        *((f"Hash of {name.replace('_', ' ')}", value) for name, value in report.hashes.items()),
        ("Versions", ", ".join(f"{name} {version}" for name, version in report.versions.items())),
    ]


def worst_title(report: Report) -> str:
    """The heading of the worst sentences."""
    return f"The sentences with the {'highest loss' if report.worst_by == 'loss' else 'most errors'}"
