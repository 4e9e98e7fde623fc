"""The dialog in which the entity types of a run are given other colours, icons and markers.

What is chosen belongs to the browser (`assets/palette.js`); the server says which types there are and how they look by
default.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from app.server.runs import RunCatalog
from app.state import quiet_on_bad_link
from components.palette import THEMES, type_class, type_colour, type_shape

DIALOG = "palette-dialog"
BUTTON = "palette-button"
CHOSEN = "palette"
"""A store that changes when the user changes a look: the routes are cut anew (`assets/state.js`)."""
RUN = "palette-run"
TYPES = "palette-types"


def dialog() -> Component:
    """The dialog, whose table the browser draws, and the stores it works with."""
    line = html.P(
        "A colour, an icon and a marker for each entity type of this run. They are kept in this browser, by the type's "
        "name, and are not part of a link. An icon is one or two characters, an emoji say."
    )
    modal = dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Colours and icons")),
            dbc.ModalBody([line, html.Div(id="palette-list")]),
        ],
        id=DIALOG,
        size="lg",
        scrollable=True,
        is_open=False,
    )
    return html.Div([modal, *(dcc.Store(id=name) for name in (CHOSEN, RUN, TYPES))])


def default_looks(types: tuple[str, ...]) -> list[dict[str, str]]:
    """How the types look where nothing was chosen: name, CSS classes, marker, and the colour in each theme."""
    return [
        {
            "name": name,
            "classes": type_class(code),
            "shape": type_shape(code),
            **{theme: type_colour(colours, code) for theme, colours in THEMES.items()},
        }
        for code, name in enumerate(types)
    ]


def register(app: Dash, catalog: RunCatalog) -> None:
    """Open the dialog, and tell the browser of the run's types."""
    app.clientside_callback(
        "function (clicks, open) { return !open; }",
        Output(DIALOG, "is_open"),
        Input(BUTTON, "n_clicks"),
        State(DIALOG, "is_open"),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("palette", "edit"), Input(DIALOG, "is_open"), prevent_initial_call=True)
    app.clientside_callback(ClientsideFunction("palette", "know"), Input(TYPES, "data"), prevent_initial_call=True)

    @app.callback(Output(TYPES, "data"), Input(RUN, "data"), prevent_initial_call=True)
    @quiet_on_bad_link
    def know_types(run_id: str | None) -> Any:
        if not run_id:
            raise PreventUpdate
        return default_looks(catalog.open(run_id).tag_set.types)
