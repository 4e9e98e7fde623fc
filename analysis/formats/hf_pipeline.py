"""Entities as a token-classification pipeline of transformers returns them, aggregated or as pieces of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.format import Format, Sample
from analysis.formats.json_records import JsonObjects, listed_entities
from analysis.formats.json_values import JsonValue
from analysis.formats.label_keys import ENTITY_KEYS
from analysis.formats.span_json import read_objects
from analysis.formats.tag_schemes import BEGIN, split_tag
from analysis.formats.text_records import TextRecords
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_CONTINUED = "##"
_WORD_STARTS = ("▁", "Ġ")
_RESULT_KEYS = (*ENTITY_KEYS, "output", "outputs", "result", "results")


def read_pipeline(path: Path, columns: Columns) -> TextRecords:
    """Reads the output for each text: a list of entities, or an object with such a list.

    Pieces (no aggregation) are joined: a piece with `B-` begins an entity, unless it continues a word. The score of an
    entity is the mean of those of its pieces. Where the tokenizer gave no offsets, an entity is placed by its text.

    Raises:
        AnalysisError: The file is not JSON, or an entity has another form.
    """
    objects = listed_entities(path, columns, _is_item)
    key = objects.key("tag", _RESULT_KEYS) or "entities"
    values = []
    for one in objects.values:
        items = one.value.get(key)
        if items is None:
            raise AnalysisError(f'{one.place} has no list "{key}". Write the output of the pipeline there.')
        others = {name: value for name, value in one.value.items() if name != key}
        values.append(JsonValue({**others, key: _entities(items, one.place)}, one.place, one.line))
    given = replace(objects.columns, tag=key)
    return read_objects(JsonObjects(objects.source, values, given), "output of a Hugging Face pipeline")


@dataclass(frozen=True)
class _Piece:
    """A piece of a word, or an entity that the pipeline aggregated."""

    prefix: str
    type: str
    word: str
    score: float | None
    start: int | None
    end: int | None
    index: int | None
    is_aggregated: bool

    @property
    def continues_word(self) -> bool:
        return self.word.startswith(_CONTINUED)

    def follows(self, piece: _Piece) -> bool:
        """Whether the piece is the next one of the text."""
        if self.index is not None and piece.index is not None:
            return self.index == piece.index + 1
        return self.start is None or piece.end is None or 0 <= self.start - piece.end <= 1

    def joins(self, piece: _Piece) -> bool:
        """Whether it belongs to the entity whose last piece is `piece`."""
        if self.is_aggregated or not self.follows(piece):
            return False
        return self.continues_word or (self.prefix not in BEGIN and self.type == piece.type)


def _entities(items: Any, place: str) -> list[dict[str, Any]]:
    if not isinstance(items, list):
        raise AnalysisError(f"{place}: {shown(items)} is not a list of entities.")
    entities: list[list[_Piece]] = []
    for piece in _pieces(items, place):
        if entities and piece.joins(entities[-1][-1]):
            # The last piece gives the position, the first one the type.
            entities[-1].append(replace(piece, type=entities[-1][0].type))
        else:
            entities.append([piece])
    return [_entity(pieces) for pieces in entities]


def _pieces(items: Sequence[Any], place: str) -> Iterator[_Piece]:
    for item in items:
        numbers = [item.get(key) for key in ("start", "end", "index", "score")] if _is_item(item) else ["none"]
        if not all(number is None or type(number) in (int, float) for number in numbers):
            raise AnalysisError(
                f'{place}: the entity {shown(item)} does not have the form {{"entity_group": "PER", "score": 0.9, '
                '"word": "Ada", "start": 0, "end": 3}.'
            )
        tag = item.get("entity_group", item.get("entity"))
        is_aggregated = "entity_group" in item
        prefix, name = ("", tag) if is_aggregated else split_tag(str(tag))
        if name and tag != OUTSIDE:
            yield _Piece(
                prefix,
                name,
                item["word"],
                item["score"],
                item.get("start"),
                item.get("end"),
                item.get("index"),
                is_aggregated,
            )


def _entity(pieces: Sequence[_Piece]) -> dict[str, Any]:
    scores = [piece.score for piece in pieces if piece.score is not None]
    entity: dict[str, Any] = {"label": pieces[0].type, "score": sum(scores) / len(scores) if scores else None}
    start, end = pieces[0].start, pieces[-1].end
    if start is None or end is None:
        return entity | {"text": _text_of(pieces)}
    return entity | {"start": start, "end": end}


def _text_of(pieces: Sequence[_Piece]) -> str:
    """The text of an entity without offsets. White space does not matter for finding it."""
    text = ""
    for piece in pieces:
        word = piece.word
        for mark in _WORD_STARTS:
            word = word.replace(mark, " ")
        text += word.removeprefix(_CONTINUED) if piece.continues_word else f" {word}"
    return text.strip()


def _is_item(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("word"), str)
        and "score" in value
        and not value.keys().isdisjoint({"entity", "entity_group"})
    )


def _recognises(sample: Sample) -> bool:
    return any(_is_item(value) or any(map(_is_item, _items(value))) for value in sample.values)


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, Mapping):
        value = next((value[key] for key in _RESULT_KEYS if value.get(key)), [])
    return value if isinstance(value, list) else []


HF_PIPELINE = Format(
    name="hf-pipeline",
    title="output of a Hugging Face pipeline",
    endings=(".jsonl", ".json"),
    holds="predictions",
    recognises=_recognises,
    read=read_pipeline,
)
