"""The baseline: the same matrix, map and grid in a page as Dash's tutorial writes it, one callback for everything.

The callback returns the whole figure, the selected words as its last trace, and all rows of the grid.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dash_ag_grid as dag
import numpy as np
import pandas  # noqa: F401 - as in app.wsgi
import plotly.graph_objects as go
from dash import ALL, Dash, Input, Output, ctx, dcc, html

from analysis.projections.values import PROJECTIONS
from analysis.run.run import Run
from analysis.run.schema import CORRECT
from analysis.run.tags import type_codes_of
from analysis.scores.metrics import type_confusion
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from analysis.store.store import Store

COLUMNS = ("text", "gold", "predicted", "p", "loss")


def create_naive(run: Run) -> Dash:
    """The page over one run."""
    app = Dash("naive", compress=True)
    types = [*run.tag_set.types, "none"]
    counts = type_confusion(run)
    cells = [
        html.Tr(
            [
                html.Td(html.Button(str(counts[r, c]), id={"gold": gold, "predicted": predicted}))
                for c, predicted in enumerate(types)
            ]
        )
        for r, gold in enumerate(types)
    ]
    grid = dag.AgGrid(
        id="errors-grid",
        columnDefs=[{"field": name} for name in COLUMNS],
        getRowId="params.data.id",
        style={"height": "300px"},
    )
    app.layout = html.Div(
        [
            html.Div(
                [html.Table(cells), dcc.Graph(id="embedding-map", style={"width": "700px", "height": "400px"})],
                style={"display": "flex"},
            ),
            grid,
        ]
    )

    @app.callback(
        Output("embedding-map", "figure"),
        Output("errors-grid", "rowData"),
        Input({"gold": ALL, "predicted": ALL}, "n_clicks"),
    )
    def show(_clicks: list[int | None]) -> tuple[go.Figure, list[dict[str, Any]]]:
        cell = ctx.triggered_id
        clauses = {"gold-type": cell["gold"], "pred-type": cell["predicted"]} if cell else {}
        masks = Selection.from_query(clauses, Scene(run)).masks(Scene(run))
        rows = np.flatnonzero(masks.spans if clauses else run.spans.outcome != CORRECT)
        return _figure(run, np.flatnonzero(masks.words) if clauses else np.zeros(0, np.int64)), _rows(run, rows)

    return app


def _figure(run: Run, selected: np.ndarray) -> go.Figure:
    xy = run.read(PROJECTIONS["umap", "all"])
    codes = type_codes_of(run.words.predicted_tag)
    figure = go.Figure()
    for code in range(-1, len(run.tag_set.types)):
        points = xy[codes == code]
        figure.add_scattergl(x=points[:, 0], y=points[:, 1], mode="markers", marker={"size": 3})
    chosen = xy[selected]
    figure.add_scattergl(x=chosen[:, 0], y=chosen[:, 1], mode="markers", marker={"size": 10, "color": "black"})
    return figure


def _rows(run: Run, rows: np.ndarray) -> list[dict[str, Any]]:
    spans, types = run.spans, [*run.tag_set.types, "none"]
    text = run.sentences.text.take(spans.sentence[rows]).to_pylist()
    return [
        {
            "id": f"s{row}",
            "text": sentence,
            "gold": types[spans.gold_type[row]],
            "predicted": types[spans.predicted_type[row]],
            "p": float(spans.p_min[row]),
            "loss": float(spans.loss_max[row]),
        }
        for row, sentence in zip(rows.tolist(), text, strict=True)
    ]


if "NAIVE_RUN" in os.environ:
    server = create_naive(Store(Path(os.environ["EXPLAINER_STORE"])).open(os.environ["NAIVE_RUN"])).server
    server.test_client().get("/_dash-dependencies")  # as app.wsgi: nothing is set up by the first visitors' threads
