"""Raw data: the corpus as loaded and as processed, in grids and as downloads."""

from __future__ import annotations

from dash import Dash, html
from dash.development.base_component import Component

from analysis.export.tables import converted_tags
from analysis.run.run import MissingStageError, Run
from app.frame.controls import switch_of
from app.frame.export import FORMATS
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.services import Services
from app.state import SELECTION, ViewState
from app.views.row_grid import RowGrid
from app.views.table_grid import ORDER, empty_text, table_block, table_columns
from components import formats
from components.panels import data_attributes, empty_state, labelled, panel

TITLES = {
    "loaded": "As loaded",
    "words": "Words",
    "sentences": "Sentences",
    "spans": "Spans",
}
MEANINGS = {
    "loaded": "Each word with its tag in the source file and the BIO2 tag that it was converted to.",
    "words": "Each word with its gold tag, its prediction and its figures.",
    "sentences": "Each sentence with its figures.",
    "spans": "Gold and predicted entities, paired.",
}

DATA = Choice("data", tuple(TITLES))
GRIDS = {table: RowGrid(f"raw-{table}", (SELECTION,), table_block(table), ORDER, False) for table in DATA.values}


def _layout(_run: Run) -> Component:
    return html.Div(id="raw-body", className="inspect-body")


def _register(app: Dash, services: Services) -> None:
    for grid in GRIDS.values():
        grid.register(app, services.catalog)


def table_panel(state: ViewState) -> Component:
    """The table that the URL selects, with its download buttons."""
    table = state[DATA]
    grid = GRIDS[table]
    try:
        body: Component = grid.layout(table_columns(table, state.run), empty_text(table), row_height=30)
    except MissingStageError as error:
        body = empty_state(str(error), "Show the processed words", {"data": "words"})
        return panel(TITLES[table], body, name="raw-table")
    return panel(
        TITLES[table],
        html.Div([_facts(state.run, table), body], className="raw-holder"),
        note=html.Span(id=grid.count_id),
        controls=[downloads(table)],
        name="raw-table",
    )


def _facts(run: Run, table: str) -> html.P:
    """What the rows are, and how many tags were converted."""
    text = MEANINGS[table]
    if table == "loaded":
        number = int(converted_tags(run).sum())
        differ = f"{formats.counted(number, 'tag')} of the corpus differ{'s' if number == 1 else ''}"
        text += f" {differ}: sort by the last column to list them first." if number else " No tag differs."
    return html.P(text, className="note raw-facts")


def downloads(table: str) -> html.Div:
    """Buttons that download a table in every format: the selected rows, or all rows."""

    def group(name: str, meaning: str, whole: bool) -> html.Div:
        buttons = [
            html.Button(
                text,
                type="button",
                className="quiet-button outlined",
                title=f"Download {meaning} as {text}",
                **labelled(f"Download {meaning} as {text}"),
                **data_attributes(download=f"{table}.{file_format}", **({"whole": "yes"} if whole else {})),
            )
            for file_format, text in FORMATS.items()
        ]
        return html.Div([html.Span(name, className="note"), *buttons], className="download-group")

    return html.Div(
        [
            group("Selection", f"the selected {table}", whole=False),
            group("Whole corpus", f"all {table}", whole=True),
        ],
        className="downloads",
        role="group",
        **labelled("Downloads"),
    )


TAB = Tab(
    name="raw",
    title="Raw data",
    group="Data",
    icon="raw",
    intro=(
        "The corpus as loaded and as processed. Check the tags that were converted (column “Differs”), and download "
        "any table as a file."
    ),
    head=switch_of(DATA, tuple(TITLES.values()), "Table"),
    layout=_layout,
    views=(
        View("raw", reads=(DATA,), outputs=("raw-body",), draw=table_panel, has_callbacks=True),
        *(view for grid in GRIDS.values() for view in grid.views),
    ),
    register=_register,
)
