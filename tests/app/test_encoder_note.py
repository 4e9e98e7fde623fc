"""What the tab Duplicates says of sentences that the sentence encoder does not read to their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from analysis.duplicates.values import REFERENCES, SENTENCE_ENCODER
from analysis.run.run import Run
from app.tabs.duplicates.tab import measured_with
from tests.duplicate_runs import angles, corpus_of, duplicate_run
from tests.runs import with_values

SHORT, LONG = ["a", "b"], ["a"] * 257
"""The stand-in reads 256 words."""


def run_of(lengths: Sequence[list[str]], *references: Sequence[list[str]]) -> Run:
    outside = [(words, ["O"] * len(words), ["O"] * len(words)) for words in lengths]
    others = [corpus_of([(words, ["O"] * len(words)) for words in reference]) for reference in references]
    return duplicate_run(outside, angles({}), others)


@pytest.mark.parametrize(
    ("run", "reads"),
    [
        (run_of([SHORT]), "every sentence completely"),
        (run_of([SHORT], [SHORT]), "every sentence completely"),
        (run_of([SHORT, LONG, LONG]), "the first 256 subwords of a sentence (longer: 2)"),
        (
            run_of([SHORT, LONG], [LONG, SHORT], [LONG]),
            "the first 256 subwords of a sentence (longer: 1 here, 2 in the references)",
        ),
        (run_of([SHORT], [LONG]), "the first 256 subwords of a sentence (longer: 0 here, 1 in the references)"),
    ],
)
def test_longer_sentences_are_counted(run: Run, reads: str) -> None:
    assert measured_with(run) == f"of vectors by a stand-in, which reads {reads}"


def test_early_run_has_no_number_of_cut_sentences() -> None:
    run = run_of([LONG], [LONG])
    counted: dict[str, Any] = run.read(SENTENCE_ENCODER)
    early = {key: value for key, value in counted.items() if key != "cut_sentences"}
    reference = {"label": "toy/train", "sentences": 1, "words": 257}
    run = with_values(run, {SENTENCE_ENCODER.key: early, REFERENCES.key: [reference]})
    assert measured_with(run) == "of vectors by a stand-in, which reads the first 256 subwords of a sentence"
