"""JSON lines of LangExtract: a text and its extractions, each with the characters where it was found, or without."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.documents import read_as
from analysis.formats.format import Format
from analysis.formats.json_objects import json_objects, objects_in, text_in, text_or_none_in, whole_number_in
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown

_EXACT = "match_exact"


def read_langextract(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. A document stays whole: an extraction without a place may be anywhere in it.

    Raises:
        AnalysisError: A line does not have the format.
    """
    read = TextRecords(str(path), columns=Columns("text", "extractions", "document_id", "document_id"))
    statuses: Counter[str] = Counter()
    for one in json_objects(path):
        entities = []
        for extraction in objects_in(one.value, "extractions", one.place):
            entities.append(_entity(extraction, one.place))
            status = extraction.get("alignment_status")
            statuses["none" if entities[-1].start is None else str(status or _EXACT)] += 1
        name = one.value.get("document_id")
        name = None if name is None else str(name)
        text = text_or_none_in(one.value, "text", one.place)
        read.records.append(TextRecord(one.place, text, entities, id=name, document=name, line=one.line))
    read.read_as = read_as(LANGEXTRACT.title, len(read.records), '"extractions"')
    if inexact := {status: count for status, count in sorted(statuses.items()) if status != _EXACT}:
        read.counts.update({f"alignment_{status}": count for status, count in inexact.items()})
        listed = ", ".join(f"{status}: {count}" for status, count in inexact.items())
        read.notes.append(f"Extractions whose text LangExtract did not find exactly in the document: {listed}.")
    return read


def _entity(extraction: dict[str, Any], place: str) -> Entity:
    label = text_in(extraction, "extraction_class", place)
    text = text_in(extraction, "extraction_text", place)
    interval = extraction.get("char_interval") or {}
    if not isinstance(interval, dict):
        raise AnalysisError(f'{place}: "char_interval" is {shown(interval)}, which is not a JSON object.')
    if interval.get("start_pos") is None or interval.get("end_pos") is None:
        return Entity(None, None, label, text=text)
    start, end = (whole_number_in(interval, key, place) for key in ("start_pos", "end_pos"))
    is_exact = extraction.get("alignment_status") in (None, _EXACT)
    return Entity(start, end, label, text=text if is_exact else None)


LANGEXTRACT = Format(
    name="langextract",
    title="LangExtract JSON lines",
    endings=(".jsonl",),
    holds="predictions",
    recognises=lambda sample: any("extractions" in one for one in sample.objects),
    read=read_langextract,
)
