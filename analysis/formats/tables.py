"""Files of records: JSON lines and Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, lines_of, read_text
from analysis.formats.format import Format
from analysis.formats.json_lines import json_line
from analysis.formats.records import Table, find_columns, iterate_columns, name_labels, read_table

_JSON_ENDINGS = (".jsonl", ".json", ".ndjson")


def read_json(path: Path, columns: Columns) -> Annotations:
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


def read_parquet(path: Path, columns: Columns) -> Annotations:
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
    tag_names, label = _class_names(schema, found.tag)
    if label is not None and tag_names is not None:
        values[found.tag] = name_labels(values[found.tag], label, tag_names)
    return read_table(Table(str(path), values, tag_names=tag_names, names=schema.names), found)


def _class_names(schema: pa.Schema, column: str) -> tuple[tuple[str, ...] | None, str | None]:
    """The names of a ClassLabel, and its field if it is in a struct, in the metadata that `datasets` keeps."""
    described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    feature: Any = described.get("info", {}).get("features", {}).get(column)
    field: str | None = None
    while feature and "names" not in feature:
        if isinstance(feature, Sequence):
            feature = feature[0]
        elif "feature" in feature:
            feature = feature["feature"]
        else:
            labels = [key for key, value in feature.items() if isinstance(value, Mapping) and "names" in value]
            field = next(iter(labels), None)
            feature = None if field is None else feature[field]
    return (tuple(feature["names"]) if feature else None), field


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
