"""Tags of multiword tokens and empty nodes in CoNLL-U, whose lines are not words."""

from __future__ import annotations

import re

from analysis.formats.annotations import RawTag
from analysis.formats.column_contents import NULLS
from analysis.formats.findings import Finding, Findings
from analysis.formats.tag_schemes import PREFIXES
from analysis.messages import shown
from analysis.option_kinds import MAX_DIGITS
from analysis.run.tags import OUTSIDE

_SPREAD = Finding("tags_of_multiword_tokens", "Tags of multiword tokens, read as tags of their words")
_OTHER = Finding("multiword_tokens_with_other_tags", "Multiword tokens tagged unlike their words, whose tags are read")
_EMPTY_NODE = Finding("tags_of_empty_nodes", "Entity tags of empty nodes, left out")

_LETTERS = "".join(sorted(PREFIXES))
_PREFIXED = re.compile(rf"()([{_LETTERS}])([-_:].+)", re.IGNORECASE)
_SUFFIXED = re.compile(rf"(.+[-_:])([{_LETTERS}])()", re.IGNORECASE)
_PARTS = {"B": "BII", "S": "BIE", "U": "BIL", "W": "BME", "E": "IIE", "L": "IIL"}
"""Prefix of a whole -> prefixes of its first word, those in the middle, and its last word."""


class MultiwordTags:
    """Gives the tags of multiword tokens to their words, if the words have none.

    Args:
        findings: Where it is counted.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._numbers = range(0)
        self._words = 0
        self._tag: RawTag = None
        self._place = ""

    def begin(self, numbers: str, tag: RawTag, place: str) -> None:
        """A line `3-4`, or `4.1` of an empty node.

        Args:
            numbers: The number of the line.
            tag: Its tag.
            place: The file and the line, for examples.
        """
        first, is_range, last = numbers.partition("-")
        if is_range:
            is_valid = max(len(first), len(last)) <= MAX_DIGITS
            self._numbers = range(int(first), int(last) + 1) if is_valid else range(0)
            self._words = 0
            self._tag, self._place = tag, place
        elif not _is_empty(tag):
            self._findings.add(_EMPTY_NODE, f"{shown(tag)} ({place})")

    def end(self, number: str, tags: list[RawTag]) -> None:
        """A word was added: replace the tags of the words if it is the last one of a multiword token.

        Args:
            number: The number of the word.
            tags: The tags of the sentence up to this word.
        """
        if not self._numbers:
            return
        if not number.isdecimal() or len(number) > MAX_DIGITS or int(number) not in self._numbers:
            self._numbers = range(0)
            return
        self._words += 1
        if int(number) < self._numbers[-1]:
            return
        own = tags[-self._words :]
        if self._tag not in (None, *NULLS) and all(tag in (None, *NULLS) for tag in own):
            tags[-self._words :] = spread(str(self._tag), len(own))
            if not _is_empty(self._tag):
                self._findings.add(_SPREAD, f"{shown(self._tag)} ({self._place})")
        elif not _is_empty(self._tag) and all(map(_is_empty, own)):
            self._findings.add(_OTHER, f"{shown(self._tag)} ({self._place})")
        self._numbers = range(0)


def spread(tag: str, words: int) -> list[RawTag]:
    """The tags of words that together have a tag: `B-PER` -> `B-PER`, `I-PER`; `S-PER` -> `B-PER`, `E-PER`."""
    found = _PREFIXED.fullmatch(tag) or _SUFFIXED.fullmatch(tag)
    if found is None or words == 1:
        return [tag] * words
    prefix = found[2].upper()
    parts = _PARTS.get(prefix, 3 * prefix)
    letters = [parts[0], *[parts[1]] * (words - 2), parts[2]]
    cased = letters if found[2].isupper() else map(str.lower, letters)
    return [f"{found[1]}{letter}{found[3]}" for letter in cased]


def _is_empty(tag: RawTag) -> bool:
    """Whether a tag says that a word is in no entity, or nothing."""
    return tag is None or tag in NULLS or str(tag).upper() == OUTSIDE
