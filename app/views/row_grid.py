"""A grid with any number of rows: the browser loads only the shown blocks, and the server sorts the rows."""

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
"""Number of rows that a grid requests at once."""
LARGEST_BLOCK = 200

TWO_DIGITS = "!params.data ? '' : params.value == null ? '–' : d3.format('.2f')(params.value)"


@dataclass(frozen=True)
class RowGrid:
    """A grid of the rows that the URL selects.

    Attributes:
        name: Name in the route `rows/<name>` and in the element ids `<name>-grid` and `<name>-count`.
        reads: What the rows depend on.
        block: Returns a block of rows. A click on a row with `word_row` focuses that word.
        sort: Default sort column.
        descending: Whether the default order is descending.
        marks_focus: Whether the rows of the focused word are marked.
    """

    name: str
    reads: tuple[Read, ...]
    block: Block
    sort: str
    descending: bool
    marks_focus: bool = False

    @property
    def views(self) -> tuple[View, ...]:
        """The views that the browser listens to (`assets/grid.js`): the rows, and the focus."""
        return (self._rows, self._focus) if self.marks_focus else (self._rows,)

    @property
    def _rows(self) -> View:
        return View(f"{self.name}-rows", self.reads)

    @property
    def _focus(self) -> View:
        return View(f"{self.name}-focus", (FOCUS,))

    @property
    def grid_id(self) -> str:
        """Id of the grid's element."""
        return f"{self.name}-grid"

    @property
    def count_id(self) -> str:
        """Id of the element with the number of rows."""
        return f"{self.name}-count"

    @property
    def _signals(self) -> tuple[str, str]:
        """Ids of the clientside callbacks' outputs: Dash runs a callback only if its outputs are on the page."""
        return f"{self.grid_id}-begun", f"{self.grid_id}-clicked"

    def layout(self, columns: Sequence[dict[str, Any]], no_rows: str, row_height: int = 34) -> html.Div:
        """The grid, with its stores.

        Args:
            columns: Column definitions of AG Grid.
            no_rows: Text of an empty grid.
            row_height: Height of a row in px.
        """
        grid = dag.AgGrid(
            id=self.grid_id,
            columnDefs=list(columns),
            rowModelType="infinite",
            getRowId="params.data.id",
            className="ag-theme-explainer",
            dashGridOptions={
                "themeCssLayer": "ag-grid",  # lower priority than our own style sheets: assets/layers.css
                "cacheBlockSize": BLOCK,
                "maxBlocksInCache": 20,
                "rowHeight": row_height,
                "headerHeight": 30,
                # All rows of the focused word are marked.
                "rowSelection": {
                    "mode": "multiRow",
                    "checkboxes": False,
                    "headerCheckbox": False,
                    "enableClickSelection": False,
                },
                "rowClassRules": {"quiet-row": "params.data && params.data.quiet"},
                "suppressCellFocus": True,
                "enableCellTextSelection": True,
                "ensureDomOrder": True,  # so that copied rows are in the order in which they are shown
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
        """Add the grid's callbacks and the route of its rows."""
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
