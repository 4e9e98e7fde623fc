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

from analysis.export.tables import TABLES
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection

__all__ = ["FORMATS", "TABLES", "export_table", "table_parts", "whole_file", "write_table"]

ROWS_AT_A_TIME = 20_000

FORMULA = "^[=+\\-@\t\r\n\\x00]"
"""Text that spreadsheets take for a formula by its first character, https://owasp.org/www-community/attacks/CSV_Injection
and OWASP's ASVS 5.0, 1.2.10."""


def export_table(scene: Scene, table: str, selection: Selection) -> pa.Table:
    """The selected rows of a table, ready for people: names for codes, null for what is not there.

    Args:
        scene: The run whose table it is, and the one that it is compared with.
        table: One of TABLES.
        selection: Which rows.

    Raises:
        MissingStageError: The run lacks a value that the table is made of.
    """
    columns = TABLES[table]
    return columns.of(scene.run, columns.rows(scene, selection))


def write_table(table: pa.Table, file_format: str, stream: BinaryIO) -> None:
    """Write a table to a binary stream; `file_format` is one of FORMATS, text is UTF-8."""
    for part in FORMATS[file_format](table):
        stream.write(part)


def table_parts(table: pa.Table, file_format: str) -> Iterator[bytes]:
    """A table as a file of one of FORMATS, part by part."""
    return FORMATS[file_format](table)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A binary stream whose content stands under `path` only once all of it is written.

    What is there and is no regular file (a pipe, a device) is written to directly.
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
    """Python values; a float32 as the shortest number that rounds to it."""
    if pa.types.is_float32(column.type):
        column = pc.cast(pc.cast(column, pa.string()), pa.float64())
    values: list[Any] = column.to_pylist()
    return values


def _cells(column: pa.Array) -> list[str]:
    """The cells of a column of CSV: numbers as they are, text harmless in spreadsheets, and in quotes where it must be.

    A lone carriage return ends a row for many readers, so it is quoted too, which Python's writer does not do.
    """
    if not pa.types.is_string(column.type):
        return ["" if value is None else str(value) for value in _values(column)]
    text = pc.fill_null(column, "")
    text = pc.if_else(pc.match_substring_regex(text, FORMULA), pc.binary_join_element_wise("'", text, ""), text)
    doubled = pc.replace_substring(text, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    cells: list[str] = pc.if_else(pc.match_substring_regex(text, '[",\r\n]'), quoted, text).to_pylist()
    return cells


def _csv(table: pa.Table) -> Iterator[bytes]:
    yield (",".join(table.column_names) + "\n").encode()
    for batch in table.to_batches(max_chunksize=ROWS_AT_A_TIME):
        rows = zip(*map(_cells, batch.columns), strict=True)
        yield "".join(f"{row}\n" for row in map(",".join, rows)).encode()


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
