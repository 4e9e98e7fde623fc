"""The dialog for the colours, icons and markers of a run's entity types.

The browser stores the choices (`assets/palette.js`); the server sends the types and their default looks.
"""

from __future__ import annotations

from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from app.server.runs import RunCatalog
from app.state import skip_invalid_link
from components.palette import THEMES, type_class, type_colour, type_shape

DIALOG = "palette-dialog"
BUTTON = "palette-button"
CHOSEN = "palette"
"""A store that changes with every choice, so that the browser updates the routes (`assets/state.js`)."""
RUN = "palette-run"
TYPES = "palette-types"


def dialog() -> Component:
    """The dialog and its stores; the browser draws the dialog's table."""
    line = html.P(
        "Choose a colour, an icon and a marker for each entity type. The choices apply to all runs with a type of the "
        "same name. They are stored in this browser only and are not part of a link. An icon has one or two "
        "characters, for example an emoji."
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
    """The default look of each type: name, CSS classes, marker, and the colour in each theme."""
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
    """Register the callbacks that open the dialog and send the run's types to the browser."""
    app.clientside_callback(
        "function (clicks, open) { return !open; }",
        Output(DIALOG, "is_open"),
        Input(BUTTON, "n_clicks"),
        State(DIALOG, "is_open"),
        prevent_initial_call=True,
    )
    app.clientside_callback(ClientsideFunction("palette", "edit"), Input(DIALOG, "is_open"), prevent_initial_call=True)
    app.clientside_callback(ClientsideFunction("palette", "setTypes"), Input(TYPES, "data"), prevent_initial_call=True)

    @app.callback(Output(TYPES, "data"), Input(RUN, "data"), prevent_initial_call=True)
    @skip_invalid_link
    def send_types(run_id: str | None) -> Any:
        if not run_id:
            raise PreventUpdate
        return default_looks(catalog.open(run_id).tag_set.types)
