"""The sentences of a run with their gold and predicted labels, read one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from analysis.formats.text_records import Entity
from analysis.formats.written import LabelledSentence
from analysis.run.run import Run
from analysis.run.tags import type_of

Rows = npt.NDArray[np.int64]

SCORE_DIGITS = 6


def labelled_sentences(run: Run, rows: Rows) -> Iterator[LabelledSentence]:
    """The sentences at some rows; only one of them is held in memory at a time.

    An entity's score is the mean probability of the predicted tags of its words.

    Args:
        run: The run.
        rows: Rows of sentences, ascending.
    """
    names = (*run.tag_set.tags, None)  # MISSING is -1, the last
    for row in rows.tolist():
        yield _labelled(run, row, names)


def _labelled(run: Run, row: int, names: Sequence[str | None]) -> LabelledSentence:
    at = run.sentence_words(row)
    words = run.words.text.slice(at.start, at.stop - at.start).to_pylist()
    bounds = word_bounds(words)
    gold = [names[code] for code in run.words.gold_tag[at].tolist()]
    predicted = [names[code] for code in run.words.predicted_tag[at].tolist()]
    p_predicted = run.words.p_predicted[at].tolist()
    return LabelledSentence(
        id=run.sentences.id[row].as_py(),
        document=run.sentences.document[row].as_py(),
        words=words,
        text=" ".join(words),
        bounds=bounds,
        gold_tags=gold,
        predicted_tags=predicted,
        p_predicted=[_probability(p) for p in p_predicted],
        gold=_entities(gold, bounds, None),
        predicted=_entities(predicted, bounds, p_predicted),
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


def _entities(tags: Sequence[str | None], bounds: Sequence[tuple[int, int]], p: Sequence[float] | None) -> list[Entity]:
    """The entities of BIO2 tags, also those on words without a gold tag, which the ledger leaves out.

    A word without a tag neither ends an entity nor belongs to it, as in the ledger.
    """
    spans: list[tuple[str, list[int]]] = []
    open_type = ""
    for word, tag in enumerate(tags):
        if tag is None:
            continue
        name = type_of(tag) or ""
        if name and tag[0] == "I" and name == open_type:
            spans[-1][1].append(word)
        elif name:
            spans.append((name, [word]))
        open_type = name
    return [
        Entity(
            bounds[words[0]][0],
            bounds[words[-1]][1],
            name,
            None if p is None else _probability(float(np.mean([p[word] for word in words]))),
        )
        for name, words in spans
    ]
