"""Random samples: sentences of the selection drawn by lot, to see what it is like as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from analysis.run.run import Run
from app.frame.tab import Tab
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import NUMBERS, ViewState, quiet_on_bad_link, read_state
from app.views.sentence_list import paged, sentence_item, wrong_words
from components import formats
from components.glossary import term
from components.panels import empty_state, intro, navigates, panel, switch
from components.still import still

SELECTION = "query-random"
SIZES = ("20", "50", "100", "200")
"""The first is the default of the number `n` in the URL, which may be any other too."""


def _layout(_run: Run) -> html.Div:
    sentences = panel(
        "Sentences",
        html.Div(id="random-list", className="sentence-list"),
        note=html.Span(id="random-count"),
        controls=[
            switch("n", [(size, size) for size in SIZES], "How many sentences are drawn"),
            html.Div(id="random-resample"),
        ],
        name="random-sentences",
    )
    line = intro(
        "Sentences drawn by lot, where sorted lists show the extremes alone: count how many are wrong, and why, before "
        "you trust a pattern."
    )
    return html.Div([line, sentences], className="random-samples")


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog

    @app.callback(
        Output("random-list", "children"),
        Output("random-count", "children"),
        Output("random-resample", "children"),
        Input(SELECTION, "data"),
    )
    @quiet_on_bad_link
    def draw(query: str | None) -> tuple[Any, Any, Any]:
        state = read_state(catalog, query)
        drawn = drawn_sentences(state)
        return still(random_page(state, drawn)), said_of(state, drawn), still(resample_button(state))


def drawn_sentences(state: ViewState) -> npt.NDArray[np.int64]:
    """`n` sentences of the selection, none twice, in random order; a larger `n` draws the same ones first."""
    selected = np.flatnonzero(state.masks.sentences)
    random = np.random.default_rng(int(state.number("seed")))
    return random.permutation(selected)[: int(state.number("n"))]


def said_of(state: ViewState, drawn: npt.NDArray[np.int64]) -> list[str | Component]:
    """How many of how many, and by which seed."""
    selected = formats.counted(int(state.masks.sentences.sum()), "sentence")
    return [f"{formats.count(len(drawn))} of {selected} · ", term("seed"), f" {int(state.number('seed'))}"]


def resample_button(state: ViewState) -> html.Button:
    """Goes on to the next seed, and from the last to the first, so that a link tells which draw it was."""
    seed = (int(state.number("seed")) + 1) % (int(NUMBERS["seed"].most) + 1)
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
        cleared = dict.fromkeys(state.selection.to_query())
        said = "There is no sentence to draw from under this selection."
        return empty_state(said, "Clear the selection" if cleared else None, cleared)
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
    routes=(Route(SELECTION, "random", drops=(*FOCUS, *MAP)),),
    layout=_layout,
    register=_register,
)
