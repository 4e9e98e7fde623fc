"""Writes Label Studio's JSON (https://labelstud.io/guide/tasks, https://labelstud.io/guide/predictions)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.formats.json_writer import as_json_list
from analysis.formats.text_records import Entity
from analysis.formats.written import LabelledSentence, Labels

LABELS_TAG = "label"
"""Name of the `<Labels>` tag in Label Studio's template for named entities."""
TEXT_TAG = "text"
"""Name of its `<Text>` tag, and the key of the text in `data`."""


def write_label_studio(sentences: Iterable[LabelledSentence], labels: Labels, tagger: str) -> Iterator[bytes]:
    """A list of tasks: predicted entities as pre-annotations of `model_version`, gold ones as annotations."""
    return as_json_list(_task(sentence, labels, tagger) for sentence in sentences)


def _task(sentence: LabelledSentence, labels: Labels, tagger: str) -> dict[str, Any]:
    document = {} if sentence.document is None else {"document_id": sentence.document}
    data = {TEXT_TAG: sentence.text, "id": sentence.id, **document}
    result = [_region(number, entity, sentence.text) for number, entity in enumerate(sentence.entities(labels))]
    if labels == "gold":
        return {"data": data, "annotations": [{"result": result, "ground_truth": True}]}
    scores = [entity.score for entity in sentence.predicted if entity.score is not None]
    score = {"score": min(scores)} if scores else {}
    return {"data": data, "predictions": [{"model_version": tagger, **score, "result": result}]}


def _region(number: int, entity: Entity, text: str) -> dict[str, Any]:
    region = {
        "id": str(number),
        "from_name": LABELS_TAG,
        "to_name": TEXT_TAG,
        "type": "labels",
        "value": {
            "start": entity.start,
            "end": entity.end,
            "text": text[entity.start : entity.end],
            "labels": [entity.label],
        },
    }
    return region if entity.score is None else {**region, "score": entity.score}
