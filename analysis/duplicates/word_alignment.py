"""Aligns two word lists by their longest common subsequence; used for all comparisons of two texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel, Postfix, Prefix

Aligned = list[tuple[int, int]]
"""Positions of the words in the first and in the second list, in order."""

MAX_PAIRS = 400_000_000
"""Maximum product of the lengths: 20,000 words each take 0.2 s and 40 MB. For longer lists only the common prefix and
suffix are found, and the words between them count as different."""


@dataclass(frozen=True)
class Block:
    """Words [before_start, before_end) of the old list that correspond to words [after_start, after_end) of the new.

    `same`: the words are equal, ignoring case.
    """

    same: bool
    before_start: int
    before_end: int
    after_start: int
    after_end: int

    @property
    def one_to_one(self) -> bool:
        """Whether both parts have the same number of words."""
        return self.before_end - self.before_start == self.after_end - self.after_start

    def moved_start(self, bound: int) -> int:
        """The start in the new list of a span that starts at `bound` in this block of the old list."""
        return min(self.after_start + bound - self.before_start, self.after_end)

    def moved_end(self, bound: int) -> int:
        """The end in the new list of a span that ends at `bound` in this block of the old list."""
        return max(self.after_end - (self.before_end - bound), self.after_start)


def aligned_blocks(before: Sequence[str], after: Sequence[str]) -> list[Block]:
    """Blocks of equal words and the blocks between them, in order; together they cover both lists."""
    return exact_blocks([word.casefold() for word in before], [word.casefold() for word in after])


def exact_blocks(before: Sequence[str], after: Sequence[str]) -> list[Block]:
    """Like `aligned_blocks`, but case-sensitive."""
    ids: dict[str, int] = {}
    old, new = ([ids.setdefault(text, len(ids)) for text in texts] for texts in (before, after))
    blocks: list[Block] = []
    at_old = at_new = 0
    for i, k, size in [*_shared_runs(old, new), (len(old), len(new), 0)]:
        if (at_old, at_new) != (i, k):
            blocks.append(Block(False, at_old, i, at_new, k))
        at_old, at_new = i + size, k + size
        if size:
            blocks.append(Block(True, i, at_old, k, at_new))
    return blocks


def aligned_words(first: Sequence[str], second: Sequence[str]) -> Aligned:
    """Positions of the shared words, in order."""
    return [
        pair
        for block in aligned_blocks(first, second)
        if block.same
        for pair in zip(
            range(block.before_start, block.before_end), range(block.after_start, block.after_end), strict=True
        )
    ]


def _shared_runs(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int, int]]:
    """Common runs in order: start in `old`, start in `new`, number of words."""
    if len(old) * len(new) <= MAX_PAIRS:
        steps = Indel.opcodes(old, new)
        return [
            (step.src_start, step.dest_start, step.src_end - step.src_start) for step in steps if step.tag == "equal"
        ]
    head = int(Prefix.similarity(old, new))
    tail = int(Postfix.similarity(old[head:], new[head:]))
    return [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
