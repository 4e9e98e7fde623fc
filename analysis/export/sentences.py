"""The sentences of a run with their gold and predicted labels, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.formats.text_records import Entity
from analysis.formats.written import LabelledSentence
from analysis.run.run import Run
from analysis.run.tags import MISSING

Rows = npt.NDArray[np.int64]

SCORE_DIGITS = 6
ROWS_AT_A_TIME = 1_000


def labelled_sentences(run: Run, rows: Rows) -> Iterator[LabelledSentence]:
    """The sentences at some rows; only one of them is held in memory at a time.

    An entity's score is the mean probability of the predicted tags of its words.

    Args:
        run: The run.
        rows: Rows of sentences, ascending.
    """
    names = (*run.tag_set.tags, None)  # MISSING is -1, the last
    for first in range(0, len(rows), ROWS_AT_A_TIME):
        block = rows[first : first + ROWS_AT_A_TIME]
        bounds = (np.searchsorted(run.spans.sentence, block, side) for side in ("left", "right"))
        for row, start, end in zip(block, *bounds, strict=True):
            yield _labelled(run, int(row), slice(start, end), names)


def _labelled(run: Run, row: int, spans: slice, names: Sequence[str | None]) -> LabelledSentence:
    at = run.sentence_words(row)
    words = run.words.text.slice(at.start, at.stop - at.start).to_pylist()
    bounds = word_bounds(words)
    return LabelledSentence(
        id=run.sentences.id[row].as_py(),
        document=run.sentences.document[row].as_py(),
        words=words,
        text=" ".join(words),
        bounds=bounds,
        gold_tags=[names[code] for code in run.words.gold_tag[at].tolist()],
        predicted_tags=[names[code] for code in run.words.predicted_tag[at].tolist()],
        p_predicted=[_probability(p) for p in run.words.p_predicted[at].tolist()],
        gold=_entities(run, "gold", spans, bounds, None),
        predicted=_entities(run, "predicted", spans, bounds, run.spans.p_mean[spans]),
    )


def word_bounds(words: Sequence[str]) -> list[tuple[int, int]]:
    """The [start, end) of each word in the words joined with spaces, in characters."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for word in words:
        bounds.append((start, start + len(word)))
        start += len(word) + 1
    return bounds


def _probability(p: float) -> float | None:
    return None if np.isnan(p) else round(p, SCORE_DIGITS)


def _entities(
    run: Run, side: str, spans: slice, bounds: Sequence[tuple[int, int]], scores: npt.NDArray[Any] | None
) -> list[Entity]:
    """The entities of one side of some ledger rows, from left to right."""
    start, end, type_ = (getattr(run.spans, f"{side}_{name}")[spans].tolist() for name in ("start", "end", "type"))
    known = [None] * len(start) if scores is None else [_probability(p) for p in scores.tolist()]
    entities = [
        Entity(bounds[first][0], bounds[last - 1][1], run.tag_set.types[code], score)
        for first, last, code, score in zip(start, end, type_, known, strict=True)
        if first != MISSING
    ]
    return sorted(entities, key=lambda entity: entity.start or 0)
