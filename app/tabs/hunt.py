"""Hunt: matrix, map, errors and sentence side by side, each a filter of the others."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from analysis.run import Run
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import quiet_on_bad_link, read_view
from app.tab import Tab
from app.views.confusion import confusion_view
from app.views.embedding_map import MapView
from app.views.errors_grid import errors_grid
from app.views.sentence_panel import SentencePanel
from components.panels import data_attributes, intro, panel, switch
from components.still import still

SELECTION = "query-hunt"
FOCUSED = "query-hunt-focus"
MAP_VIEW = MapView("embedding", "hunt", SELECTION)
SENTENCE = SentencePanel("sentence", "hunt", FOCUSED)
GRID_SIGNALS = ("errors-grid-begun", "errors-grid-clicked")
"""Outputs of the grid's callbacks in the browser: Dash runs a callback only where its outputs stand in the page."""


def _layout(run: Run) -> html.Div:
    matrix = panel(
        "Confusion",
        html.Div(id="confusion-matrix", className="confusion-holder"),
        note="gold × predicted",
        controls=[
            switch("level", [("types", "Types"), ("tags", "Tags")], "What the matrix counts"),
            switch("norm", [("counts", "Counts"), ("gold", "% of gold")], "How the matrix is normalised"),
        ],
        name="hunt-matrix",
    )
    embedding = panel(
        "Embedding map",
        MAP_VIEW.layout(),
        note="UMAP",
        controls=[
            switch("points", [("all", "All words"), ("entities", "Entities")], "Which words the map shows"),
            MAP_VIEW.tools(),
        ],
        name="hunt-map",
    )
    errors = panel(
        "Errors",
        html.Div(
            [errors_grid("errors-grid"), *(dcc.Store(id=name) for name in GRID_SIGNALS)],
            className="grid-holder",
            **data_attributes(walk="grid"),
        ),
        note=html.Span(id="errors-count"),
        name="hunt-errors",
    )
    line = intro(
        "Click a cell to see its errors, lasso the map to see what lives together, click a row to look closer. "
        "Start with the largest warm cell."
    )
    return html.Div(
        [line, html.Div([matrix, embedding, errors, SENTENCE.layout("hunt-sentence")], className="hunt-grid")],
        className="hunt",
    )


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog
    MAP_VIEW.register(app, catalog)
    SENTENCE.register(app, catalog)

    @app.callback(Output("confusion-matrix", "children"), Input(SELECTION, "data"), Input(FOCUSED, "data"))
    @quiet_on_bad_link
    def draw_matrix(_query: str | None, focused: str | None) -> Any:
        view = read_view(catalog, focused)
        return still(confusion_view(view, normalise=view.choice("norm")))

    app.clientside_callback(
        ClientsideFunction("grid", "begin"),
        Output(GRID_SIGNALS[0], "data"),
        Input("errors-grid", "id"),
        State(SELECTION, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("grid", "focusRow"),
        Output(GRID_SIGNALS[1], "data"),
        Input("errors-grid", "cellClicked"),
        State("errors-grid", "id"),
        prevent_initial_call=True,
    )


TAB = Tab(
    name="hunt",
    title="Hunt",
    group="",
    icon="target",
    routes=(
        Route(SELECTION, "hunt", drops=(*FOCUS, *MAP, "norm")),
        Route(FOCUSED, "hunt", drops=MAP),
        *MAP_VIEW.routes(),
    ),
    layout=_layout,
    register=_register,
)
