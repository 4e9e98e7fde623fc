"""Which words two word lists share, in order: the one algorithm behind every comparison of two texts.

Case plays no part. What stands at both ends of both is aligned at once; between, difflib finds the longest common run,
and then the longest ones before and after it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Aligned = list[tuple[int, int]]
"""Positions of words in the one list and in the other, in order."""

MOST_STEPS = 2_000_000
"""So many words and pairs of equal words are looked at, some tenths of a second; what is not found by then counts as
other words. Two edited texts of 5,000 words take less than half of it, but the search is cubic where few words differ:
600 words that are each `a` or `b` would take ten seconds."""


@dataclass(frozen=True)
class Block:
    """Words [before_start, before_end) that became words [after_start, after_end); `same`: but for case the same."""

    same: bool
    before_start: int
    before_end: int
    after_start: int
    after_end: int

    @property
    def one_to_one(self) -> bool:
        """Whether each word became one word."""
        return self.before_end - self.before_start == self.after_end - self.after_start

    def moved_start(self, bound: int) -> int:
        """Where a span that began at `bound`, in this block, begins now."""
        return min(self.after_start + bound - self.before_start, self.after_end)

    def moved_end(self, bound: int) -> int:
        """Where a span that ended at `bound`, in this block, ends now."""
        return max(self.after_end - (self.before_end - bound), self.after_start)


def aligned_blocks(before: Sequence[str], after: Sequence[str]) -> list[Block]:
    """Blocks that cover both word lists, in order, those of the same words and those between them."""
    old, new = [word.casefold() for word in before], [word.casefold() for word in after]
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    between = _runs(old[head : len(old) - tail], new[head : len(new) - tail])
    shared = [(head + i, head + k, size) for i, k, size in between]
    blocks: list[Block] = []
    at_old = at_new = 0
    for i, k, size in [(0, 0, head), *shared, (len(old) - tail, len(new) - tail, tail)]:
        if (at_old, at_new) != (i, k):
            blocks.append(Block(False, at_old, i, at_new, k))
        at_old, at_new = i + size, k + size
        if size:
            blocks.append(Block(True, i, at_old, k, at_new))
    return blocks


def aligned_words(first: Sequence[str], second: Sequence[str]) -> Aligned:
    """Positions of the words that both lists have, in order."""
    return [
        pair
        for block in aligned_blocks(first, second)
        if block.same
        for pair in zip(
            range(block.before_start, block.before_end), range(block.after_start, block.after_end), strict=True
        )
    ]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _runs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Common runs (where in `old`, where in `new`, words): the longest, then those of what is before and after it."""
    left = MOST_STEPS
    runs: list[tuple[int, int, int]] = []
    waiting = deque([(0, len(old), 0, len(new))])
    while waiting:  # wide stretches first: where steps run out, the narrow ones go without
        old_start, old_end, new_start, new_end = waiting.popleft()
        one, other = old[old_start:old_end], new[new_start:new_end]
        left -= _steps(one, other)
        if not one or not other or left < 0:
            continue
        run = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
        if run.size:
            i, k = old_start + run.a, new_start + run.b
            runs.append((i, k, run.size))
            waiting.append((old_start, i, new_start, k))
            waiting.append((i + run.size, old_end, k + run.size, new_end))
    return sorted(runs)


def _steps(one: Sequence[str], other: Sequence[str]) -> int:
    """What the search of the longest run takes."""
    occurrences = Counter(other)
    return len(one) + len(other) + sum(occurrences[word] for word in one)
