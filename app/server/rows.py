"""The rows of a grid, as the grid asks for them.

A plain route and not a callback: dash-ag-grid remembers one request at a time, so that an answer which comes late is
shown as the answer to a later question. Here each request of a grid is answered by its own response
(`assets/grid.js`).
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
"""block(view, start, end, sort, descending): `rows` from start to before end, `count` of all, and `said`, in words."""


def rows_path(name: str) -> str:
    """The address of a grid's rows."""
    return f"/rows/{name}"


def add_rows(
    server: Flask, catalog: RunCatalog, name: str, reads: Collection[Read], block: Block, sort: str, descending: bool
) -> None:
    """Add the address of a grid's rows: `query` is a route's query string; `start`, `end`, `sort`, `order` the grid's.

    Args:
        server: Where to.
        catalog: The runs.
        name: Of the grid.
        reads: What its rows depend on.
        block: Makes the rows.
        sort: Column by which they are sorted unless the grid says.
        descending: Likewise.
    """

    def rows() -> tuple[Response, int] | Response:
        asked = request.args
        try:
            state = read_state(catalog, asked.get("query"), reads)
            start, end = (_bound(asked, name) for name in ("start", "end"))
            order = asked.get("order", "desc" if descending else "asc")
            found = block(state, start, end, asked.get("sort", sort), order == "desc")
        except AnalysisError as error:
            return jsonify({"error": str(error)}), 400
        return jsonify(found)

    server.add_url_rule(rows_path(name), f"rows-{name}", rows)


def _bound(asked: Mapping[str, str], name: str) -> int:
    value = asked.get(name, "0")
    if not is_whole_number(value):
        raise AnalysisError(f"The address asks for rows with {name}={value[:40]!r}, which is not a whole number.")
    return int(value)
