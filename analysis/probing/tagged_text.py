"""A text with what the tagger says about its words."""

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
    """An entity: words [start, end) of its text."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class TaggedText:
    """A text with what the tagger says about each of its words.

    Attributes:
        text: As it was written.
        words: Where its words stand.
        predicted: The likeliest tag of each word, as BIO2; None for a word without a subword.
        columns: The tagger's tags.
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
        """float32, words: by how much the prediction leads the runner-up."""
        return self.p - self.p_second

    def second(self, word: int) -> str | None:
        """The runner-up; None where the tagger says nothing of the word, or knows one tag only."""
        if np.isnan(self.p_second[word]):
            return None
        return self.columns[int(ranking(self.probabilities)[word, 1])]

    @cached_property
    def spans(self) -> tuple[TypedSpan, ...]:
        """The predicted entities, in order."""
        return entities(self.predicted)

    def characters(self, span: TypedSpan) -> tuple[int, int]:
        """Where an entity stands in the text, [start, end)."""
        return self.words[span.start].start, self.words[span.end - 1].end

    def _ranked(self, place: int) -> Floats:
        if len(self.columns) <= place:
            return np.full(len(self.words), np.nan, np.float32)
        order = ranking(self.probabilities)[:, place : place + 1]
        return np.take_along_axis(self.probabilities, order, axis=1)[:, 0]


def ranking(probabilities: Floats) -> npt.NDArray[np.int64]:
    """int64, words x columns: columns from the likeliest down, the first among equals."""
    return np.argsort(-probabilities, axis=1, kind="stable")


def entities(tags: Sequence[str | None]) -> tuple[TypedSpan, ...]:
    """The entities that the BIO2 tags of one sentence tell of, read as the ledger reads them."""
    types = dict.fromkeys(name for name in (type_of(tag) for tag in tags if tag is not None) if name is not None)
    tag_set = TagSet(tuple(types))
    codes = np.array([MISSING if tag is None else tag_set.tag_codes[tag] for tag in tags], np.int16)
    spans = read_spans(codes, np.zeros(len(tags), np.int32))
    return tuple(
        TypedSpan(start, end, tag_set.types[kind])
        for start, end, kind in zip(spans.start.tolist(), spans.end.tolist(), spans.type.tolist(), strict=True)
    )
