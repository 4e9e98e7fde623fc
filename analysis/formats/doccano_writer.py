"""Writes doccano's JSON lines for sequence labelling (https://doccano.github.io/doccano/)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.formats.json_writer import as_json_line
from analysis.formats.written import LabelledSentence, Labels


def write_doccano(sentences: Iterable[LabelledSentence], labels: Labels, _tagger: str) -> Iterator[bytes]:
    """A JSON object per sentence: `id`, `document_id` if there is one, `text` and `label`: [[start, end, type]]."""
    for sentence in sentences:
        document = {} if sentence.document is None else {"document_id": sentence.document}
        label = [[entity.start, entity.end, entity.label] for entity in sentence.entities(labels)]
        yield as_json_line({"id": sentence.id, **document, "text": sentence.text, "label": label})
