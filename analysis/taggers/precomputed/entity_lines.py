"""JSON lines of predicted entities: `{"id" or "text", "entities": [{"start", "end", "label", "score"?}]}`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError
from analysis.formats.annotations import lines_of, read_text
from analysis.formats.json_lines import json_line
from analysis.formats.offsets import check_bounds
from analysis.messages import shown
from analysis.run.tags import OUTSIDE
from analysis.taggers.precomputed.predictions import Predicted, PredictionsFile

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


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

    place: str
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
        given = json_line(text, place)
        if not isinstance(given, dict) or not isinstance(given.get("entities"), list):
            raise AnalysisError(
                f'{place} has no list "entities". Write {{"id": "7", "entities": [{{"start": 0, "end": 5, "label": '
                '"PER"}]}.'
            )
        name, own_text = given.get("id"), given.get("text")
        if name is None and own_text is None:
            raise AnalysisError(f'{place} has neither "id" nor "text". Add one of them to identify the sentence.')
        if not isinstance(name, (str, int, float, type(None))):
            raise AnalysisError(f'{place}: "id" is neither text nor a number. Write the id as the corpus has it.')
        if not isinstance(own_text, (str, type(None))):
            raise AnalysisError(f'{place}: "text" is not text. Write the sentence as the corpus has it.')
        return _Line(
            place,
            None if name is None else _without_lone_surrogates(str(name)),
            None if own_text is None else _without_lone_surrogates(own_text),
            [self._entity(entity, place) for entity in given["entities"]],
        )

    @staticmethod
    def _entity(given: Any, place: str) -> _Entity:
        entity = given if isinstance(given, Mapping) else {}
        start, end, label, score = (entity.get(key) for key in ("start", "end", "label", "score"))
        if not (type(start) is int and type(end) is int and isinstance(label, str) and label.strip()):
            raise AnalysisError(
                f'{place}: the entity {shown(given)} is not in the form {{"start": 0, "end": 5, "label": "PER"}}.'
            )
        if _LONE_SURROGATE.search(label):
            raise AnalysisError(
                f"{place}: the label {shown(label)} contains a lone surrogate, which is not a character. Correct it."
            )
        if score is None:
            return _Entity(start, end, label.strip(), float("nan"))
        if type(score) not in (int, float) or not 0 <= score <= 1:
            raise AnalysisError(f"{place}: the score {shown(score)} is not a number from 0 to 1. Correct or omit it.")
        return _Entity(start, end, label.strip(), float(score))

    def _apply_to(self, lines: Sequence[_Line], corpus: Corpus) -> Predicted:
        tags: list[str | None] = [None] * len(corpus.words)
        p = np.full(len(tags), np.nan, np.float32)
        counts: Counter[str] = Counter()
        is_sample = corpus.audit.get("sampled") is not None
        sentences = _Sentences(corpus)
        found: set[int] = set()
        for line in lines:
            sentence = sentences.find(line)
            if sentence is None:
                counts["predictions_outside_the_sample" if is_sample else "predictions_without_sentence"] += 1
                continue
            if sentence in found:
                raise AnalysisError(
                    f"{line.place} is a second line for the sentence {shown(corpus.sentence_ids[sentence])}. "
                    'Write all its entities in one line. If the lines are for different sentences, add their "text".'
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

    @staticmethod
    def _fill(
        line: _Line,
        sentence: int,
        corpus: Corpus,
        tags: list[str | None],
        p: npt.NDArray[np.float32],
        counts: Counter[str],
    ) -> None:
        """Convert the entities of a line to tags of the sentence's words; of two that overlap, the longer is kept."""
        first = int(corpus.offsets[sentence])
        words = corpus.words[first : int(corpus.offsets[sentence + 1])]
        text = line.text if line.text is not None else _text_of(corpus, sentence)
        bounds = _word_bounds(text, words, line.place)
        for entity in line.entities:
            check_bounds(entity.start, entity.end, entity.label, len(text), line.place)
        tags[first : first + len(words)] = [OUTSIDE] * len(words)
        for entity in sorted(line.entities, key=lambda entity: (entity.start - entity.end, entity.start)):
            covered = [at for at, (start, end) in enumerate(bounds) if start < entity.end and entity.start < end]
            if not covered:
                raise AnalysisError(
                    f"{line.place}: the entity {shown(entity.label)} [{entity.start}, {entity.end}) covers no word. "
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
    """Finds the sentences of lines by id, by text or by both; equal ones are found in corpus order."""

    def __init__(self, corpus: Corpus) -> None:
        self._is_sample = corpus.audit.get("sampled") is not None
        self._by_id: defaultdict[str, list[int]] = defaultdict(list)
        self._by_text: defaultdict[str, list[int]] = defaultdict(list)
        self._by_both: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for row, name in reversed(list(enumerate(corpus.sentence_ids))):
            text = _squeezed(_text_of(corpus, row))
            self._by_id[name].append(row)
            self._by_text[text].append(row)
            self._by_both[name, text].append(row)

    def find(self, line: _Line) -> int | None:
        """The row of the sentence that a line describes; None: the corpus does not have it.

        Raises:
            AnalysisError: Several sentences have the line's id, and its text does not tell which of them is meant.
        """
        if line.id is None:
            rows = self._by_text.get(_squeezed(line.text or ""))
            return rows.pop() if rows else None
        rows = self._by_id.get(line.id, [])
        if len(rows) <= 1 and (line.text is None or not self._is_sample):
            return rows[0] if rows else None
        if line.text is None:
            raise AnalysisError(
                f"{line.place}: the corpus has the id {shown(line.id)} {len(rows)} times. "
                'Add "text" to the lines to identify its sentences.'
            )
        same = self._by_both.get((line.id, _squeezed(line.text)), [])
        if same:
            # The last row stays, so that a line too many is a second line. Of a sample, it may be of another sentence.
            return same.pop() if len(same) > 1 or self._is_sample else same[0]
        if self._is_sample:
            return None
        raise AnalysisError(
            f"{line.place}: none of the {len(rows)} sentences with the id {shown(line.id)} has the text "
            f"{shown(line.text)}. Write the text as the corpus has it."
        )


def _text_of(corpus: Corpus, sentence: int) -> str:
    """The text of a sentence in the source; if the source has words, joined with spaces."""
    if corpus.texts:
        return _without_lone_surrogates(corpus.texts[sentence])
    return " ".join(corpus.words[corpus.offsets[sentence] : corpus.offsets[sentence + 1]])


def _without_lone_surrogates(text: str) -> str:
    """A text as the corpus has its words and ids: lone surrogates, which UTF-8 cannot contain, are U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


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
