"""The subwords of a run: what the tagger was given and what it said of each."""

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
    """The table `subwords` (analysis.run.schema.SUBWORDS) and what follows from it.

    Attributes:
        id: int32, subwords: the tokenizer's number.
        word: int32, subwords: row in `words`.
        tag: int16, subwords: code of the likeliest tag; MISSING where the subword is not read.
        p: float16, subwords: its probability; NaN where the subword is not read.
        window: int16, subwords: which of its sentence's windows it is read in; MISSING where it is not read.
        first: int64, words + 1: first subword of each word, or of the next word that has one; at the end their number.
        prefix: The special tokens before the subwords of every window.
        suffix: Those after them.
        capacity: Most subwords of a window.
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
        """Which subword of its word each is, from 0; int64, subwords."""
        return np.arange(len(self.id)) - self.first[self.word]

    def tokens(self, subwords: Int64) -> pa.StringArray:
        """What the vocabulary calls some subwords, given by their rows."""
        return self._tokens.take(pa.array(np.searchsorted(self._ids, self.id[subwords])))

    def of_words(self, words: slice) -> slice:
        """The rows of the subwords of consecutive words."""
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
    """The losses of some subwords: as in training, only a word's first subword has one, the word's; else NaN."""
    return np.where(subwords.within[rows] == 0, run.words.loss[subwords.word[rows]], np.float32(np.nan))


def labels_of(run: Run, subwords: RunSubwords, rows: Int64) -> Int:
    """The gold tags, as codes, that some subwords are judged by: MISSING for all but a word's first."""
    return np.where(subwords.within[rows] == 0, run.words.gold_tag[subwords.word[rows]], MISSING)


def probabilities_of(run: Run, subwords: RunSubwords, rows: Int64) -> npt.NDArray[np.float32]:
    """Probabilities of the likeliest tags of some subwords; a word's first has the word's, which is more precise."""
    first = subwords.within[rows] == 0
    return np.where(first, run.words.p_predicted[subwords.word[rows]], subwords.p[rows].astype(np.float32))
