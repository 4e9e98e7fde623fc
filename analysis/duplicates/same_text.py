"""Sentences that are the same, ignoring white space and letter case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
NO_TEXT = -1
"""The number of a sentence without words: it has no duplicates."""


def text_key(text: str) -> str:
    """A key that is equal for texts that differ only in white space and letter case."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class DistinctTexts:
    """Sentences grouped by text.

    Attributes:
        number: int32, sentences: number of the distinct text, in order of first occurrence; NO_TEXT without words.
        first: int64, distinct texts: row of its first sentence.
        keys: The `text_key` of each distinct text.
    """

    number: Int32
    first: Int64
    keys: tuple[str, ...]


def distinct_texts(texts: Sequence[str]) -> DistinctTexts:
    """Number the texts of a corpus."""
    numbers: dict[str, int] = {}
    first: list[int] = []
    number = np.full(len(texts), NO_TEXT, np.int32)
    for sentence, text in enumerate(texts):
        key = text_key(text)
        if key:
            if key not in numbers:
                numbers[key] = len(first)
                first.append(sentence)
            number[sentence] = numbers[key]
    return DistinctTexts(number, np.array(first, np.int64), tuple(numbers))
