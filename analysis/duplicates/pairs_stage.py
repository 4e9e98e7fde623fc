"""The stage `duplicates`: which texts of the corpus are similar, and whether their labels agree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.duplicates.comparison import compare, gold_sentence
from analysis.duplicates.same_text import NO_TEXT
from analysis.duplicates.similarity import near_pairs, threshold_of
from analysis.duplicates.values import (
    DISTINCT_TEXT,
    DUPLICATE_COUNTS,
    DUPLICATE_LINKS,
    DUPLICATE_PAIRS,
    RELABELLED_COPIES,
    SENTENCE_VECTORS,
)
from analysis.run.columns import CorpusSentences, CorpusWords
from analysis.run.schema import SENTENCES, WORDS
from analysis.run.stage import ProgressCallback, Stage, StageContext

MOST_PAIRS = 200_000
"""Maximum number of stored pairs, the most similar ones; the groups do not need them."""

Int32 = npt.NDArray[np.int32]


def _run(context: StageContext) -> None:
    workspace = context.workspace
    words = CorpusWords.of(workspace)
    sentences = CorpusSentences.of(workspace)
    distinct = workspace.read(DISTINCT_TEXT)
    near = near_pairs(workspace.read(SENTENCE_VECTORS), MOST_PAIRS, context.progress)
    labels = _Labels(words, sentences, context.tag_set.tags, context.progress)
    first = first_sentences(distinct)
    ends = first[near.links.first], first[near.links.second]
    links = {
        "first": near.links.first,
        "second": near.links.second,
        "cosine": near.links.cosine,
        "relabelled": labels.count_differing(*ends),
    }
    copies = np.flatnonzero(distinct != NO_TEXT)
    differing_labels = np.zeros(len(distinct), np.int32)
    differing_labels[copies] = labels.count_differing(first[distinct[copies]], copies)
    pairs = near.most_similar
    workspace.write(DUPLICATE_LINKS, DUPLICATE_LINKS.make(links))
    workspace.write(
        DUPLICATE_PAIRS,
        DUPLICATE_PAIRS.make({"first": pairs.first, "second": pairs.second, "cosine": pairs.cosine}),
    )
    workspace.write(RELABELLED_COPIES, differing_labels)
    workspace.write(
        DUPLICATE_COUNTS,
        [{"threshold": threshold_of(level), "pairs": int(count)} for level, count in enumerate(near.counts)],
    )


def first_sentences(distinct: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """The first sentence of each distinct text, in order of the texts' numbers."""
    numbers, rows = np.unique(distinct, return_index=True)
    first: npt.NDArray[np.int64] = rows[numbers != NO_TEXT]
    return first


class _Labels:
    """Counts shared words of two sentences with different labels."""

    def __init__(
        self, words: CorpusWords, sentences: CorpusSentences, tag_names: tuple[str, ...], progress: ProgressCallback
    ) -> None:
        self._words = words
        self._sentences = sentences
        self._tag_names = tag_names
        self._progress = progress

    def count_differing(self, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Int32:
        """int32: how many words of each pair."""
        counts = np.zeros(len(first), np.int32)
        for number, pair in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            self._progress(number, len(first), "labels compared")
            if pair[0] != pair[1] and not self._same(*pair):
                one, other = (gold_sentence(self._words, self._sentences, self._tag_names, row) for row in pair)
                counts[number] = len(compare(one, other).differing_labels)
        return counts

    def _same(self, first: int, second: int) -> bool:
        """Whether two sentences have the same words and tags, as most copies do."""
        (start, count), (other, other_count) = (
            (int(self._sentences.first_word[row]), int(self._sentences.word_count[row])) for row in (first, second)
        )
        texts = self._words.text
        tags = self._words.gold_tag
        return (
            count == other_count
            and texts.slice(start, count).equals(texts.slice(other, count))
            and np.array_equal(tags[start : start + count], tags[other : other + count])
        )


STAGE = Stage(
    name="duplicates",
    version=2,
    inputs=(WORDS, SENTENCES, DISTINCT_TEXT, SENTENCE_VECTORS),
    outputs=(DUPLICATE_LINKS, DUPLICATE_PAIRS, DUPLICATE_COUNTS, RELABELLED_COPIES),
    run=_run,
)
