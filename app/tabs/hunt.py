"""Hunt: matrix, map, errors and sentence side by side; each filters the others."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analysis.run.run import Run
from app.frame.controls import switch_of
from app.frame.needs import has_encoder_states, what_is_missing
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.services import Services
from app.state import FOCUS, SELECTION, ViewState
from app.view_options import LEVEL, POINTS
from app.views.confusion import matrix_of, matrix_table
from app.views.embedding_map import MAP_NEEDS, MapView
from app.views.errors_grid import NO_ERRORS, error_columns, grid_rows
from app.views.row_grid import RowGrid
from app.views.sentence_panel import SentencePanel
from components.confusion import Matrix
from components.panels import panel

NORM = Choice("norm", ("counts", "gold"))
"""What the cells of the matrix show: counts, or shares of the gold spans or words."""

MAP_VIEW = MapView("embedding")
SENTENCE = SentencePanel("sentence", "hunt")
ERRORS = RowGrid("errors", (SELECTION, LEVEL), grid_rows, "loss", True, marks_focus=True)


def _intro(run: Run) -> list[str | Component]:
    has_map = not what_is_missing(run, MAP_NEEDS)
    lasso = ", draw a lasso on the map to select similar words" if has_map else ""
    return [f"Click a cell to list its errors{lasso}, or click a row to see its sentence. ", html.Span(id="hunt-hint")]


def _layout(run: Run) -> html.Div:
    matrix = panel(
        "Confusion",
        html.Div(id="confusion-matrix", className="confusion-holder"),
        note="gold × predicted",
        controls=[
            switch_of(LEVEL, ("Types", "Tags"), "What the matrix counts"),
            switch_of(NORM, ("Counts", "% of gold"), "How the matrix is normalised"),
        ],
        name="hunt-matrix",
    )
    has_map = not what_is_missing(run, MAP_NEEDS)
    map_controls = [switch_of(POINTS, ("All words", "Entities"), "Words on the map"), MAP_VIEW.tools()]
    embedding = panel(
        "Embedding map",
        MAP_VIEW.layout(run),
        note=_map_note(run) if has_map else None,
        controls=map_controls if has_map else [],
        name="hunt-map",
    )
    errors = panel(
        "Errors",
        ERRORS.layout(error_columns(run), NO_ERRORS),
        note=html.Span(id=ERRORS.count_id),
        name="hunt-errors",
    )
    return html.Div([matrix, embedding, errors, SENTENCE.layout("hunt-sentence")], className="hunt-grid")


def _map_note(run: Run) -> str:
    return "UMAP, sentence encoder" if has_encoder_states(run) else "UMAP"


def _register(app: Dash, services: Services) -> None:
    MAP_VIEW.register(app, services.catalog)
    ERRORS.register(app, services.catalog)


def draw_matrix(state: ViewState) -> tuple[Any, str]:
    """The matrix, and a hint where to start."""
    matrix = matrix_of(state)
    return matrix_table(state, matrix, normalise=state[NORM]), where_to_start(matrix)


def where_to_start(matrix: Matrix) -> str:
    """A hint for the intro, depending on the matrix."""
    if matrix.has_errors:
        return "Start with the largest number outside the diagonal."
    if matrix.counts.any():
        return "This selection has no errors: widen it, or look at what the tagger gets right."
    return "This selection has nothing to count: widen it."


TAB = Tab(
    name="hunt",
    title="Hunt",
    group="",
    icon="target",
    intro=_intro,
    layout=_layout,
    views=(
        View(
            "hunt-matrix",
            reads=(SELECTION, FOCUS, LEVEL, NORM),
            outputs=("confusion-matrix", "hunt-hint"),
            draw=draw_matrix,
        ),
        *MAP_VIEW.views,
        *ERRORS.views,
        SENTENCE.view,
    ),
    register=_register,
)
