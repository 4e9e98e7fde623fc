"""Places predicted entities, which are given by character offsets, on the words of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from analysis.errors import AnalysisError
from analysis.formats.offsets import EntityAligner, WordEntity
from analysis.formats.text_records import Entity
from analysis.formats.text_words import bounds_in_order
from analysis.messages import shown
from analysis.run.tags import type_of


def squeezed(text: str) -> str:
    """A text without white space, so that texts with different spacing are equal."""
    return "".join(text.split())


def place_entities(
    aligner: EntityAligner, entities: Sequence[Entity], text: str, words: Sequence[str], place: str
) -> Sequence[WordEntity]:
    """The entities on words, by the rules for entities of a corpus.

    Args:
        aligner: Aligns all predictions of the file, and counts what it changes.
        entities: By their bounds in `text`, or by their own texts.
        text: The same characters as those of the words, with any white space.
        words: The words of the corpus's sentence.
        place: The file and the line, for messages.

    Raises:
        AnalysisError: The text does not consist of the words, or an entity is outside the text.
    """
    bounds = bounds_in_order(text, words)
    if bounds is None:
        raise AnalysisError(
            f"{place}: the text {shown(text)} does not consist of the corpus's words ({shown(' '.join(words))}). "
            "Write the text as the corpus has it."
        )
    return aligner.align(text, entities, bounds, place).entities


def entities_of_words(
    words: Sequence[str], tags: Sequence[str | None], scores: Sequence[float | None]
) -> tuple[str, list[Entity]]:
    """The words joined with spaces, and the entities that their BIO2 tags mark.

    The score of an entity is the mean of those of its words, as in an export; None if one of them has none.
    """
    ends = list(accumulate(len(word) + 1 for word in words))
    entities: list[Entity] = []
    of_words: list[list[float | None]] = []
    for position, tag in enumerate(tags):
        name = None if tag is None else type_of(tag)
        if tag is None or name is None:
            continue
        start, end = ends[position] - len(words[position]) - 1, ends[position] - 1
        score = scores[position] if scores else None
        if tag[0] == "I" and entities and position and tags[position - 1] is not None:
            entities[-1] = replace(entities[-1], end=end)
            of_words[-1].append(score)
        else:
            entities.append(Entity(start, end, name))
            of_words.append([score])
    scored = zip(entities, map(_mean, of_words), strict=True)
    return " ".join(words), [replace(entity, score=score) for entity, score in scored]


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return sum(known) / len(scores) if len(known) == len(scores) else None
