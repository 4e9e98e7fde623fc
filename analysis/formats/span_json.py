"""JSON lines of texts with entities: `{"text": "Ada wrote", "entities": [{"start": 0, "end": 3, "label": "PER"}]}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.entity_values import entities_of, entity_bounds, is_entity
from analysis.formats.findings import Finding, Findings
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import TEXT_KEYS, WORD_KEYS, JsonObjects, count_text, words_of
from analysis.formats.label_keys import ENTITY_KEYS
from analysis.formats.records import TAG_COLUMNS
from analysis.formats.spans_writer import write_spans
from analysis.formats.tables import read_json
from analysis.formats.text_records import TextRecords
from analysis.formats.text_words import bounds_in_order
from analysis.messages import listed, quoted

_TAGS_OF_WORDS = [key for key in TAG_COLUMNS if key not in ENTITY_KEYS or key in ("labels", "label", "ner")]
_NO_ENTITIES = Finding("texts_without_entities", "Texts without a list of entities, read as having none")


def read_spans(path: Path, columns: Columns) -> Annotations | TextRecords:
    """Reads JSON lines or a JSON list of texts with entities, by character offsets or by their text alone.

    Raises:
        AnalysisError: The file is not JSON, a given column does not exist, or an entity has another form.
    """
    objects = JsonObjects.of(path, columns)
    text_key = objects.key("word", TEXT_KEYS)
    if any(isinstance(one.value.get(text_key), list) for one in objects.values):
        return read_json(path, columns)  # the columns that were given hold words and tags
    return read_objects(objects, "JSON with spans")


def read_objects(objects: JsonObjects, title: str) -> TextRecords:
    """Reads objects with an optional text, an optional id and their entities.

    Args:
        objects: The objects of a file.
        title: Name of the format, for the audit.

    Raises:
        AnalysisError: A given column does not exist, or an entity has another form.
    """
    text_key = objects.key("word", TEXT_KEYS)
    entities_key = objects.key("tag", ENTITY_KEYS)
    if entities_key is None and objects.values:
        raise AnalysisError(
            f"{objects.source} has no key with a usual name for entities ({', '.join(ENTITY_KEYS)}). "
            f"{objects.columns.choose('tag', listed(objects.keys), ENTITY_KEYS[0])}"
        )
    maker = objects.record_maker(text_key)
    findings = Findings()
    records = []
    for one in objects.values:
        given = one.value.get(entities_key)
        if given is None:
            findings.add(_NO_ENTITIES, one.place)
        text = maker.text(one)
        record = maker.record(one, text, entities_of(given, one.place))
        records.append(replace(record, words=words_of(one, text, findings)))
    texts = f" from {quoted(text_key)}" if text_key else " (the file gives no text)"
    return TextRecords(
        objects.source,
        records,
        findings.counts,
        findings.notes,
        read_as=f"Read as {title}: {count_text(len(records))}{texts}, entities from {quoted(str(entities_key))}.",
        columns=maker.columns(entities_key),
    )


def _recognises(sample: Sample) -> bool:
    objects = sample.objects
    if any(isinstance(one.get(key), list) for one in objects for key in WORD_KEYS):
        has_tags = any(isinstance(one.get(key), list) for one in objects for key in _TAGS_OF_WORDS)
        return not has_tags and all(map(_is_aligned, objects)) and any(map(_has_entities, objects))
    return bool(objects) and all(map(_holds_entities, objects)) and any(map(_has_entities, objects))


def _is_aligned(one: Mapping[str, Any]) -> bool:
    """Whether an object has words beside its text, and entities by characters, not by words, that agree with them."""
    words: Any = next((one[key] for key in WORD_KEYS if one.get(key) is not None), None)
    text, entities = one.get("text"), one.get("entities", one.get("spans"))
    if not isinstance(text, str) or not isinstance(words, list) or not isinstance(entities, list):
        return False
    bounds = bounds_in_order(text, [word for word in words if isinstance(word, str)]) or []
    starts, ends = {start for start, _ in bounds}, {end for _, end in bounds}
    return bool(bounds) and all(
        is_entity(entity) and entity_bounds(entity)[0] in starts and entity_bounds(entity)[1] in ends
        for entity in entities
    )


def _holds_entities(one: Mapping[str, Any]) -> bool:
    """Whether an object may hold entities."""
    given: Any = next((one[key] for key in ENTITY_KEYS if one.get(key) is not None), [])
    return isinstance(given, Mapping) or (isinstance(given, list) and all(map(is_entity, given)))


def _has_entities(one: Mapping[str, Any]) -> bool:
    return "entities" in one or any(one.get(key) or one.get(key) == [] for key in ENTITY_KEYS)


SPANS = Format(
    name="spans",
    title="Span JSON lines",
    endings=(".jsonl", ".json", ".ndjson"),
    holds="both",
    recognises=_recognises,
    read=read_spans,
    write=write_spans,
)
