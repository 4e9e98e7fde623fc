"""Loss by word form and by label: count, mean, median, sum and share for each group of words, under any mask.

The words are sorted by group and loss once per run. Under a mask the losses of a group are still adjacent and sorted,
so that its median is a look-up and nothing is sorted again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.tags import MISSING, OUTSIDE, OUTSIDE_CODE, type_codes_of
from analysis.selection.clauses.words import folded

FORMS, FOLDED_FORMS, TAGS, TYPES = "forms", "folded forms", "tags", "types"
"""What words are grouped by: text as written, text in lower case, gold tag, type of the gold tag (or `O`)."""

LARGE_GAP = 0.5
"""Nats between mean and median from which a group is marked as skewed."""
FEWEST_WORDS = 3
"""With fewer losses, mean and median often differ by chance."""

Bool = npt.NDArray[np.bool_]
Int = npt.NDArray[np.integer[Any]]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """Words in groups, sorted.

    Attributes:
        labels: Name of each group, in the order in which names are sorted.
        codes: int32, one a word: its group, MISSING for none.
        order: Rows of the words that have a group, by group, then by loss; those without a loss last in their group.
        starts: int64, one a group and one more: where in `order` its words begin.
        scored: The rows in `order` that have a loss.
        scored_codes: Their `codes`.
        scored_loss: float64, nats: their losses.
    """

    labels: pa.StringArray
    codes: npt.NDArray[np.int32]
    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    scored: npt.NDArray[np.int64]
    scored_codes: npt.NDArray[np.int32]
    scored_loss: Float64

    def members(self, group: int) -> npt.NDArray[np.int64]:
        """Rows of a group's words, by ascending loss."""
        return self.order[self.starts[group] : self.starts[group + 1]]


@dataclass(frozen=True)
class LossTable:
    """Loss of each group that has a word under a mask; arrays of one entry a group, in the order of names.

    Attributes:
        group: Its place in `Groups.labels`.
        words: All its words under the mask.
        scored: Those of them that have a loss; all figures below are over these.
        mean: nats, float64; NaN where no word has a loss.
        median: Like `mean`.
        total: nats; 0 where no word has a loss.
        share: Of the loss of all words under the mask, 0-1; NaN where that is 0.
    """

    group: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    scored: npt.NDArray[np.int64]
    mean: Float64
    median: Float64
    total: Float64
    share: Float64

    def __len__(self) -> int:
        return len(self.group)

    @property
    def gap(self) -> Float64:
        """Mean minus median, in nats."""
        return self.mean - self.median

    @property
    def has_high_loss_outliers(self) -> Bool:
        """High-loss outliers: the mean is far above the median."""
        return (self.scored >= FEWEST_WORDS) & (self.gap >= LARGE_GAP)

    @property
    def has_low_loss_outliers(self) -> Bool:
        """Low-loss outliers: the mean is far below the median."""
        return (self.scored >= FEWEST_WORDS) & (self.gap <= -LARGE_GAP)


_GROUPS: RunCache[Groups] = RunCache(4)


def groups_of(run: Run, by: str) -> Groups:
    """The run's words grouped by FORMS, FOLDED_FORMS, TAGS or TYPES; kept as long as the run is open."""

    def make() -> Groups:
        if by in (FORMS, FOLDED_FORMS):
            return group_texts(run.words.text if by == FORMS else folded(run), run.words.loss)
        if by == TAGS:
            return group_codes(run.words.gold_tag, pa.array(run.tag_set.tags), run.words.loss)
        types = run.tag_set.types
        kinds = np.where(run.words.gold_tag == OUTSIDE_CODE, len(types), type_codes_of(run.words.gold_tag))
        return group_codes(kinds, pa.array([*types, OUTSIDE]), run.words.loss)

    return _GROUPS.get(run, by, make)


def group_texts(texts: pa.StringArray, loss: npt.NDArray[np.floating[Any]]) -> Groups:
    """Group words by their texts, one each."""
    encoded = texts.dictionary_encode()
    by_name = pc.sort_indices(encoded.dictionary).to_numpy().astype(np.int64)
    rank = np.empty(len(by_name), dtype=np.int32)
    rank[by_name] = np.arange(len(by_name))
    return group_codes(rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(by_name)), loss)


def group_codes(codes: Int, labels: pa.StringArray, loss: npt.NDArray[np.floating[Any]]) -> Groups:
    """Group words by small integers, one each; MISSING: in no group."""
    order = np.lexsort((loss, codes))
    order = order[np.count_nonzero(codes == MISSING) :]  # the smallest code, so they come first
    groups = codes.astype(np.int32)
    starts = np.searchsorted(groups[order], np.arange(len(labels) + 1))
    scored = order[~np.isnan(loss[order])]
    return Groups(labels, groups, order, starts, scored, groups[scored], loss[scored].astype(np.float64))


def loss_table(groups: Groups, mask: Bool) -> LossTable:
    """Count, mean, median, sum and share of each group.

    Args:
        groups: The words in groups.
        mask: bool, one a word: those that are counted.
    """
    size = len(groups.labels)
    words = np.bincount(groups.codes.take(np.flatnonzero(mask)) + 1, minlength=size + 1)[1:]  # MISSING, -1, apart
    inside = np.flatnonzero(mask.take(groups.scored))  # indices and `take`: numpy masks take three times as long
    codes, loss = groups.scored_codes.take(inside), groups.scored_loss.take(inside)
    scored = np.bincount(codes, minlength=size)
    total = np.bincount(codes, weights=loss, minlength=size).astype(np.float64)
    first = np.cumsum(scored) - scored
    group = np.flatnonzero(words)
    first, words, scored = (counts[group] for counts in (first, words, scored))
    total = total[group]
    some = scored > 0
    mean = np.full(len(group), np.nan)
    median = mean.copy()
    mean[some] = total[some] / scored[some]
    middle = first[some], scored[some]
    median[some] = (loss[middle[0] + (middle[1] - 1) // 2] + loss[middle[0] + middle[1] // 2]) / 2
    everything = total.sum()
    share = total / everything if everything > 0 else np.full(len(group), np.nan)
    return LossTable(group, words, scored, mean, median, total, share)


def distinct_tags(groups: Groups, tags: Int, mask: Bool, tag_count: int) -> Int:
    """The number of different tags of each group's words under a mask; a missing tag counts as one more.

    Args:
        groups: The words in groups.
        tags: Tag code of each word, MISSING for none.
        mask: bool, one a word.
        tag_count: Number of tags.

    Returns:
        One entry for each of `groups.labels`.
    """
    seen = np.zeros((len(groups.labels), tag_count + 1), dtype=np.bool_)
    inside = groups.order[mask[groups.order]]
    seen[groups.codes[inside], tags[inside]] = True  # MISSING, -1, is the last column
    counts: Int = seen.sum(axis=1)
    return counts
