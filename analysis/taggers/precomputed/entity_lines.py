"""JSON lines of predicted entities: `{"id" or "text", "entities": [{"start", "end", "label", "score"?}]}`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import Corpus
from analysis.corpus.messages import shown
from analysis.corpus.readers.annotations import lines_of, read_text
from analysis.errors import AnalysisError
from analysis.run.tags import OUTSIDE
from analysis.taggers.precomputed.predictions import Predicted, PredictionsFile


def read_entity_lines(path: Path) -> PredictionsFile:
    """Read predicted entities. Offsets count characters of the sentence's text from 0; the end is exclusive.

    Args:
        path: The file.

    Raises:
        AnalysisError: A line does not have the format above.
    """
    return _EntityLines(path).read()


@dataclass(frozen=True)
class _Entity:
    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True)
class _Line:
    """One object of a JSON lines file."""

    number: int
    id: str | None
    text: str | None
    entities: list[_Entity]


class _EntityLines:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> PredictionsFile:
        lines = [
            self._line(number, text)
            for number, text in enumerate(lines_of(read_text(self._path)), start=1)
            if text.strip()
        ]
        if not lines:
            raise AnalysisError(f"{self._path} is empty. Write one JSON object per line.")
        types = tuple(sorted({entity.label for line in lines for entity in line.entities}))
        return PredictionsFile(types, lambda corpus: self._apply_to(lines, corpus))

    def _line(self, number: int, text: str) -> _Line:
        place = f"{self._path}, line {number}"
        try:
            given = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise AnalysisError(f"{place} is not valid JSON ({error}). Write one object per line.") from error
        if not isinstance(given, dict) or not isinstance(given.get("entities"), list):
            raise AnalysisError(
                f'{place} has no list "entities". Write {{"id": "7", "entities": [{{"start": 0, "end": 5, "label": '
                '"PER"}]}.'
            )
        name, own_text = given.get("id"), given.get("text")
        if name is None and not isinstance(own_text, str):
            raise AnalysisError(f'{place} has neither "id" nor "text". Add one of them to identify the sentence.')
        entities = [self._entity(entity, place) for entity in given["entities"]]
        return _Line(number, None if name is None else str(name), own_text, entities)

    @staticmethod
    def _entity(given: Any, place: str) -> _Entity:
        entity = given if isinstance(given, Mapping) else {}
        start, end, label, score = (entity.get(key) for key in ("start", "end", "label", "score"))
        if not (type(start) is int and type(end) is int and isinstance(label, str) and label.strip()):
            raise AnalysisError(
                f'{place}: the entity {shown(given)} is not in the form {{"start": 0, "end": 5, "label": "PER"}}.'
            )
        if not 0 <= start < end:
            raise AnalysisError(f"{place}: the entity {label} [{start}, {end}) is empty or starts before the text.")
        if score is None:
            return _Entity(start, end, label.strip(), float("nan"))
        if type(score) not in (int, float) or not 0 <= score <= 1:
            raise AnalysisError(f"{place}: the score {shown(score)} is not a number from 0 to 1.")
        return _Entity(start, end, label.strip(), float(score))

    def _apply_to(self, lines: Sequence[_Line], corpus: Corpus) -> Predicted:
        tags: list[str | None] = [None] * len(corpus.words)
        p = np.full(len(tags), np.nan, np.float32)
        counts: Counter[str] = Counter()
        sentences = _Sentences(corpus)
        found: set[int] = set()
        for line in lines:
            sentence = sentences.find(line.id, line.text)
            if sentence is None:
                counts["predictions_without_sentence"] += 1
                continue
            if sentence in found:
                raise AnalysisError(
                    f"{self._path}, line {line.number} is a second line for the sentence "
                    f"{shown(corpus.sentence_ids[sentence])}. Write all its entities in one line."
                )
            found.add(sentence)
            self._fill(line, sentence, corpus, tags, p, counts)
        if not found:
            raise AnalysisError(
                f"No line of {self._path} matches a sentence of the corpus (an example of its ids: "
                f"{shown(corpus.sentence_ids[0])}). Use the ids or the texts of the corpus."
            )
        counts["sentences_without_prediction"] = len(corpus.sentence_ids) - len(found)
        return Predicted(tags, p, +counts)

    def _fill(
        self,
        line: _Line,
        sentence: int,
        corpus: Corpus,
        tags: list[str | None],
        p: npt.NDArray[np.float32],
        counts: Counter[str],
    ) -> None:
        """Convert the entities of a line to tags of the sentence's words; of two that overlap, the longer is kept."""
        place = f"{self._path}, line {line.number}"
        first = int(corpus.offsets[sentence])
        words = corpus.words[first : int(corpus.offsets[sentence + 1])]
        bounds = _word_bounds(line.text if line.text is not None else _text_of(corpus, sentence), words, place)
        tags[first : first + len(words)] = [OUTSIDE] * len(words)
        for entity in sorted(line.entities, key=lambda entity: (entity.start - entity.end, entity.start)):
            covered = [at for at, (start, end) in enumerate(bounds) if start < entity.end and entity.start < end]
            if not covered:
                raise AnalysisError(
                    f"{place}: the entity {entity.label} [{entity.start}, {entity.end}) covers no word. "
                    "Offsets count characters from 0; the end is exclusive."
                )
            if any(tags[first + at] != OUTSIDE for at in covered):
                counts["overlapping_predictions"] += 1
                continue
            if (bounds[covered[0]][0], bounds[covered[-1]][1]) != (entity.start, entity.end):
                counts["predictions_widened_to_words"] += 1
            for at in covered:
                tags[first + at] = f"{'B' if at == covered[0] else 'I'}-{entity.label}"
                p[first + at] = entity.score


class _Sentences:
    """Finds sentences by id or by text; equal texts are found in corpus order."""

    def __init__(self, corpus: Corpus) -> None:
        self._by_id = {name: row for row, name in reversed(list(enumerate(corpus.sentence_ids)))}
        self._by_text: dict[str, list[int]] = {}
        for row in reversed(range(len(corpus.sentence_ids))):
            self._by_text.setdefault(_squeezed(_text_of(corpus, row)), []).append(row)

    def find(self, name: str | None, text: str | None) -> int | None:
        if name is not None:
            return self._by_id.get(name)
        rows = self._by_text.get(_squeezed(text or ""))
        return rows.pop() if rows else None


def _text_of(corpus: Corpus, sentence: int) -> str:
    """The text of a sentence in the source; if the source has words, joined with spaces."""
    if corpus.texts:
        return corpus.texts[sentence]
    return " ".join(corpus.words[corpus.offsets[sentence] : corpus.offsets[sentence + 1]])


def _squeezed(text: str) -> str:
    """A text without white space, so that texts with different spacing are equal."""
    return "".join(text.split())


def _word_bounds(text: str, words: Sequence[str], place: str) -> list[tuple[int, int]]:
    """The bounds [start, end) of each word in a text. Only white space is allowed between words."""
    bounds = []
    position = 0
    for word in words:
        start = position
        while start < len(text) and text[start].isspace() and not text.startswith(word, start):
            start += 1
        if not text.startswith(word, start):
            raise AnalysisError(
                f"{place}: the text does not consist of the corpus's words: it has {shown(text[start:])} where the "
                f"corpus has {shown(word)}."
            )
        position = start + len(word)
        bounds.append((start, position))
    return bounds
