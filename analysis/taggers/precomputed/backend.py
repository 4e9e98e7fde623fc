"""Predictions from a file as a tagger: tags, where the file has them scores or probabilities, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from analysis.corpus.corpus import Corpus
from analysis.formats.offsets import EntityAligner
from analysis.run.schema import LOSSES, PROBABILITIES
from analysis.run.stage import ProgressCallback
from analysis.run.tags import OUTSIDE
from analysis.store.store_values import sha256_of
from analysis.taggers.backend import Reading
from analysis.taggers.precomputed.alignment import entities_of_words, place_entities
from analysis.taggers.precomputed.matching import (
    Matches,
    match_sentences,
    unmatched_examples,
    without_lone_surrogates,
)
from analysis.taggers.precomputed.predictions import Distribution, PredictedSentence, Predictions

SMALLEST_PROBABILITY = 1e-10
"""Of the tags that a file gives no probability or 0: their loss is 23 nats instead of infinite."""


class PrecomputedBackend:
    """Implements analysis.taggers.backend.Backend.

    Args:
        predictions: The predictions of one tagger.
        label: The name of the tagger, else of the file.
        version: The name that the file gives to the tagger; None: it gives none.
    """

    kind: ClassVar[str] = "precomputed"

    def __init__(self, predictions: Predictions, label: str, version: str | None = None) -> None:
        self._predictions = predictions
        self._label = label
        self._version = version

    @property
    def label(self) -> str:
        """The name of the tagger or the file."""
        return self._label

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the types that occur."""
        return self._predictions.tags

    @property
    def identity(self) -> str:
        """Hash of the predictions and of the tagger's name in the file."""
        return sha256_of(json.dumps([self._version, self._predictions.content_hash()]).encode())

    @property
    def provides(self) -> frozenset[str]:
        """Losses and probabilities, if the file has probabilities."""
        return frozenset() if self._predictions.labels is None else frozenset({LOSSES.key, PROBABILITIES.key})

    @property
    def reason(self) -> str:
        """The predictions come from a file."""
        file = Path(self._predictions.source).name
        return f"its predictions were read from the file {file}. Analyse the tagger itself with --model instead."

    def gold_column(self, tag: str) -> int | None:
        """The column of a tag."""
        if self._predictions.labels is not None:
            return self._predictions.labels.gold_column(tag)
        return self.tags.index(tag) if tag in self.tags else None

    def read(self, corpus: Corpus, scratch: Path, progress: ProgressCallback) -> Reading:
        """The predictions for the corpus's words.

        Raises:
            AnalysisError: The predictions do not belong to the corpus.
        """
        matches = match_sentences(self._predictions, corpus)
        matched = [(row, index) for row, index in enumerate(matches.rows) if index is not None]
        filled = _Filled(self._predictions, corpus, matched)
        for row, index in matched:
            filled.fill(row, index)
        counts = filled.counts
        counts["sentences_without_prediction"] = len(matches.unmatched)
        is_sample = corpus.audit.get("sampled") is not None
        unused = "predictions_outside_the_sample" if is_sample else "predictions_without_sentence"
        counts[unused] = len(matches.unused)
        notes = [f"Predictions: {note}" for note in self._predictions.notes] + filled.notes
        if matches.unmatched:
            notes.append(f"Without a prediction, for example: sentence {unmatched_examples(matches, corpus)}.")
        progress(len(corpus.words), len(corpus.words), "words")
        return Reading(
            tags=filled.tags,
            p_predicted=filled.p,
            log_probabilities=filled.log_p,
            audit={
                "predictions_read_as": f"{self._predictions.read_as} {_matched(matches)}".lstrip(),
                "counts": dict(+counts),
                "warnings": notes,
            },
        )

    def summary(self) -> dict[str, Any]:
        """The names of tagger and file, and the tags."""
        file = Path(self._predictions.source).name
        tags = list(self.tags)
        return {"label": self.label, "backend": self.kind, "file": file, "labels": tags, "tags": tags}


def _matched(matches: Matches) -> str:
    ways = [f"by {key}: {number:,}" for key, number in matches.matched_by.items() if number]
    return f"Sentences matched {', '.join(ways)}." if ways else ""


class _Filled:
    """The predictions for the words of a corpus, filled sentence by sentence."""

    def __init__(self, predictions: Predictions, corpus: Corpus, matched: Sequence[tuple[int, int]]) -> None:
        """`matched`: rows of sentences of the corpus with the indices of their predictions."""
        self._predictions = predictions
        self._bio2_tags = predictions.bio2_tags
        self._labels = predictions.labels
        self._corpus = corpus
        count = len(corpus.words)
        self.tags: list[str | None] = [None] * count
        self.p: npt.NDArray[np.float32] = np.full(count, np.nan, np.float32)
        self.log_p: npt.NDArray[np.float32] | None = None
        if self._labels is not None:
            self.log_p = np.full((count, len(self._labels.tags)), np.nan, np.float32)
        self._aligner = EntityAligner(
            (_text_of(corpus, row, sentence), sentence.entities)
            for row, sentence in ((row, predictions.sentences[index]) for row, index in matched)
        )
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """What was changed or left out, for the audit."""
        of_entities = self._predictions.counts + self._aligner.counts
        return self._counts + Counter({f"{key}_in_predictions": number for key, number in of_entities.items()})

    @property
    def notes(self) -> list[str]:
        """What was changed or left out of the entities, with examples."""
        return [f"Predictions: {note.replace(' (see --split-words)', '')}" for note in self._aligner.notes]

    def fill(self, row: int, index: int) -> None:
        """Fill in the words of a sentence of the corpus."""
        sentence, tags = self._predictions.sentences[index], self._bio2_tags[index]
        self._counts["invalid_predicted_transitions"] += self._predictions.invalid_transitions[index]
        words = self._corpus.text.sentence(row)
        own_words = None if sentence.words is None else list(map(without_lone_surrogates, sentence.words))
        if own_words is None:
            self._fill_entities(row, sentence)
        elif own_words == words:
            self._fill_words(row, index)
        else:
            self._counts["sentences_with_other_words"] += 1
            text, entities = entities_of_words(own_words, tags, sentence.scores)
            self._fill_entities(row, PredictedSentence(sentence.place, text=text, entities=entities))

    def _fill_words(self, row: int, index: int) -> None:
        sentence, tags = self._predictions.sentences[index], self._bio2_tags[index]
        first = int(self._corpus.offsets[row])
        rows = slice(first, first + len(tags))
        self.tags[rows] = tags
        if sentence.scores:
            self.p[rows] = [np.nan if score is None else score for score in sentence.scores]
        if sentence.probabilities:
            self._fill_probabilities(rows, sentence.probabilities, self._predictions.named_tags[index])

    def _fill_probabilities(
        self, rows: slice, distributions: Sequence[Distribution], predicted: list[str | None]
    ) -> None:
        assert self._labels is not None
        assert self.log_p is not None
        columns = dict(zip(self._labels.names, self._labels.columns.tolist(), strict=True))
        p = np.zeros((len(distributions), len(self._labels.names)))
        names = {name: position for position, name in enumerate(self._labels.names)}
        for word, distribution in enumerate(distributions):
            p[word, [names[name] for name in distribution]] = list(distribution.values())
            left_out = [position for name, position in names.items() if name not in distribution]
            p[word, left_out] = max(0.0, 1 - sum(distribution.values())) / max(1, len(left_out))
        by_tag = np.zeros((len(p), len(self._labels.tags)))
        np.add.at(by_tag.T, self._labels.columns, p.T)
        by_tag = np.maximum(by_tag, SMALLEST_PROBABILITY)
        by_tag /= by_tag.sum(axis=1, keepdims=True)
        self.log_p[rows] = np.log(by_tag)
        self.p[rows] = [np.nan if name is None else by_tag[word, columns[name]] for word, name in enumerate(predicted)]

    def _fill_entities(self, row: int, sentence: PredictedSentence) -> None:
        first = int(self._corpus.offsets[row])
        words = self._corpus.text.sentence(row)
        text = _text_of(self._corpus, row, sentence)
        entities = place_entities(self._aligner, sentence.entities, text, words, sentence.place)
        self.tags[first : first + len(words)] = [OUTSIDE] * len(words)
        for entity in entities:
            inside = [f"I-{entity.label}"] * (entity.end - entity.first - 1)
            self.tags[first + entity.first : first + entity.end] = [f"B-{entity.label}", *inside]
            if entity.score is not None:
                self.p[first + entity.first : first + entity.end] = entity.score


def _text_of(corpus: Corpus, row: int, sentence: PredictedSentence) -> str:
    """The text that offsets count in: that of the predictions, else that of the source, else the words with spaces."""
    if sentence.text is not None:
        return without_lone_surrogates(sentence.text)
    return without_lone_surrogates(corpus.texts[row] if corpus.texts else " ".join(corpus.text.sentence(row)))
