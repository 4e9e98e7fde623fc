"""Other splits that the corpus is held against: read as the corpus is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.corpus.readers.sources import NAME_A_SPLIT
from analysis.errors import AnalysisError


def load_references(names: Sequence[str], options: CorpusOptions, corpus: Corpus) -> list[Corpus]:
    """Read references whole, with the columns, tag names and label map of the corpus.

    Args:
        names: Files, folders or hub ids; `name:split` is a split of one that has several.
        options: How the corpus was read.
        corpus: The corpus.

    Raises:
        AnalysisError: One is not written as said, cannot be read, or has entity types and none of the corpus's.
    """
    return [_load(name, options, corpus) for name in names]


def _load(name: str, options: CorpusOptions, corpus: Corpus) -> Corpus:
    dataset, split = split_of(name)
    own_source = dataset == options.dataset
    chosen = replace(
        options,
        dataset=dataset,
        split=split,
        config=options.config if own_source else None,
        revision=options.revision if own_source else None,
        limit=None,
    )
    try:
        reference = load_corpus(chosen)
    except AnalysisError as error:
        raise AnalysisError(f"The reference {name} cannot be used: {_of_reference(str(error), dataset)}") from error
    if reference.types and corpus.types and not set(reference.types) & set(corpus.types):
        raise AnalysisError(
            f"The reference {name} has other entity types ({', '.join(reference.types[:6])}) than the corpus "
            f"({', '.join(corpus.types[:6])}): give a split of the same data, or a --label-map that fits both."
        )
    return reference


def _of_reference(sentence: str, dataset: str) -> str:
    """A sentence about the corpus's options, said of how a reference is written."""
    said = {
        NAME_A_SPLIT: "",
        "check --dataset": "check --reference",
        "give --split one of": f"write {dataset}:SPLIT with one of",
    }
    for of_corpus, of_reference in said.items():
        sentence = sentence.replace(of_corpus, of_reference)
    return sentence


def split_of(name: str) -> tuple[str, str | None]:
    """A reference's source, and its split where the name ends in `:split`.

    Raises:
        AnalysisError: There is nothing before the colon, or nothing after it.
    """
    dataset, colon, split = name.rpartition(":")
    if not colon or set(split) & {"/", "\\"} or Path(name).expanduser().exists():  # a drive's colon names no split
        return name, None
    if not dataset.strip() or not split.strip():
        lacks = "source before" if not dataset.strip() else "split after"
        raise AnalysisError(
            f"The reference {name!r} names no {lacks} its colon: write --reference SOURCE:SPLIT, or SOURCE alone where "
            "it has one split."
        )
    return dataset, split
