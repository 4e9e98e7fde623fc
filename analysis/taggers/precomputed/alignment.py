"""Places predicted entities, which are given by character offsets, on the words of the corpus."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from analysis.errors import AnalysisError
from analysis.formats.offsets import check_bounds
from analysis.formats.text_records import Entity
from analysis.messages import shown
from analysis.run.tags import type_of


def squeezed(text: str) -> str:
    """A text without white space, so that texts with different spacing are equal."""
    return "".join(text.split())


@dataclass(frozen=True)
class WordSpan:
    """An entity on the words of a sentence.

    Attributes:
        start: Its first word.
        end: The word after its last one.
        label: Its type.
        score: Its score; None: not given.
    """

    start: int
    end: int
    label: str
    score: float | None


def place_entities(
    entities: Sequence[Entity], text: str, words: Sequence[str], place: str, counts: Counter[str]
) -> list[WordSpan]:
    """The entities on words; of two that overlap, the longer is kept.

    Args:
        entities: By their bounds in `text`.
        text: The same characters as those of the words, with any white space.
        words: The words of the corpus's sentence.
        place: The file and the line, for messages.
        counts: Counts what was adjusted or left out.

    Raises:
        AnalysisError: An entity is outside the text, or covers no word.
    """
    before = list(accumulate((not character.isspace() for character in text), initial=0))
    ends = list(accumulate(len(squeezed(word)) for word in words))
    starts = [0, *ends[:-1]]
    free = [True] * len(words)
    placed = []
    for entity, start, end in sorted(_located(entities, counts), key=lambda one: (one[1] - one[2], one[1])):
        check_bounds(start, end, entity.label, len(text), place)
        first, last = bisect_right(ends, before[start]), bisect_left(starts, before[end])
        if first >= last or before[start] == before[end]:
            raise AnalysisError(
                f"{place}: the entity {shown(entity.label)} [{start}, {end}) covers no word. "
                "Offsets count characters from 0; the end is exclusive."
            )
        if not all(free[first:last]):
            counts["overlapping_predictions"] += 1
            continue
        if (starts[first], ends[last - 1]) != (before[start], before[end]):
            counts["predictions_widened_to_words"] += 1
        free[first:last] = [False] * (last - first)
        placed.append(WordSpan(first, last, entity.label, entity.score))
    return placed


def _located(entities: Sequence[Entity], counts: Counter[str]) -> list[tuple[Entity, int, int]]:
    """The entities with known bounds."""
    located = [
        (one, start, end) for one in entities if (start := one.start) is not None and (end := one.end) is not None
    ]
    counts["predictions_without_offsets"] += len(entities) - len(located)
    return located


def entities_of_words(
    words: Sequence[str], tags: Sequence[str | None], scores: Sequence[float | None]
) -> tuple[str, list[Entity]]:
    """The words joined with spaces, and the entities that their BIO2 tags mark.

    The score of an entity is the smallest of its words; None if one of them has none.
    """
    ends = list(accumulate(len(word) + 1 for word in words))
    entities: list[Entity] = []
    for position, tag in enumerate(tags):
        name = None if tag is None else type_of(tag)
        if tag is None or name is None:
            continue
        start, end = ends[position] - len(words[position]) - 1, ends[position] - 1
        score = scores[position] if scores else None
        if tag[0] == "I" and entities and position and tags[position - 1] is not None:
            last = entities.pop()
            both = None if last.score is None or score is None else min(last.score, score)
            entities.append(Entity(last.start, end, name, both))
        else:
            entities.append(Entity(start, end, name, score))
    return " ".join(words), entities
