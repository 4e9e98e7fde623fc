"""Documents of spaCy as JSON (`Doc.to_json`): a text with `ents`, and optionally `sents` and `tokens`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from analysis.formats.annotations import Columns
from analysis.formats.documents import Bounds, in_sentences, read_as
from analysis.formats.findings import Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_objects import json_objects, objects_in, text_in, whole_number_in
from analysis.formats.json_records import OTHER_WORDS
from analysis.formats.span_groups import note_groups
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.formats.text_words import cover
from analysis.messages import shown

_CHARACTERS = {"start", "end"}


def read_spacy_json(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. Its tokens are the words, its `sents` the sentences; without `sents`, a document is one sentence.

    Raises:
        AnalysisError: The file does not have the format.
    """
    read = TextRecords(str(path), columns=Columns("text", "ents"))
    bounds: list[Bounds] = []
    groups: Counter[str] = Counter()
    findings = Findings()
    for number, (value, place, line) in enumerate(json_objects(path), start=1):
        text = text_in(value, "text", place)
        entities = [
            Entity(*_characters(one, place), text_in(one, "label", place)) for one in objects_in(value, "ents", place)
        ]
        in_groups = value.get("spans")
        if isinstance(in_groups, dict):
            for name in in_groups:
                groups[name] += len(objects_in(in_groups, name, place))
        tokens = [_characters(one, place) for one in objects_in(value, "tokens", place)]
        sentences = [_characters(one, place) for one in objects_in(value, "sents", place)]
        bounds.append(sentences or [(0, len(text))])
        words = [(start, end) for start, end in tokens if text[start:end].strip()] if tokens else None
        if words is not None and not cover(text, words):
            findings.add(OTHER_WORDS, f"{shown(text)} ({place})")
            words = None
        read.records.append(TextRecord(place, text, entities, document=str(number), line=line, words=words))
    read.read_as = read_as(SPACY_JSON.title, len(read.records), '"ents"')
    note_groups(read, groups, '"ents"')
    read.counts += findings.counts
    read.notes += findings.notes
    return in_sentences(read, bounds, "as the file does")


def _characters(value: dict[str, Any], place: str) -> tuple[int, int]:
    return whole_number_in(value, "start", place), whole_number_in(value, "end", place)


def _recognises(sample: Sample) -> bool:
    return any(_is_document(one) or _has_span_groups(one) for one in sample.objects)


def _is_document(value: dict[str, Any]) -> bool:
    entities = value.get("ents")
    if not isinstance(value.get("text"), str) or not isinstance(entities, list):
        return False
    return all(isinstance(one, dict) and {*one} >= _CHARACTERS for one in entities)


def _has_span_groups(value: dict[str, Any]) -> bool:
    """Whether a document has no entities, only groups of spans beside its tokens."""
    tokens, groups = value.get("tokens"), value.get("spans")
    if not isinstance(value.get("text"), str) or not isinstance(tokens, list) or not isinstance(groups, dict):
        return False
    return all(isinstance(one, dict) and {*one} >= _CHARACTERS for one in tokens)


SPACY_JSON = Format(
    name="spacy-json",
    title="spaCy documents as JSON (Doc.to_json)",
    endings=(".json", ".jsonl"),
    holds="both",
    recognises=_recognises,
    read=read_spacy_json,
)
