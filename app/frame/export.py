"""The menu that downloads the selection."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input
from dash.development.base_component import Component

FORMATS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
TABLES = ("spans", "words", "sentences")


def menu() -> dbc.DropdownMenu:
    """A menu with the selection's tables in every format."""
    items: list[Component] = []
    for table in TABLES:
        items.append(dbc.DropdownMenuItem(table.capitalize(), header=True))
        items += [
            dbc.DropdownMenuItem(name, id={"export": table, "format": file_format})
            for file_format, name in FORMATS.items()
        ]
    return dbc.DropdownMenu(items, label="Export", align_end=True, toggleClassName="quiet-button", size="sm")


def register(app: Dash) -> None:
    """Register the menu: the browser downloads the file of the current selection (app/server/downloads.py)."""
    app.clientside_callback(
        ClientsideFunction("state", "export"),
        Input({"export": ALL, "format": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
