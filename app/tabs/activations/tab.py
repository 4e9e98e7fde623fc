"""Activations: the activity of the tagger's feed-forward neurons in a text and over the corpus."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS
from app.frame.controls import switch_of, waits_for_tagger
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice, WholeNumber
from app.services import Services
from app.state import FOCUS, SELECTION, ViewState
from app.tabs.activations.corpus_activity import LAYER, draw_corpus
from app.tabs.activations.text_activity import COMPONENTS, FROM_LAYER, LINE, SPECIAL, TO_LAYER, draw_text
from app.view_options import TEXT
from app.views.typed_text import KeptText
from components.activity import components_switch
from components.glossary import term
from components.panels import panel

ACTIVITY = Choice("activity", ("text", "corpus"))
ISOLATE = WholeNumber("isolate", default=0, least=0, most=10)
"""The component that is shown alone; 0 shows all."""

SHOWN = View("activations", reads=(ACTIVITY,))
TYPED = View(
    "activations-text",
    reads=(SELECTION, FOCUS, ACTIVITY, TEXT, LINE, FROM_LAYER, TO_LAYER, COMPONENTS, SPECIAL),
    outputs=("activity-text", "activity-text-title", "activity-layers"),
    inputs=(Input("activity-kept", "data"),),
)
ISOLATED = View("activations-isolate", reads=(ISOLATE,))


def _layout(_run: Run) -> list[Component]:
    typing = html.Div(
        [
            dcc.Textarea(
                id="activity-typed",
                className="activity-box",
                placeholder="To analyse another text, type it here and press Enter",
                spellCheck=False,
                dir="auto",
                rows=1,
            ),
            html.Button("Show", id="activity-show", type="button", className="main-button", title="Enter"),
        ],
        className="activity-typing",
    )
    controls = html.Div(
        [
            html.Div(id="activity-layers"),
            components_switch(),
            switch_of(SPECIAL, ("Words only", "With special tokens"), "Special tokens"),
        ],
        className="activity-controls",
    )
    text = panel(
        "Neurons in one text",
        [
            typing,
            controls,
            waits_for_tagger("activity-text", "activity-text"),
        ],
        note=html.Span(id="activity-text-title"),
        name="activity-panel-text",
    )
    corpus = panel(
        "Neurons over the corpus",
        html.Div(id="activity-corpus", className="activity-corpus"),
        note=html.Span(id="activity-corpus-title"),
        controls=[html.Div(id="activity-corpus-layers")],
        name="activity-panel-corpus",
    )
    return [
        html.Div(text, id="activity-text-pane", className="activity-pane"),
        html.Div(corpus, id="activity-corpus-pane", className="activity-pane", hidden=True),
        dcc.Store(id="activity-kept"),
    ]


def draw_whole_corpus(state: ViewState) -> tuple[Any, Any, Any]:
    """The components of a layer over the corpus, a description of the sample, and the layer switch."""
    if state[ACTIVITY] != "corpus":
        return no_update, no_update, no_update
    title, layers, body = draw_corpus(state)
    return body, title, layers


def _register(app: Dash, services: Services) -> None:
    def draw_one_text(state: ViewState, kept: KeptText | None) -> tuple[Any, Any, Any]:
        if state[ACTIVITY] != "text":
            return no_update, no_update, no_update
        drawn = draw_text(state, services.live, kept)
        return drawn.body, drawn.title, drawn.layers

    TYPED.register(app, services.catalog, (LIVE_TAGGING, NEURON_ACCESS), draw_one_text)
    app.clientside_callback(
        ClientsideFunction("activity", "showPane"),
        Output("activity-text-pane", "hidden"),
        Output("activity-corpus-pane", "hidden"),
        Input(SHOWN.store, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("activity", "typed"), Output("activity-typed", "value"), Input(TYPED.store, "data")
    )
    app.clientside_callback(
        ClientsideFunction("activity", "show"),
        Input("activity-show", "n_clicks"),
        State("activity-typed", "value"),
        prevent_initial_call=True,
    )


TAB = Tab(
    name="activations",
    title="Activations",
    group="Model",
    icon="neurons",
    intro=[
        "Neurons that are active together are grouped into a few ",
        term("component", "components"),
        ". Look for components that are active at wrong words: they show what the tagger relies on.",
    ],
    head=switch_of(ACTIVITY, ("One text", "Whole corpus"), "Text or corpus"),
    layout=_layout,
    views=(
        SHOWN,
        TYPED,
        View(
            "activations-corpus",
            reads=(SELECTION, ACTIVITY, LAYER),
            outputs=("activity-corpus", "activity-corpus-title", "activity-corpus-layers"),
            draw=draw_whole_corpus,
        ),
        ISOLATED,
    ),
    needs=(LIVE_TAGGING, NEURON_ACCESS),
    css="activity",
    register=_register,
)
