"""A grid of any number of rows, of which the browser holds only the blocks that it shows; sorted on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_ag_grid as dag
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from app.frame.view import View
from app.server.rows import Block, add_rows
from app.server.runs import RunCatalog
from app.state import FOCUS, Read
from components.panels import data_attributes

BLOCK = 30
"""Rows that a grid asks for at once."""
LARGEST_BLOCK = 200

TWO_DIGITS = "!params.data ? '' : params.value == null ? '–' : d3.format('.2f')(params.value)"


@dataclass(frozen=True)
class RowGrid:
    """A grid that lists what the URL selects.

    Attributes:
        name: Its rows come from `rows/<name>`; begins the ids of its elements, `<name>-grid` and `<name>-count`.
        reads: What its rows depend on.
        block: Makes a block of rows. A row with `word_row` puts that word into focus when it is clicked.
        sort: The column by which it is sorted when nothing else is asked for.
        descending: And whether that is from the top.
        marks_focus: Whether the rows of the word in focus are marked.
    """

    name: str
    reads: tuple[Read, ...]
    block: Block
    sort: str
    descending: bool
    marks_focus: bool = False

    @property
    def views(self) -> tuple[View, ...]:
        """What the browser listens to (`assets/grid.js`): what is listed, and the focus."""
        return (self._rows, self._focus) if self.marks_focus else (self._rows,)

    @property
    def _rows(self) -> View:
        return View(f"{self.name}-rows", self.reads)

    @property
    def _focus(self) -> View:
        return View(f"{self.name}-focus", (FOCUS,))

    @property
    def grid_id(self) -> str:
        """The grid's element."""
        return f"{self.name}-grid"

    @property
    def count_id(self) -> str:
        """The element in which the number of rows is said."""
        return f"{self.name}-count"

    @property
    def _signals(self) -> tuple[str, str]:
        """Outputs of the callbacks in the browser: Dash runs a callback only where its outputs stand in the page."""
        return f"{self.grid_id}-begun", f"{self.grid_id}-clicked"

    def layout(self, columns: Sequence[dict[str, Any]], no_rows: str, row_height: int = 34) -> html.Div:
        """The grid with what it needs.

        Args:
            columns: Column definitions of AG Grid.
            no_rows: A sentence for an empty grid.
            row_height: In px.
        """
        grid = dag.AgGrid(
            id=self.grid_id,
            columnDefs=list(columns),
            rowModelType="infinite",
            getRowId="params.data.id",
            className="ag-theme-explainer",
            dashGridOptions={
                "themeCssLayer": "ag-grid",  # below our own style sheets: assets/layers.css
                "cacheBlockSize": BLOCK,
                "maxBlocksInCache": 20,
                "rowHeight": row_height,
                "headerHeight": 30,
                # All rows of the word in focus are marked.
                "rowSelection": {
                    "mode": "multiRow",
                    "checkboxes": False,
                    "headerCheckbox": False,
                    "enableClickSelection": False,
                },
                "rowClassRules": {"quiet-row": "params.data && params.data.quiet"},
                "suppressCellFocus": True,
                "localeText": {"noRowsToShow": no_rows},
                "tooltipShowDelay": 400,
                "animateRows": False,
            },
            style={"height": "100%", "width": "100%"},
        )
        facts = {
            "walk": "grid",
            "grid": self.grid_id,
            "rows": self.name,
            "count": self.count_id,
            "route": self._rows.store,
            "focus-route": self._focus.store if self.marks_focus else "",
        }
        return html.Div(
            [grid, *(dcc.Store(id=name) for name in self._signals)], className="grid-holder", **data_attributes(**facts)
        )

    def register(self, app: Dash, catalog: RunCatalog) -> None:
        """Add the grid's callbacks and the address of its rows."""
        add_rows(app.server, catalog, self.name, self.reads, self.block, self.sort, self.descending)
        begun, clicked = self._signals
        app.clientside_callback(
            ClientsideFunction("grid", "begin"),
            Output(begun, "data"),
            Input(self.grid_id, "id"),
            State(self._rows.store, "data"),
        )
        app.clientside_callback(
            ClientsideFunction("grid", "focusRow"),
            Output(clicked, "data"),
            Input(self.grid_id, "cellClicked"),
            State(self.grid_id, "id"),
            prevent_initial_call=True,
        )
