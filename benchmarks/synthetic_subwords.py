"""Subwords of the synthetic run: long words in pieces, each sentence in one window; tags as a source writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.source_tags import SourceTags
from analysis.run.schema import SUBWORDS, VOCABULARY
from analysis.run.tags import TagSet

LETTERS = 5
"""Of a piece: about 1.3 pieces a word."""
IDS = 28_996
CAPACITY = 510


def subword_values(
    words: list[str], predicted: npt.NDArray[np.int16], p: npt.NDArray[np.float32], random: np.random.Generator
) -> dict[str, Any]:
    """The values of subwords by their keys; a word's first piece says what the word says."""
    counts = np.array([-(-len(word) // LETTERS) for word in words])
    word = np.repeat(np.arange(len(words)), counts)
    columns = {
        "id": random.integers(0, IDS, len(word)),
        "word": word,
        "tag": predicted[word],
        "p": p[word].astype(np.float16),
        "window": np.zeros(len(word)),
    }
    tokens = [f"piece{number}" for number in range(IDS)]
    special = {
        "capacity": CAPACITY,
        "prefix": [{"id": 101, "token": "[CLS]"}],
        "suffix": [{"id": 102, "token": "[SEP]"}],
    }
    return {
        "subwords": SUBWORDS.make(columns),
        "vocabulary": VOCABULARY.make({"id": np.arange(IDS), "token": tokens}),
        "special_tokens": special,
    }


def source_tags(gold: npt.NDArray[np.int16], tag_set: TagSet, sentences: int) -> SourceTags:
    """The gold tags as numbers, as sources of lists write them."""
    numbers = tuple(map(str, range(len(tag_set.tags))))
    return SourceTags(gold.astype(np.int32), numbers, tag_set.tags, np.arange(sentences) + 1)
