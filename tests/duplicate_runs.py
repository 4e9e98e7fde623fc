"""Runs with duplicates: the real stages over sentences in memory, with vectors that a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from analysis.corpus.corpus import Corpus
from analysis.duplicates import leakage_stage, pairs_stage, vectors_stage
from analysis.encoder.sentence_encoder import SentenceVectors
from analysis.run.run import Run
from analysis.run.schema import HIDDEN, SENTENCES, WORDS
from tests.runs import Sentence, make_run, with_values
from tests.workspace import MemoryWorkspace, perform

Gold = tuple[Sequence[str], Sequence[str | None]]
"""Words and their gold tags."""


def angles(degrees: Mapping[str, float]) -> Callable[[str], np.ndarray]:
    """Texts as points of a circle, by the degrees given for a word of theirs, so that cosines are known by hand."""

    def vector(text: str) -> np.ndarray:
        turn = np.deg2rad(next((degrees[word] for word in text.split() if word in degrees), 0.0))
        return np.array([np.cos(turn), np.sin(turn)], np.float32)

    return vector


@dataclass(frozen=True)
class StandInEncoder:
    """Takes the place of analysis.encoder.sentence_encoder.SentenceEncoder."""

    vector_of: Callable[[str], np.ndarray]
    files: Any = field(default_factory=lambda: SimpleNamespace(name="a stand-in"))
    max_length: int = 256

    def encode(self, texts: Sequence[str], scratch: Path, progress: Any) -> SentenceVectors:
        vectors = [self.vector_of(text) for text in texts]
        cut = np.array([len(text.split()) > self.max_length for text in texts], np.bool_)
        return SentenceVectors(np.array(vectors, np.float32) if vectors else np.zeros((0, 2), np.float32), cut)


def corpus_of(sentences: Sequence[Gold], label: str = "toy/train") -> Corpus:
    """A corpus of these sentences."""
    lengths = [len(words) for words, _ in sentences]
    return Corpus(
        label=label,
        sentence_ids=[f"{label}-{row}" for row in range(len(sentences))],
        documents=[None] * len(sentences),
        source_rows=np.arange(len(sentences)),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        words=list(chain.from_iterable(words for words, _ in sentences)),
        tags=list(chain.from_iterable(tags for _, tags in sentences)),
        audit={"spans": {}},
    )


def corpus_in(run: Run) -> Corpus:
    """The corpus that a run is of."""
    words, tags = run.words.text.to_pylist(), run.words.gold_tag
    names = [run.tag_set.tags[tag] if tag >= 0 else None for tag in tags]
    bounds = zip(run.sentences.first_word, run.sentences.first_word + run.sentences.word_count, strict=True)
    return corpus_of([(words[start:stop], names[start:stop]) for start, stop in bounds])


def run_stages(
    run: Run,
    workspace: MemoryWorkspace,
    vector_of: Callable[[str], np.ndarray] | None,
    references: Sequence[Corpus] = (),
    **resources: Any,
) -> None:
    """The stages of duplicates and leakage, one after the other, over a run's words and sentences.

    Args:
        run: Whose.
        workspace: Takes what they write.
        vector_of: Gives a text its vector; None: there is no encoder.
        references: Other splits.
        resources: What else the stages may ask for.
    """
    workspace.values |= {value.key: run.read(value) for value in (WORDS, SENTENCES, HIDDEN)}
    resources = {
        "text": corpus_in(run).text,
        "references": references,
        "reference_texts": [reference.text for reference in references],
        "reference_names": [reference.label for reference in references],
        "neurons": None,
        **resources,
    }
    of_encoder, of_tagger, references_of_encoder, references_of_tagger = vectors_stage.STAGES
    vectors = (of_tagger, references_of_tagger)
    if vector_of is not None:
        encoder = StandInEncoder(vector_of)
        resources["encoder"] = SimpleNamespace(load=lambda: encoder)
        vectors = (of_encoder, references_of_encoder)
    for stage in (*vectors, pairs_stage.STAGE, leakage_stage.STAGE):
        perform(stage, workspace, run.tag_set, resources=resources)


def duplicate_run(
    sentences: Sequence[Sentence],
    vector_of: Callable[[str], np.ndarray] | None = None,
    references: Sequence[Corpus] = (),
    types: Sequence[str] | None = None,
) -> Run:
    """A run of these sentences with its duplicates and leaks."""
    return with_duplicates(make_run(sentences, types=types), vector_of, references)


def with_duplicates(
    run: Run, vector_of: Callable[[str], np.ndarray] | None = None, references: Sequence[Corpus] = ()
) -> Run:
    """A run with its duplicates and leaks."""
    workspace = MemoryWorkspace()
    run_stages(run, workspace, vector_of, references)
    return with_values(run, workspace.values)
