"""Files of labelled text, and how a corpus read from them looks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus


def load_text(folder: Path, text: str, name: str = "corpus.conll", **options: object) -> Corpus:
    """The corpus in a file of this text."""
    path = folder / name
    path.write_bytes(text.encode())
    return load_corpus(CorpusOptions(str(path), **options))  # type: ignore[arg-type]


def tagged(corpus: Corpus) -> list[str]:
    """The sentences, each word with its tag after a slash."""
    pairs = [f"{word}/{tag}" for word, tag in zip(corpus.words, corpus.tags, strict=True)]
    return [" ".join(pairs[start:stop]) for start, stop in pairwise(corpus.offsets)]
