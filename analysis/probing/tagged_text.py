"""A typed text with the tagger's predictions for its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.probing.typed_text import Word
from analysis.run.tags import MISSING, TagSet, type_of
from analysis.scores.ledger import read_spans

Floats = npt.NDArray[np.float32]


class TypedSpan(NamedTuple):
    """An entity: the words [start, end) of a text."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class TaggedText:
    """A text with the tagger's predictions for each of its words.

    Attributes:
        text: The text as typed.
        words: Its words with their positions.
        predicted: The most probable tag of each word, as BIO2; None for a word without a subword.
        columns: The tagger's tags: the columns of `probabilities`.
        probabilities: float32, words x columns; NaN for a word without a subword.
    """

    text: str
    words: tuple[Word, ...]
    predicted: tuple[str | None, ...]
    columns: tuple[str, ...]
    probabilities: Floats

    @cached_property
    def p(self) -> Floats:
        """float32, words: probability of the prediction; NaN without one."""
        return self._ranked(0)

    @cached_property
    def p_second(self) -> Floats:
        """float32, words: probability of the runner-up; NaN without one."""
        return self._ranked(1)

    @property
    def margin(self) -> Floats:
        """float32, words: probability of the prediction minus that of the runner-up."""
        return self.p - self.p_second

    def second(self, word: int) -> str | None:
        """The second most probable tag of a word; None if it has no prediction or the tagger has only one tag."""
        if np.isnan(self.p_second[word]):
            return None
        return self.columns[int(ranking(self.probabilities)[word, 1])]

    @cached_property
    def spans(self) -> tuple[TypedSpan, ...]:
        """The predicted entities, in order."""
        return entities(self.predicted)

    def characters(self, span: TypedSpan) -> tuple[int, int]:
        """The characters [start, end) of an entity in the text."""
        return self.words[span.start].start, self.words[span.end - 1].end

    def _ranked(self, place: int) -> Floats:
        if len(self.columns) <= place:
            return np.full(len(self.words), np.nan, np.float32)
        order = ranking(self.probabilities)[:, place : place + 1]
        return np.take_along_axis(self.probabilities, order, axis=1)[:, 0]


def ranking(probabilities: Floats) -> npt.NDArray[np.int64]:
    """int64, words x columns: columns by falling probability; of equal ones the first comes first."""
    return np.argsort(-probabilities, axis=1, kind="stable")


def entities(tags: Sequence[str | None]) -> tuple[TypedSpan, ...]:
    """The entities in the BIO2 tags of one sentence, read in the same way as in the ledger."""
    types = dict.fromkeys(name for name in (type_of(tag) for tag in tags if tag is not None) if name is not None)
    tag_set = TagSet(tuple(types))
    codes = np.array([MISSING if tag is None else tag_set.tag_codes[tag] for tag in tags], np.int16)
    spans = read_spans(codes, np.zeros(len(tags), np.int32))
    return tuple(
        TypedSpan(start, end, tag_set.types[kind])
        for start, end, kind in zip(spans.start.tolist(), spans.end.tolist(), spans.type.tolist(), strict=True)
    )
