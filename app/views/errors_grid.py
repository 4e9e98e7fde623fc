"""The rows of the errors grid: ledger rows, or words if the matrix counts tags."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.run.columns import Words
from analysis.run.figures import has_confidences, has_losses
from analysis.run.run import Run
from analysis.run.schema import CORRECT, OUTCOMES
from analysis.run.tags import MISSING, OUTSIDE_CODE
from app.state import ViewState
from app.views.error_rows import SPAN_SORTS, ErrorRows, error_rows
from app.views.row_grid import LARGEST_BLOCK, TWO_DIGITS
from app.views.sentence_parts import context_segments
from app.views.span_words import span_bounds, span_focus_word
from components import formats
from components.glossary import GLOSSARY, gloss

NO_ERRORS = "This selection has no errors: all predictions match the gold labels."


def grid_rows(state: ViewState, start: int, end: int, sort: str, descending: bool) -> dict[str, Any]:
    """A block of rows, the total count, and a summary text.

    Raises:
        AnalysisError: There is no column `sort`.
    """
    if sort not in SPAN_SORTS:
        raise AnalysisError(f"Errors cannot be sorted by {sort!r}. Use one of: {', '.join(SPAN_SORTS)}.")
    found = error_rows(state, sort, descending)
    draw = _span_row if found.unit == "span" else _word_row
    shown = found.rows[start : min(end, start + LARGEST_BLOCK)]
    return {
        "rows": [draw(state.run, int(row)) for row in shown],
        "count": len(found.rows),
        "summary": _counted(state.run, found) + (" · loss in nats" if has_losses(state.run) else ""),
    }


def _counted(run: Run, found: ErrorRows) -> str:
    """The number of rows, and the number of wrong ones if some are correct."""
    counted = formats.counted(len(found.rows), found.unit)
    if found.unit == "word":
        return counted
    wrong = int(np.count_nonzero(run.spans.outcome[found.rows] != CORRECT))
    return counted if wrong == len(found.rows) else f"{counted}, {formats.count(wrong)} wrong"


def _span_row(run: Run, row: int) -> dict[str, Any]:
    spans, types = run.spans, run.tag_set.types
    sentence = int(spans.sentence[row])
    start, end = span_bounds(run, row)
    first = int(run.sentences.first_word[sentence])
    word = span_focus_word(run, row)
    gold, predicted = int(spans.gold_type[row]), int(spans.predicted_type[row])
    return {
        "id": f"s{row}",
        "word_row": word,
        "source_row": int(run.sentences.source_row[sentence]),
        "parts": [part.as_plain() for part in context_segments(run, sentence, start, end)],
        "own": [first + start, first + end - 1],
        "kind": OUTCOMES[spans.outcome[row]],
        "pair": f"{types[gold] if gold >= 0 else '–'} → {types[predicted] if predicted >= 0 else '–'}",
        "p": _number(spans.p_min[row]),
        "loss": _number(spans.loss_max[row]),
    }


def _word_row(run: Run, row: int) -> dict[str, Any]:
    words, tags = run.words, run.tag_set.tags
    sentence, position = int(words.sentence[row]), int(words.position[row])
    gold, predicted = (tags[code] if code >= 0 else "–" for code in (words.gold_tag[row], words.predicted_tag[row]))
    return {
        "id": f"w{row}",
        "word_row": row,
        "source_row": int(run.sentences.source_row[sentence]),
        "parts": [part.as_plain() for part in context_segments(run, sentence, position, position + 1)],
        "own": [row, row],
        "kind": _word_kind(words, row),
        "pair": f"{gold} → {predicted}",
        "p": _number(words.p_predicted[row]),
        "loss": _number(words.loss[row]),
    }


def _word_kind(words: Words, row: int) -> str | None:
    """The text of a word's badge; None without a gold tag or a prediction."""
    if words.is_wrong[row]:
        return "missed" if words.predicted_tag[row] == OUTSIDE_CODE else "tag"
    return None if MISSING in (words.gold_tag[row], words.predicted_tag[row]) else "correct"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def error_columns(run: Run) -> list[dict[str, Any]]:
    """The grid's columns; those that the run has no data for are hidden."""
    number = {"type": "rightAligned", "sortingOrder": ["desc", "asc"], "resizable": False}
    return [
        {
            "field": "source_row",
            "headerName": "#",
            "width": 60,
            "sortable": True,
            "cellClass": "dim",
            "resizable": False,
        },
        {
            "field": "parts",
            "headerName": "Sentence",
            "flex": 1,
            "minWidth": 120,
            "sortable": False,
            "resizable": False,
            "cellRenderer": "AnnotatedSentence",
        },
        {
            "field": "pair",
            "headerName": "Pair",
            "headerTooltip": "Gold → predicted",
            "width": 128,
            "cellClass": "tight",
            "headerClass": "tight",
            "hide": True,
            "sortable": False,
            "resizable": False,
            "cellRenderer": "LabelPair",
        },
        {
            "field": "kind",
            "headerName": "Kind",
            "headerTooltip": GLOSSARY["outcome"],
            "width": 88,
            "cellClass": "tight",
            "headerClass": "tight",
            "hide": True,
            "sortable": False,
            "resizable": False,
            "cellRenderer": "OutcomeBadge",
        },
        {
            "field": "p",
            "headerName": "P",
            "headerTooltip": "Probability of the prediction (for a span: the lowest of its words)",
            "width": 62,
            "valueFormatter": {"function": TWO_DIGITS},
            "hide": not has_confidences(run),
            **number,
        },
        {
            "field": "loss",
            "headerName": "Loss",
            "headerTooltip": "Cross-entropy of the gold tag, in nats (for a span: the largest of its words). "
            + gloss("nat"),
            "width": 88,
            "sort": "desc",
            "valueFormatter": {"function": TWO_DIGITS},
            "hide": not has_losses(run),
            **number,
        },
    ]
