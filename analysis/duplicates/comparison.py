"""The differences between two similar sentences: words that only one has, and labels of shared words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.duplicates.word_alignment import Aligned, aligned_words
from analysis.run.columns import CorpusSentences, CorpusWords
from analysis.run.tags import MISSING, OUTSIDE, type_of


@dataclass(frozen=True)
class GoldSentence:
    """A sentence with its gold tags.

    Attributes:
        words: Their texts.
        tags: Gold tags by name; None: unlabelled.
    """

    words: Sequence[str]
    tags: Sequence[str | None]


@dataclass(frozen=True)
class Comparison:
    """Two sentences side by side.

    Attributes:
        aligned: Shared words, ignoring case.
        same: Whether all words are shared.
        differing_labels: Shared words whose labels differ.
    """

    aligned: Aligned
    same: bool
    differing_labels: Aligned


def gold_sentence(
    words: CorpusWords, sentences: CorpusSentences, tag_names: Sequence[str], sentence: int
) -> GoldSentence:
    """A sentence of a run.

    Args:
        words: Of the run.
        sentences: Of the run.
        tag_names: By code (`TagSet.tags`).
        sentence: Its row.
    """
    start, count = int(sentences.first_word[sentence]), int(sentences.word_count[sentence])
    codes = words.gold_tag[start : start + count].tolist()
    tags = [None if code == MISSING else tag_names[code] for code in codes]
    return GoldSentence(words.text.slice(start, count).to_pylist(), tags)


def compare(first: GoldSentence, second: GoldSentence) -> Comparison:
    """Compare the words and labels of two sentences.

    If all words are the same, the gold tags must be equal. If words differ, only the entity types must be equal: an
    entity that starts one word earlier in one of them correctly changes a `B-` to an `I-`. Unlabelled words never
    disagree.
    """
    aligned = aligned_words(first.words, second.words)
    same = len(aligned) == len(first.words) == len(second.words)
    disagreeing = []
    for one, other in aligned:
        tags = first.tags[one], second.tags[other]
        if None not in tags and label_name(tags[0], same=same) != label_name(tags[1], same=same):
            disagreeing.append((one, other))
    return Comparison(aligned, same, disagreeing)


def label_name(tag: str | None, *, same: bool) -> str:
    """The label that is compared: the gold tag if two sentences have the same words, else its entity type."""
    if tag is None:
        return "unlabelled"
    return tag if same else type_of(tag) or OUTSIDE
