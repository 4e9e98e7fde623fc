"""The menu that downloads the selection."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import ALL, ClientsideFunction, Dash, Input, html
from dash.development.base_component import Component

from analysis.export.annotations import LABELS, WRITERS, Writer
from components.panels import labelled

FORMATS = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
TABLES = ("spans", "words", "sentences")
BOTH_LABELS = "Gold and predicted"


def menu() -> dbc.DropdownMenu:
    """A menu with a row for each table and for each format of labelled sentences, and a button for each file."""
    tables = [
        _row(table.capitalize(), {f"{table}.{name}": title for name, title in FORMATS.items()}) for table in TABLES
    ]
    sentences = [_row(writer.format.title, _files(writer)) for writer in WRITERS.values() if writer.is_available]
    return dbc.DropdownMenu(
        [_heading("Tables"), *tables, _heading("Sentences with their entities"), *sentences],
        label="Export",
        align_end=True,
        toggleClassName="quiet-button",
        size="sm",
        className="export-menu",
    )


def _files(writer: Writer) -> dict[str, str]:
    """File -> text of its button (app/server/downloads.py)."""
    if writer.has_both:
        return {f"{LABELS[0]}.{writer.format.name}": BOTH_LABELS}
    return {f"{labels}.{writer.format.name}": labels.capitalize() for labels in LABELS}


def _heading(text: str) -> dbc.DropdownMenuItem:
    return dbc.DropdownMenuItem(text, header=True)


def _row(title: str, files: Mapping[str, str]) -> Component:
    buttons = [dbc.DropdownMenuItem(text, id={"export": file}) for file, text in files.items()]
    return html.Div(
        [html.Span(title), html.Div(buttons, className="export-files")],
        className="export-row",
        role="group",
        **labelled(title),
    )


def register(app: Dash) -> None:
    """Register the menu: the browser downloads the file of the current selection (app/server/downloads.py)."""
    app.clientside_callback(
        ClientsideFunction("state", "export"),
        Input({"export": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
