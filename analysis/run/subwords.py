"""The subwords of a run, with the tagger's prediction for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.schema import SPECIAL_TOKENS, SUBWORDS, VOCABULARY
from analysis.run.tags import MISSING

Int = npt.NDArray[np.integer[Any]]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SpecialToken:
    """A token that belongs to no word."""

    id: int
    token: str


@dataclass(frozen=True)
class RunSubwords:
    """The table `subwords` (analysis.run.schema.SUBWORDS) with derived values.

    Attributes:
        id: int32, subwords: token id.
        word: int32, subwords: row in `words`.
        tag: int16, subwords: code of the most probable tag; MISSING if the subword is not read.
        p: float16, subwords: its probability; NaN if the subword is not read.
        window: int16, subwords: the window of its sentence in which it is read; MISSING if it is not read.
        first: int64, words + 1: first subword of each word, or of the next word that has one; the last entry is the
            number of subwords.
        prefix: The special tokens before the subwords of every window.
        suffix: The special tokens after them.
        capacity: Maximum number of subwords in a window.
    """

    id: Int
    word: Int
    tag: Int
    p: npt.NDArray[np.float16]
    window: Int
    first: Int64
    prefix: tuple[SpecialToken, ...]
    suffix: tuple[SpecialToken, ...]
    capacity: int
    _ids: Int
    _tokens: pa.StringArray

    def __len__(self) -> int:
        return len(self.id)

    @cached_property
    def within(self) -> Int64:
        """int64, subwords: the position of each subword in its word, from 0."""
        return np.arange(len(self.id)) - self.first[self.word]

    def tokens(self, subwords: Int64) -> pa.StringArray:
        """The tokens of some subwords, given by their rows."""
        return self._tokens.take(pa.array(np.searchsorted(self._ids, self.id[subwords])))

    def of_words(self, words: slice) -> slice:
        """The rows of the subwords of a range of words."""
        return slice(int(self.first[words.start]), int(self.first[words.stop]))


_SUBWORDS: RunCache[RunSubwords] = RunCache(1)


def subwords_of(run: Run) -> RunSubwords:
    """The subwords of a run.

    Raises:
        MissingStageError: The run has none.
    """
    return _SUBWORDS.get(run, None, lambda: _read(run))


def _read(run: Run) -> RunSubwords:
    table, vocabulary = run.read(SUBWORDS).combine_chunks(), run.read(VOCABULARY).combine_chunks()
    special = run.read(SPECIAL_TOKENS)
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    prefix, suffix = (tuple(SpecialToken(**each) for each in special[side]) for side in ("prefix", "suffix"))
    tokens = vocabulary.column("token")
    return RunSubwords(
        **columns,
        first=np.searchsorted(columns["word"], np.arange(len(run.words) + 1)),
        prefix=prefix,
        suffix=suffix,
        capacity=int(special["capacity"]),
        _ids=vocabulary.column("id").to_numpy(),
        _tokens=tokens.chunk(0) if tokens.num_chunks else pa.array([], pa.string()),
    )


def losses_of(run: Run, subwords: RunSubwords, rows: Int64) -> npt.NDArray[np.float32]:
    """The losses of some subwords. As in training, the first subword of a word has the word's loss; others NaN."""
    return np.where(subwords.within[rows] == 0, run.words.loss[subwords.word[rows]], np.float32(np.nan))


def labels_of(run: Run, subwords: RunSubwords, rows: Int64) -> Int:
    """The gold tags of some subwords, as codes. The first subword of a word has the word's tag; others MISSING."""
    return np.where(subwords.within[rows] == 0, run.words.gold_tag[subwords.word[rows]], MISSING)


def probabilities_of(run: Run, subwords: RunSubwords, rows: Int64) -> npt.NDArray[np.float32]:
    """Probabilities of the predicted tags of some subwords; the first of a word has the word's (higher precision)."""
    first = subwords.within[rows] == 0
    return np.where(first, run.words.p_predicted[subwords.word[rows]], subwords.p[rows].astype(np.float32))
