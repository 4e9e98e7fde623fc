"""Reads a corpus of a test as people do, and shows it in a line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.formats.text_records import TextRecord


def corpus_of(dataset: Path, **options: str) -> Corpus:
    return load_corpus(CorpusOptions(dataset=str(dataset), **options))


def shown(corpus: Corpus) -> dict[str, str]:
    """Sentence id -> its words, with their tags unless they are outside."""
    marked = [word if tag == "O" else f"{word}/{tag}" for word, tag in zip(corpus.words, corpus.tags, strict=True)]
    bounds = pairwise(corpus.offsets)
    return {name: " ".join(marked[start:end]) for name, (start, end) in zip(corpus.sentence_ids, bounds, strict=True)}


def entities_of(record: TextRecord) -> list[tuple[str | None, str]]:
    """Text at the offsets (None: without offsets), and label."""
    assert record.text is not None
    return [(None if one.start is None else record.text[one.start : one.end], one.label) for one in record.entities]
