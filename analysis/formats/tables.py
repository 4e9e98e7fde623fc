"""Files of records: JSON lines, CSV and Parquet."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, lines_of, read_text
from analysis.formats.format import Format
from analysis.formats.json_lines import json_line
from analysis.formats.records import Table, find_columns, iterate_columns, read_table
from analysis.formats.text_records import TextRecords
from analysis.messages import shown

_JSON_ENDINGS = (".jsonl", ".json", ".ndjson")
_NUMPY_LIST = re.compile(r"""['"]\s+['"]|^\[\s*-?\d+\.?\s+-?\d|\.\.\.""")


def read_json(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads JSON lines (one object per line), or one JSON array of objects.

    Raises:
        AnalysisError: A line is not a JSON object, or the columns do not have the format of `records.read_table`.
    """
    text = read_text(path)
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    if text.lstrip()[:1] == "[":
        rows = json_line(text, str(path))
        lines = []
    else:
        for number, line in enumerate(lines_of(text), start=1):
            if line.strip():
                rows.append(json_line(line, f"{path}, line {number}"))
                lines.append(number)
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            place = f"line {lines[index]}" if lines else f"element {index}"
            raise AnalysisError(f'{path}, {place} is not a JSON object. Write {{"tokens": [...], "tags": [...]}}.')
    if not rows:
        return Annotations(str(path))
    table = Table(str(path), dict(iterate_columns(rows)), lines)
    return read_table(table, find_columns(list(table.columns), columns, str(path)))


def read_csv(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads CSV with a header: one word per row with a sentence id, or one sentence per row with lists in its cells.

    The separator is a tab, semicolon or comma, whichever is most frequent in the header. Lists are written as JSON, in
    the format of Python or numpy, or as words separated by spaces.

    Raises:
        AnalysisError: A row has too many or too few cells, a cell's list cannot be read, or columns are missing.
    """
    text = read_text(path)
    header_line = text.lstrip().partition("\n")[0]
    if not header_line:
        return Annotations(str(path))
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max("\t;,", key=header_line.count), strict=True)
    header: list[str] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    line = 1
    try:
        for row in reader:
            if row and header is None:
                header = [name.strip() for name in row]
            elif row and header is not None:
                if len(row) != len(header):
                    raise AnalysisError(
                        f"{path}, line {line} has {len(row)} cells but the header has {len(header)}. "
                        "Put cells that contain the separator in quotes."
                    )
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise AnalysisError(f"{path}, line {line} is not valid CSV: {error}.") from error
    header = header or []
    found = find_columns(header, columns, str(path))
    cells: dict[str, list[Any]] = {name: [row[index] for row in rows] for index, name in enumerate(header)}
    for name in (found.word, found.tag):
        if _all_lists(cells[name]):
            cells[name] = [_list(cell, f"{path}, line {line}") for cell, line in zip(cells[name], lines, strict=True)]
        elif found.id is None and any(" " in cell for cell in cells[found.tag]):
            cells[name] = [cell.split(" ") if cell else [] for cell in cells[name]]
    return read_table(Table(str(path), cells, lines), found)


def _all_lists(cells: Sequence[str]) -> bool:
    """Whether a column contains lists. A column with only `[]` does not count: `[]` may be a word."""
    written = [cell.strip() for cell in cells if cell.strip()]
    return any(len(cell) > 2 for cell in written) and all(cell[0] == "[" and cell[-1] == "]" for cell in written)


def _list(cell: str, place: str) -> Any:
    """The list in a cell; None for an empty cell."""
    if not cell.strip():
        return None
    try:
        return json.loads(cell)
    except json.JSONDecodeError:
        pass
    try:
        return _numpy_list(cell) if _NUMPY_LIST.search(cell) else ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        raise AnalysisError(f"{place}: the list {shown(cell)} cannot be read. Write it as JSON.") from error


def _numpy_list(cell: str) -> list[Any]:
    """A list printed by numpy, without commas, whose strings Python would concatenate."""
    values: list[Any] = []
    sign = ""
    for token in tokenize.generate_tokens(io.StringIO(cell.replace("\n", " ").replace("\r", " ")).readline):
        if token.type in (tokenize.STRING, tokenize.NUMBER) or token.string in ("None", "True", "False"):
            values.append(ast.literal_eval(sign + token.string))
        elif token.string.strip() and token.string not in "[,]-":
            raise ValueError(token.string)
        sign = "-" if token.string == "-" else ""
    return values


def read_parquet(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads a Parquet file; integer tags are named by the features that `datasets` writes into it.

    Raises:
        AnalysisError: It is not a Parquet file, or the columns do not have the format of `records.read_table`.
    """
    try:
        schema = pq.read_schema(path)
        found = find_columns(schema.names, columns, str(path))
        values = pq.read_table(path, columns=found.names).to_pydict()
    except (pa.ArrowInvalid, OSError) as error:
        raise AnalysisError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}).") from error
    return read_table(Table(str(path), values, tag_names=_class_names(schema, found.tag)), found)


def _class_names(schema: pa.Schema, column: str) -> tuple[str, ...] | None:
    """The names of a ClassLabel, bare or in a list, in the metadata that `datasets` keeps in a schema."""
    described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    feature: Any = described.get("info", {}).get("features", {}).get(column)
    while feature and "names" not in feature:
        feature = feature[0] if isinstance(feature, Sequence) else feature.get("feature")
    return tuple(feature["names"]) if feature else None


PARQUET = Format(
    name="parquet",
    title="Parquet",
    endings=(".parquet",),
    holds="gold",
    recognises=lambda sample: sample.content.startswith(b"PAR1") or sample.ending == ".parquet",
    read=read_parquet,
)
JSON = Format(
    name="json",
    title="JSON lines or a JSON list, one object per sentence",
    endings=_JSON_ENDINGS,
    holds="gold",
    recognises=lambda sample: bool(sample.objects) or sample.ending in _JSON_ENDINGS,
    read=read_json,
)
CSV = Format(
    name="csv",
    title="CSV with a header",
    endings=(".csv",),
    holds="gold",
    recognises=lambda sample: sample.ending == ".csv",
    read=read_csv,
)
