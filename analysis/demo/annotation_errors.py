"""Plants annotation errors in correctly tagged sentences, and records the correct tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any, Literal

from analysis.demo.generator import Sentence
from analysis.demo.names import TYPES
from analysis.run.tags import OUTSIDE, type_of

ERROR_RATE = 0.03
"""Planted errors for each true entity of a split."""

Kind = Literal["type", "boundary", "missed", "spurious"]
_SHARES: dict[Kind, float] = {"type": 0.35, "boundary": 0.3, "missed": 0.2, "spurious": 0.15}
_MISTAKEN_FOR = {
    "PER": ("ORG", "LOC"),
    "ORG": ("LOC", "PRODUCT", "PER"),
    "LOC": ("ORG", "PER", "MISC"),
    "MISC": ("LOC", "ORG"),
    "PRODUCT": ("ORG", "MISC"),
}
assert set(_MISTAKEN_FOR) == set(TYPES)


@dataclass(frozen=True)
class PlantedError:
    """The words [start, end) of a sentence with their correct tags and the tags in the corpus."""

    sentence_id: str
    kind: Kind
    start: int
    end: int
    words: tuple[str, ...]
    true_tags: tuple[str, ...]
    given_tags: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The error as a JSON object."""
        return asdict(self)


def entities_of(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Start, end and type of each entity in valid BIO2 tags."""
    starts = [place for place, tag in enumerate(tags) if tag.startswith("B-")]
    found = []
    for start in starts:
        entity_type = type_of(tags[start])
        assert entity_type is not None
        end = start + 1
        while end < len(tags) and tags[end] == f"I-{entity_type}":
            end += 1
        found.append((start, end, entity_type))
    return found


def plant_errors(sentences: Sequence[Sentence], random: Random) -> tuple[list[Sentence], list[PlantedError]]:
    """Plant ERROR_RATE errors per entity, at most one in a sentence; the tags stay valid BIO2.

    Returns:
        The sentences with errors, in the same order, and the errors in the order of their sentences.
    """
    wanted = round(ERROR_RATE * sum(len(entities_of(sentence.tags)) for sentence in sentences))
    kinds = list(_SHARES)
    annotated = list(sentences)
    errors: dict[int, PlantedError] = {}
    for row in random.sample(range(len(sentences)), len(sentences)):
        if len(errors) == wanted:
            break
        kind = random.choices(kinds, [_SHARES[kind] for kind in kinds])[0]
        if error := _error(sentences[row], kind, random):
            errors[row] = error
            tags = list(sentences[row].tags)
            tags[error.start : error.end] = error.given_tags
            annotated[row] = replace(sentences[row], tags=tuple(tags))
    return annotated, [errors[row] for row in sorted(errors)]


def _error(sentence: Sentence, kind: Kind, random: Random) -> PlantedError | None:
    """An error of a kind at a random place in the sentence, or None if there is no place for it."""
    if kind == "spurious":
        return _spurious(sentence, random)
    entities = entities_of(sentence.tags)
    if not entities:
        return None
    start, end, entity_type = random.choice(entities)
    if kind == "boundary":
        return _boundary(sentence, start, end, entity_type, random)
    if kind == "type":
        return _given(sentence, kind, start, end, _entity_tags(random.choice(_MISTAKEN_FOR[entity_type]), end - start))
    return _given(sentence, kind, start, end, (OUTSIDE,) * (end - start))


def _spurious(sentence: Sentence, random: Random) -> PlantedError | None:
    """A word outside entities tagged as an entity; capitalised words are preferred."""
    tags = (*sentence.tags, OUTSIDE)
    places = [
        place
        for place, word in enumerate(sentence.words)
        if tags[place] == OUTSIDE and not tags[place + 1].startswith("I-") and re.fullmatch(r"[^\W\d_]{4,}", word)
    ]
    capitals = [place for place in places if sentence.words[place].istitle() and place > 0]
    if not places:
        return None
    place = random.choice(capitals or places)
    return _given(sentence, "spurious", place, place + 1, (f"B-{random.choice(TYPES)}",))


def _boundary(sentence: Sentence, start: int, end: int, entity_type: str, random: Random) -> PlantedError | None:
    """An entity with one word too many or, if it has several, one too few, at either end."""
    words, tags = sentence.words, sentence.tags
    longer = _entity_tags(entity_type, end - start + 1)
    shorter = _entity_tags(entity_type, end - start - 1)
    ways: list[tuple[int, int, tuple[str, ...]]] = []
    if end - start > 1:
        ways += [(start, end, (OUTSIDE, *shorter)), (start, end, (*shorter, OUTSIDE))]
    if start and tags[start - 1] == OUTSIDE and words[start - 1][-1].isalpha():
        ways.append((start - 1, end, longer))
    if end < len(words) and tags[end] == OUTSIDE and words[end][-1].isalpha():
        ways.append((start, end + 1, longer))
    return _given(sentence, "boundary", *random.choice(ways)) if ways else None


def _entity_tags(entity_type: str, length: int) -> tuple[str, ...]:
    return (f"B-{entity_type}", *[f"I-{entity_type}"] * (length - 1))


def _given(sentence: Sentence, kind: Kind, start: int, end: int, tags: tuple[str, ...]) -> PlantedError:
    return PlantedError(
        sentence.sentence_id, kind, start, end, sentence.words[start:end], sentence.tags[start:end], tags
    )
