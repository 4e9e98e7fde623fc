"""Reads predictions from JSON lines or a JSON list: word tags, word probabilities, or entities, of one or more taggers.

An element describes one sentence. It has one of these forms, and may have an `id` and a `text`:

- `{"tokens": [...], "predicted": ["B-PER", ...], "scores": [0.9, ...]}`: word tags, the scores are optional;
- `{"tokens": [...], "probabilities": [{"B-PER": 0.9, "O": 0.1}, ...]}`: the distribution at each word;
- `{"tokens": [...], "probabilities": [[0.9, 0.1], ...], "tag_names": ["B-PER", "O"]}`: the same; the names may be
  given once, in the first element;
- `{"predicted": [{"start": 0, "end": 5, "label": "PER", "score": 0.9}]}`: entities, in any form of `entity_values`;
- a list of entities; such sentences are matched by order.

Tags or entities of several taggers may be given by name: `{"predictions": {"v1": [...], "v2": [...]}}`, and the scores
of their tags likewise. If gold labels stand beside them, the key of the predictions has a name that says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns, RawTag
from analysis.formats.entity_values import entities_of, entity_bounds, is_entity
from analysis.formats.json_records import WORD_KEYS, JsonObjects, count_text, listed_entities
from analysis.formats.json_values import JsonValue
from analysis.formats.label_keys import USUAL_KEYS, key_of_labels
from analysis.formats.label_names import labels_said
from analysis.formats.scores import is_score, score_of
from analysis.messages import listed, quoted, shown
from analysis.taggers.precomputed.predictions import Distribution, PredictedSentence, check_entities

_SCORE_KEYS = ("scores", "score", "confidences", "confidence")
_SUM_TOLERANCE = 0.01

Versions = dict[str | None, list[PredictedSentence]]
"""Name of a tagger, None if the file gives no name -> its predictions."""


def are_json_predictions(objects: Sequence[Mapping[str, Any]], column: str | None) -> bool:
    """Whether a file has word probabilities, predictions of several taggers by name, or predicted word tags.

    Args:
        objects: Its first objects.
        column: The key of the predictions; None: found.
    """
    key = column or key_of_labels(objects, USUAL_KEYS, "predicted")
    if any(isinstance(one.get("probabilities"), list) for one in objects):
        return True
    if key is None or (column is None and labels_said(key) != "predicted"):
        return False
    return _names_taggers(objects, key) or any(_are_tags(one.get(key)) for one in objects)


def read_json_predictions(path: Path, column: str | None) -> tuple[Versions, str]:
    """Read a file.

    Args:
        path: The file.
        column: The key of tags or entities; None: found by its name.

    Returns:
        The predictions, and a sentence: how they were read.

    Raises:
        AnalysisError: The file cannot be read, or an element does not have one of the forms above.
    """
    objects = listed_entities(path, Columns(tag=column, labels="predicted"), _is_placed)
    if not objects.values:
        raise AnalysisError(f"{path} is empty. Write one JSON object per line.")
    reading = _Reading(objects)
    for one in objects.values:
        reading.add(one)
    names = [name for name in reading.versions if name is not None]
    taggers = f" of {listed(names)}" if names else ""
    read_as = f"Read as JSON: {count_text(len(objects.values))}, {reading.what}{taggers}."
    return reading.versions, read_as


class _Reading:
    def __init__(self, objects: JsonObjects) -> None:
        values = [one.value for one in objects.values]
        self._key = objects.key("tag", USUAL_KEYS)
        self._maker = objects.record_maker(objects.key("word", ("text",)))
        self._names_taggers = self._key is not None and _names_taggers(values, self._key)
        self._tag_names: Sequence[str] = ()
        self._has_probabilities = False
        self.versions: Versions = {}

    @property
    def what(self) -> str:
        """What was read, with its key."""
        return "probabilities" if self._has_probabilities else f"predictions from {quoted(str(self._key))}"

    def add(self, one: JsonValue) -> None:
        """Read an element."""
        place, given = one.place, one.value
        words = _words(given, place)
        record = self._maker.record(one, self._maker.text(one), ())
        sentence = PredictedSentence(place, record.id, record.text, words)
        self._tag_names = _tag_names(given, place) or self._tag_names
        if words is not None and isinstance(given.get("probabilities"), list):
            self._has_probabilities = True
            self._append(None, self._with_probabilities(given, sentence))
            return
        content = None if self._key is None else given.get(self._key)
        if not isinstance(content, (list, Mapping)):
            raise AnalysisError(
                f'{place} has no list {quoted(self._key or "entities")}. Write {{"id": "7", "entities": [{{"start": 0, '
                '"end": 5, "label": "PER"}]}, or {"tokens": ["Ada"], "predicted": ["B-PER"]}.'
            )
        by_tagger = content if isinstance(content, Mapping) and self._names_taggers else {None: content}
        predicted: Any
        for tagger, predicted in by_tagger.items():
            if words is not None and _are_tags(predicted):
                _check_number(predicted, words, "tags", place)
                scores = _scores(given, words, tagger, len(by_tagger), place)
                self._append(tagger, replace(sentence, tags=predicted, scores=scores))
            else:
                entities = entities_of(predicted, place)
                check_entities(entities, place)
                text = " ".join(words) if record.text is None and words is not None else record.text
                self._append(tagger, replace(sentence, text=text, words=None, entities=entities))

    def _append(self, version: str | None, sentence: PredictedSentence) -> None:
        self.versions.setdefault(version, []).append(sentence)

    def _with_probabilities(self, given: Mapping[str, Any], sentence: PredictedSentence) -> PredictedSentence:
        place, words = sentence.place, sentence.words or ()
        cells = given["probabilities"]
        _check_number(cells, words, "distributions", place)
        distributions = [self._distribution(cell, place) for cell in cells]
        is_said = self._key is not None and labels_said(self._key) == "predicted"
        predicted = given.get(self._key or "")
        tags: Sequence[RawTag] = predicted if predicted and is_said and _are_tags(predicted) else ()
        if tags:
            _check_number(tags, words, "tags", place)
        return replace(sentence, tags=tags, probabilities=distributions)

    def _distribution(self, cell: Any, place: str) -> Distribution:
        if isinstance(cell, list):
            if len(cell) != len(self._tag_names):
                raise AnalysisError(
                    f'{place}: a word has {len(cell)} probabilities, but "tag_names" has {len(self._tag_names)} names. '
                    "Give one name for each probability."
                )
            cell = dict(zip(self._tag_names, cell, strict=True))
        if not isinstance(cell, Mapping) or not all(map(is_score, cell.values())):
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


def _is_placed(value: Any) -> bool:
    """Whether a value is an entity with offsets, not a text with entities."""
    return is_entity(value) and entity_bounds(value)[1] is not None


def _names_taggers(objects: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether the mappings under a key name taggers, not types of entities or columns of their bounds."""
    contents = [(content, one) for one in objects if isinstance(content := one.get(key), Mapping)]
    return bool(contents) and all(
        isinstance(given, list) and (all(map(is_entity, given)) or _fit_words(given, one))
        for content, one in contents
        for given in (content.values() if entity_bounds(content)[0] is None else [None])
    )


def _fit_words(given: Sequence[Any], one: Mapping[str, Any]) -> bool:
    words = next((one[key] for key in WORD_KEYS if isinstance(one.get(key), list)), None)
    return words is not None and len(words) == len(given) and _are_tags(given)


def _words(given: Mapping[str, Any], place: str) -> list[str] | None:
    """The words, which may be objects with a text; None: there are none."""
    words = next((given[key] for key in WORD_KEYS if isinstance(given.get(key), list)), None)
    if words is None:
        return None
    texts = [word.get("text") if isinstance(word, Mapping) else word for word in words]
    if not all(isinstance(text, str) for text in texts):
        raise AnalysisError(f"{place}: the words {shown(words)} are not all texts. Write every word as text.")
    return list(map(str, texts))


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


def _scores(
    given: Mapping[str, Any], words: Sequence[str], tagger: str | None, taggers: int, place: str
) -> list[float | None]:
    """The scores of the tags of a tagger; empty: there are none."""
    key = next((key for key in _SCORE_KEYS if isinstance(given.get(key), (list, Mapping))), None)
    if key is None:
        return []
    scores = given[key]
    if isinstance(scores, list) and taggers > 1:
        raise AnalysisError(
            f"{place} has tags of {taggers} taggers, but {quoted(key)} does not say whose scores it has. "
            f"Write {{{quoted(key)}: {{{quoted(str(tagger))}: [...]}}}}."
        )
    scores = scores.get(tagger) if isinstance(scores, Mapping) else scores
    if scores is None:
        return []
    if not isinstance(scores, list):
        raise AnalysisError(f"{place}: the scores {shown(scores)} are not a list. Write one score for each word.")
    _check_number(scores, words, "scores", place)
    return [score_of(score, place) for score in scores]
