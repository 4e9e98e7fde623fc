"""The ledger: gold and predicted spans of every sentence, paired one to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.run.columns import Words
from analysis.run.schema import OUTCOMES, SPANS
from analysis.run.tags import MISSING, type_codes_of

Int = npt.NDArray[np.integer[Any]]
Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

_CODE = {name: code for code, name in enumerate(OUTCOMES)}


@dataclass(frozen=True)
class TaggedSpans:
    """Spans in the order of the corpus; spans of one tagging never overlap.

    Attributes:
        start: First row in `words`, int64.
        end: One past the last row, int64.
        type: Type code, int64.
    """

    start: Int64
    end: Int64
    type: Int64

    def __len__(self) -> int:
        return len(self.start)


def read_spans(tags: Int, sentence: Int) -> TaggedSpans:
    """Read BIO2 tags leniently, as seqeval's default mode and conlleval do: a stray `I-X` starts a span.

    A span continues while `I-` tags of its type follow in the same sentence; `O` and a missing tag end it.

    Args:
        tags: Tag codes, one per word (analysis.run.tags); MISSING if there is none.
        sentence: Sentence row of each word, ascending.
    """
    types = type_codes_of(tags)
    inside = tags > 0
    continues = np.zeros(len(tags) + 1, dtype=np.bool_)
    is_inner = inside[1:] & (tags[1:] % 2 == 0)
    continues[1:-1] = is_inner & (types[1:] == types[:-1]) & (sentence[1:] == sentence[:-1])
    start = np.flatnonzero(inside & ~continues[:-1])
    end = np.flatnonzero(inside & ~continues[1:]) + 1
    return TaggedSpans(start, end, types[start].astype(np.int64))


def pair_spans(gold: TaggedSpans, predicted: TaggedSpans) -> tuple[Int64, Int64]:
    """Pair spans greedily: same bounds and type, same bounds, overlap and same type, overlap.

    Within a class, pairs with the larger IoU come first, then the leftmost. Spans of one side never overlap, so a span
    has at most one partner with the same bounds, and only the remaining imperfect overlaps are processed one by one.

    Returns:
        For each gold span its predicted partner, and for each predicted span its gold partner; MISSING without one.
    """
    partner_of_gold = np.full(len(gold), MISSING, dtype=np.int64)
    partner_of_predicted = np.full(len(predicted), MISSING, dtype=np.int64)
    _, same_start_gold, same_start_predicted = np.intersect1d(
        gold.start, predicted.start, assume_unique=True, return_indices=True
    )
    same = gold.end[same_start_gold] == predicted.end[same_start_predicted]
    partner_of_gold[same_start_gold[same]] = same_start_predicted[same]
    partner_of_predicted[same_start_predicted[same]] = same_start_gold[same]

    left, right = _overlaps(gold, predicted, np.flatnonzero(partner_of_gold == MISSING))
    other_type = gold.type[left] != predicted.type[right]
    leftmost = np.minimum(gold.start[left], predicted.start[right])
    order = np.lexsort((predicted.start[right], leftmost, -_iou(gold, predicted, left, right), other_type))
    for g, p in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if partner_of_gold[g] == MISSING and partner_of_predicted[p] == MISSING:
            partner_of_gold[g], partner_of_predicted[p] = p, g
    return partner_of_gold, partner_of_predicted


def _overlaps(gold: TaggedSpans, predicted: TaggedSpans, among: Int64) -> tuple[Int64, Int64]:
    """All pairs of a gold span in `among` and a predicted span that share a word."""
    first = np.searchsorted(predicted.end, gold.start[among], side="right")
    last = np.searchsorted(predicted.start, gold.end[among], side="left")
    counts = np.maximum(last - first, 0)
    offsets = np.cumsum(counts) - counts
    return np.repeat(among, counts), np.arange(counts.sum()) - np.repeat(offsets - first, counts)


def _iou(gold: TaggedSpans, predicted: TaggedSpans, left: Int64, right: Int64) -> Float64:
    """IoU of overlapping pairs: shared words / words in either span."""
    shared = np.minimum(gold.end[left], predicted.end[right]) - np.maximum(gold.start[left], predicted.start[right])
    either = np.maximum(gold.end[left], predicted.end[right]) - np.minimum(gold.start[left], predicted.start[right])
    ratio: Float64 = shared / either
    return ratio


def build_ledger(words: Words) -> pa.Table:
    """The `spans` table (analysis.run.schema.SPANS) of a words table.

    Words without a gold tag are removed from both sides before spans are read, as transformers' examples do before
    seqeval sees the tags: a span continues after them, and a predicted span that has no other word does not exist.

    Every gold and every predicted span is in exactly one row. Probabilities and losses ignore words without a value. If
    no word has one, `p_min`, `p_mean` and `loss_max` are NaN and `loss_total` is 0.
    """
    labelled = np.flatnonzero(words.gold_tag != MISSING)
    sentences = words.sentence[labelled]
    gold = read_spans(words.gold_tag[labelled], sentences)
    predicted = read_spans(words.predicted_tag[labelled], sentences)
    partner_of_gold, partner_of_predicted = pair_spans(gold, predicted)
    spurious = np.flatnonzero(partner_of_predicted == MISSING)
    left = np.concatenate([np.arange(len(gold)), np.full(len(spurious), MISSING)])
    right = np.concatenate([partner_of_gold, spurious])

    far = len(labelled)
    starts = np.minimum(_take(gold.start, left, far), _take(predicted.start, right, far))
    order = np.lexsort((_take(gold.start, left, far), starts))
    left, right, start = left[order], right[order], starts[order]
    end = np.maximum(_take(gold.end, left, 0), _take(predicted.end, right, 0))

    is_pair = (left != MISSING) & (right != MISSING)
    iou = np.zeros(len(left))
    iou[is_pair] = _iou(gold, predicted, left[is_pair], right[is_pair])
    gold_type, predicted_type = _take(gold.type, left, MISSING), _take(predicted.type, right, MISSING)

    has_prediction = right != MISSING
    p_start = np.where(has_prediction, _take(predicted.start, right, 0), start)
    p_end = np.where(has_prediction, _take(predicted.end, right, 0), end)
    p = words.p_predicted[labelled].astype(np.float64)
    p_words = _reduce(np.add, (~np.isnan(p)).astype(np.float64), p_start, p_end)
    p_total = _reduce(np.add, np.nan_to_num(p), p_start, p_end)
    loss = words.loss[labelled].astype(np.float64)

    sentence_start = np.searchsorted(words.sentence, sentences[start], side="left")

    def position(labelled_word: Int64, rows: Int64) -> Int64:
        word = labelled[_take(labelled_word, rows, 0)] if len(labelled) else labelled
        return np.where(rows == MISSING, MISSING, word - sentence_start)

    columns = {
        "sentence": sentences[start],
        "gold_start": position(gold.start, left),
        "gold_end": position(gold.end - 1, left) + (left != MISSING),
        "gold_type": gold_type,
        "predicted_start": position(predicted.start, right),
        "predicted_end": position(predicted.end - 1, right) + (right != MISSING),
        "predicted_type": predicted_type,
        "outcome": _outcomes(gold_type, predicted_type, iou),
        "iou": iou,
        "p_min": _reduce(np.fmin, p, p_start, p_end),
        "p_mean": np.divide(p_total, p_words, out=np.full(len(left), np.nan), where=p_words > 0),
        "loss_max": _reduce(np.fmax, loss, start, end),
        "loss_total": _reduce(np.add, np.nan_to_num(loss), start, end),
    }
    return SPANS.make(columns)


def _take(values: Int64, rows: Int64, default: int) -> Int64:
    """values[rows]; `default` if the row is MISSING."""
    return np.append(values, default)[rows]  # MISSING is -1, the appended value


def _outcomes(gold_type: Int64, predicted_type: Int64, iou: Float64) -> Int64:
    """Outcome codes of ledger rows."""
    same_type, same_bounds = gold_type == predicted_type, iou == 1
    return np.select(
        [gold_type == MISSING, predicted_type == MISSING, same_type & same_bounds, same_bounds, same_type],
        [_CODE["spurious"], _CODE["missed"], _CODE["correct"], _CODE["type"], _CODE["boundary"]],
        _CODE["type+boundary"],
    )


def _reduce(ufunc: np.ufunc, values: Float64, start: Int64, end: Int64) -> Float64:
    """Reduce values[start:end] of each row; no range is empty."""
    if len(start) == 0:
        return np.zeros(0)
    bounds = np.column_stack([start, end]).ravel()
    padded = np.append(values, 0.0)  # lets `end` be the length
    reduced: Float64 = ufunc.reduceat(padded, bounds)[::2]
    return reduced
