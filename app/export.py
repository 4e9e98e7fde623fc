"""Downloads, made on the server: the grid in the browser holds only the rows that it shows."""

from __future__ import annotations

import io
import re
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx
from dash.dcc.express import send_bytes
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.export import export_table, write_table
from app.runs import RunCatalog
from app.state import quiet_on_bad_link, read_view

FORMATS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
TABLES = ("spans", "words", "sentences")


def menu() -> dbc.DropdownMenu:
    """The selection's tables in every format."""
    items: list[Component] = []
    for table in TABLES:
        items.append(dbc.DropdownMenuItem(table.capitalize(), header=True))
        items += [
            dbc.DropdownMenuItem(name, id={"export": table, "format": file_format})
            for file_format, name in FORMATS.items()
        ]
    return dbc.DropdownMenu(items, label="Export", align_end=True, toggleClassName="quiet-button", size="sm")


def register(app: Dash, catalog: RunCatalog, route: str) -> None:
    """Wire the menu; `route` is the store that carries the selection."""

    @app.callback(
        Output("download", "data"),
        Input({"export": ALL, "format": ALL}, "n_clicks"),
        State(route, "data"),
        prevent_initial_call=True,
    )
    @quiet_on_bad_link
    def download(clicks: list[int | None], query: str | None) -> Any:
        chosen = ctx.triggered_id
        if not any(clicks) or chosen is None:
            raise PreventUpdate
        table, file_format = chosen["export"], chosen["format"]
        view = read_view(catalog, query)
        content = io.BytesIO()
        write_table(export_table(view.run, table, view.selection), file_format, content)
        stem = re.sub(r"[^\w.-]+", "-", f"{view.run.name}-{table}")
        return send_bytes(content.getvalue(), f"{stem}.{file_format}")
