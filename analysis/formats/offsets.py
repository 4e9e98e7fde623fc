"""Splits text with entities as character offsets into words whose bounds agree with those of the entities."""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from analysis.errors import AnalysisError
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_START_KEYS = ("start", "start_offset", "begin")
_END_KEYS = ("end", "end_offset", "stop")
_LABEL_KEYS = ("label", "type", "entity_type", "tag", "entity")


@dataclass(frozen=True)
class TaggedText:
    """Words and BIO2 tags of a text, with counts of problems.

    Attributes:
        words: Runs of characters without white space and punctuation, and single punctuation marks.
        tags: One per word.
        cut_words: Number of entity bounds inside a word; the word was split there.
        overlapping: Number of entities ignored because they overlap a longer one, or an equal one before them.
        wordless: Number of entities that cover only white space.
    """

    words: list[str]
    tags: list[str]
    cut_words: int
    overlapping: int
    wordless: int


def tag_text(text: str, entities: Sequence[Any], place: str) -> TaggedText:
    """Splits a text into words and tags them.

    Args:
        text: Any text; offsets count its code points.
        entities: Mappings with start, end and label, or (start, end, label); the end is exclusive.
        place: Place of the text, for messages.

    Raises:
        AnalysisError: An entity has no start, end or label, or lies outside the text.
    """
    spans = [_span(entity, len(text), place) for entity in entities]
    kept = _without_overlaps(spans)
    bounds = sorted({bound for start, end, _ in kept for bound in (start, end)})
    pieces, cut_words = _pieces(text, bounds)
    tags = [OUTSIDE] * len(pieces)
    wordless = 0
    position = 0
    for start, end, label in kept:
        while position < len(pieces) and pieces[position][0] < start:
            position += 1
        prefix = "B"
        while position < len(pieces) and pieces[position][0] < end:
            tags[position] = f"{prefix}-{label}"
            prefix = "I"
            position += 1
        wordless += prefix == "B"
    words = [text[start:end] for start, end in pieces]
    return TaggedText(words, tags, cut_words, len(spans) - len(kept), wordless)


def _span(entity: Any, length: int, place: str) -> tuple[int, int, str]:
    if isinstance(entity, Mapping):
        start, end, label = (
            next((entity[key] for key in keys if key in entity), None) for keys in (_START_KEYS, _END_KEYS, _LABEL_KEYS)
        )
    elif isinstance(entity, Sequence) and not isinstance(entity, str) and len(entity) == 3:
        start, end, label = entity
    else:
        start = end = label = None
    if not (type(start) is int and type(end) is int and isinstance(label, str) and label.strip()):
        raise AnalysisError(
            f'{place}: the entity {shown(entity)} does not have the form {{"start": 0, "end": 5, "label": "PER"}}.'
        )
    check_bounds(start, end, label, length, place)
    return start, end, label.strip()


def check_bounds(start: int, end: int, label: str, length: int, place: str) -> None:
    """Refuse an entity that is empty or outside its text of `length` characters.

    Raises:
        AnalysisError: It is. The message names the place.
    """
    if not 0 <= start < end <= length:
        raise AnalysisError(
            f"{place}: the entity {shown(label)} [{shown(start)}, {shown(end)}) is empty or outside the text of "
            f"{length} characters. Offsets count characters from 0, and the end is exclusive."
        )


def _without_overlaps(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The spans from left to right without those that overlap a longer one."""
    kept: list[tuple[int, int, str]] = []
    for span in sorted(spans, key=lambda span: span[0] - span[1]):
        place = bisect(kept, span)
        after_left = place == 0 or kept[place - 1][1] <= span[0]
        before_right = place == len(kept) or span[1] <= kept[place][0]
        if after_left and before_right:
            kept.insert(place, span)
    return kept


def _pieces(text: str, bounds: Sequence[int]) -> tuple[list[tuple[int, int]], int]:
    """Words as [start, end), split at `bounds` too, and how many bounds were inside a word."""
    pieces: list[tuple[int, int]] = []
    cuts = 0
    upcoming = 0
    for match in _word_pattern().finditer(text):
        start, end = match.span()
        while upcoming < len(bounds) and bounds[upcoming] <= start:
            upcoming += 1
        while upcoming < len(bounds) and bounds[upcoming] < end:
            pieces.append((start, bounds[upcoming]))
            start = bounds[upcoming]
            cuts += 1
            upcoming += 1
        pieces.append((start, end))
    return pieces, cuts


@cache
def _word_pattern() -> re.Pattern[str]:
    r"""A punctuation mark, or a run of other characters. Not `\w`, which splits words at combining marks."""
    characters = map(chr, range(sys.maxunicode + 1))
    marks = re.escape("".join(character for character in characters if unicodedata.category(character)[0] == "P"))
    return re.compile(f"[{marks}]|[^\\s{marks}]+")
