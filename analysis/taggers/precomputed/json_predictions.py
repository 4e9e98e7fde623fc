"""Reads predictions from JSON lines or a JSON list: word tags, word probabilities, or entities with scores.

An element describes one sentence. It has one of these forms, and may have an `id` and a `text`:

- `{"tokens": [...], "predicted": ["B-PER", ...], "scores": [0.9, ...]}`: word tags, the scores are optional;
- `{"tokens": [...], "probabilities": [{"B-PER": 0.9, "O": 0.1}, ...]}`: the distribution at each word;
- `{"tokens": [...], "probabilities": [[0.9, 0.1], ...], "tag_names": ["B-PER", "O"]}`: the same; the names may be
  given once, in the first element;
- `{"entities": [{"start": 0, "end": 5, "label": "PER", "score": 0.9}]}`: entities, also as `[0, 5, "PER"]`;
- a list of entities, as pipelines of Hugging Face return it; such sentences are matched by order.

Tags or entities of several taggers may be given by name: `{"predictions": {"v1": [...], "v2": [...]}}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import RawTag, lines_of, read_text
from analysis.formats.format import Sample
from analysis.formats.json_lines import json_line
from analysis.formats.records import ID_COLUMNS, TAG_COLUMNS
from analysis.formats.text_records import Entity
from analysis.messages import quoted, shown
from analysis.taggers.precomputed.predictions import Distribution, PredictedSentence

PREDICTED_KEYS = (
    *("predicted", "predictions", "prediction", "predicted_tags", "predicted_tag", "pred", "preds", "pred_tags"),
    *("predicted_entities", "entities", "ents", "spans"),
    *TAG_COLUMNS,
)
"""Where predictions are looked for, in this order: names that say so before those that gold tags have too."""
_WORD_KEYS = ("tokens", "words")
_SCORE_KEYS = ("scores", "score", "confidences", "confidence")
_START_KEYS = ("start", "start_offset", "start_char", "start_pos", "begin")
_END_KEYS = ("end", "end_offset", "end_char", "end_pos", "stop")
_LABEL_KEYS = ("label", "labels", "type", "entity_type", "entity_group", "entity", "tag")
_ENTITY_SCORE_KEYS = ("score", "confidence", "probability")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SUM_TOLERANCE = 0.01
_FORM = '{"start": 0, "end": 5, "label": "PER"}'

Versions = dict[str | None, list[PredictedSentence]]
"""Name of a tagger, None if the file gives no name -> its predictions."""


def are_json_predictions(sample: Sample) -> bool:
    """Whether a file has predictions of several taggers by name, or word probabilities; no other format has them."""
    return any(
        isinstance(one.get("predictions"), Mapping) or isinstance(one.get("probabilities"), list)
        for one in sample.objects
    )


def check_label(label: str, place: str) -> None:
    """Refuse a label that cannot be written as UTF-8.

    Raises:
        AnalysisError: It contains a lone surrogate.
    """
    if _LONE_SURROGATE.search(label):
        raise AnalysisError(
            f"{place}: the label {shown(label)} contains a lone surrogate, which is not a character. Correct it."
        )


def read_json_predictions(path: Path, column: str | None) -> Versions:
    """Read a file.

    Args:
        path: The file.
        column: The key of tags, probabilities or entities; None: found by its usual name.

    Raises:
        AnalysisError: The file cannot be read, or an element does not have one of the forms above.
    """
    reading = _Reading(column)
    for place, element in _elements(path):
        reading.add(place, element)
    if not reading.versions:
        raise AnalysisError(f"{path} is empty. Write one JSON object per line.")
    return reading.versions


def _elements(path: Path) -> Iterator[tuple[str, Any]]:
    text = read_text(path)
    whole = _whole(text)
    if whole is not None:
        yield from _of_list(path, whole)
        return
    for number, line in enumerate(lines_of(text), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            yield place, json_line(line, place)


def _whole(text: str) -> list[Any] | None:
    """The list, or the object over several lines, that the file consists of; None: it is lines, or not valid."""
    is_list = text.lstrip().startswith("[")
    if not is_list and "\n" not in text.strip():
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return whole if is_list else [whole]


def _of_list(path: Path, elements: list[Any]) -> Iterator[tuple[str, Any]]:
    is_one_sentence = bool(elements) and all(isinstance(one, Mapping) and _has_bounds(one) for one in elements)
    if is_one_sentence:
        yield str(path), elements
        return
    for number, element in enumerate(elements):
        yield f"{path}, element {number}", element


def _has_bounds(element: Mapping[str, Any]) -> bool:
    return _first(element, _START_KEYS) is not None and _first(element, _END_KEYS) is not None


class _Reading:
    def __init__(self, column: str | None) -> None:
        self._keys = PREDICTED_KEYS if column is None else (column,)
        self._column = column
        self._tag_names: Sequence[str] = ()
        self.versions: Versions = {}

    def add(self, place: str, element: Any) -> None:
        """Read an element."""
        if isinstance(element, list):
            self._append(None, PredictedSentence(place, entities=_entities(element, place)))
            return
        given = element if isinstance(element, Mapping) else {}
        names, text, words = _first(given, ID_COLUMNS), given.get("text"), _words(given, place)
        if not isinstance(names, (str, int, float, type(None))):
            raise AnalysisError(f'{place}: "id" is neither text nor a number. Write the id as the corpus has it.')
        if not isinstance(text, (str, type(None))):
            raise AnalysisError(f'{place}: "text" is not text. Write the sentence as the corpus has it.')
        name = None if names is None else str(names)
        self._tag_names = _tag_names(given, place) or self._tag_names
        if words is not None and isinstance(given.get("probabilities"), list):
            self._append(None, self._with_probabilities(given, PredictedSentence(place, name, text, words)))
            return
        content = next((value for key in self._keys if isinstance(value := given.get(key), (list, Mapping))), None)
        if content is None:
            where = f"no list {quoted(self._column)}" if self._column else 'no list "entities"'
            raise AnalysisError(
                f'{place} has {where}. Write {{"id": "7", "entities": [{_FORM}]}}, or '
                '{"tokens": ["Ada"], "predicted": ["B-PER"]}.'
            )
        by_version = content if isinstance(content, Mapping) else {None: content}
        for version, predicted in by_version.items():
            if not isinstance(predicted, list):
                raise AnalysisError(f"{place}: the predictions of {shown(version)} are not a list. Write a list.")
            sentence = PredictedSentence(place, name, text)
            if words is not None and predicted and all(isinstance(tag, (str, int, type(None))) for tag in predicted):
                _check_number(predicted, words, "tags", place)
                scores = _scores(given, words, place) if len(by_version) == 1 else ()
                self._append(version, PredictedSentence(place, name, text, words, predicted, scores))
            else:
                own_text = " ".join(words) if text is None and words is not None else text
                sentence = PredictedSentence(place, name, own_text, entities=_entities(predicted, place))
                self._append(version, sentence)

    def _append(self, version: str | None, sentence: PredictedSentence) -> None:
        self.versions.setdefault(version, []).append(sentence)

    def _with_probabilities(self, given: Mapping[str, Any], sentence: PredictedSentence) -> PredictedSentence:
        place, words = sentence.place, sentence.words or ()
        cells = given["probabilities"]
        _check_number(cells, words, "distributions", place)
        distributions = [self._distribution(cell, place) for cell in cells]
        tags: Sequence[RawTag] = next((given[key] for key in PREDICTED_KEYS if _are_tags(given.get(key))), ())
        if tags:
            _check_number(tags, words, "tags", place)
        return PredictedSentence(place, sentence.id, sentence.text, words, tags, probabilities=distributions)

    def _distribution(self, cell: Any, place: str) -> Distribution:
        if isinstance(cell, list):
            if len(cell) != len(self._tag_names):
                raise AnalysisError(
                    f'{place}: a word has {len(cell)} probabilities, but "tag_names" has {len(self._tag_names)} names. '
                    "Give one name for each probability."
                )
            cell = dict(zip(self._tag_names, cell, strict=True))
        if not isinstance(cell, Mapping) or not all(map(_is_probability, cell.values())):
            raise AnalysisError(
                f'{place}: {shown(cell)} is not a distribution. Write {{"B-PER": 0.9, "O": 0.1}} for each word.'
            )
        total, complete = sum(cell.values()), 0 < len(self._tag_names) == len(cell)
        if total > 1 + _SUM_TOLERANCE or (complete and total < 1 - _SUM_TOLERANCE):
            raise AnalysisError(
                f"{place}: the probabilities {shown(cell)} of a word have the sum {total:.3f}. They must sum to 1; "
                "write probabilities, not other scores."
            )
        return {str(tag): float(value) for tag, value in cell.items()}


def _first(given: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((given[key] for key in keys if given.get(key) is not None), None)


def _words(given: Mapping[str, Any], place: str) -> list[str] | None:
    """The words; None: there are none, or they are objects of a tokenizer."""
    words = _first(given, _WORD_KEYS)
    if not isinstance(words, list) or any(isinstance(word, Mapping) for word in words):
        return None
    if not all(isinstance(word, str) for word in words):
        raise AnalysisError(f"{place}: the words {shown(words)} are not all texts. Write every word as text.")
    return words


def _tag_names(given: Mapping[str, Any], place: str) -> Sequence[str]:
    names = given.get("tag_names", ())
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise AnalysisError(f'{place}: "tag_names" is not a list of tags. Write ["O", "B-PER", "I-PER"].')
    return names


def _are_tags(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(tag, (str, int, type(None))) for tag in value)


def _check_number(cells: Sequence[Any], words: Sequence[str], what: str, place: str) -> None:
    if len(cells) != len(words):
        raise AnalysisError(f"{place} has {len(words)} words but {len(cells)} {what}. Each word needs one.")


def _scores(given: Mapping[str, Any], words: Sequence[str], place: str) -> list[float | None]:
    scores = _first(given, _SCORE_KEYS)
    if not isinstance(scores, list):
        return []
    _check_number(scores, words, "scores", place)
    return [_score(score, place) for score in scores]


def _score(score: Any, place: str) -> float | None:
    if score is not None and not _is_probability(score):
        raise AnalysisError(f"{place}: the score {shown(score)} is not a number from 0 to 1. Correct or omit it.")
    return None if score is None else float(score)


def _is_probability(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1


def _entities(given: Sequence[Any], place: str) -> list[Entity]:
    return [_entity(one, place) for one in given]


def _entity(given: Any, place: str) -> Entity:
    if isinstance(given, list) and len(given) == 3:
        given = dict(zip(("start", "end", "label"), given, strict=True))
    entity = given if isinstance(given, Mapping) else {}
    start, end, label = _first(entity, _START_KEYS), _first(entity, _END_KEYS), _first(entity, _LABEL_KEYS)
    own_text = entity.get("text", entity.get("word"))
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    without_offsets = start is None and end is None and isinstance(own_text, str)
    has_offsets = type(start) is int and type(end) is int
    if not (without_offsets or has_offsets) or not (isinstance(label, str) and label.strip()):
        raise AnalysisError(f"{place}: the entity {shown(given)} is not in the form {_FORM}.")
    check_label(label, place)
    score = _score(_first(entity, _ENTITY_SCORE_KEYS), place)
    return Entity(start, end, label.strip(), score, own_text if isinstance(own_text, str) else None)
