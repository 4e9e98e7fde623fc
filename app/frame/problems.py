"""What the page shows if the store is empty or the link cannot be followed."""

from __future__ import annotations

import shlex
from urllib.parse import parse_qsl

from dash import html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from app.frame.browser_facts import KEPT_KEY
from app.server.runs import RunCatalog
from components.panels import data_attributes, prose


def check_complete(query: str | None) -> None:
    """Raise an AnalysisError if a part of the link was kept in another page (`assets/long_links.js`)."""
    if KEPT_KEY in dict(parse_qsl(query or "")):
        raise AnalysisError(
            "This link is incomplete: the selection was too long for a link and was kept in the browser tab where it "
            "was made. Select again, or show the whole run."
        )


def no_runs(catalog: RunCatalog) -> Component:
    """The page of an empty store, with the command that creates a run."""
    command = f"python -m analysis run --model MODEL --dataset CORPUS --store {shlex.quote(str(catalog.path))}"
    return html.Div(
        [
            html.H1("No run yet"),
            html.P(["The store ", html.Code(str(catalog.path)), " contains no run. To create one, run:"]),
            html.Pre(command),
            html.P("The run appears in the run picker above when it is complete. You need not reload this page."),
        ],
        className="welcome",
    )


def invalid_link(sentence: str) -> Component:
    """The message about an invalid link, with a button that shows the whole run."""
    button = html.Button("Show the whole run", type="button", className="quiet-button", **data_attributes(do="restart"))
    return html.Div([html.P(prose(sentence)), button], className="empty")
