"""The tables of a run as CSV, JSON lines or Parquet."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from analysis.errors import AnalysisError
from analysis.export.tables import TABLES
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

__all__ = ["FORMATS", "TABLES", "export_table", "table_parts", "whole_file"]

ROWS_AT_A_TIME = 20_000

FORMULA = "^[=+\\-@\t\r\n\\x00]"
"""Text that spreadsheets interpret as a formula because of its first character. See
https://owasp.org/www-community/attacks/CSV_Injection and OWASP's ASVS 5.0, 1.2.10."""


def export_table(scene: Scene, table: str, selection: Selection) -> pa.Table:
    """The selected rows of a table, with names instead of codes and null for missing values.

    Args:
        scene: The run to export from, and the run that it is compared with, if any.
        table: One of TABLES.
        selection: The rows to export.

    Raises:
        MissingStageError: The run does not have a value that the table needs.
        AnalysisError: There is no such table.
    """
    if table not in TABLES:
        raise AnalysisError(f"There is no table {table!r}. Use one of: {', '.join(TABLES)}.")
    columns = TABLES[table]
    return columns.of(scene.run, columns.rows(scene, selection))


def table_parts(table: pa.Table, file_format: str) -> Iterator[bytes]:
    """The bytes of a table in one of FORMATS, part by part."""
    return FORMATS[file_format](table)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary stream to a file that appears at `path` only once it is complete.

    If something other than a regular file is there (a pipe, a device), it is written to directly.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    unfinished = target.with_name(f".{target.name}.{uuid.uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            yield stream
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _values(column: pa.Array) -> list[Any]:
    """Python values; a float32 becomes the shortest decimal number that rounds to it."""
    if pa.types.is_float32(column.type):
        column = pc.cast(pc.cast(column, pa.string()), pa.float64())
    values: list[Any] = column.to_pylist()
    return values


def _escape_formulas(column: pa.Array) -> pa.Array:
    """Prefix text that a spreadsheet would interpret as a formula with an apostrophe."""
    if not pa.types.is_string(column.type):
        return column
    starts_formula = pc.match_substring_regex(column, FORMULA)
    return pc.if_else(starts_formula, pc.binary_join_element_wise("'", column, ""), column)


def _csv(table: pa.Table) -> Iterator[bytes]:
    """Text in quotes, numbers without, an empty field for null."""
    yield _csv_part(table.schema.empty_table(), include_header=True)
    for batch in table.to_batches(max_chunksize=ROWS_AT_A_TIME):
        columns = [_escape_formulas(column) for column in batch.columns]
        yield _csv_part(pa.table(columns, table.column_names), include_header=False)


def _csv_part(table: pa.Table, *, include_header: bool) -> bytes:
    part = io.BytesIO()
    csv.write_csv(table, part, csv.WriteOptions(include_header=include_header))
    return part.getvalue()


def _jsonl(table: pa.Table) -> Iterator[bytes]:
    for batch in table.to_batches(max_chunksize=ROWS_AT_A_TIME):
        rows = zip(*map(_values, batch.columns), strict=True)
        yield "".join(
            json.dumps(dict(zip(table.column_names, row, strict=True)), ensure_ascii=False) + "\n" for row in rows
        ).encode()


def _parquet(table: pa.Table) -> Iterator[bytes]:
    whole = io.BytesIO()
    pq.write_table(table, whole)
    yield whole.getvalue()


FORMATS: dict[str, Callable[[pa.Table], Iterator[bytes]]] = {"csv": _csv, "parquet": _parquet, "jsonl": _jsonl}
