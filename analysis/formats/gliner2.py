"""Entities as GLiNER2 returns them: `{"entities": {"person": ["Ada"]}}`, with or without offsets and a text."""

from __future__ import annotations

from pathlib import Path

from analysis.formats.annotations import Columns
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import JsonObjects
from analysis.formats.span_json import read_objects
from analysis.formats.text_records import TextRecords


def read_gliner2(path: Path, columns: Columns) -> TextRecords:
    """Reads entities by type. Those without offsets are placed where their text occurs.

    Raises:
        AnalysisError: The file is not JSON, or an entity has another form.
    """
    return read_objects(JsonObjects.of(path, columns), "GLiNER2's entities by type")


def _recognises(sample: Sample) -> bool:
    objects = sample.objects
    return bool(objects) and all(isinstance(one.get("entities"), dict) for one in objects)


GLINER2 = Format(
    name="gliner2",
    title="GLiNER2's entities by type",
    endings=(".jsonl", ".json"),
    holds="predictions",
    recognises=_recognises,
    read=read_gliner2,
)
