"""Joins entities that are single tokens with a tag, as pipelines of Hugging Face return without aggregation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.formats.tag_schemes import BEGIN, split_tag


def joined_tokens(given: Sequence[Any]) -> Sequence[Any]:
    """The entities that tokens such as `{"entity": "B-PER", "index": 3, "start": 0, "end": 3}` form.

    A token continues the entity of the token before it if it has the same type and follows it in the same word, or if
    its tag does not begin an entity. The score is the smallest of its tokens. Other entities are returned unchanged.
    """
    if not given or not all(map(_is_token, given)):
        return given
    entities: list[dict[str, Any]] = []
    last: Mapping[str, Any] = {}
    for token in sorted(given, key=lambda token: token["start"]):
        prefix, name = split_tag(token["entity"])
        is_next = bool(last) and token["index"] == last["index"] + 1 and name == entities[-1]["label"]
        if is_next and (token["start"] == last["end"] or prefix not in BEGIN):
            entities[-1]["end"] = token["end"]
            entities[-1]["score"] = min(entities[-1]["score"], token["score"])
        else:
            entities.append({"start": token["start"], "end": token["end"], "label": name, "score": token["score"]})
        last = token
    return entities


def _is_token(entity: Any) -> bool:
    if not isinstance(entity, Mapping) or not isinstance(tag := entity.get("entity"), str):
        return False
    numbers = (entity.get("start"), entity.get("end"), entity.get("index"))
    has_numbers = all(type(number) is int for number in numbers) and type(entity.get("score")) in (int, float)
    return has_numbers and all(split_tag(tag)) and "-" in tag
