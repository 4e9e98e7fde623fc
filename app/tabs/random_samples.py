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
from app.views.sentence_list import paged, sentence_item, usual_facts
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
            switch("n", [(size, size) for size in SIZES], "Sample size"),
            html.Div(id="random-resample"),
        ],
        name="random-sentences",
    )


def draw(state: ViewState) -> tuple[Any, Any, Any]:
    """The sentences, the count, and the button for the next seed."""
    drawn = drawn_sentences(state)
    return random_page(state, drawn), count_text(state, drawn), resample_button(state)


def drawn_sentences(state: ViewState) -> npt.NDArray[np.int64]:
    """`n` different sentences of the selection in random order; a larger `n` extends the same sample."""
    selected = np.flatnonzero(state.masks.sentences)
    random = np.random.default_rng(state[SEED])
    return random.permutation(selected)[: state[SIZE]]


def count_text(state: ViewState, drawn: npt.NDArray[np.int64]) -> list[str | Component]:
    """The size of the sample, the number of selected sentences, and the seed."""
    selected = formats.counted(int(state.masks.sentences.sum()), "sentence")
    return [f"{formats.count(len(drawn))} of {selected} · ", term("seed"), f" {state[SEED]}"]


def resample_button(state: ViewState) -> html.Button:
    """A button that sets the next seed in the URL, so that a link reproduces the sample; the last seed wraps to 0."""
    seed = (state[SEED] + 1) % (SEED.most + 1)
    return html.Button(
        "Resample",
        type="button",
        className="quiet-button outlined",
        title=f"Draw another sample, with seed {seed}",
        **navigates({"seed": str(seed) if seed else None}),
    )


def random_page(state: ViewState, drawn: npt.NDArray[np.int64]) -> Any:
    """One page of the sample."""
    if not len(drawn):
        return nothing_selected(state, "This selection has no sentence to sample.")
    return paged(state, drawn, lambda sentence: _item(state, sentence))


def _item(state: ViewState, sentence: int) -> Component:
    return sentence_item(state, sentence, usual_facts(state.run, sentence))


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
