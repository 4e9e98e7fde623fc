"""The annotated sentence of the focused word, with the word's figures, neighbours and other occurrences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html

from analysis.projections.neighbours import nearest_words
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import FLAG_NO_PREDICTION, HIDDEN, LOSSES
from analysis.selection.clauses.words import folded
from app.frame.needs import has_encoder_states
from app.state import ViewState
from app.views.error_rows import error_rows
from app.views.sentence_parts import context_segments, sentence_segments
from app.views.span_words import span_focus_word
from app.views.word_facts import distribution, not_known, tag_label, word_facts
from components import formats
from components.glossary import term
from components.panels import empty_state, navigates
from components.sentence import sentence_html

NEIGHBOURS = 8
OCCURRENCES = 6

_FOLDED: RunCache[npt.NDArray[np.int32]] = RunCache(1)


def focus_or_first(state: ViewState) -> int | None:
    """The focused word, else the word of the first row of the errors grid, else the first selected word."""
    if state.focus is not None:
        return state.focus
    found = error_rows(state)
    if not len(found.rows):
        selected = np.flatnonzero(state.masks.words)
        return int(selected[0]) if state.selection.clauses and len(selected) else None
    row = int(found.rows[0])
    return span_focus_word(state.run, row) if found.unit == "span" else row


def sentence_detail(state: ViewState, word: int | None) -> Any:
    """The panel's body."""
    if word is None:
        return empty_state("Click a row, a point on the map or a word to show its sentence here.")
    run = state.run
    return [
        sentence_html(sentence_segments(run, int(run.words.sentence[word]), word)),
        word_facts(run, word),
        html.Div([_neighbours(run, word), _occurrences(run, word), distribution(run, word)], className="word-context"),
    ]


def _neighbours(run: Run, word: int) -> html.Div:
    space = "the sentence encoder" if has_encoder_states(run) else term("hidden space")
    title = html.Span(["Nearest words in ", space])
    if not run.has(HIDDEN):
        return html.Div([html.H3(title), not_known(run, HIDDEN)])
    found = nearest_words(run, word, NEIGHBOURS)
    if not found:
        lacks_state = run.words.flags[word] & FLAG_NO_PREDICTION
        nothing = "This word has no hidden state." if lacks_state else "No other sentence has words with hidden states."
        return html.Div([html.H3(title), html.P(nothing, className="note")])
    gold, predicted = int(run.words.gold_tag[word]), int(run.words.predicted_tag[word])
    labels = run.words.gold_tag[[neighbour.row for neighbour in found]]
    with_gold, with_predicted = int((labels == gold).sum()), int((labels == predicted).sum())
    tags = run.tag_set.tags
    where = "in other sentences"
    counts = [f"{with_gold} of {len(found)} {where} are labelled {tags[gold]}"] if gold >= 0 else [where]
    if predicted >= 0 and predicted != gold:
        counts.append(f"{with_predicted} {tags[predicted]}")
    rows = [_word_row(run, neighbour.row, f"{neighbour.cosine:.2f}") for neighbour in found]
    heading = html.H3([title, html.Span(", ".join(counts), className="note")])
    return html.Div([heading, html.Div(rows, className="word-list")])


def _folded(run: Run) -> npt.NDArray[np.int32]:
    """int32, words: a number for each text; equal for texts that differ only in case."""

    def number() -> npt.NDArray[np.int32]:
        numbers: npt.NDArray[np.int32] = folded(run).dictionary_encode().indices.to_numpy()
        return numbers

    return _FOLDED.get(run, None, number)


def _occurrences(run: Run, word: int) -> html.Div:
    texts = _folded(run)
    same = np.flatnonzero(texts == texts[word])
    others = same[same != word]
    heading = html.H3(["Other occurrences", html.Span(formats.count(len(others)), className="note")])
    if not len(others):
        return html.Div([heading, html.P("This word occurs only once in this corpus.", className="note")])
    # Those with a different label first: they distinguish inconsistent labels from hard words.
    differs = run.words.gold_tag[others] != run.words.gold_tag[word]
    loss = np.nan_to_num(run.words.loss[others], nan=-1.0)
    shown = others[np.lexsort((-loss, ~differs))][:OCCURRENCES]
    has_losses = run.has(LOSSES)
    rows = [_word_row(run, int(row), formats.loss(float(run.words.loss[row])) if has_losses else "") for row in shown]
    return html.Div([heading, html.Div(rows, className="word-list")])


def _word_row(run: Run, row: int, figure: str) -> html.Button:
    sentence, position = int(run.words.sentence[row]), int(run.words.position[row])
    gold, predicted = int(run.words.gold_tag[row]), int(run.words.predicted_tag[row])
    context = " ".join(" ".join(part.words) for part in context_segments(run, sentence, position, position + 1))
    wrong = [html.Span("→", className="arrow"), tag_label(run, predicted)] if run.words.is_wrong[row] else []
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
