"""What differs between two sentences that are alike: the words they do not share, and the labels of those they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.duplicates.word_alignment import Aligned, aligned_words
from analysis.run.columns import CorpusSentences, CorpusWords
from analysis.run.tags import MISSING, OUTSIDE, type_of


@dataclass(frozen=True)
class GoldSentence:
    """A sentence as the corpus has it.

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
        aligned: Words that they share, in upper or lower case.
        same: Whether they share all their words.
        relabelled: Those of the shared words whose labels differ.
    """

    aligned: Aligned
    same: bool
    relabelled: Aligned


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
    """What two sentences share, and where they disagree.

    In two of the same words the gold tags have to be the same. Where words differ only the entity types have to be: an
    entity that begins one word earlier in one of them makes a `B-` an `I-` by right. Unlabelled words disagree with
    nothing.
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
    """What counts of a gold tag where two sentences have the same words, or not: the tag, or its entity type."""
    if tag is None:
        return "unlabelled"
    return tag if same else type_of(tag) or OUTSIDE
