"""The stage `leakage`: which texts of the corpus also occur in other splits, exactly or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.duplicates.comparison import GoldSentence, compare, gold_sentence
from analysis.duplicates.options import REFERENCE
from analysis.duplicates.pairs_stage import first_sentences
from analysis.duplicates.same_text import NO_TEXT, distinct_texts, text_key
from analysis.duplicates.similarity import LOWEST, ROUNDING, nearest_between
from analysis.duplicates.values import (
    DISTINCT_TEXT,
    LEAKS,
    REFERENCE_TEXTS,
    REFERENCE_VECTORS,
    REFERENCES,
    SENTENCE_VECTORS,
)
from analysis.run.columns import CorpusSentences, CorpusWords
from analysis.run.schema import SENTENCES, WORDS
from analysis.run.stage import Stage, StageContext

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus


def _run(context: StageContext) -> None:
    workspace = context.workspace
    references: Sequence[Corpus] = context.resources["references"]
    names: Sequence[str] = context.resources["reference_names"]
    tags = context.tag_set.tags
    words, sentences = CorpusWords.of(workspace), CorpusSentences.of(workspace)
    first = first_sentences(workspace.read(DISTINCT_TEXT))
    keys = [text_key(sentences.text[row].as_py()) for row in first]
    vectors = workspace.read(REFERENCE_VECTORS)
    rows: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    start = 0
    for number, (reference, known) in enumerate(zip(references, workspace.read(REFERENCE_TEXTS), strict=True)):
        stop = start + known["texts"]
        for text, match in _matches(context, reference, vectors[start:stop], keys):
            own = gold_sentence(words, sentences, tags, int(first[text]))
            gold = GoldSentence(match["words"], match["tags"])
            rows.append(
                {"reference": number, "text": text, **match, "relabelled": len(compare(own, gold).differing_labels)}
            )
        start = stop
        about.append(
            {
                "label": names[number],
                "sentences": len(reference.sentence_ids),
                "words": len(reference.words),
                "cut_sentences": known["cut_sentences"],
            }
        )
    workspace.write(LEAKS, pa.Table.from_pylist(rows, schema=LEAKS.schema))
    workspace.write(REFERENCES, about)


def _matches(
    context: StageContext, reference: Corpus, vectors: npt.NDArray[np.float32], keys: Sequence[str]
) -> list[tuple[int, dict[str, Any]]]:
    """The rows of `leaks` for one reference: each text that it contains, exactly or nearly, with the best match.

    Args:
        context: The context of the stage.
        reference: The other split.
        vectors: The vectors of its distinct texts.
        keys: The `text_key` of each distinct text of the corpus.

    Returns:
        The texts that have a match, each with the match.
    """
    there = distinct_texts(reference.text.sentences())
    copies = np.bincount(there.number[there.number != NO_TEXT], minlength=len(there.first))
    number_of = {key: number for number, key in enumerate(there.keys)}
    exact = np.array([number_of.get(key, NO_TEXT) for key in keys], np.int64)
    others = np.flatnonzero(exact == NO_TEXT)
    own = context.workspace.read(SENTENCE_VECTORS)[others]
    nearest = nearest_between(own, vectors, context.progress)
    found, cosine = exact.copy(), np.ones(len(keys), np.float32)
    near = nearest.cosine >= LOWEST - ROUNDING
    found[others[near]], cosine[others[near]] = nearest.row[near], np.minimum(nearest.cosine[near], 1)
    return [
        (
            text,
            {
                "exact": bool(exact[text] != NO_TEXT),
                "cosine": float(cosine[text]),
                "copies": int(copies[found[text]]),
                **_sentence(reference, int(there.first[found[text]])),
            },
        )
        for text in np.flatnonzero(found != NO_TEXT).tolist()
    ]


def _sentence(reference: Corpus, row: int) -> dict[str, Any]:
    words = slice(int(reference.offsets[row]), int(reference.offsets[row + 1]))
    return {
        "source_row": int(reference.source_rows[row]),
        "id": reference.sentence_ids[row],
        "words": reference.words[words],
        "tags": reference.tags[words],
    }


STAGE = Stage(
    name="leakage",
    version=3,
    inputs=(WORDS, SENTENCES, DISTINCT_TEXT, SENTENCE_VECTORS, REFERENCE_VECTORS, REFERENCE_TEXTS),
    outputs=(LEAKS, REFERENCES),
    run=_run,
    options=(REFERENCE,),
    resources=("references", "reference_names"),
)
