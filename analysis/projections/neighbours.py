"""The words whose hidden states are most similar to that of a word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from analysis.projections.values import REDUCED
from analysis.run.run import Run
from analysis.run.schema import FLAG_NO_PREDICTION

CANDIDATES = 256
"""Number of words compared by their full vectors; the others are excluded by their reduced vectors."""


@dataclass(frozen=True)
class Neighbour:
    """A word that is similar to another.

    Attributes:
        row: Row in `words`.
        cosine: Cosine of the two hidden states, -1 to 1.
    """

    row: int
    cosine: float


def nearest_words(run: Run, word_row: int, count: int = 8) -> list[Neighbour]:
    """The words of other sentences nearest to a word by the cosine of their hidden states.

    Words of the same sentence, and of copies of it, have similar states because they share their context: they say
    nothing about how other words of this kind are labelled, and are left out.

    The reduced vectors give CANDIDATES words, which are then ordered by the exact cosine. A neighbour that is not among
    the candidates is missed; this happens to less than 1% of neighbours.

    Args:
        run: The run.
        word_row: Row in `words`.
        count: Number of neighbours.

    Returns:
        The neighbours, nearest first, ties by row; fewer than `count` if there are no more; none for a word without a
        prediction.
    """
    without = (run.words.flags & FLAG_NO_PREDICTION) != 0
    if without[word_row]:
        return []
    texts = run.sentences.text
    copies = pc.equal(texts, texts[int(run.words.sentence[word_row])]).to_numpy(zero_copy_only=False)
    without |= copies[run.words.sentence]
    reduced = run.read(REDUCED)
    similarity = reduced @ reduced[word_row]
    similarity[without] = -np.inf
    wanted = min(max(CANDIDATES, count), len(similarity))
    candidates = np.argpartition(-similarity, wanted - 1)[:wanted]
    candidates = np.sort(candidates[np.isfinite(similarity[candidates])])
    vectors = run.hidden[candidates].astype(np.float32)
    vector = run.hidden[word_row].astype(np.float32)
    cosines = vectors @ vector / np.maximum(np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector), 1e-12)
    best = np.argsort(-np.round(cosines, 6), kind="stable")[:count]  # copies differ in the last digit
    return [Neighbour(int(candidates[place]), float(cosines[place])) for place in best]
