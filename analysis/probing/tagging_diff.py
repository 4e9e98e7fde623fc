"""Two taggings of nearly the same text: which labels came, went and changed, and how probabilities moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.duplicates.word_alignment import Block, aligned_blocks
from analysis.probing.tagged_text import Floats, TaggedText, TypedSpan
from analysis.run.tags import MISSING
from analysis.scores.ledger import TaggedSpans, pair_spans
from analysis.taggers.huggingface.alignment import Int64

GAINED, LOST, CHANGED = "gained", "lost", "changed"


@dataclass(frozen=True)
class Change:
    """An entity that is not what it was.

    Attributes:
        kind: GAINED, LOST or CHANGED.
        before: As it was in the earlier tagging, or None.
        after: As it is in the later one, or None.
    """

    kind: str
    before: TypedSpan | None
    after: TypedSpan | None


@dataclass(frozen=True)
class TaggingDiff:
    """How a tagging differs from an earlier one.

    Attributes:
        counterparts: For each later word the earlier word that it was, or MISSING for a new word.
        changes: The entities that are not what they were, by their place in the later text.
        deltas: float32, later words: by how much the probability of the word's prediction grew; NaN for a new word.
        similarity: Proportion of words that are the same, ignoring letter case, 0-1.
    """

    counterparts: Int64
    changes: tuple[Change, ...]
    deltas: Floats
    similarity: float


def diff_taggings(before: TaggedText, after: TaggedText) -> TaggingDiff:
    """Hold a tagging against an earlier one of the same tagger."""
    blocks = aligned_blocks([word.text for word in before.words], [word.text for word in after.words])
    counterparts = np.full(len(after.words), MISSING, np.int64)
    for block in blocks:
        if block.one_to_one:
            counterparts[block.after_start : block.after_end] = np.arange(block.before_start, block.before_end)
    same = sum(block.after_end - block.after_start for block in blocks if block.same)
    words = len(before.words) + len(after.words)
    return TaggingDiff(
        counterparts=counterparts,
        changes=_changes(before.spans, after.spans, blocks),
        deltas=_deltas(before, after, counterparts),
        similarity=2 * same / words if words else 1.0,
    )


def _changes(before: Sequence[TypedSpan], after: Sequence[TypedSpan], blocks: Sequence[Block]) -> tuple[Change, ...]:
    moved = [_moved(span, blocks) for span in before]
    kept = [number for number, (start, end) in enumerate(moved) if start < end]
    codes = {name: code for code, name in enumerate(dict.fromkeys(span.type for span in (*before, *after)))}
    partners, partners_of_after = pair_spans(
        _spans([(*moved[number], codes[before[number].type]) for number in kept]),
        _spans([(span.start, span.end, codes[span.type]) for span in after]),
    )
    found = [
        (moved[number][0], Change(LOST, before[number], None)) for number in range(len(before)) if number not in kept
    ]
    for number, partner in zip(kept, partners.tolist(), strict=True):
        was = before[number]
        if partner == MISSING:
            found.append((moved[number][0], Change(LOST, was, None)))
        elif (*moved[number], was.type) != after[partner]:
            found.append((after[partner].start, Change(CHANGED, was, after[partner])))
    found += [
        (span.start, Change(GAINED, None, span))
        for span, partner in zip(after, partners_of_after.tolist(), strict=True)
        if partner == MISSING
    ]
    return tuple(change for _, change in sorted(found, key=lambda pair: pair[0]))


def _moved(span: TypedSpan, blocks: Sequence[Block]) -> tuple[int, int]:
    """The bounds of an earlier span among the later words; empty where its words are gone."""
    first = next(block for block in blocks if block.before_start <= span.start < block.before_end)
    last = next(block for block in blocks if block.before_start < span.end <= block.before_end)
    return first.moved_start(span.start), last.moved_end(span.end)


def _spans(rows: Sequence[tuple[int, int, int]]) -> TaggedSpans:
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    return TaggedSpans(columns[0], columns[1], columns[2])


def _deltas(before: TaggedText, after: TaggedText, counterparts: Int64) -> Floats:
    deltas = np.full(len(after.words), np.nan, np.float32)
    known = np.flatnonzero((counterparts != MISSING) & ~np.isnan(after.p))
    best = np.argmax(after.probabilities[known], axis=1)
    deltas[known] = after.p[known] - before.probabilities[counterparts[known], best]
    return deltas
