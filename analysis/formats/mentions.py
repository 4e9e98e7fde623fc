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
        covered = bytearray(len(self._text))
        left: dict[str, list[Bounds]] = {}
        for number in sorted(range(len(mentions)), key=lambda number: -len(mentions[number])):
            mention = _without_space(mentions[number])
            key = mention.casefold()
            if key not in left:
                left[key] = self._all(mention)
            bounds = self._best(left[key], mentions[number], covered)
            if bounds is not None:
                found[number] = bounds
                left[key].remove(bounds)
                covered[slice(*bounds)] = b"\1" * (bounds[1] - bounds[0])
        return found

    def _best(self, left: Sequence[Bounds], mention: str, covered: bytearray) -> Bounds | None:
        """Of the occurrences that are left, the first outside other mentions, in the same letter case and spacing."""
        best: tuple[bool, bool, bool, Bounds] | None = None
        for bounds in left:
            is_inside = 1 in covered[slice(*bounds)]
            own = self._text[slice(*bounds)]
            other_case = _without_space(own) != _without_space(mention)
            ranked = (is_inside, other_case, own.split() != mention.split(), bounds)
            if best is None or ranked < best:
                best = ranked
            if best[:3] == (False, False, False):
                break
        return None if best is None else best[3]

    def nearest(self, mention: str, position: int) -> Bounds | None:
        """The occurrence that begins nearest to a position; None: there is none."""
        found = self._all(_without_space(mention))
        return min(found, key=lambda bounds: abs(bounds[0] - position), default=None)

    def _all(self, mention: str) -> list[Bounds]:
        """All occurrences from left to right, also overlapping ones."""
        if not mention:
            return []
        pattern = r"\s*".join(map(regex.escape, mention))
        matches = regex.finditer(pattern, self._text, regex.IGNORECASE, overlapped=True)
        return [match.span() for match in matches if match.start() in self._starts and match.end() in self._ends]


def _without_space(text: str) -> str:
    return "".join(text.split())
