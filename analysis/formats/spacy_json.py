"""Documents of spaCy as JSON (`Doc.to_json`): a text with `ents`, and optionally `sents` and `tokens`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from analysis.formats.annotations import Columns
from analysis.formats.documents import Bounds, in_sentences, note_ignored, read_as
from analysis.formats.format import Format, Sample
from analysis.formats.json_objects import json_objects, objects_in, text_in, whole_number_in
from analysis.formats.text_records import Entity, TextRecord, TextRecords

_CHARACTERS = {"start", "end"}


def read_spacy_json(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. Its tokens are the words, its `sents` the sentences; without `sents`, a document is one sentence.

    Raises:
        AnalysisError: The file does not have the format.
    """
    read = TextRecords(str(path), columns=Columns("text", "ents"))
    bounds: list[Bounds] = []
    ignored: Counter[str] = Counter()
    for number, (value, place, line) in enumerate(json_objects(path), start=1):
        text = text_in(value, "text", place)
        entities = [
            Entity(*_characters(one, place), text_in(one, "label", place)) for one in objects_in(value, "ents", place)
        ]
        groups = value.get("spans")
        if isinstance(groups, dict):
            ignored["spans of span groups"] += sum(len(objects_in(groups, name, place)) for name in groups)
        tokens = [_characters(one, place) for one in objects_in(value, "tokens", place)]
        sentences = [_characters(one, place) for one in objects_in(value, "sents", place)]
        bounds.append(sentences or [(0, len(text))])
        words = [(start, end) for start, end in tokens if text[start:end].strip()] if tokens else None
        read.records.append(TextRecord(place, text, entities, document=str(number), line=line, words=words))
    read.read_as = read_as(SPACY_JSON.title, len(read.records), '"ents"')
    note_ignored(read, +ignored)
    return in_sentences(read, bounds, "as the file does")


def _characters(value: dict[str, Any], place: str) -> tuple[int, int]:
    return whole_number_in(value, "start", place), whole_number_in(value, "end", place)


def _recognises(sample: Sample) -> bool:
    return any(_is_document(one) for one in sample.objects)


def _is_document(value: dict[str, Any]) -> bool:
    entities = value.get("ents")
    if not isinstance(value.get("text"), str) or not isinstance(entities, list):
        return False
    return all(isinstance(one, dict) and {*one} >= _CHARACTERS for one in entities)


SPACY_JSON = Format(
    name="spacy-json",
    title="spaCy documents as JSON (Doc.to_json)",
    endings=(".json", ".jsonl"),
    holds="both",
    recognises=_recognises,
    read=read_spacy_json,
)
