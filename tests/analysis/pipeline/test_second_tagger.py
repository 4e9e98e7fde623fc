"""Two taggers on one corpus: the second analysis takes all that is the corpus's from the first run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from analysis.command_line.cli import main
from analysis.duplicates.leaks import leaks_of
from analysis.encoder.sentence_encoder import SentenceEncoder
from analysis.run.run import Run
from analysis.run.schema import SENTENCES, WORDS
from analysis.store.store import Store
from tests.analysis.pipeline.killed_stages import write_corpus
from tests.tiny_models import build_tagger

OF_CORPUS = ["corpus", "source", "sentence_vectors", "reference_vectors", "duplicates", "leakage"]


@dataclass(frozen=True)
class Analyses:
    """The two runs, and what the second analysis did.

    Attributes:
        taken: Stages that it took from the first run.
        done: Stages that it did.
        encoded: Texts that the sentence encoder read in each analysis.
    """

    store: Store
    first: str
    second: str
    taken: list[str]
    done: list[str]
    encoded: tuple[int, int]


@pytest.fixture(scope="module")
def analyses(tmp_path_factory: pytest.TempPathFactory) -> Analyses:
    folder = tmp_path_factory.mktemp("two-taggers")
    # The second tagger names its labels in another order, and knows a type that sorts before all types of the corpus.
    build_tagger(folder / "first", "bert-cased", types=("PER", "ORG", "LOC"))
    build_tagger(folder / "second", "roberta", types=("LOC", "ART", "PER", "ORG"), seed=1)
    write_corpus(folder / "test.conll", sentences=40)
    write_corpus(folder / "train.conll", sentences=12)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the taggers are tiny, and threads would only wait for each other
    encode = SentenceEncoder.encode
    encoded: list[int] = []
    said: list[str] = []

    def spy(encoder: SentenceEncoder, texts: Sequence[str], *arguments) -> object:
        encoded.append(len(texts))
        return encode(encoder, texts, *arguments)

    def analyse(model: str) -> tuple[str, int]:
        encoded.clear()
        arguments = {"model": folder / model, "dataset": folder / "test.conll", "reference": folder / "train.conll"}
        options = [f"--{name}={value}" for name, value in {**arguments, "store": folder / "store"}.items()]
        assert main(["run", *options, "--name", model]) == 0
        return Store(folder / "store").resolve(model), sum(encoded)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SentenceEncoder, "encode", spy)
        first, encoded_first = analyse("first")
        patch.setattr("analysis.pipeline.progress.Reporter.say", lambda _, text: said.append(text))
        second, encoded_second = analyse("second")
    torch.set_num_threads(threads)
    ends = [match.groups() for match in (re.match(r"\[\d+/\d+\] (\w+): (.*)", line) for line in said) if match]
    return Analyses(
        store=Store(folder / "store"),
        first=first,
        second=second,
        taken=[stage for stage, end in ends if end == f"reused from run {first}"],
        done=[stage for stage, end in ends if end.endswith(" s")],
        encoded=(encoded_first, encoded_second),
    )


@pytest.fixture(scope="module")
def runs(analyses: Analyses) -> tuple[Run, Run]:
    return analyses.store.open(analyses.first), analyses.store.open(analyses.second)


def test_what_is_of_the_corpus_is_taken_and_all_else_done(analyses: Analyses) -> None:
    assert analyses.taken == OF_CORPUS
    assert {"predictions", "spans", "scores", "reduce", "umap", "neurons"} <= set(analyses.done)
    assert not set(analyses.done) & set(OF_CORPUS)


def test_no_sentence_is_encoded_again(analyses: Analyses) -> None:
    first, second = analyses.encoded
    assert first > 40
    assert second == 0


def test_the_corpus_is_the_same_in_both_runs(runs: tuple[Run, Run]) -> None:
    first, second = runs
    assert first.tag_set.types == ("LOC", "ORG", "PER")
    assert second.tag_set.types == ("LOC", "ORG", "PER", "ART")
    assert first.read(WORDS).equals(second.read(WORDS))
    assert first.read(SENTENCES).equals(second.read(SENTENCES))
    names = [np.array(run.tag_set.tags)[run.words.gold_tag].tolist() for run in runs]
    assert names[0] == names[1]
    assert leaks_of(first).table.equals(leaks_of(second).table)
    assert leaks_of(first).exact.any()


def test_predictions_are_each_taggers_own(runs: tuple[Run, Run]) -> None:
    """The most probable column of each distribution, by the name it has there, is the predicted tag."""
    for run in runs:
        columns = run.manifest["tagger_tags"]
        best = [columns[column] for column in np.asarray(run.probabilities, np.float32).argmax(axis=1)]
        predicted = [run.tag_set.tags[code] for code in run.words.predicted_tag]
        agree = [one == other for one, other in zip(best, predicted, strict=True)]
        assert np.mean(agree) > 0.99  # float16 may make equals of two probabilities
    assert "ART" in {tag[2:] for tag in predicted}


def test_the_second_run_stands_without_the_first(analyses: Analyses, runs: tuple[Run, Run]) -> None:
    analyses.store.delete(analyses.first)
    assert analyses.store.verify(analyses.second) == []
    assert [run.id for run in analyses.store.runs()] == [analyses.second]
