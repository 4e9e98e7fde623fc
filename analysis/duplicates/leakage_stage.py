"""The stage `leakage`: which texts of the corpus also stand in other splits, exactly or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analysis.duplicates.comparison import GoldSentence, compare, gold_sentence
from analysis.duplicates.pairs_stage import first_sentences
from analysis.duplicates.same_text import NO_TEXT, distinct_texts, text_key
from analysis.duplicates.similarity import LOWEST, ROUNDING, nearest_between
from analysis.duplicates.vectors_stage import cut_sentences, vectors_of
from analysis.run.run import Sentences, Words
from analysis.run.schema import LEAKS
from analysis.run.stage import Parameters, Stage, StageContext

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus


def _run(context: StageContext) -> None:
    workspace = context.workspace
    references: Sequence[Corpus] = context.resources["references"]
    words = Words.from_table(workspace.read_table("words"))
    sentences = Sentences.from_table(workspace.read_table("sentences"))
    first = first_sentences(workspace.read_array("distinct_text"))
    keys = [text_key(sentences.text[row].as_py()) for row in first]
    rows: list[dict[str, Any]] = []
    about: list[dict[str, Any]] = []
    for number, reference in enumerate(references):
        matches, cut = _matches(context, reference, keys)
        about.append(
            {
                "label": reference.label,
                "sentences": len(reference.sentence_ids),
                "words": len(reference.words),
                "cut_sentences": cut,
            }
        )
        for text, match in matches:
            own = gold_sentence(words, sentences, context.tag_set.tags, int(first[text]))
            gold = GoldSentence(match["words"], match["tags"])
            rows.append({"reference": number, "text": text, **match, "relabelled": len(compare(own, gold).relabelled)})
    workspace.write_table("leaks", pa.Table.from_pylist(rows, schema=LEAKS))
    workspace.write_json("leakage_references", about)


def _matches(
    context: StageContext, reference: Corpus, keys: Sequence[str]
) -> tuple[list[tuple[int, dict[str, Any]]], int]:
    """For the texts that a reference has, exactly or nearly, what `leaks` says of the sentence that they are most like.

    Args:
        context: Of the stage.
        reference: The other split.
        keys: Of the corpus's distinct texts.

    Returns:
        A text with its match, for each that has one; and how many sentences of the reference were cut for the encoder.
    """
    texts = [
        " ".join(reference.words[start:stop])
        for start, stop in zip(reference.offsets[:-1], reference.offsets[1:], strict=True)
    ]
    there = distinct_texts(texts)
    copies = np.bincount(there.number[there.number != NO_TEXT], minlength=len(there.first))
    number_of = {key: number for number, key in enumerate(there.keys)}
    exact = np.array([number_of.get(key, NO_TEXT) for key in keys], np.int64)
    others = np.flatnonzero(exact == NO_TEXT)
    own = context.workspace.read_array("sentence_vectors")[others]
    encoded = vectors_of(context, reference, there.first)
    nearest = nearest_between(own, encoded.vectors, context.progress)
    found, cosine = exact.copy(), np.ones(len(keys), np.float32)
    near = nearest.cosine >= LOWEST - ROUNDING
    found[others[near]], cosine[others[near]] = nearest.row[near], np.minimum(nearest.cosine[near], 1)
    matches = [
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
    return matches, cut_sentences(encoded, there)


def _sentence(reference: Corpus, row: int) -> dict[str, Any]:
    words = slice(int(reference.offsets[row]), int(reference.offsets[row + 1]))
    return {
        "source_row": int(reference.source_rows[row]),
        "id": reference.sentence_ids[row],
        "words": reference.words[words],
        "tags": reference.tags[words],
    }


def _parameters(options: Parameters) -> Parameters:
    return {"references": options["references"]}


STAGE = Stage(
    name="leakage",
    version=2,
    inputs=("words", "sentences", "distinct_text", "sentence_vectors"),
    outputs=("leaks", "leakage_references"),
    parameters=_parameters,
    run=_run,
)
