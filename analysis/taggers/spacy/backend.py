"""A spaCy pipeline as a tagger: entities without probabilities. It can tag typed text."""

from __future__ import annotations

import warnings
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from analysis.corpus.corpus import Corpus
from analysis.errors import AnalysisError
from analysis.formats.optional_package import optional_package
from analysis.messages import quoted
from analysis.run.stage import ProgressCallback
from analysis.run.tags import OUTSIDE, TagSet
from analysis.store.store_values import sha256_of, sha256_of_file
from analysis.taggers.backend import LIVE_TAGGING, Reading
from analysis.taggers.deadline import check_deadline
from analysis.taggers.spacy.options import PREFIX, saved_folder

if TYPE_CHECKING:
    from spacy.language import Language

ENTITIES = "doc.ents"
"""What a component of a pipeline that finds entities declares to assign."""
BATCH = 256
"""Sentences given to the pipeline at once."""


class SpacyBackend:
    """Implements analysis.taggers.backend.Backend and WordTagger.

    Args:
        model: `spacy:` and the name of an installed pipeline; or the folder of a saved one, also after `spacy:`.
    """

    kind: ClassVar[str] = "spacy"

    def __init__(self, model: str) -> None:
        self._model = model
        self._warnings: list[str] = []

    @property
    def label(self) -> str:
        """The name of the package or the folder."""
        folder = saved_folder(self._model)
        return self._model.removeprefix(PREFIX) if folder is None else folder.resolve().name

    @cached_property
    def _pipeline(self) -> Language:
        spacy = optional_package("spacy", f"The tagger {self._model} is a spaCy pipeline, which")
        name, folder = self._model.removeprefix(PREFIX), saved_folder(self._model)
        if folder is None and not spacy.util.is_package(name):
            if any(mark in name for mark in "/\\~"):
                raise AnalysisError(
                    f"{quoted(name)} is not the folder of a saved spaCy pipeline, which contains config.cfg and meta.json."
                )
            raise AnalysisError(
                f"The spaCy pipeline {quoted(name)} is not installed. Run `python -m spacy download {name}`, or give "
                "the folder of a saved pipeline."
            )
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                pipeline: Language = spacy.load(name if folder is None else folder)
        except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
            raise AnalysisError(
                f"The spaCy pipeline {self.label} cannot be loaded ({str(error).strip().splitlines()[0]}). Check that "
                "it loads with spacy.load in this environment."
            ) from error
        self._warnings = list(dict.fromkeys(str(warning.message) for warning in caught))
        return pipeline

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags of the types that its components declare."""
        pipeline = self._pipeline
        finders = [name for name in pipeline.pipe_names if ENTITIES in pipeline.get_pipe_meta(name).assigns]
        types = {label for name in finders for label in pipeline.pipe_labels.get(name, ())}
        if not types:
            raise AnalysisError(
                f"The spaCy pipeline {self.label} has no component that finds entities, such as ner or entity_ruler "
                f"(components: {', '.join(pipeline.pipe_names) or 'none'}). Use a pipeline for NER."
            )
        return TagSet(tuple(sorted(types))).tags

    @cached_property
    def identity(self) -> str:
        """Hash of the names and contents of the pipeline's files."""
        folder = self._pipeline.path
        assert folder is not None
        files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return sha256_of("".join(f"{path.relative_to(folder)} {sha256_of_file(path)}\n" for path in files).encode())

    @property
    def provides(self) -> frozenset[str]:
        """Typed text can be tagged."""
        return frozenset({LIVE_TAGGING})

    @property
    def reason(self) -> str:
        """A pipeline gives entities alone."""
        return (
            "its tagger is a spaCy pipeline, which gives entities without probabilities, hidden states and subwords. "
            "Analyse a Hugging Face model instead."
        )

    def gold_column(self, tag: str) -> int | None:
        """The column of a tag."""
        return self.tags.index(tag) if tag in self.tags else None

    def read(self, corpus: Corpus, scratch: Path, progress: ProgressCallback) -> Reading:
        """The entities that the pipeline finds in the corpus's words."""
        sentences = [corpus.words[start:end] for start, end in pairwise(corpus.offsets)]
        tags: list[str | None] = []
        for sentence in self._tagged(sentences):
            tags += sentence
            progress(len(tags), len(corpus.words), "words")
        return Reading(
            tags=tags,
            p_predicted=np.full(len(tags), np.nan, np.float32),
            audit={"warnings": [f"spaCy: {text}" for text in self._warnings]},
        )

    def summary(self) -> dict[str, Any]:
        """The pipeline's name and version, its components and the tags."""
        meta = self._pipeline.meta
        return {
            "label": self.label,
            "backend": self.kind,
            "pipeline": f"{meta.get('lang')}_{meta.get('name')} {meta.get('version')}",
            "library": f"spaCy {version('spacy')}",
            "components": list(self._pipeline.pipe_names),
            "labels": list(self.tags),
            "tags": list(self.tags),
        }

    def unchanged_since(self, recorded: str | None) -> SpacyBackend:
        """This pipeline.

        Args:
            recorded: Its `identity` in a run; None: the run does not record it.

        Raises:
            AnalysisError: The pipeline has other files than in the run, or cannot be loaded.
        """
        if recorded not in (None, self.identity):
            raise AnalysisError(
                f"The files of the spaCy pipeline {self.label} have changed since this run was made. Restore the old "
                "files, or analyse the new ones."
            )
        return self

    def split(self, text: str) -> list[tuple[int, int]]:
        """The [start, end) of the words of a text, as the pipeline's tokenizer splits it."""
        return [(token.idx, token.idx + len(token)) for token in self._pipeline.make_doc(text) if not token.is_space]

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """The BIO2 tags of the words of sentences."""
        return list(self._tagged(sentences))

    def _tagged(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        from spacy.tokens import Doc  # noqa: PLC0415 - `_pipeline` says if spaCy is not installed

        pipeline = self._pipeline
        docs = (Doc(pipeline.vocab, words=list(words)) for words in sentences)
        # A component may merge tokens, so entities are matched with words by their characters.
        with_starts = ((doc, [token.idx for token in doc]) for doc in docs)
        for doc, starts in pipeline.pipe(with_starts, as_tuples=True, batch_size=BATCH):
            check_deadline()
            tags = [OUTSIDE] * len(starts)
            for entity in doc.ents:
                if f"B-{entity.label_}" not in self.tags:
                    raise AnalysisError(
                        f"The spaCy pipeline {self.label} found an entity of the type {quoted(entity.label_)}, which "
                        "none of its components declares in its labels. Add the label to the component that finds it."
                    )
                first, stop = bisect_left(starts, entity.start_char), bisect_left(starts, entity.end_char)
                tags[first:stop] = [f"B-{entity.label_}", *[f"I-{entity.label_}"] * (stop - first - 1)]
            yield tags
