"""A store with runs of files of predictions, made in a second: what commands read in tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.command_line import cli
from tests.analysis.export.exported_spans import spans_of_tags

Sentence = tuple[Sequence[str], Sequence[str], Sequence[str]]
"""Words, gold tags, predicted tags."""

GOOD: Sequence[Sentence] = [
    (["Ann", "Lee", "met", "@bob", "in", "Rome"], ["B-PER", "I-PER", "O", "B-PER", "O", "B-LOC"], [*"......"]),
    (["<script>alert(1)</script>", "|", "`x`"], ["B-ORG", "O", "O"], ["B-LOC", "O", "B-PER"]),
    (["ACME", "Ltd", "of", "Łódź"], ["B-ORG", "I-ORG", "O", "B-LOC"], ["B-ORG", "O", "O", "O"]),
    (["*Nothing*", "here"], ["O", "O"], [*".."]),
]
"""A dot: predicted as gold."""
WORSE: Sequence[Sentence] = [(words, gold, ["O"] * len(words)) for words, gold, _ in GOOD[:1]] + list(GOOD[1:])
OTHER: Sequence[Sentence] = [(["Rome"], ["B-LOC"], ["B-LOC"])]


def tags_of(sentences: Sequence[Sentence]) -> tuple[list[list[str]], list[list[str]]]:
    """Gold and predicted tags."""
    gold = [list(tags) for _, tags, _ in sentences]
    predicted = [
        [own if guess == "." else guess for own, guess in zip(tags, guesses, strict=True)]
        for _, tags, guesses in sentences
    ]
    return gold, predicted


def publish(folder: Path, name: str, sentences: Sequence[Sentence]) -> None:
    """Analyse predictions into the store `folder/store`, as the command line does, without an encoder."""
    gold, predicted = tags_of(sentences)
    corpus, predictions = folder / f"{name}-gold.jsonl", folder / f"{name}-predicted.jsonl"
    with corpus.open("w", encoding="utf-8") as labelled, predictions.open("w", encoding="utf-8") as guessed:
        for number, (words, _, _) in enumerate(sentences):
            labelled.write(json.dumps({"id": f"s{number}", "tokens": words, "ner_tags": gold[number]}) + "\n")
            spans = spans_of_tags(list(words), predicted[number])
            entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
            guessed.write(json.dumps({"id": f"s{number}", "entities": entities}) + "\n")
    arguments = ("--dataset", corpus, "--predictions", predictions)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.pipeline.pipeline.find_encoder", lambda _name: None)
        code = cli.main(["run", *map(str, arguments), "--name", name, "--store", str(folder / "store")])
    assert code == 0
