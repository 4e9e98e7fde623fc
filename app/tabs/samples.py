"""Samples by loss: the sentences with the largest loss, with the loss of each word."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.run.schema import CORRECT, LOSSES
from app.frame.controls import nothing_selected, switch_of
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.state import SELECTION, ViewState
from app.view_options import PAGE
from app.views.sentence_list import paged, sentence_item, wrong_words
from app.views.word_table import word_figures, word_rows
from components import formats
from components.panels import empty_state, navigates, panel
from components.static_html import Element, element
from components.word_table import word_table

BY = Choice("by", ("total", "mean", "max"))
CORRECT_SENTENCES = Choice("correct", ("shown", "skipped"))
LOW_LOSS_WORDS = Choice("quiet", ("hidden", "shown"))
PAGE_SIZE = 10

LOW_LOSS = 0.1
"""Loss in nats; the tables hide correct words below it by default."""

COLUMNS = {"total": "loss_total", "mean": "loss_mean", "max": "loss_max"}
MEANINGS = {
    "total": "total loss favours long sentences",
    "mean": "mean loss favours short sentences",
    "max": "sorted by the word with the largest loss",
}


def _layout(_run: Run) -> Component:
    return panel(
        "Sentences",
        html.Div(id="samples-list", className="sentence-list"),
        note=html.Span(id="samples-count"),
        controls=[
            switch_of(BY, ("Total loss", "Mean", "Largest"), "Sort sentences by"),
            switch_of(CORRECT_SENTENCES, ("All sentences", "Skip correct"), "Correct sentences"),
            switch_of(LOW_LOSS_WORDS, (f"Words ≥ {LOW_LOSS} nats", "All words"), "Words in the tables"),
        ],
        name="samples-sentences",
    )


def draw(state: ViewState) -> tuple[Any, str]:
    """The sentences, and their count."""
    sentences = sentences_by_loss(state)
    return sample_page(state, sentences), count_text(state, sentences)


def sentences_by_loss(state: ViewState) -> npt.NDArray[np.int64]:
    """Sentences of the selection by descending loss; sentences without a loss come last."""
    run = state.run
    listed = state.masks.sentences
    if state[CORRECT_SENTENCES] == "skipped":
        listed = listed & _wrong_sentences(run)
    found = np.flatnonzero(listed)
    loss = getattr(run.sentences, COLUMNS[state[BY]])[found]
    keys = np.where(_has_loss(run)[found], -loss, np.inf)
    return found[np.argsort(keys, kind="stable")]


def _has_loss(run: Run) -> npt.NDArray[np.bool_]:
    """bool, sentences: whether a word has a loss."""
    return ~np.isnan(run.sentences.loss_mean)


def _wrong_sentences(run: Run) -> npt.NDArray[np.bool_]:
    """bool, sentences: whether a word or span is wrong."""
    wrong = run.sentences.wrong_words > 0
    wrong[run.spans.sentence[run.spans.outcome != CORRECT]] = True
    return wrong


def count_text(state: ViewState, sentences: npt.NDArray[np.int64]) -> str:
    """How many sentences are listed, and how they are sorted."""
    selected = int(state.masks.sentences.sum())
    parts = [formats.counted(len(sentences), "sentence")]
    if state[CORRECT_SENTENCES] == "skipped":
        parts = [f"{formats.count(len(sentences))} of {formats.counted(selected, 'sentence')} have an error"]
    without = int(np.count_nonzero(~_has_loss(state.run)[sentences]))
    if without:
        parts.append(f"{formats.count(without)} without a loss listed last")
    return " · ".join([*parts, MEANINGS[state[BY]]])


def sample_page(state: ViewState, sentences: npt.NDArray[np.int64]) -> Any:
    """One page of the list."""
    if not len(sentences):
        if state[CORRECT_SENTENCES] == "skipped" and state.masks.sentences.any():
            return empty_state(
                "Every sentence of this selection is correct.", "Show correct sentences", {"correct": None}
            )
        return nothing_selected(state, "This selection has no sentence.")
    return paged(state, sentences, lambda sentence: _item(state, sentence), PAGE_SIZE)


def _item(state: ViewState, sentence: int) -> Component:
    run = state.run
    rows = run.sentence_words(sentence)
    # Shade a word by the probability of all tags except the gold tag; no shade without a gold tag.
    shades = np.nan_to_num(1 - run.words.p_gold[rows])
    return sentence_item(state, sentence, facts_of(state, sentence), more=_words(state, rows), shades=shades.tolist())


def facts_of(state: ViewState, sentence: int) -> list[str]:
    """The facts above a sentence, beginning with the loss by which it is sorted."""
    sentences = state.run.sentences
    length = formats.counted(int(sentences.word_count[sentence]), "word")
    if not _has_loss(state.run)[sentence]:
        return ["no loss", length]
    by = state[BY]
    figures = {name: f"{name} {formats.loss(float(getattr(sentences, COLUMNS[name])[sentence]))}" for name in COLUMNS}
    sorted_by = f"{figures.pop(by)} nats"
    return [sorted_by, *figures.values(), length, wrong_words(state.run, sentence)]


def _words(state: ViewState, rows: slice) -> list[Element]:
    """The table of a sentence's words; words with a small loss are hidden unless the URL shows them."""
    run, selected = state.run, state.masks.words
    places = np.arange(rows.start, rows.stop)
    if not len(places):
        return []
    marked = None if selected[rows].all() else selected
    shown = np.ones(len(places), dtype=bool) if state[LOW_LOSS_WORDS] == "shown" else _notable(run, rows)
    if marked is not None:
        shown |= marked[rows]
    hidden = int(np.count_nonzero(~shown))
    return [word_table(word_rows(run, places[shown], marked), word_figures(run), _rest(hidden) if hidden else None)]


def _notable(run: Run, rows: slice) -> npt.NDArray[np.bool_]:
    """bool, words of a sentence: whether the word is wrong or has a loss of at least LOW_LOSS."""
    return run.words.is_wrong[rows] | (run.words.loss[rows] >= LOW_LOSS)


def _rest(hidden: int) -> Element:
    button = element(
        "button", "Show all words", type="button", className="quiet-button", **navigates({"quiet": "shown"})
    )
    return element(
        "span",
        f"{formats.counted(hidden, 'more word')} below {LOW_LOSS} nats or without a loss ",
        button,
        className="note",
    )


TAB = Tab(
    name="samples",
    title="Samples by loss",
    group="Errors",
    icon="falling",
    intro=(
        "The sentences with the largest loss first, with the loss of each word. A word with a large loss in a simple "
        "sentence often has a wrong gold label."
    ),
    layout=_layout,
    views=(
        View(
            "samples",
            reads=(SELECTION, BY, CORRECT_SENTENCES, LOW_LOSS_WORDS, PAGE),
            outputs=("samples-list", "samples-count"),
            draw=draw,
        ),
    ),
    needs=(LOSSES,),
)
