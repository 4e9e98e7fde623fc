"""The stage `sentence_vectors`: what each distinct text of the corpus means, as a vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.duplicates.same_text import NO_TEXT, DistinctTexts, distinct_texts
from analysis.duplicates.sentence_encoder import SentenceEncoder, SentenceVectors, mean_states
from analysis.run.run import Sentences
from analysis.run.stage import Parameters, Stage, StageContext
from analysis.taggers.huggingface.forward import run_forward

if TYPE_CHECKING:
    from analysis.corpus.corpus import Corpus

LoadEncoder = Callable[[], SentenceEncoder] | None
TAGGER_STATES = "hidden"
"""Stands for the encoder in the stage's key where there is none: the tagger, whose hash is in every key."""


def _run(context: StageContext) -> None:
    workspace = context.workspace
    load_encoder: LoadEncoder = context.resources["load_encoder"]
    sentences = Sentences.from_table(workspace.read_table("sentences"))
    texts = sentences.text.to_pylist()
    distinct = distinct_texts(texts)
    about: dict[str, Any] = {"name": None}
    if load_encoder is None:
        hidden = workspace.read_array("hidden")
        encoded = mean_states(hidden, sentences.first_word[distinct.first], sentences.word_count[distinct.first])
    else:
        encoder = load_encoder()
        about = {
            "name": encoder.files.name,
            "pooling": encoder.files.pooling,
            "max_length": encoder.max_length,
        }
        encoded = encoder.encode([texts[row] for row in distinct.first], workspace.scratch, context.progress)
    workspace.write_array("distinct_text", distinct.number)
    workspace.write_array("sentence_vectors", encoded.vectors)
    workspace.write_json("sentence_encoder", about | {"cut_sentences": cut_sentences(encoded, distinct)})


def cut_sentences(encoded: SentenceVectors, distinct: DistinctTexts) -> int:
    """How many sentences, copies too, are compared by their beginning only.

    Args:
        encoded: Of the distinct texts.
        distinct: The texts of all sentences.
    """
    return int(np.count_nonzero(encoded.cut[distinct.number[distinct.number != NO_TEXT]]))


def vectors_of(context: StageContext, corpus: Corpus, rows: npt.NDArray[np.int64]) -> SentenceVectors:
    """Vectors of sentences of another corpus, made as this stage makes them.

    Args:
        context: Of a stage that reads `sentence_vectors`.
        corpus: Whose sentences.
        rows: Which of them.
    """
    load_encoder: LoadEncoder = context.resources["load_encoder"]
    sentences = [corpus.words[corpus.offsets[row] : corpus.offsets[row + 1]] for row in rows]
    if load_encoder is not None:
        texts = [" ".join(words) for words in sentences]
        return load_encoder().encode(texts, context.workspace.scratch, context.progress)
    offsets = np.concatenate([[0], np.cumsum([len(words) for words in sentences])]).astype(np.int64)
    flat = [word for words in sentences for word in words]
    forward = run_forward(
        context.resources["load_tagger"](), flat, offsets, context.workspace.scratch, context.progress
    )
    return mean_states(np.load(forward.hidden_path, mmap_mode="r"), offsets[:-1], np.diff(offsets))


def _parameters(options: Parameters) -> Parameters:
    return {"encoder": options["encoder"]}


STAGE = Stage(
    name="sentence_vectors",
    version=2,
    inputs=("sentences", "hidden"),
    outputs=("distinct_text", "sentence_vectors", "sentence_encoder"),
    parameters=_parameters,
    run=_run,
)
