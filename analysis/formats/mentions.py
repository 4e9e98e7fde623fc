"""Finds where in a text an entity stands whose offsets are missing or wrong."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from analysis.formats.text_words import Bounds, word_bounds


class Occurrences:
    """Where texts of entities occur in a text, ignoring letter case and white space.

    An occurrence begins and ends at bounds of words. Words of a corpus may hold several words of the language
    ("Washington-based"), so the bounds of those count too.

    Args:
        text: The text.
        words: The bounds of its words.
    """

    def __init__(self, text: str, words: Sequence[Bounds]) -> None:
        self._text = text
        bounds = [*words, *word_bounds(text)]
        self._starts = {start for start, _ in bounds}
        self._ends = {end for _, end in bounds}

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
        taken: list[Bounds] = []
        for number in sorted(range(len(mentions)), key=lambda number: -len(mentions[number])):
            mention = _without_space(mentions[number])
            ranked = [
                (_overlaps_any(bounds, taken), self._unlike(bounds, mentions[number]), bounds)
                for bounds in self._all(mention)
                if bounds not in taken
            ]
            if ranked:
                *_, bounds = min(ranked)
                found[number] = bounds
                taken.append(bounds)
        return found

    def nearest(self, mention: str, position: int) -> Bounds | None:
        """The occurrence that begins nearest to a position; None: there is none."""
        found = self._all(_without_space(mention))
        return min(found, key=lambda bounds: abs(bounds[0] - position), default=None)

    def _unlike(self, bounds: Bounds, mention: str) -> tuple[bool, bool]:
        """Whether an occurrence differs from a mention in letter case, and in white space."""
        own = self._text[slice(*bounds)]
        return _without_space(own) != _without_space(mention), own.split() != mention.split()

    def _all(self, mention: str) -> list[Bounds]:
        """All occurrences from left to right, also overlapping ones."""
        if not mention:
            return []
        pattern = r"\s*".join(map(regex.escape, mention))
        matches = regex.finditer(pattern, self._text, regex.IGNORECASE, overlapped=True)
        return [match.span() for match in matches if match.start() in self._starts and match.end() in self._ends]


def _without_space(text: str) -> str:
    return "".join(text.split())


def _overlaps_any(bounds: Bounds, taken: Sequence[Bounds]) -> bool:
    return any(start < bounds[1] and bounds[0] < end for start, end in taken)
