"""The sentences of a run in the form that formats write."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.formats.label_names import Labels
from analysis.formats.text_records import Entity

__all__ = ["LabelledSentence", "Labels"]


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

    def tags(self, labels: Labels) -> Sequence[str | None]:
        """The gold or predicted tags."""
        return self.gold_tags if labels == "gold" else self.predicted_tags

    def entities(self, labels: Labels) -> Sequence[Entity]:
        """The gold or predicted entities, from left to right; none overlap."""
        return self.gold if labels == "gold" else self.predicted

    def word_range(self, entity: Entity) -> tuple[int, int]:
        """The position of the first word of one of its entities, and the position after its last word."""
        assert entity.start is not None
        assert entity.end is not None
        first = bisect_left(self.bounds, entity.start, key=lambda bounds: bounds[0])
        return first, bisect_right(self.bounds, entity.end, key=lambda bounds: bounds[1])
