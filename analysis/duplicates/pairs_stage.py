"""The stage `duplicates`: which texts of the corpus are alike, and whether the corpus labels them alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.duplicates.comparison import compare, gold_sentence
from analysis.duplicates.same_text import NO_TEXT
from analysis.duplicates.similarity import near_pairs, threshold_of
from analysis.run.run import Sentences, Words
from analysis.run.schema import DUPLICATE_LINKS, DUPLICATE_PAIRS
from analysis.run.stage import ProgressCallback, Stage, StageContext

MOST_PAIRS = 200_000
"""So many pairs are kept, the most similar ones; the groups need none of them."""

Int32 = npt.NDArray[np.int32]


def _run(context: StageContext) -> None:
    workspace = context.workspace
    words = Words.from_table(workspace.read_table("words"))
    sentences = Sentences.from_table(workspace.read_table("sentences"))
    distinct = workspace.read_array("distinct_text")
    near = near_pairs(workspace.read_array("sentence_vectors"), MOST_PAIRS, context.progress)
    labels = _Labels(words, sentences, context.tag_set.tags, context.progress)
    first = first_sentences(distinct)
    ends = first[near.links.first], first[near.links.second]
    links = {
        "first": near.links.first,
        "second": near.links.second,
        "cosine": near.links.cosine,
        "relabelled": labels.relabelled(*ends),
    }
    copies = np.flatnonzero(distinct != NO_TEXT)
    relabelled = np.zeros(len(distinct), np.int32)
    relabelled[copies] = labels.relabelled(first[distinct[copies]], copies)
    pairs = near.most_similar
    workspace.write_table("duplicate_links", pa.table(links, schema=DUPLICATE_LINKS))
    workspace.write_table(
        "duplicate_pairs",
        pa.table({"first": pairs.first, "second": pairs.second, "cosine": pairs.cosine}, schema=DUPLICATE_PAIRS),
    )
    workspace.write_array("relabelled_copies", relabelled)
    workspace.write_json(
        "duplicate_counts",
        [{"threshold": threshold_of(level), "pairs": int(count)} for level, count in enumerate(near.counts)],
    )


def first_sentences(distinct: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """The first sentence of each distinct text, in order of the texts' numbers."""
    numbers, rows = np.unique(distinct, return_index=True)
    first: npt.NDArray[np.int64] = rows[numbers != NO_TEXT]
    return first


class _Labels:
    """Counts the words of two sentences that the corpus labels otherwise."""

    def __init__(
        self, words: Words, sentences: Sentences, tag_names: tuple[str, ...], progress: ProgressCallback
    ) -> None:
        self._words = words
        self._sentences = sentences
        self._tag_names = tag_names
        self._progress = progress

    def relabelled(self, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Int32:
        """int32: how many words of each pair."""
        counts = np.zeros(len(first), np.int32)
        for number, pair in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            self._progress(number, len(first), "labels compared")
            if pair[0] != pair[1] and not self._same(*pair):
                one, other = (gold_sentence(self._words, self._sentences, self._tag_names, row) for row in pair)
                counts[number] = len(compare(one, other).relabelled)
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
    version=1,
    inputs=("words", "sentences", "distinct_text", "sentence_vectors"),
    outputs=("duplicate_links", "duplicate_pairs", "duplicate_counts", "relabelled_copies"),
    parameters=lambda options: {},
    run=_run,
)
