"""Embeddings: the map alone, large, with every projection and colouring."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, dcc, html

from analysis.run.run import Run
from app.frame.tab import Tab
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import CHOICES, quiet_on_bad_link, read_state
from app.views.embedding_map import MapView
from app.views.sentence_panel import SentencePanel
from components.panels import intro, panel, switch

SELECTION = "query-embeddings"
FOCUSED = "query-embeddings-focus"
MAP_VIEW = MapView("atlas", "embeddings", SELECTION)
SENTENCE = SentencePanel("atlas", "embeddings", FOCUSED)


def _layout(run: Run) -> html.Div:
    find = dcc.Input(
        id="find-word", type="search", placeholder="Find a word", debounce=True, className="find", autoComplete="off"
    )
    embedding = panel(
        "Embedding map",
        MAP_VIEW.layout(),
        controls=[
            switch("method", [(method, method.upper()) for method in CHOICES["method"]], "Projection"),
            switch("points", [("all", "All words"), ("entities", "Entities")], "Which words the map shows"),
            switch("colour", [(colour, colour.capitalize()) for colour in CHOICES["colour"]], "What the colours mean"),
            MAP_VIEW.tools(),
        ],
        name="atlas-map-panel",
    )
    sentence = SENTENCE.layout("atlas-sentence", [find, dcc.Store(id="find-word-asked")])
    line = intro(
        f"The last hidden state of every word, as {run.manifest['tagger']['label']} sees it. Look for ringed words, "
        "the misclassified ones, deep inside another colour: there the label is suspect, not the tagger."
    )
    return html.Div([line, html.Div([embedding, sentence], className="atlas-grid")], className="atlas")


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog
    MAP_VIEW.register(app, catalog)
    SENTENCE.register(app, catalog)

    @app.callback(Output("find-word", "value"), Input(SELECTION, "data"))
    @quiet_on_bad_link
    def show_found(query: str | None) -> str:
        return read_state(catalog, query).selection.to_query().get("word", "")

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
    routes=(
        Route(SELECTION, "embeddings", drops=(*FOCUS, *MAP)),
        Route(FOCUSED, "embeddings", drops=MAP),
        *MAP_VIEW.routes(),
    ),
    layout=_layout,
    register=_register,
)
