"""Writes small files of labelled text, and shows what is read from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis import Corpus, CorpusOptions, load_corpus
from analysis.formats.registry import format_of
from analysis.formats.text_records import TextRecords


def json_lines(folder: Path, *values: Any, name: str = "x.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def json_file(folder: Path, value: Any, indent: int | None = None) -> Path:
    path = folder / "x.json"
    path.write_text(json.dumps(value, indent=indent), encoding="utf-8")
    return path


def load(path: Path, **options: Any) -> Corpus:
    return load_corpus(CorpusOptions(str(path), **options))


def tagged(corpus: Corpus) -> list[str]:
    """The sentences as `Ada/B-PER wrote/O`."""
    pairs = [f"{word}/{tag}" for word, tag in zip(corpus.words, corpus.tags, strict=True)]
    bounds = zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    return [" ".join(pairs[start:end]) for start, end in bounds]


def records(path: Path) -> TextRecords:
    """What the format that recognises a file reads from it."""
    from analysis import Columns

    format_ = format_of(path)
    assert format_.read is not None
    read = format_.read(path, Columns())
    assert isinstance(read, TextRecords)
    return read
