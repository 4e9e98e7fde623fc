"""Entities as GLiNER returns them: for each text a list of `{"start", "end", "text", "label", "score"}`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.formats.annotations import Columns
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import listed_entities
from analysis.formats.span_json import read_objects
from analysis.formats.text_records import TextRecords

_KEYS = {"start", "end", "text", "label"}


def read_gliner(path: Path, columns: Columns) -> TextRecords:
    """Reads lists of entities, one for each text. The texts themselves are not in the file.

    Raises:
        AnalysisError: The file is not JSON, or an entity has another form.
    """
    return read_objects(listed_entities(path, columns, _is_entity), "GLiNER's entities")


def _is_entity(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= _KEYS


def _recognises(sample: Sample) -> bool:
    if sample.values and all(map(_is_entity, sample.values)):
        return True
    lists = [value for value in sample.values if isinstance(value, list)]
    return (
        any(lists)
        and len(lists) == len(sample.values)
        and all(_is_entity(entity) for entities in lists for entity in entities)
    )


GLINER = Format(
    name="gliner",
    title="GLiNER's lists of entities",
    endings=(".jsonl", ".json"),
    holds="predictions",
    recognises=_recognises,
    read=read_gliner,
)
