"""Writes the JSON that Argilla 2 reads with `dataset.records.from_json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.formats.json_writer import as_json_list
from analysis.formats.written import LabelledSentence, Labels

QUESTION = "span"
"""Name of the span question of the dataset; its text field is `text`."""
GOLD_AGENT = "gold"


def write_argilla(sentences: Iterable[LabelledSentence], labels: Labels, tagger: str) -> Iterator[bytes]:
    """A list of records whose entities are a suggestion of the tagger, or of the agent `gold`.

    Gold entities are no responses: a response needs the id of a user of the server.
    """
    agent = GOLD_AGENT if labels == "gold" else tagger
    return as_json_list(_record(sentence, labels, agent) for sentence in sentences)


def _record(sentence: LabelledSentence, labels: Labels, agent: str) -> dict[str, Any]:
    entities = sentence.entities(labels)
    scores = [entity.score for entity in entities]
    value = [{"start": entity.start, "end": entity.end, "label": entity.label} for entity in entities]
    suggestion = {"value": value, "score": None if None in scores or not scores else scores, "agent": agent}
    return {
        "id": sentence.id,
        "fields": {"text": sentence.text},
        "metadata": {} if sentence.document is None else {"document_id": sentence.document},
        "suggestions": {QUESTION: suggestion},
        "responses": {},
        "vectors": {},
    }
