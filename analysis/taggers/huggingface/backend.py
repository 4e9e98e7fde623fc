"""A Hugging Face token-classification model as a tagger. It provides all optional values."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from analysis.corpus.corpus import Corpus
from analysis.run.schema import (
    VOCABULARY,
)
from analysis.run.stage import ProgressCallback
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS, OPTIONAL_VALUES, Float32, Reading, SubwordReading
from analysis.taggers.huggingface.forward import ForwardResult, run_forward
from analysis.taggers.huggingface.model import Tagger, TaggerOptions, load_tagger, tagger_hash, tagger_labels
from analysis.taggers.labels import TaggerLabels


class HuggingFaceBackend:
    """Implements analysis.taggers.backend.RunnableBackend."""

    kind: ClassVar[str] = "huggingface"

    def __init__(self, options: TaggerOptions) -> None:
        self._options = options
        self._summary: dict[str, Any] = {}

    @cached_property
    def labels(self) -> TaggerLabels:
        """The model's labels, from its config alone."""
        return tagger_labels(self._options)

    @property
    def label(self) -> str:
        """The name of the folder, or the hub id."""
        folder = Path(self._options.model).expanduser()
        return folder.resolve().name if folder.is_dir() else self._options.model

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the model's labels are read as."""
        return self.labels.tags

    @cached_property
    def identity(self) -> str:
        """Hash of weights, config and tokenizer."""
        return tagger_hash(self._options)

    @property
    def provides(self) -> frozenset[str]:
        """Everything."""
        return frozenset({*(value.key for value in OPTIONAL_VALUES), NEURON_ACCESS, LIVE_TAGGING})

    @property
    def reason(self) -> str:
        """Nothing is missing."""
        return ""

    def gold_column(self, tag: str) -> int | None:
        """The column of a tag; without a label `B-X`, that of `I-X`."""
        return self.labels.gold_column(tag)

    def load(self) -> Tagger:
        """Load the model anew."""
        return load_tagger(self._options)

    def read(self, corpus: Corpus, scratch: Path, progress: ProgressCallback) -> Reading:
        """One forward pass over the corpus."""
        tagger = self.load()
        self._summary = tagger.summary()
        forward = run_forward(tagger, corpus.words, corpus.offsets, scratch, progress)
        best = _best(forward.log_probabilities)
        names = [*self.labels.standard, None]  # ABSENT, -1, selects the last entry
        tags = [names[label] for label in forward.labels]
        read = [
            tag for start, stop in pairwise(corpus.offsets) for tag in self.labels.read_predictions(tags[start:stop])
        ]
        p_best = np.exp(forward.log_probabilities[np.arange(len(best)), np.maximum(best, 0)])
        return Reading(
            tags=read,
            p_predicted=p_best,  # NaN rows stay NaN
            log_probabilities=forward.log_probabilities,
            hidden=forward.hidden_path,
            subwords=_subwords(tagger, forward),
            audit={
                "words_without_subword": int(np.count_nonzero(forward.subwords.counts == 0)),
                "windowed_sentences": int(np.count_nonzero(forward.windows > 1)),
                "labels_read_as_outside": list(self.labels.read_as_outside),
                "warnings": list(tagger.warnings),
            },
        )

    def summary(self) -> dict[str, Any]:
        """Facts about the model; complete after `read`."""
        return self._summary | {"label": self.label, "backend": self.kind}


def _best(log_p: Float32) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Columns of the most probable tag (ties: the first); -1 without a prediction."""
    best = np.full(len(log_p), -1, np.int16)
    predicted = ~np.isnan(log_p[:, 0])
    best[predicted] = log_p[predicted].argmax(axis=1)
    return best


def _subwords(tagger: Tagger, forward: ForwardResult) -> SubwordReading:
    used = np.unique(forward.subwords.ids)
    special = tagger.encoder.special_tokens
    sides = {"prefix": special.prefix, "suffix": special.suffix}
    return SubwordReading(
        counts=forward.subwords.counts,
        ids=forward.subwords.ids,
        best=forward.best,
        p_best=forward.p_best,
        window=forward.window,
        windows=forward.windows,
        vocabulary=VOCABULARY.make({"id": used, "token": tagger.encoder.tokens(used.tolist())}),
        special_tokens={
            "capacity": tagger.max_length - special.count,
            **{
                side: [
                    {"id": number, "token": text} for number, text in zip(ids, tagger.encoder.tokens(ids), strict=True)
                ]
                for side, ids in sides.items()
            },
        },
    )
