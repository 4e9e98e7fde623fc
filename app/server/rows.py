"""The route that sends the rows of a grid, block by block.

This is a plain route and not a callback: dash-ag-grid remembers only one request at a time, so it shows a late response
as the response to a newer request. Here, each request gets its own response (`assets/grid.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Flask, Response, jsonify, request

from analysis.errors import AnalysisError
from app.options import is_whole_number
from app.server.runs import RunCatalog
from app.state import Read, ViewState, read_state

Block = Callable[[ViewState, int, int, str, bool], dict[str, Any]]
"""block(state, start, end, sort, descending) -> `rows` [start, end), the `count` of all rows, and a `summary` text."""


def rows_path(name: str) -> str:
    """The URL path of a grid's rows."""
    return f"/rows/{name}"


def add_rows(
    server: Flask, catalog: RunCatalog, name: str, reads: Collection[Read], block: Block, sort: str, descending: bool
) -> None:
    """Add the route of a grid's rows.

    Its parameters are the grid's `start`, `end`, `sort` and `order`. The posted body is a route's query string, because
    a selection may be too long for an address.

    Args:
        server: The Flask application.
        catalog: The runs.
        name: Name of the grid.
        reads: What the rows depend on.
        block: Returns a block of rows.
        sort: Default sort column.
        descending: Whether the default order is descending.
    """

    def rows() -> tuple[Response, int] | Response:
        parameters = request.args
        try:
            state = read_state(catalog, request.get_data(as_text=True), reads)
            start, end = (_bound(parameters, name) for name in ("start", "end"))
            order = parameters.get("order", "desc" if descending else "asc")
            found = block(state, start, end, parameters.get("sort", sort), order == "desc")
        except AnalysisError as error:
            return jsonify({"error": str(error)}), 400
        return jsonify(found)

    server.add_url_rule(rows_path(name), f"rows-{name}", rows, methods=["POST"])


def _bound(parameters: Mapping[str, str], name: str) -> int:
    value = parameters.get(name, "0")
    if not is_whole_number(value):
        raise AnalysisError(f"The request has the invalid value {name}={value[:40]!r}. Use a whole number.")
    return int(value)
