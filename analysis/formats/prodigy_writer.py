"""Writes Prodigy's JSON lines (https://prodi.gy/docs/api-interfaces#spans)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analysis.formats.json_writer import as_json_line
from analysis.formats.spans_writer import entity_object
from analysis.formats.text_records import Entity
from analysis.formats.written import LabelledSentence, Labels


def write_prodigy(sentences: Iterable[LabelledSentence], labels: Labels, tagger: str) -> Iterator[bytes]:
    """A task per sentence: `text`, `tokens`, `spans` and `meta` with the ids.

    Gold spans are an accepted answer. Predicted ones have no answer yet; `meta` names the tagger.
    """
    for sentence in sentences:
        document = {} if sentence.document is None else {"document_id": sentence.document}
        status = {"answer": "accept"} if labels == "gold" else {}
        model = {} if labels == "gold" else {"model": tagger}
        yield as_json_line(
            {
                "text": sentence.text,
                "tokens": [_token(sentence, position) for position in range(len(sentence.words))],
                "spans": [_span(sentence, entity) for entity in sentence.entities(labels)],
                "meta": {"id": sentence.id, **document, **model},
                **status,
            }
        )


def _token(sentence: LabelledSentence, position: int) -> dict[str, Any]:
    start, end = sentence.bounds[position]
    last = position == len(sentence.words) - 1
    return {"text": sentence.words[position], "start": start, "end": end, "id": position, "ws": not last}


def _span(sentence: LabelledSentence, entity: Entity) -> dict[str, Any]:
    first, after = sentence.word_range(entity)
    return {**entity_object(entity), "token_start": first, "token_end": after - 1}
