"""Files of records: JSON lines and Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, lines_of, read_text
from analysis.formats.format import Format
from analysis.formats.json_lines import json_line
from analysis.formats.json_values import wrapped_records
from analysis.formats.records import (
    WORD_COLUMNS,
    Table,
    find_columns,
    iterate_columns,
    read_columns,
    read_table,
    unfolded,
)
from analysis.formats.text_records import TextRecords

_JSON_ENDINGS = (".jsonl", ".json", ".ndjson")


def read_json(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads JSON lines (one object per line), or one JSON array of objects.

    Raises:
        AnalysisError: A line is not a JSON object, or the columns do not have the format of `records.read_table`.
    """
    text = read_text(path)
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    wrapped = wrapped_records(text)
    if wrapped is not None:
        rows = wrapped
    elif text.lstrip()[:1] == "[":
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
    table = Table(str(path), unfolded(dict(iterate_columns(rows)))[0], lines)
    return read_table(table, find_columns(list(table.columns), columns, str(path)))


def read_parquet(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads a Parquet file; integer tags are named by the features that `datasets` writes into it.

    Raises:
        AnalysisError: It is not a Parquet file, or the columns do not have the format of `records.read_table`.
    """
    try:
        schema = pq.read_schema(path)
        values, found, origin = read_columns(
            schema.names, _has_structs(schema), columns, str(path), partial(_parquet_columns, path)
        )
    except (pa.ArrowInvalid, OSError) as error:
        raise AnalysisError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}).") from error
    described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    features = described.get("info", {}).get("features", {})
    tag_names, label = _class_names(features.get(origin.get(found.tag, found.tag)))
    return read_table(Table(str(path), values, names=schema.names).named(found, tag_names, label), found)


def _parquet_columns(path: Path, names: Sequence[str]) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = pq.read_table(path, columns=list(names)).to_pydict()
    return columns


def _has_structs(schema: pa.Schema) -> bool:
    """Whether a column that may have words contains structs."""
    types = [schema.field(name).type for name in schema.names if name.lower() in WORD_COLUMNS]
    inner = [kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind for kind in types]
    return any(map(pa.types.is_struct, inner))


def _class_names(feature: Any) -> tuple[tuple[str, ...] | None, str | None]:
    """The names of a ClassLabel in the metadata of `datasets`, and its field if it is in a struct."""
    feature = _inner(feature)
    if not isinstance(feature, Mapping):
        return None, None
    if "names" in feature:
        return tuple(feature["names"]), None
    fields = {key: inner for key, value in feature.items() if "names" in (inner := _inner(value) or {})}
    return next(((tuple(inner["names"]), key) for key, inner in fields.items()), (None, None))


def _inner(feature: Any) -> Any:
    """The feature of the items of lists, however deep."""
    while feature:
        if isinstance(feature, list):
            feature = feature[0]
        elif isinstance(feature, Mapping) and isinstance(feature.get("feature"), (Mapping, list)):
            feature = feature["feature"]
        else:
            break
    return feature if isinstance(feature, Mapping) else None


PARQUET = Format(
    name="parquet",
    title="Parquet",
    endings=(".parquet",),
    holds="both",
    recognises=lambda sample: sample.content.startswith(b"PAR1") or sample.ending == ".parquet",
    read=read_parquet,
)
JSON = Format(
    name="json",
    title="JSON lines or a JSON list of sentences: words with tags or probabilities",
    endings=_JSON_ENDINGS,
    holds="both",
    recognises=lambda sample: bool(sample.objects) or sample.ending in _JSON_ENDINGS,
    read=read_json,
)
