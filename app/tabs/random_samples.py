"""Random samples: a random sample of the selection, to see how common an error is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.run.run import Run
from app.frame.controls import nothing_selected
from app.frame.tab import Tab
from app.frame.view import View
from app.options import WholeNumber
from app.state import SELECTION, ViewState
from app.view_options import PAGE
from app.views.sentence_list import paged, sentence_item, wrong_words
from components import formats
from components.glossary import term
from components.panels import navigates, panel, switch

SIZES = ("20", "50", "100", "200")
SIZE = WholeNumber("n", default=int(SIZES[0]), least=1, most=200)
SEED = WholeNumber("seed", default=0, least=0)


def _layout(_run: Run) -> Component:
    return panel(
        "Sentences",
        html.Div(id="random-list", className="sentence-list"),
        note=html.Span(id="random-count"),
        controls=[
            switch("n", [(size, size) for size in SIZES], "How many sentences are drawn"),
            html.Div(id="random-resample"),
        ],
        name="random-sentences",
    )


def draw(state: ViewState) -> tuple[Any, Any, Any]:
    """The sentences, how many of how many, and the button for the next seed."""
    drawn = drawn_sentences(state)
    return random_page(state, drawn), said_of(state, drawn), resample_button(state)


def drawn_sentences(state: ViewState) -> npt.NDArray[np.int64]:
    """`n` sentences of the selection, none twice, in random order; a larger `n` draws the same ones first."""
    selected = np.flatnonzero(state.masks.sentences)
    random = np.random.default_rng(state[SEED])
    return random.permutation(selected)[: state[SIZE]]


def said_of(state: ViewState, drawn: npt.NDArray[np.int64]) -> list[str | Component]:
    """How many of how many, and by which seed."""
    selected = formats.counted(int(state.masks.sentences.sum()), "sentence")
    return [f"{formats.count(len(drawn))} of {selected} · ", term("seed"), f" {state[SEED]}"]


def resample_button(state: ViewState) -> html.Button:
    """Goes on to the next seed, and from the last to the first, so that a link tells which draw it was."""
    seed = (state[SEED] + 1) % (SEED.most + 1)
    return html.Button(
        "Resample",
        type="button",
        className="quiet-button outlined",
        title=f"Draw others, with seed {seed}",
        **navigates({"seed": str(seed) if seed else None}),
    )


def random_page(state: ViewState, drawn: npt.NDArray[np.int64]) -> Any:
    """One page of what was drawn."""
    if not len(drawn):
        return nothing_selected(state, "There is no sentence to draw from under this selection.")
    return paged(state, drawn, lambda sentence: _item(state, sentence))


def _item(state: ViewState, sentence: int) -> Component:
    sentences = state.run.sentences
    facts = [
        formats.counted(int(sentences.word_count[sentence]), "word"),
        wrong_words(state.run, sentence),
        f"largest loss {formats.loss(float(sentences.loss_max[sentence]))}",
    ]
    return sentence_item(state, sentence, facts)


TAB = Tab(
    name="random",
    title="Random samples",
    group="Data",
    icon="dice",
    intro="A random sample. Sorted lists show only extremes; check here how common an error is.",
    layout=_layout,
    views=(
        View(
            "random",
            reads=(SELECTION, SIZE, SEED, PAGE),
            outputs=("random-list", "random-count", "random-resample"),
            draw=draw,
        ),
    ),
    css="random-samples",
)
