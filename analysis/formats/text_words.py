"""Splits texts into words where the source does not."""

from __future__ import annotations

from collections.abc import Sequence

import regex

_SPACE = r"\s\x1c-\x1f"  # as str.split; the package regex does not count the last four
_UNSPACED = (
    r"\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Thai}"
    r"\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tai_Le}\p{Script=New_Tai_Lue}\p{Script=Tai_Tham}"
    r"\u3006\u3031-\u3035\u30fc\uff70"  # marks that Chinese and Japanese share with no script of their own
)
_WORD = regex.compile(rf"\p{{P}}|[{_UNSPACED}]\p{{M}}*|[^{_SPACE}\p{{P}}{_UNSPACED}]+")

Bounds = tuple[int, int]
"""The [start, end) of a word in its text, in characters."""


def word_bounds(text: str) -> list[Bounds]:
    r"""The words of a text: punctuation marks, and runs of other characters without white space.

    In scripts that are written without spaces (Chinese, Japanese, Thai ...) each character is a word, with the
    combining marks that follow it. `\w` would split words of other scripts at combining marks.
    """
    return [match.span() for match in _WORD.finditer(text)]


def cover(text: str, words: Sequence[Bounds]) -> bool:
    """Whether words, which are in order, leave only white space of a text."""
    starts, ends = [start for start, _ in words], [end for _, end in words]
    gaps = zip([0, *ends], [*starts, len(text)], strict=True)
    return not any(text[end:start].strip() for end, start in gaps)


def bounds_in_order(text: str, words: Sequence[str]) -> list[Bounds] | None:
    """The bounds of given words in a text that consists of them, apart from white space; None: it does not.

    A word that is only white space gets empty bounds.
    """
    if "".join(text.split()) != "".join("".join(word.split()) for word in words):
        return None
    positions = [position for position, character in enumerate(text) if not character.isspace()]
    bounds: list[Bounds] = []
    first = end = 0
    for word in words:
        length = len("".join(word.split()))
        start, end = (positions[first], positions[first + length - 1] + 1) if length else (end, end)
        bounds.append((start, end))
        first += length
    return bounds
