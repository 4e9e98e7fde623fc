"""JSON lines of doccano: `{"text": "Ada wrote", "label": [[0, 3, "PER"]]}`, or "entities" with `start_offset`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.doccano_writer import write_doccano
from analysis.formats.entity_values import entities_of
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import JsonObjects, count_text, list_at
from analysis.formats.text_records import TextRecords
from analysis.messages import quoted, shown

_TEXT_KEYS = ("text", "data")
_LABEL_KEYS = ("label", "labels", "entities", "annotations")
_RELATIONS = Finding("texts_with_relations", "Texts with relations between entities, which are left out")


def read_doccano(path: Path, columns: Columns) -> TextRecords:
    """Reads the texts with their spans.

    Raises:
        AnalysisError: The file is not JSON, a span has another form, or labels are numbers without names.
    """
    objects = JsonObjects.of(path, columns)
    text_key = objects.key("word", _TEXT_KEYS)
    label_key = objects.key("tag", _LABEL_KEYS)
    maker = objects.record_maker(text_key)
    findings = Findings()
    records = []
    for one in objects.values:
        spans = list_at(one, str(label_key))
        number = next((span["label"] for span in spans if _has_numbered_label(span)), None)
        if number is not None:
            raise AnalysisError(
                f"{one.place}: the label {shown(number)} is the number of a label in doccano's database, and the file "
                'does not name it. Export the project as JSONL with the names of labels ("label": [[0, 7, "PER"]]).'
            )
        if one.value.get("relations"):
            findings.add(_RELATIONS, one.place)
        records.append(maker.record(one, maker.text(one), entities_of(spans, one.place)))
    return TextRecords(
        str(path),
        records,
        findings.counts,
        findings.notes,
        read_as=f"Read as doccano JSON lines: {count_text(len(records))} from {quoted(str(text_key))}, spans from "
        f"{quoted(str(label_key))}.",
        columns=maker.columns(label_key),
    )


def _has_numbered_label(span: Any) -> bool:
    return isinstance(span, Mapping) and type(span.get("label")) is int


def _recognises(sample: Sample) -> bool:
    objects = sample.objects
    return any(map(_has_spans, objects)) and all(
        any(isinstance(one.get(key), str) for key in _TEXT_KEYS) for one in objects
    )


def _has_spans(one: Mapping[str, Any]) -> bool:
    """Whether an object has spans in the form of doccano, or an empty list where only doccano has one."""
    spans = next((one[key] for key in _LABEL_KEYS if one.get(key)), None)
    if spans is None:
        return any(one.get(key) == [] for key in ("label", "labels"))
    if not isinstance(spans, list):
        return False
    triples = ("label" in one or "labels" in one) and all(isinstance(span, list) and len(span) == 3 for span in spans)
    return triples or all(isinstance(span, Mapping) and "start_offset" in span for span in spans)


DOCCANO = Format(
    name="doccano",
    title="doccano",
    endings=(".jsonl", ".json"),
    holds="both",
    recognises=_recognises,
    read=read_doccano,
    write=write_doccano,
)
