"""Downloads of a run, streamed in parts: `/download/<table>.<format>` and `/download/<labels>.<format>`.

These are plain routes because a callback would send the whole file as text inside JSON.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, request

from analysis.errors import AnalysisError
from analysis.export.annotations import LABELS, PART_BYTES, WRITERS, export_annotations
from analysis.export.formats import FORMATS, TABLES, export_table, table_parts
from app.server.runs import RunCatalog
from app.state import SELECTION, ViewState, read_state

MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class _File:
    """A file to send.

    Attributes:
        parts: Its bytes.
        content_type: Its MIME type.
        name: Its name after that of the run, with its extension.
    """

    parts: Iterable[bytes]
    content_type: str
    name: str


def register(server: Flask, catalog: RunCatalog) -> None:
    """Add the route; its query string contains the run and the clauses, like the dashboard's URL.

    A query string that is too long for an address is posted.
    """

    def download(name: str) -> Response:
        try:
            what, _, file_format = name.partition(".")
            if not _is_known(what, file_format):
                raise AnalysisError(
                    f"There is no file {name!r}. Use TABLE.FORMAT, for example words.csv, or LABELS.FORMAT, for "
                    f"example gold.prodigy. Tables: {', '.join(TABLES)}, as {', '.join(FORMATS)}. "
                    f"Labels: {', '.join(LABELS)}, as {', '.join(WRITERS)}."
                )
            query = request.get_data() or request.query_string
            state = read_state(catalog, query.decode("utf-8", "replace"), (SELECTION,))
            file = _file(state, what, file_format)
        except AnalysisError as error:
            return Response(f"{error}\n", status=400, mimetype="text/plain")
        response = Response(file.parts, content_type=file.content_type)
        stem = re.sub(r"[^\w.-]+", "-", f"{state.run.name}-{file.name}")
        response.headers.set("Content-Disposition", "attachment", **_file_name(stem))
        return response

    server.add_url_rule("/download/<name>", "download", download, methods=["GET", "POST"])


def _is_known(what: str, file_format: str) -> bool:
    return (what in TABLES and file_format in FORMATS) or (what in LABELS and file_format in WRITERS)


def _file(state: ViewState, what: str, file_format: str) -> _File:
    if what in TABLES:
        parts = table_parts(export_table(state.scene, what, state.selection), file_format)
        return _File(parts, MIME_TYPES[file_format], f"{what}.{file_format}")
    writer = WRITERS[file_format]
    parts = _complete(export_annotations(state.scene, file_format, what, state.selection).parts(state.scene))
    labels = "sentences" if writer.has_both else what
    tool = "" if writer.ending == f".{writer.format.name}" else f"-{writer.format.name}"
    return _File(parts, writer.media_type, f"{labels}{tool}{writer.ending}")


def _complete(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts, after all of them were written to a temporary file.

    A sentence that a format cannot represent is thus found before the response begins.
    """
    with ExitStack() as on_failure:
        file = on_failure.enter_context(tempfile.TemporaryFile())
        file.writelines(parts)
        on_failure.pop_all()
    file.seek(0)

    def read() -> Iterator[bytes]:
        with file:
            while part := file.read(PART_BYTES):
                yield part

    return read()


def _file_name(name: str) -> dict[str, str]:
    """A file name as parameters of a header, which is ASCII only; other characters are encoded as in RFC 6266."""
    plain = name.encode("ascii", "ignore").decode()
    return {"filename": name} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name)}"}
