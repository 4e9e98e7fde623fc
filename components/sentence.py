"""The annotated sentence: words and spans are converted to segments, and segments to HTML.

The grid draws the same segments in the browser (`assets/grid.js`); a test compares the two renderers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html

from components.bidi import balanced
from components.palette import type_class
from components.panels import data_attributes

LABEL_DIRECTION = "ltr"
"""Direction of labels inside a sentence; set explicitly, so that the sentence's direction depends on its words only."""


@dataclass(frozen=True)
class SpanMark:
    """A ledger row in a sentence; bounds are word positions, types (name, code), both None without such a span."""

    gold: tuple[int, int] | None
    gold_type: tuple[str, int] | None
    predicted: tuple[int, int] | None
    predicted_type: tuple[str, int] | None
    outcome: str


@dataclass(frozen=True)
class Segment:
    """Consecutive words with the same gold and predicted span.

    Attributes:
        words: Texts of the words.
        first: Row of the first word; -1 for an ellipsis, which is not a word of the run.
        outcome: Outcome of the ledger row, or "" for plain text.
        mark: How the segment is drawn: "predicted" (underlined), "missing" (outlined, gold only), or "".
        type_class: CSS class for the colour of the underline or outline.
        label: The predicted type, only at the start of its span.
        verdict: The error, after the span's last word: the gold type, "ORG missed", "spurious" or "ORG boundary".
        verdict_class: CSS class for the verdict's colour.
        focus: Position of the focused word among the words, or -1.
    """

    words: tuple[str, ...]
    first: int
    outcome: str = ""
    mark: str = ""
    type_class: str = ""
    label: str = ""
    verdict: str = ""
    verdict_class: str = ""
    focus: int = -1

    def as_plain(self) -> dict[str, Any]:
        """As JSON for the browser; defaults are left out to save bytes."""
        return {key: value for key, value in vars(self).items() if value not in ("", -1)}


def segments(words: Sequence[str], first_row: int, marks: Sequence[SpanMark], focus: int = -1) -> list[Segment]:
    """Split a sentence, or a window of it, into segments.

    Args:
        words: Texts of the words.
        first_row: Row of the first word.
        marks: Ledger rows with bounds as positions in `words`; bounds outside are clipped.
        focus: Position of the focused word, or -1.

    Returns:
        Segments that contain every word once, in order.
    """
    count = len(words)
    marks = [_clipped(mark, count) for mark in marks]
    owner_gold: list[SpanMark | None] = [None] * count
    owner_predicted: list[SpanMark | None] = [None] * count
    for mark in marks:
        for owner, bounds in ((owner_gold, mark.gold), (owner_predicted, mark.predicted)):
            if bounds is not None:
                for position in range(*bounds):
                    owner[position] = mark
    result = []
    start = 0
    for position in range(1, count + 1):
        same = position < count and all(owner[position] is owner[start] for owner in (owner_gold, owner_predicted))
        if not same:
            in_focus = focus - start if start <= focus < position else -1
            result.append(
                _segment(
                    tuple(map(balanced, words[start:position])),
                    (first_row + start, start, position),
                    owner_gold[start],
                    owner_predicted[start],
                    in_focus,
                )
            )
            start = position
    return result


def _clipped(mark: SpanMark, count: int) -> SpanMark:
    def clip(bounds: tuple[int, int] | None) -> tuple[int, int] | None:
        return None if bounds is None else (min(max(bounds[0], 0), count), min(max(bounds[1], 0), count))

    return replace(mark, gold=clip(mark.gold), predicted=clip(mark.predicted))


def _segment(
    words: tuple[str, ...],
    place: tuple[int, int, int],
    gold: SpanMark | None,
    predicted: SpanMark | None,
    focus: int,
) -> Segment:
    first, start, end = place
    if predicted is not None and predicted.predicted is not None and predicted.predicted_type is not None:
        name, code = predicted.predicted_type
        shown = predicted
        mark, colour = "predicted", type_class(code)
        label = name if start == predicted.predicted[0] else ""
    elif gold is not None and gold.gold_type is not None:
        shown = gold
        mark, colour, label = "missing", type_class(gold.gold_type[1]), ""
    else:
        return Segment(words=words, first=first, focus=focus)
    verdicts = [_verdict(owner) for owner in _distinct(predicted, gold) if _last_word(owner) == end]
    verdicts = [verdict for verdict in verdicts if verdict[0]]
    return Segment(
        words=words,
        first=first,
        outcome=shown.outcome,
        mark=mark,
        type_class=colour,
        label=label,
        verdict=", ".join(text for text, _ in verdicts),
        verdict_class=verdicts[0][1] if verdicts else "",
        focus=focus,
    )


def _distinct(*marks: SpanMark | None) -> list[SpanMark]:
    found: list[SpanMark] = []
    for mark in marks:
        if mark is not None and not any(mark is other for other in found):
            found.append(mark)
    return found


def _last_word(mark: SpanMark) -> int:
    """End of the words that a ledger row covers, where its verdict is shown."""
    return max(bounds[1] for bounds in (mark.gold, mark.predicted) if bounds is not None)


def _verdict(mark: SpanMark) -> tuple[str, str]:
    if mark.outcome == "correct":
        return "", ""
    if mark.gold_type is None:
        return "spurious", type_class(-1)
    name, code = mark.gold_type
    text = {"missed": f"{name} missed", "boundary": f"{name} boundary", "type+boundary": f"{name} boundary"}
    return text.get(mark.outcome, name), type_class(code)


def sentence_html(
    parts: Sequence[Segment],
    shades: Sequence[float] | None = None,
    gaps: Sequence[str] | None = None,
    marks: Sequence[str] | None = None,
) -> html.Div:
    """Segments as HTML; a click on a word focuses the row in its `data-word` attribute.

    Args:
        parts: Result of `segments`.
        shades: Strength of the background of each word, 0-1, or None for no background.
        gaps: Text after each word, or None for spaces.
        marks: An additional CSS class for each word, or "".
    """
    children: list[Any] = []
    position = 0
    for part in parts:
        inner: list[Any] = []
        if part.label:
            inner += [html.Span(part.label, className=f"label {part.type_class}", dir=LABEL_DIRECTION), " "]
        for offset, text in enumerate(part.words):
            shade = {"--shade": f"{shades[position]:.2f}"} if shades is not None else None
            classes = "word focus" if offset == part.focus else "word"
            if marks is not None and marks[position]:
                classes = f"{classes} {marks[position]}"
            row = data_attributes(word=str(part.first + offset)) if part.first >= 0 else {}
            inner.append(html.Span(text, className=classes, style=shade, **row))
            inner.append(" " if gaps is None else gaps[position])
            position += 1
        gap = inner.pop()
        body = html.Span(inner, className=segment_class(part)) if part.mark else html.Span(inner)
        children.append(body)
        if part.verdict:
            children.append(html.Span(part.verdict, className=f"verdict {part.verdict_class}", dir=LABEL_DIRECTION))
        children.append(gap)
    return html.Div(children, className="sentence", dir="auto")


def segment_class(part: Segment) -> str:
    """CSS classes of a marked segment."""
    quiet = "correct" if part.outcome == "correct" else "wrong"
    return f"span {part.mark} {quiet} {part.type_class}"
