"""Keeps Unicode's bidirectional control characters from affecting the text around a word."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_END_OF_EMBEDDING, _END_OF_ISOLATE = "\u202c", "\u2069"


def balanced(word: str) -> str:
    """The word with balanced bidirectional controls: open ones are closed at its end, unmatched closing ones removed.

    The controls are those of Unicode's bidirectional algorithm (UAX 9, sections 2.1 to 2.5).
    """
    if not _CONTROL.search(word):
        return word
    kept: list[str] = []
    open_ends: list[str] = []
    for char in word:
        if char == _END_OF_EMBEDDING:
            if open_ends[-1:] != [char]:
                continue
            open_ends.pop()
        elif char == _END_OF_ISOLATE:
            if char not in open_ends:
                continue
            while open_ends.pop() != char:
                pass
        elif _CONTROL.match(char):
            open_ends.append(_END_OF_ISOLATE if char >= "\u2066" else _END_OF_EMBEDDING)
        kept.append(char)
    return "".join([*kept, *reversed(open_ends)])
