"""A report in Markdown (CommonMark with tables, as GitHub and the Hugging Face hub show it)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from analysis.command_line.report.facts import Report, WorstSentence
from analysis.command_line.report.wording import (
    figure,
    interval,
    kind_of_confusion,
    kind_of_pair,
    making_rows,
    scorer_rows,
    worst_title,
)

MAX_TEXT_LENGTH = 400
"""Longer sentences are cut; their errors are listed all the same."""

MAX_ERRORS = 8
"""How many errors of a sentence are listed."""
FIGURES = ("precision", "recall", "f1")

_SYNTAX = re.compile(r"[\\`*_\[\]<>#|~&$]|^[-+=]|:(?=//)|(?<=www)\.")
_LIST_NUMBER = re.compile(r"^(\d+)([.)])")
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def markdown_report(report: Report) -> str:
    """The report as one Markdown document; text of the corpus stands in code spans."""
    strict = report.scores["strict"]
    sections = [
        f"# {escaped(report.name)}",
        f"Entity F1 **{figure(strict['f1'])}** (95% interval {interval(strict['intervals']['f1'])}), "
        f"precision {figure(strict['precision'])}, recall {figure(strict['recall'])}.",
        "## Scores by entity type",
        _types(report),
        "## Scores by scorer",
        _table(
            ["", "precision", "recall", "F1"],
            [
                [title, *(figure(row[key]) for key in ("precision", "recall", "f1"))]
                for title, row in scorer_rows(report)
            ],
        ),
        "## Confusion of types",
        "Rows are gold, columns predicted.",
        _matrix(report),
        "## The most frequent errors",
        _confusions(report),
        f"## {worst_title(report)}",
        "\n".join(_sentence(number, sentence) for number, sentence in enumerate(report.worst, 1)) or "None.",
        "## Audit of the corpus",
        "\n".join(f"- {escaped(line)}" for line in report.audit),
        "## How the run was made",
        f"{code(report.command)}",
        _table(["", ""], [[escaped(name), code(value)] for name, value in making_rows(report)], numbers=False),
    ]
    return "\n\n".join(sections) + "\n"


def escaped(text: str) -> str:
    """A line of text without Markdown syntax or links.

    A zero-width space after `@` keeps GitHub from notifying the user who has that name.
    """
    plain = _SYNTAX.sub(r"\\\g<0>", _one_line(text).strip())
    return _LIST_NUMBER.sub(r"\1\\\2", plain).replace("@", "@\u200b")


def code(text: str) -> str:
    """Text as a code span, in which nothing is syntax."""
    line = _one_line(text) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if line[0] == "`" or line[-1] == "`" else f"{fence}{line}{fence}"


def _one_line(text: str) -> str:
    return _NOT_PRINTED.sub(" ", text)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    """A table whose first column is text; a bar in a cell is escaped, since it would divide the cell."""
    rule = ["---", *(["---:" if numbers else "---"] * (len(header) - 1))]
    lines = [rule if row is rule else [cell.replace("|", "\\|") for cell in row] for row in (header, rule, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _types(report: Report) -> str:
    rows = [
        [
            code(name),
            *(figure(score[key]) for key in FIGURES),
            interval(score["intervals"]["f1"]),
            f"{score['support']:,}",
            f"{score['predicted']:,}",
        ]
        for name, score in report.scores["per_type"].items()
    ]
    return _table(["type", "precision", "recall", "F1", "95% of F1", "gold", "predicted"], rows)


def _matrix(report: Report) -> str:
    labels = [code(label) for label in report.matrix["labels"]]
    rows = [
        [name, *(f"{count:,}" for count in counts)]
        for name, counts in zip([*labels, "spurious"], report.matrix["counts"], strict=True)
    ]
    return _table(["", *labels, "missed"], rows)


def _confusions(report: Report) -> str:
    rows = [
        [f"{one.count:,}", code(kind_of_confusion(one)), ", ".join(map(code, one.examples))]
        for one in report.confusions
    ]
    return _table(["count", "error", "examples"], rows, numbers=False) if rows else "None."


def _sentence(number: int, sentence: WorstSentence) -> str:
    text = " ".join(sentence.words)
    shown = code(text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…")
    loss = "" if sentence.loss is None else f"loss {sentence.loss:.2f} nats, "
    lines = [f"{number}. {code(sentence.id)} ({loss}errors {sentence.errors}): {shown}"]
    wrong = [pair for pair in sentence.pairs if pair.is_error]
    for pair in wrong[:MAX_ERRORS]:
        texts = dict.fromkeys(side.text for side in (pair.gold, pair.predicted) if side is not None)
        lines.append(f"   - {' / '.join(map(code, texts))}: {code(kind_of_pair(pair))}")
    if len(wrong) > MAX_ERRORS:
        lines.append(f"   - and {len(wrong) - MAX_ERRORS} more")
    return "\n".join(lines)
