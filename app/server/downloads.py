"""Downloads of a run's tables, streamed in parts: `/download/<table>.<format>`.

This is a plain route because a callback would send the whole file as text inside JSON.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Flask, Response, request

from analysis.errors import AnalysisError
from analysis.export.formats import FORMATS, TABLES, export_table, table_parts
from app.server.runs import RunCatalog
from app.state import SELECTION, read_state

MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


def register(server: Flask, catalog: RunCatalog) -> None:
    """Add the route; its query string contains the run and the clauses, like the dashboard's URL.

    A query string that is too long for an address is posted.
    """

    def download(name: str) -> Response:
        try:
            table, _, file_format = name.partition(".")
            if table not in TABLES or file_format not in FORMATS:
                raise AnalysisError(
                    f"There is no file {name!r}. Use TABLE.FORMAT, for example words.csv. "
                    f"Tables: {', '.join(TABLES)}. Formats: {', '.join(FORMATS)}."
                )
            query = request.get_data() or request.query_string
            state = read_state(catalog, query.decode("utf-8", "replace"), (SELECTION,))
            parts = table_parts(export_table(state.scene, table, state.selection), file_format)
        except AnalysisError as error:
            return Response(f"{error}\n", status=400, mimetype="text/plain")
        response = Response(parts, content_type=MIME_TYPES[file_format])
        stem = re.sub(r"[^\w.-]+", "-", f"{state.run.name}-{table}")
        response.headers.set("Content-Disposition", "attachment", **_file_name(f"{stem}.{file_format}"))
        return response

    server.add_url_rule("/download/<name>", "download", download, methods=["GET", "POST"])


def _file_name(name: str) -> dict[str, str]:
    """A file name as parameters of a header, which is ASCII only; other characters are encoded as in RFC 6266."""
    plain = name.encode("ascii", "ignore").decode()
    return {"filename": name} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name)}"}
