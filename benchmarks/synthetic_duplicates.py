"""What a synthetic run's sentences mean, made up: many are nearly alike, and some stand in another split too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import numpy as np

from analysis.corpus.corpus import Corpus
from analysis.encoder.sentence_encoder import SentenceVectors

WIDTH = 32
SPREAD = 0.12
LEAKED = 10
"""Every so many-th part of the corpus is the reference."""


class SyntheticEncoder:
    """Stands in for the sentence encoder; texts fall into fewer meanings than there are texts."""

    files = SimpleNamespace(name="synthetic", pooling="mean")
    max_length = 256

    def __init__(self, meanings: int) -> None:
        self._meanings = np.random.default_rng(0).normal(size=(meanings, WIDTH))

    def encode(self, texts: Sequence[str], scratch: Path, progress: Callable[[int, int, str], None]) -> SentenceVectors:
        """As the real one: WIDTH numbers a text; none is cut."""
        numbers = np.array([crc32(text.encode()) for text in texts])
        own = np.random.default_rng(1).normal(size=(len(texts), WIDTH))
        vectors = self._meanings[numbers % len(self._meanings)] + SPREAD * own
        unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        return SentenceVectors(unit, np.zeros(len(texts), np.bool_))


def duplicate_resources(corpus: Corpus) -> dict[str, Any]:
    """What the stages of duplicates and leakage ask for, for a corpus."""
    sentences = len(corpus.sentence_ids)
    encoder = SyntheticEncoder(meanings=3 * sentences)
    count = sentences // LEAKED
    words = int(corpus.offsets[count])
    reference = replace(
        corpus,
        label="synthetic-reference",
        sentence_ids=corpus.sentence_ids[:count],
        source_rows=corpus.source_rows[:count],
        offsets=corpus.offsets[: count + 1],
        words=corpus.words[:words],
        tags=corpus.tags[:words],
    )
    return {
        "encoder": SimpleNamespace(load=lambda: encoder),
        "references": [reference],
        "reference_texts": [reference.text],
        "reference_names": [reference.label],
    }
