"""GLiNER's training data: `{"tokenized_text": ["Ada", "wrote"], "ner": [[0, 0, "PER"]]}`."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import JsonObjects, count_text, list_at
from analysis.formats.json_values import JsonValue
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.formats.text_words import Bounds
from analysis.messages import shown

_WORDS, _ENTITIES = "tokenized_text", "ner"


def read_gliner_data(path: Path, columns: Columns) -> TextRecords:
    """Reads words and entities `[first word, last word, type]`; words count from 0, and the last one belongs to it.

    Raises:
        AnalysisError: The file is not JSON, or the words or an entity have another form.
    """
    objects = JsonObjects.of(path, columns)
    maker = objects.record_maker(_WORDS)
    records = []
    for one in objects.values:
        words = list_at(one, _WORDS)
        if not all(isinstance(word, str) and word.strip() for word in words):
            raise AnalysisError(f'{one.place}: "{_WORDS}" contains {shown(words)}, which is not a list of words.')
        ends = list(accumulate(len(word) + 1 for word in words))
        bounds = [(end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)]
        entities = [_entity(given, bounds, one) for given in list_at(one, _ENTITIES)]
        record = maker.record(one, " ".join(words), entities)
        records.append(TextRecord(record.place, record.text, entities, record.id, record.document, one.line, bounds))
    return TextRecords(
        str(path),
        records,
        read_as=f'Read as {GLINER_DATA.title}: {count_text(len(records))}, words from "{_WORDS}", entities from '
        f'"{_ENTITIES}" by the numbers of their first and last words.',
        columns=maker.columns(_ENTITIES),
    )


def _entity(given: Any, words: list[Bounds], one: JsonValue) -> Entity:
    match given:
        case [int() as first, int() as last, str() as label] if label.strip() and bool not in (type(first), type(last)):
            if 0 <= first <= last < len(words):
                return Entity(words[first][0], words[last][1], label.strip())
            raise AnalysisError(
                f"{one.place}: the entity {shown(given)} lies outside the {len(words)} words. Words count from 0, and "
                "the second number is that of the last word."
            )
    raise AnalysisError(
        f'{one.place}: the entity {shown(given)} does not have the form [0, 1, "PER"]: first word, last word, type.'
    )


def _recognises(sample: Sample) -> bool:
    return bool(sample.objects) and all(isinstance(one.get(_WORDS), list) for one in sample.objects)


GLINER_DATA = Format(
    name="gliner-data",
    title="GLiNER's training data",
    endings=(".json", ".jsonl"),
    holds="gold",
    recognises=_recognises,
    read=read_gliner_data,
)
