"""Label Studio's JSON-MIN export: `{"text": "Ada wrote", "label": [{"start", "end", "text", "labels": ["PER"]}]}`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.formats.annotations import Columns
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import JsonObjects, count_text
from analysis.formats.json_values import JsonValue
from analysis.formats.label_names import says_other
from analysis.formats.label_studio import span_entities, text_key_of
from analysis.formats.text_records import Entity, TextRecords
from analysis.messages import listed, quoted

_KEYS = {"annotation_id", "annotator", "lead_time"}
_FURTHER = Finding("further_annotations", "Further annotations of a text, left out (the first is read)")


def read_label_studio_min(path: Path, columns: Columns) -> TextRecords:
    """Reads annotations, each in an object of its own.

    Raises:
        AnalysisError: The file is not JSON, a span has another form, or several keys may be the text.
    """
    objects = JsonObjects.of(path, columns)
    findings = Findings()
    given = objects.key("tag", ())
    keys = (
        [given]
        if given
        else [key for key in objects.keys if any(_is_spans(one.value.get(key)) for one in objects.values)]
    )
    keys = [key for key in keys if not says_other(key, columns.labels)] or keys
    entities = [_entities(one, keys, findings) for one in objects.values]
    text_key = text_key_of(objects, (), entities)
    maker = objects.record_maker(text_key)
    records = []
    seen: set[tuple[str | None, str | None]] = set()
    for one, found in zip(objects.values, entities, strict=True):
        record = maker.record(one, maker.text(one), found)
        if record.id is not None and (record.id, record.text) in seen:
            findings.add(_FURTHER, one.place)
            continue
        seen.add((record.id, record.text))
        records.append(record)
    return TextRecords(
        str(path),
        records,
        findings.counts,
        findings.notes,
        read_as=f"Read as Label Studio JSON-MIN: {count_text(len(records))} from {quoted(str(text_key))}, spans from "
        f"{listed(keys) or 'no key'}.",
        columns=maker.columns(keys[0] if keys else None),
    )


def _entities(one: JsonValue, keys: list[str], findings: Findings) -> list[Entity]:
    spans = [span for key in keys for span in one.value.get(key) or [] if isinstance(span, Mapping)]
    return [entity for span in spans for entity in span_entities(span, one.place, findings)]


def _is_spans(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_span, value))


def _is_span(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and "end" in value
        and (isinstance(value.get("labels"), list) or isinstance(value.get("hypertextlabels"), list))
    )


def _recognises(sample: Sample) -> bool:
    """Whether objects have spans, or all have the keys of an annotation: one without spans has no key for them."""
    objects = sample.objects
    return any(_is_spans(value) for one in objects for value in one.values()) or (
        bool(objects) and all(one.keys() >= _KEYS for one in objects)
    )


LABEL_STUDIO_MIN = Format(
    name="label-studio-min",
    title="Label Studio JSON-MIN",
    endings=(".json", ".jsonl"),
    holds="gold",
    recognises=_recognises,
    read=read_label_studio_min,
)
