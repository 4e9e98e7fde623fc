"""Hunt: matrix, map, errors and sentence side by side, each a filter of the others."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, html

from analysis.run.run import Run
from app.frame.tab import Tab
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import quiet_on_bad_link, read_state
from app.views.confusion import drawn, matrix_of
from app.views.embedding_map import MapView
from app.views.errors_grid import NO_ERRORS, error_columns, grid_rows
from app.views.row_grid import RowGrid
from app.views.sentence_panel import SentencePanel
from components.confusion import Matrix
from components.panels import intro, panel, switch
from components.still import still

SELECTION = "query-hunt"
FOCUSED = "query-hunt-focus"
MAP_VIEW = MapView("embedding", "hunt", SELECTION)
SENTENCE = SentencePanel("sentence", "hunt", FOCUSED)
ERRORS = RowGrid("errors", SELECTION, grid_rows, "loss", True, FOCUSED)


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
        ERRORS.layout(error_columns(), NO_ERRORS),
        note=html.Span(id=ERRORS.count_id),
        name="hunt-errors",
    )
    line = intro(
        [
            "Click a cell to see its errors, lasso the map to see what lives together, click a row to look closer. ",
            html.Span(id="hunt-hint"),
        ]
    )
    return html.Div(
        [line, html.Div([matrix, embedding, errors, SENTENCE.layout("hunt-sentence")], className="hunt-grid")],
        className="hunt",
    )


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog
    MAP_VIEW.register(app, catalog)
    ERRORS.register(app, catalog)
    SENTENCE.register(app, catalog)

    @app.callback(
        Output("confusion-matrix", "children"),
        Output("hunt-hint", "children"),
        Input(SELECTION, "data"),
        Input(FOCUSED, "data"),
    )
    @quiet_on_bad_link
    def draw_matrix(_query: str | None, focused: str | None) -> tuple[Any, str]:
        state = read_state(catalog, focused)
        matrix = matrix_of(state)
        return still(drawn(state, matrix, normalise=state.choice("norm"))), where_to_start(matrix)


def where_to_start(matrix: Matrix) -> str:
    """What the first line advises, by what the matrix shows."""
    if matrix.has_errors:
        return "Start with the largest warm cell."
    if matrix.counts.any():
        return "There is no error here: widen the selection, or look at what the tagger gets right."
    return "Nothing is counted here: widen the selection."


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
