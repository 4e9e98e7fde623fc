"""The sentence of the word in focus: annotated, with the word's figures, its neighbours and its other occurrences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html

from analysis.projections.neighbours import nearest_words
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED
from analysis.run.tags import MISSING, type_codes_of
from analysis.selection.clauses.words import folded
from app.state import View
from app.views.errors_grid import error_rows, span_focus_word
from app.views.sentence_parts import context_segments, sentence_segments
from components import formats
from components.glossary import term
from components.palette import type_class
from components.panels import empty_state, navigates
from components.sentence import sentence_html

NEIGHBOURS = 8
OCCURRENCES = 6
LIKELIEST = 5

_FOLDED: RunCache[npt.NDArray[np.int32]] = RunCache(1)


def focus_or_first(view: View) -> int | None:
    """The word in focus; without one, that of the errors grid's first row, else the first that a selection holds."""
    if view.focus is not None:
        return view.focus
    found = error_rows(view)
    if not len(found.rows):
        selected = np.flatnonzero(view.masks.words)
        return int(selected[0]) if view.selection.clauses and len(selected) else None
    row = int(found.rows[0])
    return span_focus_word(view.run, row) if found.unit == "span" else row


def detail_title(view: View, word: int | None) -> str:
    """Number, id and length of the sentence."""
    if word is None:
        return ""
    run, sentence = view.run, int(view.run.words.sentence[word])
    source_row, sentence_id = int(run.sentences.source_row[sentence]), run.sentences.id[sentence].as_py()
    named = f" · {sentence_id}" if sentence_id != str(source_row) else ""
    return f"#{source_row}{named} · {formats.counted(int(run.sentences.word_count[sentence]), 'word')}"


def sentence_detail(view: View, word: int | None) -> Any:
    """The panel's body."""
    if word is None:
        return empty_state("Click a row, a point of the map or a word: its sentence opens here.")
    run = view.run
    return [
        sentence_html(sentence_segments(run, int(run.words.sentence[word]), word)),
        word_facts(run, word),
        html.Div([_neighbours(run, word), _occurrences(run, word), distribution(run, word)], className="word-context"),
    ]


def tag_label(run: Run, code: int, missing: str = formats.NOTHING) -> html.Span:
    """A tag in its type's colour."""
    if code == MISSING:
        return html.Span(missing, className="tag-label t-none")
    return html.Span(
        run.tag_set.tags[code],
        className=f"tag-label {type_class(int(type_codes_of(np.array([code]))[0]))}",
    )


def word_facts(run: Run, word: int) -> html.Dl:
    """What corpus and tagger say of a word."""
    words = run.words
    flags = int(words.flags[word])
    gold: Any = tag_label(run, int(words.gold_tag[word]), "unlabelled" if flags & FLAG_UNLABELLED else formats.NOTHING)
    predicted = tag_label(run, int(words.predicted_tag[word]), "none" if flags & FLAG_NO_PREDICTION else "–")
    second = int(words.second_tag[word])
    p_second = html.Span(formats.ratio(float(words.p_second[word])), className="figure")
    runner_up = [tag_label(run, second), p_second] if second >= 0 else "–"
    loss = "unknown to the tagger" if flags & FLAG_UNKNOWN_GOLD else formats.loss(float(words.loss[word]))
    facts: list[tuple[Any, Any]] = [
        ("word", html.Span(words.text[word].as_py(), className="word-text", dir="auto")),
        ("gold", gold),
        ("predicted, p", [predicted, html.Span(formats.ratio(float(words.p_predicted[word])), className="figure")]),
        ("runner-up, p", runner_up),
        (["loss, ", term("nat")], loss),
    ]
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts")


def _neighbours(run: Run, word: int) -> html.Div:
    found = nearest_words(run, word, NEIGHBOURS)
    if not found:
        return html.Div(html.P("The tagger has no hidden state for this word.", className="note"))
    gold, predicted = int(run.words.gold_tag[word]), int(run.words.predicted_tag[word])
    labels = run.words.gold_tag[[neighbour.row for neighbour in found]]
    with_gold, with_predicted = int((labels == gold).sum()), int((labels == predicted).sum())
    tags = run.tag_set.tags
    said = [f"{with_gold} of {len(found)} are labelled {tags[gold]}"] if gold >= 0 else []
    if predicted >= 0 and predicted != gold:
        said.append(f"{with_predicted} {tags[predicted]}")
    rows = [_word_row(run, neighbour.row, f"{neighbour.cosine:.2f}") for neighbour in found]
    title = html.Span(["Nearest words in ", term("hidden space")])
    heading = html.H3([title, html.Span(", ".join(said), className="note")])
    return html.Div([heading, html.Div(rows, className="word-list")])


def _folded(run: Run) -> npt.NDArray[np.int32]:
    """For each word the number of its text, the same for texts that differ in case alone."""

    def number() -> npt.NDArray[np.int32]:
        numbers: npt.NDArray[np.int32] = folded(run).dictionary_encode().indices.to_numpy()
        return numbers

    return _FOLDED.get(run, None, number)


def _occurrences(run: Run, word: int) -> html.Div:
    texts = _folded(run)
    same = np.flatnonzero(texts == texts[word])
    others = same[same != word]
    heading = html.H3(
        ["This word elsewhere", html.Span(formats.counted(len(others), "other occurrence"), className="note")]
    )
    if not len(others):
        return html.Div([heading, html.P("Nowhere else in this corpus.", className="note")])
    # Those labelled otherwise than here first: they tell an inconsistent label from a hard word.
    differs = run.words.gold_tag[others] != run.words.gold_tag[word]
    loss = np.nan_to_num(run.words.loss[others], nan=-1.0)
    shown = others[np.lexsort((-loss, ~differs))][:OCCURRENCES]
    rows = [_word_row(run, int(row), formats.loss(float(run.words.loss[row]))) for row in shown]
    return html.Div([heading, html.Div(rows, className="word-list")])


def distribution(run: Run, word: int, most: int | None = LIKELIEST) -> html.Div:
    """The tags that the tagger found likeliest, as bars.

    Args:
        run: The run.
        word: Row of the word.
        most: So many tags at most; None for all.
    """
    heading = html.H3("The tagger's distribution")
    shares = run.probabilities[word].astype(np.float32)
    if np.isnan(shares).any():
        return html.Div([heading, html.P("It says nothing about this word.", className="note")])
    names = run.manifest["tagger_tags"]
    codes = run.tag_set.tag_codes
    bars = [
        html.Div(
            [
                tag_label(run, codes[names[column]]),
                html.Span(html.Span(className="score-fill"), className="score-track"),
                html.Span(formats.ratio(float(shares[column])), className="figure"),
            ],
            className="tag-share",
            style={"--value": f"{shares[column]:.4f}"},
        )
        for column in np.argsort(-shares, kind="stable")[:most]
    ]
    return html.Div([heading, *bars])


def _word_row(run: Run, row: int, figure: str) -> html.Button:
    sentence, position = int(run.words.sentence[row]), int(run.words.position[row])
    gold, predicted = int(run.words.gold_tag[row]), int(run.words.predicted_tag[row])
    context = " ".join(" ".join(part.words) for part in context_segments(run, sentence, position, position + 1))
    wrong = [html.Span("→", className="arrow"), tag_label(run, predicted)] if gold != predicted else []
    return html.Button(
        [
            html.Span(run.words.text[row].as_py(), className="word-text", dir="auto"),
            html.Span([tag_label(run, gold), *wrong], className="tags"),
            html.Span(context, className="context", dir="auto"),
            html.Span(figure, className="figure"),
        ],
        type="button",
        className="word-row",
        **navigates({"focus": str(row)}),
    )
