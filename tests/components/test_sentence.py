"""The annotated sentence: its marks and verdicts, and that no word is lost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components.bidi import balanced
from components.sentence import Segment, SpanMark, segments, sentence_html
from tests.components.tree import attributes, by_class, children_of, plain, text_of, walk

ORG, LOC, PER = ("ORG", 0), ("LOC", 1), ("PER", 10)
TYPES = (ORG, LOC, PER)
WORDS = ("The", "Bank", "of", "New", "England", "fell")


def mark(
    outcome: str,
    gold: tuple[int, int, tuple[str, int]] | None = None,
    predicted: tuple[int, int, tuple[str, int]] | None = None,
) -> SpanMark:
    """A ledger row; a span is (start, end, type)."""
    return SpanMark(
        gold[:2] if gold else None,
        gold[2] if gold else None,
        predicted[:2] if predicted else None,
        predicted[2] if predicted else None,
        outcome,
    )


def summaries(parts: list[Segment]) -> list[tuple[Any, ...]]:
    """Words, mark, label and verdict of each segment."""
    return [(" ".join(part.words), part.mark, part.label, part.verdict) for part in parts]


def test_a_sentence_without_spans_is_one_plain_segment() -> None:
    assert segments(WORDS, 7, []) == [Segment(words=WORDS, first=7)]
    assert segments([], 7, []) == []


def test_a_correct_span_is_labelled_and_quiet() -> None:
    parts = segments(WORDS, 100, [mark("correct", (1, 5, ORG), (1, 5, ORG))])
    assert summaries(parts) == [
        ("The", "", "", ""),
        ("Bank of New England", "predicted", "ORG", ""),
        ("fell", "", "", ""),
    ]
    assert [part.first for part in parts] == [100, 101, 105]
    drawn = sentence_html(parts)
    assert [span.className for span in by_class(drawn, "span")] == ["span predicted correct t0 k0"]
    assert by_class(drawn, "verdict") == []


def test_a_wrong_type_says_the_gold_type_in_its_colour() -> None:
    parts = segments(WORDS, 0, [mark("type", (3, 5, LOC), (3, 5, PER))])
    assert summaries(parts) == [
        ("The Bank of", "", "", ""),
        ("New England", "predicted", "PER", "LOC"),
        ("fell", "", "", ""),
    ]
    drawn = sentence_html(parts)
    assert [one.className for one in by_class(drawn, "span")] == ["span predicted wrong t2 textured k10"]
    assert [one.className for one in by_class(drawn, "verdict")] == ["verdict t1 k1"]


def test_longer_gold_span_is_outlined_with_its_verdict_at_the_end() -> None:
    parts = segments(WORDS, 0, [mark("boundary", (1, 5, ORG), (2, 4, ORG))])
    assert summaries(parts) == [
        ("The", "", "", ""),
        ("Bank", "missing", "", ""),
        ("of New", "predicted", "ORG", ""),
        ("England", "missing", "", "ORG boundary"),
        ("fell", "", "", ""),
    ]


def test_longer_predicted_span_has_its_label_once() -> None:
    parts = segments(WORDS, 0, [mark("type+boundary", (3, 4, LOC), (1, 5, ORG))])
    assert summaries(parts) == [
        ("The", "", "", ""),
        ("Bank of", "predicted", "ORG", ""),
        ("New", "predicted", "", ""),
        ("England", "predicted", "", "LOC boundary"),
        ("fell", "", "", ""),
    ]


def test_missed_and_spurious_spans_have_verdicts() -> None:
    parts = segments(WORDS, 0, [mark("missed", (0, 2, LOC)), mark("spurious", predicted=(5, 6, PER))])
    assert summaries(parts) == [
        ("The Bank", "missing", "", "LOC missed"),
        ("of New England", "", "", ""),
        ("fell", "predicted", "PER", "spurious"),
    ]
    assert [one.className for one in by_class(sentence_html(parts), "verdict")] == ["verdict t1 k1", "verdict t-none"]


def test_two_overlapping_rows_each_have_a_verdict() -> None:
    """Gold `Bank of New England` is paired with `Bank`; `New England` inside it was also predicted."""
    rows = [mark("boundary", (1, 5, ORG), (1, 2, ORG)), mark("spurious", predicted=(3, 5, LOC))]
    assert summaries(segments(WORDS, 0, rows)) == [
        ("The", "", "", ""),
        ("Bank", "predicted", "ORG", ""),
        ("of", "missing", "", ""),
        ("New England", "predicted", "LOC", "spurious, ORG boundary"),
        ("fell", "", "", ""),
    ]


def test_neighbouring_spans_of_one_type_stay_apart() -> None:
    rows = [mark("correct", (0, 1, LOC), (0, 1, LOC)), mark("correct", (1, 2, LOC), (1, 2, LOC))]
    assert summaries(segments(("Rome", "Paris"), 0, rows)) == [
        ("Rome", "predicted", "LOC", ""),
        ("Paris", "predicted", "LOC", ""),
    ]


def test_marks_outside_a_window_are_clipped() -> None:
    """The window is words 2-4 of the sentence, so bounds count from there."""
    rows = [mark("boundary", (-1, 2, ORG), (-2, 1, ORG)), mark("missed", (2, 9, LOC)), mark("missed", (-5, -3, PER))]
    assert summaries(segments(("of", "New", "England"), 0, rows)) == [
        ("of", "predicted", "ORG", ""),
        ("New", "missing", "", "ORG boundary"),
        ("England", "missing", "", "LOC missed"),
    ]


@pytest.mark.parametrize("position", range(len(WORDS)))
def test_only_the_focused_word_is_marked(position: int) -> None:
    drawn = sentence_html(segments(WORDS, 40, [mark("type", (1, 5, ORG), (1, 5, LOC))], focus=position))
    focused = by_class(drawn, "focus")
    assert [text_of(word) for word in focused] == [WORDS[position]]
    assert attributes(focused[0])["data-word"] == str(40 + position)


def test_words_carry_their_rows_and_shades() -> None:
    parts = segments(WORDS, 40, [mark("missed", (1, 3, ORG))])
    words = by_class(sentence_html(parts, [0.0, 0.25, 0.5, 0.75, 1.0, 0.125]), "word")
    assert [attributes(word)["data-word"] for word in words] == [str(row) for row in range(40, 46)]
    assert [word.style["--shade"] for word in words] == ["0.00", "0.25", "0.50", "0.75", "1.00", "0.12"]


def test_ellipsis_cannot_be_focused() -> None:
    drawn = sentence_html([Segment(words=("…",), first=-1), *segments(("Paris",), 3, [])])
    assert [attributes(word).get("data-word") for word in by_class(drawn, "word")] == [None, "3"]


def test_label_words_and_verdict_are_separated() -> None:
    """In the text of screen readers and of copies."""
    drawn = sentence_html(segments(WORDS, 0, [mark("type", (3, 5, LOC), (3, 5, PER))]))
    assert text_of(drawn).split() == ["The", "Bank", "of", "PER", "New", "EnglandLOC", "fell"]
    assert drawn.dir == "auto"


@st.composite
def marked(draw: st.DrawFn) -> tuple[list[str], list[SpanMark], int]:
    """Words, and ledger rows with disjoint gold spans and disjoint predicted spans."""
    count = draw(st.integers(0, 12))
    words = draw(st.lists(st.text(min_size=1, max_size=4), min_size=count, max_size=count))

    def spans() -> list[tuple[int, int]]:
        cuts = sorted(draw(st.sets(st.integers(-3, count + 3), max_size=8)))
        found = pairwise(cuts)
        return [span for span in found if draw(st.booleans())]

    golds, predictions = spans(), spans()
    rows = []
    for gold in golds:
        kind = draw(st.sampled_from(TYPES))
        partner = next((one for one in predictions if one[0] < gold[1] and gold[0] < one[1]), None)
        if partner is None or draw(st.booleans()):
            rows.append(mark("missed", (*gold, kind)))
        else:
            predictions.remove(partner)
            guess = draw(st.sampled_from(TYPES))
            same_type, same_bounds = guess == kind, gold == partner
            outcome = ("correct" if same_type else "type") if same_bounds else "boundary"
            rows.append(
                mark(outcome if same_type or same_bounds else "type+boundary", (*gold, kind), (*partner, guess))
            )
    rows += [mark("spurious", predicted=(*one, draw(st.sampled_from(TYPES)))) for one in predictions]
    return words, draw(st.permutations(rows)), draw(st.integers(-1, count - 1)) if count else -1


def is_inside(bounds: tuple[int, int] | None, count: int) -> bool:
    return bounds is not None and max(bounds[0], 0) < min(bounds[1], count)


@given(marked(), st.integers(0, 1000))
def test_segments_contain_every_word_and_row_once(case: tuple[list[str], list[SpanMark], int], first: int) -> None:
    words, rows, focus = case
    parts = segments(words, first, rows, focus)
    assert [word for part in parts for word in part.words] == words
    starts = [part.first for part in parts]
    assert starts == [first + sum(len(one.words) for one in parts[:number]) for number in range(len(parts))]
    assert all(part.words for part in parts)

    shown = [row for row in rows if is_inside(row.gold, len(words)) or is_inside(row.predicted, len(words))]
    labels = [row.predicted_type[0] for row in rows if is_inside(row.predicted, len(words)) and row.predicted_type]
    assert sorted(part.label for part in parts if part.label) == sorted(labels)
    verdicts = [verdict for part in parts if part.verdict for verdict in part.verdict.split(", ")]
    assert len(verdicts) == sum(row.outcome != "correct" for row in shown)
    assert sum(part.focus >= 0 for part in parts) == (focus >= 0)

    for part in parts:
        for offset in range(len(part.words)):
            position = part.first - first + offset
            predicted = any(row.predicted and row.predicted[0] <= position < row.predicted[1] for row in rows)
            gold = any(row.gold and row.gold[0] <= position < row.gold[1] for row in rows)
            assert part.mark == ("predicted" if predicted else "missing" if gold else "")

    drawn = sentence_html(parts)
    assert [text_of(word) for word in by_class(drawn, "word")] == [balanced(word) for word in words]
    assert all(isinstance(one, html.Div | html.Span) for one in walk(drawn))


def test_defaults_are_not_sent_to_the_browser() -> None:
    plainly, marked_part, _ = segments(WORDS[:3], 0, [mark("correct", (1, 2, ORG), (1, 2, ORG))], focus=0)
    assert plainly.as_plain() == {"words": ("The",), "first": 0, "focus": 0}
    assert marked_part.as_plain() == {
        "words": ("Bank",),
        "first": 1,
        "outcome": "correct",
        "mark": "predicted",
        "type_class": "t0 k0",
        "label": "ORG",
    }


def test_the_page_is_made_of_plain_elements() -> None:
    drawn = sentence_html(segments(("a", "b"), 0, [mark("missed", (1, 2, LOC))]))
    assert plain(drawn) == [
        "div",
        "sentence",
        [
            ["span", "", [["span", "word", ["a"]]]],
            " ",
            ["span", "span missing wrong t1 k1", [["span", "word", ["b"]]]],
            ["span", "verdict t1 k1", ["LOC missed"]],
            " ",
        ],
    ]
    assert len(children_of(drawn)) == 5
