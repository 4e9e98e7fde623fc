"""The tag set of a run: entity types, their BIO2 tags, and the integer codes of both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

OUTSIDE = "O"
OUTSIDE_CODE = 0
MISSING = -1
"""The code of a missing tag or type: unlabelled, no prediction, missed, spurious."""

IntArray = npt.NDArray[np.integer]


def type_of(tag: str) -> str | None:
    """The entity type of a tag, after the FIRST hyphen (`B-creative-work` -> `creative-work`); None for `O`."""
    return None if tag == OUTSIDE else tag.split("-", 1)[1]


@dataclass(frozen=True)
class TagSet:
    """Entity types in display order, and the BIO2 tags made from them.

    Codes: 0 is `O`; 1 + 2t is the `B-` tag and 2 + 2t the `I-` tag of type t; MISSING (-1) is no tag.
    """

    types: tuple[str, ...]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Tag names in code order, length 1 + 2 * len(types)."""
        return (OUTSIDE, *(f"{prefix}-{name}" for name in self.types for prefix in "BI"))

    @cached_property
    def tag_codes(self) -> dict[str, int]:
        """Tag name -> code."""
        return {tag: code for code, tag in enumerate(self.tags)}

    @cached_property
    def type_codes(self) -> dict[str, int]:
        """Type name -> code."""
        return {name: code for code, name in enumerate(self.types)}


def is_wrong(gold_tags: IntArray, predicted_tags: IntArray) -> npt.NDArray[np.bool_]:
    """bool, words: the word has a gold tag and a prediction, and the two differ.

    Args:
        gold_tags: One code per word.
        predicted_tags: One code per word.
    """
    wrong: npt.NDArray[np.bool_] = (gold_tags != predicted_tags) & (gold_tags != MISSING) & (predicted_tags != MISSING)
    return wrong


def type_codes_of(tag_codes: IntArray) -> IntArray:
    """Type codes of tag codes, same shape and dtype; MISSING for `O` and for MISSING."""
    return np.where(tag_codes > 0, (tag_codes - 1) // 2, MISSING).astype(tag_codes.dtype)
