"""Embeddings: a large map with every projection and colouring."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from analysis.run.figures import has_confidences, has_losses
from analysis.run.run import Run
from app.frame.controls import switch_of
from app.frame.needs import has_encoder_states
from app.frame.tab import Tab
from app.frame.view import View
from app.services import Services
from app.state import SELECTION, ViewState
from app.view_options import COLOUR, METHOD, POINTS
from app.views.embedding_map import MAP_NEEDS, MapView
from app.views.sentence_panel import SentencePanel
from components.panels import panel

MAP_VIEW = MapView("atlas")
SENTENCE = SentencePanel("atlas", "embeddings")


def _intro(run: Run) -> str:
    return (
        f"{states_of(run)} Look for misclassified (ringed) words deep inside an area of another colour: there, check "
        "the gold label first."
    )


def states_of(run: Run) -> str:
    """A sentence that says which states the map shows."""
    if has_encoder_states(run):
        return "Each point is a word, by its state in the sentence encoder: this run's tagger has no hidden states."
    return f"Each point is a word, by its last hidden state in {run.manifest['tagger']['label']}."


def _layout(run: Run) -> Component:
    find = dcc.Input(
        id="find-word", type="search", placeholder="Find a word", debounce=True, className="find", autoComplete="off"
    )
    embedding = panel(
        "Embedding map",
        MAP_VIEW.layout(run),
        controls=[
            switch_of(METHOD, [method.upper() for method in METHOD.values], "Projection"),
            switch_of(POINTS, ("All words", "Entities"), "Words on the map"),
            switch_of(
                COLOUR, [colour.capitalize() for colour in COLOUR.values], "Colour by", _colours_without_data(run)
            ),
            MAP_VIEW.tools(),
        ],
        name="atlas-map-panel",
    )
    sentence = SENTENCE.layout("atlas-sentence", [find, dcc.Store(id="find-word-asked")])
    return html.Div([embedding, sentence], className="atlas-grid")


def _colours_without_data(run: Run) -> list[str]:
    known = {"loss": has_losses(run), "confidence": has_confidences(run)}
    return [colour for colour, is_known in known.items() if not is_known]


def found_word(state: ViewState) -> str:
    """The text of the box for finding a word."""
    return state.selection.to_query().get("word", "")


def _register(app: Dash, services: Services) -> None:
    MAP_VIEW.register(app, services.catalog)
    app.clientside_callback(
        ClientsideFunction("state", "findWord"),
        Output("find-word-asked", "data"),
        Input("find-word", "value"),
        prevent_initial_call=True,
    )


TAB = Tab(
    name="embeddings",
    title="Embeddings",
    group="",
    icon="scatter",
    intro=_intro,
    layout=_layout,
    views=(
        *MAP_VIEW.views,
        SENTENCE.view,
        View("embeddings-find", reads=(SELECTION,), outputs=("find-word.value",), draw=found_word),
    ),
    needs=MAP_NEEDS,
    css="atlas",
    register=_register,
)
