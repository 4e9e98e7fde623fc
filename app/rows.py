"""The rows of the errors grid, as the grid asks for them.

A plain route and not a callback: dash-ag-grid remembers one request at a time, so that an answer which comes late is
shown as the answer to a later question. Here each request of the grid is answered by its own response
(`assets/grid.js`).
"""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from analysis.errors import AnalysisError
from app.runs import RunCatalog
from app.state import read_view
from app.views.errors_grid import grid_rows

PATH = "/rows/errors"


def register(server: Flask, catalog: RunCatalog) -> None:
    """Add the route: `query` is the query string of a Hunt screen; `start`, `end`, `sort`, `order` are the grid's."""

    def rows() -> tuple[Response, int] | Response:
        asked = request.args
        try:
            view = read_view(catalog, asked.get("query"))
            start, end = (max(int(asked.get(name, 0)), 0) for name in ("start", "end"))
            found = grid_rows(view, start, end, asked.get("sort", "loss"), asked.get("order", "desc") == "desc")
        except (AnalysisError, ValueError) as error:
            return jsonify({"error": str(error)}), 400
        return jsonify(found)

    server.add_url_rule(PATH, "error_rows", rows)
