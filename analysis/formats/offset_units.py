"""The units in which sources count offsets.

Python counts characters (code points), JavaScript UTF-16 code units, other languages UTF-8 bytes. Web browsers turn the
line end CRLF into LF, so that tools that run in them count one unit for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import accumulate

from analysis.formats.text_records import Entity


class Unit(Enum):
    """A unit of offsets; the value is its name in messages."""

    CHARACTERS = "characters"
    UTF16 = "UTF-16 code units"
    BYTES = "UTF-8 bytes"
    CHARACTERS_LF = "characters, with each CRLF as one"
    UTF16_LF = "UTF-16 code units, with each CRLF as one"


def _utf16_size(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _utf8_size(character: str) -> int:
    return len(character.encode("utf-8", "surrogatepass"))


_SIZES: Mapping[Unit, Callable[[str], int]] = {
    Unit.UTF16: _utf16_size,
    Unit.BYTES: _utf8_size,
    Unit.CHARACTERS_LF: lambda character: int(character != "\r"),
    Unit.UTF16_LF: lambda character: 0 if character == "\r" else _utf16_size(character),
}


def in_characters(text: str, start: int, end: int, unit: Unit) -> tuple[int, int] | None:
    """Offsets in a unit as offsets in characters; None: one is outside the text or inside a character."""
    if unit is Unit.CHARACTERS or _counts_alike(text):
        return (start, end) if 0 <= start <= end <= len(text) else None
    positions = _characters_at(text, unit)
    first, last = positions.get(start), positions.get(end)
    return None if first is None or last is None or first > last else (first, last)


@lru_cache(maxsize=8)
def _counts_alike(text: str) -> bool:
    """Whether all units count the same in a text."""
    return text.isascii() and "\r" not in text


@lru_cache(maxsize=8)
def _characters_at(text: str, unit: Unit) -> Mapping[int, int]:
    """Offset in a unit -> offset in characters, for each bound of a character."""
    offsets = accumulate(map(_SIZES[unit], text), initial=0)
    return {offset: character for character, offset in enumerate(offsets)}


def stands_at(text: str, entity: Entity, unit: Unit) -> tuple[int, int] | None:
    """The bounds of an entity in characters if its given text stands at its offsets; None: it does not.

    Letter case and white space are ignored.
    """
    if entity.start is None or entity.end is None or entity.text is None:
        return None
    bounds = in_characters(text, entity.start, entity.end, unit)
    if bounds is None:
        return None
    found = text[bounds[0] : bounds[1]]
    return bounds if found == entity.text or folded(found) == folded(entity.text) else None


def folded(text: str) -> str:
    """A text without white space (some tools write a line end as a backslash and n) and without letter case."""
    return "".join(text.replace("\\n", " ").split()).casefold()


def unit_of(texts: Iterable[tuple[str, Sequence[Entity]]]) -> Unit:
    """The unit in which most offsets of a file count, as the texts given for its entities show.

    Args:
        texts: Texts with their entities.

    Returns:
        Characters if no entity has a text, or if other units fit no better.
    """
    fits: Counter[Unit] = Counter()
    for text, entities in texts:
        for entity in entities:
            if entity.start is not None and entity.text:
                fits.update(unit for unit in Unit if stands_at(text, entity, unit) is not None)
    return max(Unit, key=lambda unit: fits[unit])
