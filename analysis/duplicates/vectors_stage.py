"""The stages `sentence_vectors` and `reference_vectors`: a vector for each distinct text.

Vectors from the sentence encoder do not depend on the tagger, so they are reused for all taggers. If there is no
encoder, the mean of the tagger's hidden states is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import CorpusText
from analysis.duplicates.options import REFERENCE
from analysis.duplicates.same_text import NO_TEXT, DistinctTexts, distinct_texts
from analysis.duplicates.values import (
    DISTINCT_TEXT,
    REFERENCE_TEXTS,
    REFERENCE_VECTORS,
    SENTENCE_ENCODER,
    SENTENCE_VECTORS,
)
from analysis.encoder.options import ENCODER
from analysis.run.columns import CorpusSentences
from analysis.run.schema import HIDDEN, SENTENCES
from analysis.run.stage import Stage, StageContext
from analysis.taggers.huggingface.options import DTYPE, WORD_JOINING

if TYPE_CHECKING:
    from analysis.encoder.sentence_encoder import SentenceEncoder, SentenceVectors
    from analysis.taggers.backend import RunnableBackend


def _run_encoder(context: StageContext) -> None:
    text: CorpusText = context.resources["text"]
    texts = text.sentences()
    distinct = distinct_texts(texts)
    encoder: SentenceEncoder = context.resources["encoder"].load()
    about = {"name": encoder.files.name, "max_length": encoder.max_length}
    encoded = encoder.encode([texts[row] for row in distinct.first], context.workspace.scratch, context.progress)
    _write_vectors(context, distinct, encoded, about)


def _run_tagger(context: StageContext) -> None:
    from analysis.encoder.sentence_encoder import mean_states  # noqa: PLC0415 - loading torch takes seconds

    sentences = CorpusSentences.of(context.workspace)
    distinct = distinct_texts(sentences.text.to_pylist())
    hidden = context.workspace.read(HIDDEN)
    encoded = mean_states(hidden, sentences.first_word[distinct.first], sentences.word_count[distinct.first])
    _write_vectors(context, distinct, encoded, {"name": None})


def _write_vectors(
    context: StageContext, distinct: DistinctTexts, encoded: SentenceVectors, about: dict[str, Any]
) -> None:
    context.workspace.write(DISTINCT_TEXT, distinct.number)
    context.workspace.write(SENTENCE_VECTORS, encoded.vectors)
    context.workspace.write(SENTENCE_ENCODER, about | {"cut_sentences": _cut_sentences(encoded.cut, distinct)})


def _cut_sentences(cut: npt.NDArray[np.bool_], distinct: DistinctTexts) -> int:
    """The number of truncated sentences, including copies; `cut` has one entry per distinct text."""
    return int(np.count_nonzero(cut[distinct.number[distinct.number != NO_TEXT]]))


def _run_references_encoder(context: StageContext) -> None:
    references: Sequence[CorpusText] = context.resources["reference_texts"]
    if not references:
        _write_no_references(context)
        return
    encoder: SentenceEncoder = context.resources["encoder"].load()
    texts = [reference.sentences() for reference in references]
    distinct = [distinct_texts(own) for own in texts]
    wanted = [own[row] for own, found in zip(texts, distinct, strict=True) for row in found.first]
    _write_references(context, distinct, encoder.encode(wanted, context.workspace.scratch, context.progress))


def _run_references_tagger(context: StageContext) -> None:
    from analysis.encoder.sentence_encoder import mean_states  # noqa: PLC0415 - as above
    from analysis.taggers.huggingface.forward import run_forward  # noqa: PLC0415

    references: Sequence[CorpusText] = context.resources["reference_texts"]
    if not references:
        _write_no_references(context)
        return
    backend: RunnableBackend = context.resources["neurons"]
    distinct = [distinct_texts(reference.sentences()) for reference in references]
    sentences = [
        reference.sentence(row) for reference, found in zip(references, distinct, strict=True) for row in found.first
    ]
    lengths = np.array([len(words) for words in sentences], np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    words = [word for sentence in sentences for word in sentence]
    forward = run_forward(backend.load(), words, offsets, context.workspace.scratch, context.progress)
    states: npt.NDArray[np.float16] = np.load(forward.hidden_path, mmap_mode="r")
    _write_references(context, distinct, mean_states(states, offsets[:-1], lengths))


def _write_no_references(context: StageContext) -> None:
    """Write empty results without loading an encoder or a tagger."""
    context.workspace.write(REFERENCE_VECTORS, np.zeros((0, 0), np.float32))
    context.workspace.write(REFERENCE_TEXTS, [])


def _write_references(context: StageContext, distinct: Sequence[DistinctTexts], encoded: SentenceVectors) -> None:
    starts = np.cumsum([0, *(len(found.first) for found in distinct)])
    about = [
        {
            "texts": len(found.first),
            "cut_sentences": _cut_sentences(encoded.cut[start:], found),
        }
        for start, found in zip(starts[:-1], distinct, strict=True)
    ]
    context.workspace.write(REFERENCE_VECTORS, encoded.vectors)
    context.workspace.write(REFERENCE_TEXTS, about)


_VECTORS = (DISTINCT_TEXT, SENTENCE_VECTORS, SENTENCE_ENCODER)
_REFERENCES = (REFERENCE_VECTORS, REFERENCE_TEXTS)

STAGES = (
    Stage(
        name="sentence_vectors",
        version=3,
        inputs=(),
        outputs=_VECTORS,
        run=_run_encoder,
        options=(ENCODER,),
        resources=("text", "encoder"),  # the vector of a sentence does not depend on its labels
    ),
    Stage(
        name="sentence_vectors_of_tagger",
        version=1,
        inputs=(SENTENCES, HIDDEN),
        outputs=_VECTORS,
        run=_run_tagger,
        instead_of="sentence_vectors",
    ),
    Stage(
        name="reference_vectors",
        version=1,
        inputs=(),
        outputs=_REFERENCES,
        run=_run_references_encoder,
        options=(ENCODER, REFERENCE),
        resources=("reference_texts", "encoder"),
    ),
    Stage(
        name="reference_vectors_of_tagger",
        version=1,
        inputs=(HIDDEN,),
        outputs=_REFERENCES,
        options=(REFERENCE, DTYPE, WORD_JOINING),
        run=_run_references_tagger,
        resources=("reference_texts", "neurons"),
        instead_of="reference_vectors",
    ),
)
