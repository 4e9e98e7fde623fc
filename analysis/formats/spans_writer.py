"""Writes span JSON lines: a text with its entities per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.formats.json_writer import as_json_line
from analysis.formats.text_records import Entity
from analysis.formats.written import LabelledSentence, Labels


def write_spans(sentences: Iterable[LabelledSentence], labels: Labels, _tagger: str) -> Iterator[bytes]:
    """A JSON object per sentence: `id`, `document_id`, `text` and `entities` with `start`, `end`, `label`, `score`.

    `document_id` and `score` are left out if there are none.
    """
    for sentence in sentences:
        document = {} if sentence.document is None else {"document_id": sentence.document}
        entities = [entity_object(entity) for entity in sentence.entities(labels)]
        yield as_json_line({"id": sentence.id, **document, "text": sentence.text, "entities": entities})


def entity_object(entity: Entity) -> dict[str, Any]:
    """An entity by its characters, with its score if it has one."""
    bounds = {"start": entity.start, "end": entity.end, "label": entity.label}
    return bounds if entity.score is None else {**bounds, "score": entity.score}
