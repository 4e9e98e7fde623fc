"""Samples by loss: the sentences that cost the tagger most, with the loss of each of their words."""

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
from app.views.word_table import largest_loss, word_rows
from components import formats
from components.panels import empty_state, navigates, panel
from components.static_html import Element, element
from components.word_table import word_table

BY = Choice("by", ("total", "mean", "max"))
CORRECT_ONES = Choice("correct", ("shown", "skipped"))
QUIET_WORDS = Choice("quiet", ("hidden", "shown"))
PAGE_SIZE = 10

QUIET = 0.1
"""nat; words below it are right and sure, and the table leaves them out unless asked."""

COLUMNS = {"total": "loss_total", "mean": "loss_mean", "max": "loss_max"}
MEANINGS = {
    "total": "the total favours long ones",
    "mean": "the mean favours short ones",
    "max": "by their worst word",
}


def _layout(_run: Run) -> Component:
    return panel(
        "Sentences",
        html.Div(id="samples-list", className="sentence-list"),
        note=html.Span(id="samples-count"),
        controls=[
            switch_of(BY, ("Total loss", "Mean", "Largest"), "Loss by which they are sorted"),
            switch_of(CORRECT_ONES, ("All sentences", "Skip correct"), "Whether correct ones are listed"),
            switch_of(QUIET_WORDS, (f"Words ≥ {QUIET} nats", "All words"), "Words in the tables"),
        ],
        name="samples-sentences",
    )


def draw(state: ViewState) -> tuple[Any, str]:
    """The sentences, and what is listed."""
    sentences = sentences_by_loss(state)
    return sample_page(state, sentences), said_of(state, sentences)


def sentences_by_loss(state: ViewState) -> npt.NDArray[np.int64]:
    """Sentences of the selection by falling loss, those without any loss last."""
    run = state.run
    listed = state.masks.sentences
    if state[CORRECT_ONES] == "skipped":
        listed = listed & _wrong_sentences(run)
    found = np.flatnonzero(listed)
    loss = getattr(run.sentences, COLUMNS[state[BY]])[found]
    keys = np.where(_has_loss(run)[found], -loss, np.inf)
    return found[np.argsort(keys, kind="stable")]


def _has_loss(run: Run) -> npt.NDArray[np.bool_]:
    """Which sentences have a word with a loss."""
    return ~np.isnan(run.sentences.loss_mean)


def _wrong_sentences(run: Run) -> npt.NDArray[np.bool_]:
    """Which sentences have a wrong word or span."""
    wrong = run.sentences.wrong_words > 0
    wrong[run.spans.sentence[run.spans.outcome != CORRECT]] = True
    return wrong


def said_of(state: ViewState, sentences: npt.NDArray[np.int64]) -> str:
    """How many are listed and of how many, and what the order favours."""
    selected = int(state.masks.sentences.sum())
    parts = [formats.counted(len(sentences), "sentence")]
    if state[CORRECT_ONES] == "skipped":
        parts = [f"{formats.count(len(sentences))} of {formats.counted(selected, 'sentence')} have an error"]
    without = int(np.count_nonzero(~_has_loss(state.run)[sentences]))
    if without:
        parts.append(f"{formats.count(without)} of them without a loss, last")
    return " · ".join([*parts, MEANINGS[state[BY]]])


def sample_page(state: ViewState, sentences: npt.NDArray[np.int64]) -> Any:
    """One page of the list."""
    if not len(sentences):
        if state[CORRECT_ONES] == "skipped" and state.masks.sentences.any():
            return empty_state("Every sentence of this selection is correct.", "Show them", {"correct": None})
        return nothing_selected(state, "No sentence is selected.")
    return paged(state, sentences, lambda sentence: _item(state, sentence), PAGE_SIZE)


def _item(state: ViewState, sentence: int) -> Component:
    run = state.run
    rows = run.sentence_words(sentence)
    # The probability that the tagger leaves to other tags than the gold one; none where there is no gold tag.
    shades = np.nan_to_num(1 - run.words.p_gold[rows])
    return sentence_item(state, sentence, facts_of(state, sentence), more=_words(state, rows), shades=shades.tolist())


def facts_of(state: ViewState, sentence: int) -> list[str]:
    """What stands over a sentence: that by which it is sorted first."""
    sentences = state.run.sentences
    length = formats.counted(int(sentences.word_count[sentence]), "word")
    if not _has_loss(state.run)[sentence]:
        return ["no loss", length]
    by = state[BY]
    figures = {name: f"{name} {formats.loss(float(getattr(sentences, COLUMNS[name])[sentence]))}" for name in COLUMNS}
    sorted_by = f"{figures.pop(by)} nat"
    return [sorted_by, *figures.values(), length, wrong_words(state.run, sentence)]


def _words(state: ViewState, rows: slice) -> list[Element]:
    """The table of a sentence's words, without those that cost nearly nothing unless the URL asks for them."""
    run, selected = state.run, state.masks.words
    places = np.arange(rows.start, rows.stop)
    if not len(places):
        return []
    marked = None if selected[rows].all() else selected
    shown = np.ones(len(places), dtype=bool) if state[QUIET_WORDS] == "shown" else _telling(run, rows)
    if marked is not None:
        shown |= marked[rows]
    hidden = int(np.count_nonzero(~shown))
    return [word_table(word_rows(run, places[shown], marked), largest_loss(run), _rest(hidden) if hidden else None)]


def _telling(run: Run, rows: slice) -> npt.NDArray[np.bool_]:
    """Which words of a sentence cost something or are wrong."""
    return run.words.is_wrong[rows] | (run.words.loss[rows] >= QUIET)


def _rest(hidden: int) -> Element:
    button = element(
        "button", "Show all words", type="button", className="quiet-button", **navigates({"quiet": "shown"})
    )
    return element(
        "span", f"{formats.counted(hidden, 'more word')} below {QUIET} nat or without a loss ", button, className="note"
    )


TAB = Tab(
    name="samples",
    title="Samples by loss",
    group="Errors",
    icon="falling",
    intro=(
        "The sentences with the largest loss first, and the words that it comes from. A very wrong word in a plain "
        "sentence hints at a wrong label."
    ),
    layout=_layout,
    views=(
        View(
            "samples",
            reads=(SELECTION, BY, CORRECT_ONES, QUIET_WORDS, PAGE),
            outputs=("samples-list", "samples-count"),
            draw=draw,
        ),
    ),
    needs=(LOSSES,),
)
