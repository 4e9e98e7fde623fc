"""Predictions read from a file, in a form that does not depend on the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import Corpus


@dataclass(frozen=True)
class Predicted:
    """The predictions for a corpus, one entry per word.

    Attributes:
        tags: BIO2 tags; None: no prediction.
        p: float32: the score of the entity that a word belongs to; NaN if none is given.
        counts: What was skipped or adjusted, for the audit.
        notes: Messages for the audit.
    """

    tags: list[str | None]
    p: npt.NDArray[np.float32]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PredictionsFile:
    """A file of predictions that was read but not yet matched with a corpus.

    Attributes:
        types: The entity types that occur in it, sorted.
        apply_to: Gives the predictions for the words of a corpus.
    """

    types: tuple[str, ...]
    apply_to: Callable[[Corpus], Predicted]
