"""What differs between two sentences that are alike: the words they do not share, and the labels of those they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from analysis.run import Sentences, Words
from analysis.tags import MISSING, OUTSIDE, type_of

Aligned = list[tuple[int, int]]
"""Positions in the one sentence and in the other, in order."""


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


def gold_sentence(words: Words, sentences: Sentences, tag_names: Sequence[str], sentence: int) -> GoldSentence:
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


def aligned_words(first: Sequence[str], second: Sequence[str]) -> Aligned:
    """Positions of the words that two sentences share, in order, in upper or lower case.

    What stands at both ends of both is aligned at once; between, difflib finds the longest common runs.
    """
    one, other = [word.casefold() for word in first], [word.casefold() for word in second]
    shorter = min(len(one), len(other))
    begin = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    room = shorter - begin
    end = next((at for at in range(room) if one[-1 - at] != other[-1 - at]), room)
    pairs = [(at, at) for at in range(begin)]
    middle = one[begin : len(one) - end], other[begin : len(other) - end]
    if all(middle):
        for run in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
            pairs += [(begin + run.a + at, begin + run.b + at) for at in range(run.size)]
    return pairs + [(len(one) - at, len(other) - at) for at in range(end, 0, -1)]
