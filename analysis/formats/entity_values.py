"""Reads the entities of a text from the JSON values in which tools write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from math import nan
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.scores import is_score
from analysis.formats.text_records import Entity
from analysis.messages import shown

START_KEYS = ("start", "start_offset", "start_char", "start_pos", "begin")
END_KEYS = ("end", "end_offset", "end_char", "end_pos", "stop")
LABEL_KEYS = (
    *("label", "labels", "type", "entity_type", "entity_group", "ner_type", "tag", "category", "class"),
    "entity",
)
TEXT_KEYS = ("text", "span", "mention", "surface", "entity_text")
MENTION_KEYS = (*TEXT_KEYS, "word", "entity", "name", "value")
"""Keys of the text of an entity without offsets. With offsets, the last ones may hold a normalised text."""
SCORE_KEYS = ("score", "confidence", "probability", "prob")


def entities_of(value: Any, place: str) -> list[Entity]:
    """The entities of a text.

    Args:
        value: A list of entities (mappings with start, end and label; `[start, end, label]`; `[label, start, end]`;
            `[text, label]`; a score may follow), a mapping of types to lists of texts or entities, a mapping of lists
            of starts, ends and labels, or None: there are none.
        place: Place of the text, for messages.

    Raises:
        AnalysisError: The value has another form. The message names the place.
    """
    if value is None:
        return []
    if isinstance(value, Mapping):
        starts = _first(value, START_KEYS)
        value = list(_rows(value) if isinstance(starts, list) else _by_type(value, place))
    if not isinstance(value, list):
        raise AnalysisError(f"{place}: {shown(value)} is not a list of entities. {_FORM}")
    return [entity for item in value for entity in entities_from(item, place)]


_FORM = 'Write them as [{"start": 0, "end": 5, "label": "PER"}].'


def entities_from(item: Any, place: str) -> list[Entity]:
    """The entities that one item of a list stands for, one for each of its labels.

    Args:
        item: As in `entities_of`.
        place: Place of the text, for messages.

    Raises:
        AnalysisError: The item has another form. The message names the place.
    """
    given = _as_mapping(item)
    start, end = _whole_number(_first(given, START_KEYS)), _whole_number(_first(given, END_KEYS))
    label = _first(given, LABEL_KEYS)
    score = _score(_first(given, SCORE_KEYS))
    scored = [_scored_type(one, score, place) for one in (label if isinstance(label, list) else [label])]
    labels = [name for name, _ in scored]
    text = _text(given, TEXT_KEYS if start is not None else MENTION_KEYS)
    known = isinstance(start, int) and isinstance(end, int)
    by_text = start is None and end is None and text is not None
    if not labels or not all(labels) or not (known or by_text):
        raise AnalysisError(
            f'{place}: the entity {shown(item)} does not have the form {{"start": 0, "end": 5, "label": "PER"}}.'
        )
    return [Entity(start, end, str(name), score, text) for name, score in scored]


def is_entity(item: Any) -> bool:
    """Whether a value looks like an entity: a mapping with a label and with offsets or a text, or a triple."""
    given = _as_mapping(item)
    has_place = _first(given, START_KEYS) is not None or _text(given, MENTION_KEYS) is not None
    return has_place and _first(given, LABEL_KEYS) is not None


def entity_bounds(item: Any) -> tuple[Any, Any]:
    """The start and the end of an entity as written; None: not given."""
    given = _as_mapping(item)
    return _first(given, START_KEYS), _first(given, END_KEYS)


def _as_mapping(item: Any) -> Mapping[str, Any]:
    """An entity written as a list, as a mapping; of an unknown form: empty."""
    if isinstance(item, Mapping):
        return item
    match item:
        case [int() as start, int() as end, label, *more] if len(more) <= 1:
            return {"start": start, "end": end, "label": label, "score": _number_in(more)}
        case [str() as label, int() as start, int() as end, *more] if len(more) <= 1:
            return {"start": start, "end": end, "label": label, "score": _number_in(more)}
        case [str() as text, str() as label]:
            return {"text": text, "label": label}
        case [str() as text, str() as label, int() | float() as score]:
            return {"text": text, "label": label, "score": score}
    return {}


def _number_in(cells: Sequence[Any]) -> float | None:
    """The score in the last cell of a list; None: there is none, or it is a text."""
    return next((cell for cell in cells if type(cell) in (int, float)), None)


def _first(given: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((given[key] for key in keys if given.get(key) is not None), None)


def _text(given: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    """The text of an entity; "entity" is its type if no other key is."""
    label_key = next((key for key in LABEL_KEYS if given.get(key) is not None), None)
    texts = (given.get(key) for key in keys if key != label_key)
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


def _rows(columns: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of columns: `{"start": [0], "end": [3], "label": ["PER"]}`."""
    lists = {name: cells for name, cells in columns.items() if isinstance(cells, list)}
    for cells in zip_longest(*lists.values()):
        yield dict(zip(lists, cells, strict=True))


def _by_type(types: Mapping[str, Any], place: str) -> Iterator[dict[str, Any]]:
    """The entities of `{"PER": ["Ada"], "LOC": [{"text": "Oslo", "start": 9, "end": 13}]}`."""
    for name, items in types.items():
        for item in items if isinstance(items, list) else [items]:
            if isinstance(item, Mapping):
                yield {**item, "label": name}
            elif isinstance(item, str):
                yield {"text": item, "label": name}
            elif item is not None:
                raise AnalysisError(f"{place}: {shown(item)} is not an entity of the type {shown(name)}. {_FORM}")


def _whole_number(value: Any) -> Any:
    """A number without fraction as int; anything else unchanged, except that False is no number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return str(value) if isinstance(value, bool) else value


def _scored_type(label: Any, score: float | None, place: str) -> tuple[str | None, float | None]:
    """The name and the score of a type; Flair writes both together: `{"value": "PER", "confidence": 0.9}`."""
    if isinstance(label, Mapping):
        score = _score(_first(label, SCORE_KEYS))
        label = label.get("value")
    return _type_name(label, place), score


def _type_name(label: Any, place: str) -> str | None:
    """The name of a type; None: it has none."""
    if type(label) is int:
        raise AnalysisError(
            f"{place}: an entity has the number {label} as its type, and the file does not name it. Write the names of "
            "types."
        )
    return label.strip() or None if isinstance(label, str) else None


def _score(score: Any) -> float | None:
    """A score as it is written; NaN: it is no number. Whoever uses it checks it."""
    if score is None or is_score(score):
        return None if score is None else float(score)
    return score if type(score) in (int, float) else nan
