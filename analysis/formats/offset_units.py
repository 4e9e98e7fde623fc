"""The units in which sources count offsets: characters, UTF-16 code units or UTF-8 bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import accumulate

from analysis.formats.text_records import Entity


class Unit(Enum):
    """A unit of offsets; the value is its name in messages. Python counts characters (code points)."""

    CHARACTERS = "characters"
    UTF16 = "UTF-16 code units"
    BYTES = "UTF-8 bytes"


def _utf16_size(character: str) -> int:
    return 2 if character > "\uffff" else 1


def _utf8_size(character: str) -> int:
    return len(character.encode("utf-8", "surrogatepass"))


_SIZES: Mapping[Unit, Callable[[str], int]] = {Unit.UTF16: _utf16_size, Unit.BYTES: _utf8_size}


def in_characters(text: str, start: int, end: int, unit: Unit) -> tuple[int, int] | None:
    """Offsets in a unit as offsets in characters; None: one is outside the text or inside a character."""
    if unit is Unit.CHARACTERS or text.isascii():
        return (start, end) if 0 <= start <= end <= len(text) else None
    positions = _characters_at(text, unit)
    first, last = positions.get(start), positions.get(end)
    return None if first is None or last is None or first > last else (first, last)


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
    parts = [in_characters(text, start, end, unit) for start, end in entity.parts] or [bounds]
    found = " ".join(text[part[0] : part[1]] for part in parts if part is not None)
    return bounds if found == entity.text or folded(found) == folded(entity.text) else None


def folded(text: str) -> str:
    """A text without white space and differences of letter case."""
    return "".join(text.split()).casefold()


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
