"""Somebody else's predictions, read from a file and laid over the words of a corpus."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import Corpus
from analysis.corpus.readers.annotations import Annotations, Columns, lines_of, read_text
from analysis.corpus.readers.conll import read_conll
from analysis.corpus.tag_schemes import detect_scheme, malformed_tags, to_bio2
from analysis.errors import AnalysisError
from analysis.run.tags import OUTSIDE, type_of

NO_PREDICTION = frozenset({None, "", "_"})
"""What files write where a word has no predicted tag."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class Predicted:
    """The predictions for one corpus, one entry a word.

    Attributes:
        tags: BIO2 tags; None: no prediction.
        p: float32: the score of the entity that a word belongs to; NaN where none is given.
        counts: What was passed over or adapted, for the audit.
        notes: Sentences for the audit.
    """

    tags: list[str | None]
    p: npt.NDArray[np.float32]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PredictionsFile:
    """A file of predictions, read but not yet laid over a corpus.

    Attributes:
        types: The entity types that occur in it, sorted.
        lay_over: Gives the predictions for the words of a corpus.
    """

    types: tuple[str, ...]
    lay_over: Callable[[Corpus], Predicted]


def read_predictions(path: Path, column: str | None) -> PredictionsFile:
    """Read a file of predictions: JSON lines with entities, or else a CoNLL file with a column of predicted tags.

    Args:
        path: The file.
        column: Name or position (from 0) of a CoNLL file's column of predicted tags; None: the last.

    Raises:
        AnalysisError: The file cannot be read as either.
    """
    if not path.is_file():
        raise AnalysisError(f"There is no file {path}: check --predictions.")
    if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
        if column is not None:
            raise AnalysisError(f"--prediction-column is for CoNLL files, and {path} is read as JSON lines: omit it.")
        return _EntityLines(path).read()
    return _tag_column(read_conll(path, Columns(tag=column)))


def _tag_column(annotations: Annotations) -> PredictionsFile:
    named = [[None if tag in NO_PREDICTION else str(tag) for tag in sentence] for sentence in annotations.tags]
    distinct = {tag for tag in chain.from_iterable(named) if tag is not None}
    if wrong := malformed_tags(distinct):
        row = next(row for row, tags in enumerate(named) if wrong.intersection(tags))
        raise AnalysisError(
            f'{annotations.where(row)}: "{min(wrong)}" is not a valid predicted tag: '
            "name the column of the predicted tags with --prediction-column."
        )
    tags, invalid = to_bio2(named, detect_scheme(named))
    types = {name for tag in chain.from_iterable(tags) if tag is not None and (name := type_of(tag)) is not None}

    def lay_over(corpus: Corpus) -> Predicted:
        rows = _matching_rows(annotations, corpus)
        found = list(chain.from_iterable(tags[row] for row in rows))
        counts = Counter({"invalid_predicted_transitions": sum(one.sentence in set(rows) for one in invalid)})
        return Predicted(found, np.full(len(found), np.nan, np.float32), +counts)

    return PredictionsFile(tuple(sorted(types)), lay_over)


def _matching_rows(annotations: Annotations, corpus: Corpus) -> list[int]:
    """The row of the predictions file for each sentence of the corpus: by its place, and with the same words."""
    available = corpus.audit["sampled"]["of"] if corpus.audit.get("sampled") else len(corpus.sentence_ids)
    if len(annotations) != available:
        raise AnalysisError(
            f"{annotations.source} has {len(annotations):,} sentences and the corpus {available:,}: "
            "predictions in a CoNLL file need the same sentences in the same order."
        )
    rows: list[int] = corpus.source_rows.tolist()
    for sentence, row in enumerate(rows):
        words = corpus.words[corpus.offsets[sentence] : corpus.offsets[sentence + 1]]
        if annotations.words[row] != words:
            here, there = _first_difference(annotations.words[row], words)
            raise AnalysisError(
                f"{annotations.where(row)} has {here} where the corpus has {there}: predictions in a CoNLL file need "
                "the same words in the same order."
            )
    return rows


def _first_difference(words: Sequence[str], wanted: Sequence[str]) -> tuple[str, str]:
    place = next(
        (place for place, (one, other) in enumerate(zip(words, wanted, strict=False)) if one != other),
        min(len(words), len(wanted)),
    )
    shown = [f'the word "{_short(side[place])}"' if place < len(side) else "no more words" for side in (words, wanted)]
    return shown[0], shown[1]


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
    """JSON lines: `{"id" or "text", "entities": [{"start", "end", "label", "score"?}]}`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> PredictionsFile:
        lines = [
            self._line(number, text)
            for number, text in enumerate(lines_of(read_text(self._path)), start=1)
            if text.strip()
        ]
        if not lines:
            raise AnalysisError(f"{self._path} is empty: write one JSON object a line.")
        types = tuple(sorted({entity.label for line in lines for entity in line.entities}))
        return PredictionsFile(types, lambda corpus: self._lay_over(lines, corpus))

    def _line(self, number: int, text: str) -> _Line:
        place = f"{self._path}, line {number}"
        try:
            given = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise AnalysisError(f"{place} is not valid JSON ({error}): write one object a line.") from error
        if not isinstance(given, dict) or not isinstance(given.get("entities"), list):
            raise AnalysisError(
                f'{place} has no list "entities": write {{"id": "7", "entities": [{{"start": 0, "end": 5, "label": '
                '"PER"}]}.'
            )
        name, own_text = given.get("id"), given.get("text")
        if name is None and not isinstance(own_text, str):
            raise AnalysisError(f'{place} has neither "id" nor "text": one of them says which sentence it is about.')
        entities = [self._entity(entity, place) for entity in given["entities"]]
        return _Line(number, None if name is None else str(name), own_text, entities)

    @staticmethod
    def _entity(given: Any, place: str) -> _Entity:
        entity = given if isinstance(given, Mapping) else {}
        start, end, label, score = (entity.get(key) for key in ("start", "end", "label", "score"))
        if not (type(start) is int and type(end) is int and isinstance(label, str) and label.strip()):
            raise AnalysisError(
                f'{place}: the entity {_short(json.dumps(given))} is not of the form {{"start": 0, "end": 5, "label": '
                '"PER"}.'
            )
        if not 0 <= start < end:
            raise AnalysisError(f"{place}: the entity {label} [{start}, {end}) is empty or begins before the text.")
        if score is None:
            return _Entity(start, end, label.strip(), float("nan"))
        if type(score) not in (int, float) or not 0 <= score <= 1:
            raise AnalysisError(f"{place}: the score {_short(json.dumps(score))} is not a number from 0 to 1.")
        return _Entity(start, end, label.strip(), float(score))

    def _lay_over(self, lines: Sequence[_Line], corpus: Corpus) -> Predicted:
        tags: list[str | None] = [None] * len(corpus.words)
        p = np.full(len(tags), np.nan, np.float32)
        counts: Counter[str] = Counter()
        sentences = _Sentences(corpus)
        said: set[int] = set()
        for line in lines:
            sentence = sentences.find(line.id, line.text)
            if sentence is None:
                counts["predictions_without_sentence"] += 1
                continue
            if sentence in said:
                raise AnalysisError(
                    f"{self._path}, line {line.number} is the second one about the sentence "
                    f'"{_short(corpus.sentence_ids[sentence])}": write all its entities in one line.'
                )
            said.add(sentence)
            self._fill(line, sentence, corpus, tags, p, counts)
        if not said:
            raise AnalysisError(
                f"No line of {self._path} is about a sentence of the corpus (whose ids are like "
                f'"{_short(corpus.sentence_ids[0])}"): give the ids or the texts of the corpus.'
            )
        counts["sentences_without_prediction"] = len(corpus.sentence_ids) - len(said)
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
        """Write the entities of a line over the words of a sentence; of two that overlap the longer is kept."""
        place = f"{self._path}, line {line.number}"
        first = int(corpus.offsets[sentence])
        words = corpus.words[first : int(corpus.offsets[sentence + 1])]
        bounds = _word_bounds(line.text if line.text is not None else _text_of(corpus, sentence), words, place)
        tags[first : first + len(words)] = [OUTSIDE] * len(words)
        for entity in sorted(line.entities, key=lambda entity: (entity.start - entity.end, entity.start)):
            covered = [at for at, (start, end) in enumerate(bounds) if start < entity.end and entity.start < end]
            if not covered:
                raise AnalysisError(
                    f"{place}: the entity {entity.label} [{entity.start}, {entity.end}) covers no word; "
                    "offsets count characters from 0, the end exclusive."
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
    """Finds sentences by id, else by text; equal texts in the order in which they occur."""

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
    return " ".join(corpus.words[corpus.offsets[sentence] : corpus.offsets[sentence + 1]])


def _squeezed(text: str) -> str:
    """A text without white space: what stays the same however its words are written."""
    return "".join(text.split())


def _word_bounds(text: str, words: Sequence[str], place: str) -> list[tuple[int, int]]:
    """Where each word stands in a text, [start, end); between them there may be white space alone."""
    bounds = []
    position = 0
    for word in words:
        start = position
        while start < len(text) and text[start].isspace() and not text.startswith(word, start):
            start += 1
        if not text.startswith(word, start):
            raise AnalysisError(
                f'{place}: the text does not consist of the corpus\'s words: it has "{_short(text[start:])}" where the '
                f'corpus has "{_short(word)}".'
            )
        position = start + len(word)
        bounds.append((start, position))
    return bounds


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
