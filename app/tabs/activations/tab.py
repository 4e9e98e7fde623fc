"""Activations: what the neurons of the tagger's feed-forward layers do at a text and over the corpus."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from analysis.run.run import Run
from analysis.selection.selection import CLAUSE_NAMES
from app.frame.tab import Tab
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import quiet_on_bad_link, read_state
from app.tabs.activations.corpus_activity import draw_corpus
from app.tabs.activations.text_activity import draw_text
from app.views.typed_text import KeptText
from components.activity import components_switch
from components.glossary import term
from components.panels import intro, panel, switch
from components.still import still

SHOWN, TEXT, CORPUS, ISOLATED = (
    "query-activations",
    "query-activations-text",
    "query-activations-corpus",
    "query-activations-isolate",
)
OF_A_TEXT = ("focus", "text", "line", "from-layer", "to-layer", "components", "special")


def _layout(run: Run) -> html.Div:
    which = switch("activity", [("text", "One text"), ("corpus", "Whole corpus")], "What is looked at")
    typing = html.Div(
        [
            dcc.Textarea(
                id="activity-typed",
                className="activity-box",
                placeholder="Type a text instead of the sentence in focus, and press Enter",
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
            switch(
                "special", [("without", "Words alone"), ("with", "With special tokens")], "Whether special tokens count"
            ),
        ],
        className="activity-controls",
    )
    text = panel(
        "Neurons at one text",
        [
            typing,
            controls,
            dcc.Loading(
                html.Div(id="activity-text", className="activity-text"),
                delay_show=300,
                custom_spinner=html.Div("Asking the tagger …", className="skeleton"),
                parent_className="pane-loading",
            ),
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
    line = intro(
        [
            "Neurons that are active together, as a few ",
            term("component", "components"),
            ": one that fires at the wrong words, or whose words are often wrong, shows what the tagger takes for "
            "what.",
        ]
    )
    return html.Div(
        [
            html.Div([line, which], className="activity-head"),
            html.Div(text, id="activity-text-pane", className="activity-pane"),
            html.Div(corpus, id="activity-corpus-pane", className="activity-pane", hidden=True),
            dcc.Store(id="activity-kept"),
        ],
        className="activity",
    )


def _register(app: Dash, services: Services) -> None:
    catalog, live = services.catalog, services.live

    app.clientside_callback(
        ClientsideFunction("activity", "turn"),
        Output("activity-text-pane", "hidden"),
        Output("activity-corpus-pane", "hidden"),
        Input(SHOWN, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("activity", "typed"), Output("activity-typed", "value"), Input(TEXT, "data")
    )
    app.clientside_callback(
        ClientsideFunction("activity", "show"),
        Input("activity-show", "n_clicks"),
        State("activity-typed", "value"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("activity-text", "children"),
        Output("activity-text-title", "children"),
        Output("activity-layers", "children"),
        Input(TEXT, "data"),
        Input("activity-kept", "data"),
    )
    @quiet_on_bad_link
    def draw_one_text(query: str | None, kept: KeptText | None) -> tuple[Any, Any, Any]:
        state = read_state(catalog, query)
        if state.choice("activity") != "text":
            return no_update, no_update, no_update
        drawn = draw_text(state, live, kept)
        return still(drawn.body), drawn.title, None if drawn.layers is None else still(drawn.layers)

    @app.callback(
        Output("activity-corpus", "children"),
        Output("activity-corpus-title", "children"),
        Output("activity-corpus-layers", "children"),
        Input(CORPUS, "data"),
    )
    @quiet_on_bad_link
    def draw_whole_corpus(query: str | None) -> tuple[Any, Any, Any]:
        state = read_state(catalog, query)
        if state.choice("activity") != "corpus":
            return no_update, no_update, no_update
        said, layers, body = draw_corpus(state)
        return still(body), said, None if layers is None else still(layers)


TAB = Tab(
    name="activations",
    title="Activations",
    group="Model",
    icon="neurons",
    routes=(
        Route(SHOWN, "activations", only=("activity",)),
        Route(TEXT, "activations", only=("activity", *OF_A_TEXT, *CLAUSE_NAMES)),
        Route(CORPUS, "activations", drops=(*FOCUS, *MAP, *OF_A_TEXT, "before", "isolate", "page")),
        Route(ISOLATED, "activations", only=("isolate",)),
    ),
    layout=_layout,
    register=_register,
)
