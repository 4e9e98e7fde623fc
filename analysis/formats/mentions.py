"""Finds where in a text an entity stands whose offsets are missing or wrong."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from functools import cached_property

from analysis.formats.text_words import Bounds, word_bounds

_SORTED_BY = 64
"""The number of folded characters by which the places where mentions may begin are sorted."""
_NOT_SPACE = re.compile(r"\S+")


class Occurrences:
    """Where texts of entities occur in a text, ignoring letter case and white space.

    An occurrence begins and ends at bounds of words. Words of a corpus may hold several words of the language
    ("Washington-based"), so the bounds of those count too.

    The text is compared as `folded`: each character that is not white space in its case-folded form ("ß" as "ss").

    Args:
        text: The text.
        words: The bounds of its words.
    """

    def __init__(self, text: str, words: Sequence[Bounds]) -> None:
        self._text = text
        bounds = [*words, *word_bounds(text)]
        self._starts = {start for start, _ in bounds}
        self._ends = {end for _, end in bounds}
        self._folded = folded(text)
        self._characters = _characters_of_folded(text)
        self._places = [
            place
            for place, position in enumerate(self._characters)
            if position in self._starts and (place == 0 or self._characters[place - 1] != position)
        ]  # the folded characters with which mentions may begin

    def of_mentions(self, mentions: Sequence[str]) -> list[Bounds | None]:
        """Places each mention at an occurrence of its own: the n-th mention of a text at its n-th occurrence.

        Longer mentions come first, and an occurrence inside another mention comes last, so that "New York" is not
        placed in "New York Times" if it also stands elsewhere. Occurrences that are written alike are preferred.

        Args:
            mentions: The texts of entities, in order.

        Returns:
            The bounds of each mention; None: no occurrence is left for it.
        """
        found: list[Bounds | None] = [None] * len(mentions)
        covered = bytearray(len(self._text))
        taken: defaultdict[str, set[Bounds]] = defaultdict(set)
        all_of: dict[str, list[Bounds]] = {}
        candidates: dict[str, _Candidates] = {}
        keys = [folded(mention) for mention in mentions]
        for number in sorted(range(len(mentions)), key=lambda number: -len(keys[number])):
            mention, key = mentions[number], keys[number]
            if mention not in candidates:
                if key not in all_of:
                    all_of[key] = self._all(key)
                candidates[mention] = _Candidates(self._by_likeness(mention, all_of[key]), taken[key], covered)
            bounds = candidates[mention].take()
            if bounds is not None:
                found[number] = bounds
                covered[slice(*bounds)] = b"\1" * (bounds[1] - bounds[0])
        return found

    def nearest(self, mention: str, position: int, at_most: int) -> Bounds | None:
        """The occurrence that begins nearest to a position, at most so many characters away; None: there is none."""
        key = folded(mention)
        first = bisect_left(self._places, position - at_most, key=self._characters.__getitem__)
        last = bisect_right(self._places, position + at_most, key=self._characters.__getitem__)
        return min(self._at(self._places[first:last], key), key=lambda bounds: abs(bounds[0] - position), default=None)

    @cached_property
    def _sorted_places(self) -> list[int]:
        return sorted(self._places, key=lambda place: self._folded[place : place + _SORTED_BY])

    def _all(self, key: str) -> list[Bounds]:
        """All occurrences of a folded text from left to right, also overlapping ones."""
        beginning = key[:_SORTED_BY]

        def beginning_at(place: int) -> str:
            return self._folded[place : place + len(beginning)]

        first = bisect_left(self._sorted_places, beginning, key=beginning_at)
        last = bisect_right(self._sorted_places, beginning, lo=first, key=beginning_at)
        return self._at(sorted(self._sorted_places[first:last]), key)

    def _at(self, places: Iterable[int], key: str) -> list[Bounds]:
        """The occurrences of a folded text at places where mentions may begin."""
        if not key:
            return []
        found = []
        for place in places:
            last = place + len(key) - 1
            if self._folded.startswith(key, place) and self._ends_character(last):
                bounds = (self._characters[place], self._characters[last] + 1)
                if bounds[1] in self._ends:
                    found.append(bounds)
        return found

    def _ends_character(self, place: int) -> bool:
        return place + 1 == len(self._characters) or self._characters[place + 1] != self._characters[place]

    def _by_likeness(self, mention: str, occurrences: Iterable[Bounds]) -> list[Bounds]:
        """Occurrences, first those in the letter case of a mention, of these first those with the same spacing."""
        words = mention.split()
        letters = "".join(words)

        def unlikeness(bounds: Bounds) -> tuple[bool, bool]:
            own = self._text[slice(*bounds)].split()
            return "".join(own) != letters, own != words

        return sorted(occurrences, key=unlikeness)


class _Candidates:
    """The occurrences of one mention that are left, best first.

    Args:
        occurrences: Best first.
        taken: Those that a mention has, also one that is written in another way.
        covered: Of each character of the text whether a mention covers it. Both change while mentions are placed.
    """

    def __init__(self, occurrences: Iterable[Bounds], taken: set[Bounds], covered: bytearray) -> None:
        self._outside = deque(occurrences)
        self._inside: deque[Bounds] = deque()
        self._taken = taken
        self._covered = covered

    def take(self) -> Bounds | None:
        """The best that is left, if possible outside other mentions; None: all are taken."""
        while self._outside and 1 in self._covered[slice(*self._outside[0])]:
            self._inside.append(self._outside.popleft())
        while self._inside and self._inside[0] in self._taken:
            self._inside.popleft()
        left = self._outside or self._inside
        if not left:
            return None
        self._taken.add(left[0])
        return left.popleft()


def _characters_of_folded(text: str) -> list[int]:
    """The character of a text in which each folded character stands."""
    characters: list[int] = []
    for run in _NOT_SPACE.finditer(text):
        if len(run[0].casefold()) == len(run[0]):
            characters += range(*run.span())
        else:
            characters += (run.start() + place for place, one in enumerate(run[0]) for _ in one.casefold())
    return characters


def folded(text: str) -> str:
    """A text without white space and without letter case."""
    return "".join(text.split()).casefold()
