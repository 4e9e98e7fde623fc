"""Reads predicted tags from a CoNLL file with the same sentences and words as the corpus, in the same order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.conll import read_conll
from analysis.formats.tag_schemes import detect_scheme, malformed_tags, to_bio2
from analysis.messages import shown
from analysis.run.tags import type_of
from analysis.taggers.precomputed.predictions import Predicted, PredictionsFile

NO_PREDICTION = frozenset({None, "", "_"})
"""Placeholders in files for a missing predicted tag."""


def read_tag_column(path: Path, column: str | None) -> PredictionsFile:
    """Read predicted tags of any scheme.

    Args:
        path: The file.
        column: Name or position (from 0) of the column of predicted tags; None: the last.

    Raises:
        AnalysisError: The file cannot be read, or a predicted tag is not valid.
    """
    try:
        annotations = read_conll(path, Columns(tag=column))
    except AnalysisError as error:
        raise AnalysisError(str(error).replace("--tag-column", "--prediction-column")) from error
    named = [[None if tag in NO_PREDICTION else str(tag) for tag in sentence] for sentence in annotations.tags]
    distinct = {tag for tag in chain.from_iterable(named) if tag is not None}
    if wrong := malformed_tags(distinct):
        row = next(row for row, tags in enumerate(named) if wrong.intersection(tags))
        raise AnalysisError(
            f"{annotations.where(row)}: {shown(min(wrong))} is not a valid predicted tag. "
            "Give the column of the predicted tags with --prediction-column."
        )
    tags, invalid = to_bio2(named, detect_scheme(named))
    types = {name for tag in chain.from_iterable(tags) if tag is not None and (name := type_of(tag)) is not None}

    def apply_to(corpus: Corpus) -> Predicted:
        rows = _matching_rows(annotations, corpus)
        found = list(chain.from_iterable(tags[row] for row in rows))
        kept = set(rows)
        counts = Counter({"invalid_predicted_transitions": sum(one.sentence in kept for one in invalid)})
        return Predicted(found, np.full(len(found), np.nan, np.float32), +counts)

    return PredictionsFile(tuple(sorted(types)), apply_to)


def _matching_rows(annotations: Annotations, corpus: Corpus) -> list[int]:
    """The row in the predictions file of each sentence of the corpus. The words must be the same."""
    available = corpus.audit["sampled"]["of"] if corpus.audit.get("sampled") else len(corpus.sentence_ids)
    if len(annotations) != available:
        raise AnalysisError(
            f"{annotations.source} has {len(annotations):,} sentences but the corpus has {available:,}. "
            "Predictions in a CoNLL file need the same sentences in the same order."
        )
    rows: list[int] = corpus.source_rows.tolist()
    for sentence, row in enumerate(rows):
        words = corpus.words[corpus.offsets[sentence] : corpus.offsets[sentence + 1]]
        if annotations.words[row] != words:
            here, there = _first_difference(annotations.words[row], words)
            raise AnalysisError(
                f"{annotations.where(row)} has {here} but the corpus has {there}. Predictions in a CoNLL file need "
                "the same words in the same order."
            )
    return rows


def _first_difference(words: Sequence[str], wanted: Sequence[str]) -> tuple[str, str]:
    place = next(
        (place for place, (one, other) in enumerate(zip(words, wanted, strict=False)) if one != other),
        min(len(words), len(wanted)),
    )
    here, there = (
        f"the word {shown(side[place])}" if place < len(side) else "no more words" for side in (words, wanted)
    )
    return here, there
