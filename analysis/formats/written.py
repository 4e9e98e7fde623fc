"""The sentences of a run in the form that formats write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.formats.text_records import Entity


@dataclass(frozen=True)
class LabelledSentence:
    """A sentence with gold and predicted labels.

    Attributes:
        id: As in the corpus.
        document: The id of its document; None: in no document.
        words: Its words.
        text: The words joined with spaces.
        bounds: The [start, end) of each word in `text`, in characters.
        gold_tags: BIO2 tags, one per word; None: unlabelled.
        predicted_tags: Likewise; None: no prediction.
        p_predicted: The probability of each predicted tag; None: not known.
        gold: The gold entities, by their bounds in `text`.
        predicted: The predicted entities, with their confidence as score.
    """

    id: str
    document: str | None
    words: Sequence[str]
    text: str
    bounds: Sequence[tuple[int, int]]
    gold_tags: Sequence[str | None]
    predicted_tags: Sequence[str | None]
    p_predicted: Sequence[float | None]
    gold: Sequence[Entity]
    predicted: Sequence[Entity]
