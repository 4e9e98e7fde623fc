"""Nearest words against brute force."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.projections import neighbours
from analysis.projections.neighbours import nearest_words
from analysis.projections.projection import moments, normalised, pca_axes
from analysis.projections.values import REDUCED
from analysis.run.run import Run
from analysis.run.schema import FLAG_NO_PREDICTION, HIDDEN, PREDICTIONS, SENTENCE_SCORES, SENTENCES, WORDS
from analysis.taggers.huggingface.forward import run_forward
from analysis.taggers.huggingface.model import TaggerOptions, load_tagger
from tests.runs import MemoryValues
from tests.work import calls_in


def run_with(hidden: np.ndarray, without_prediction: tuple[int, ...] = ()) -> Run:
    """A run of which only hidden states, their reduction and the flags are there; each word is a sentence."""
    flags = np.zeros(len(hidden), np.uint8)
    flags[list(without_prediction)] = FLAG_NO_PREDICTION
    predicted = np.flatnonzero(flags == 0)
    hidden = hidden.astype(np.float16)
    hidden[flags != 0] = 0
    axes = pca_axes(moments(hidden, predicted), 50)
    reduced = np.zeros((len(hidden), len(axes.directions)), np.float32)
    reduced[predicted] = normalised(axes.scores(hidden, predicted))
    return run_of(hidden, reduced, flags)


def run_of(hidden: np.ndarray, reduced: np.ndarray, flags: np.ndarray, texts: list[str] | None = None) -> Run:
    zeros, numbers = np.zeros(len(flags)), np.arange(len(flags))
    texts = [str(number) for number in numbers] if texts is None else texts
    words = WORDS.make({"sentence": numbers, "position": zeros, "text": texts, "gold_tag": zeros})
    sentences = SENTENCES.make(
        {
            "source_row": numbers,
            "id": texts,
            "document": [None] * len(texts),
            "text": texts,
            "first_word": numbers,
            "word_count": np.ones(len(flags)),
        }
    )
    predictions = PREDICTIONS.make({"predicted_tag": zeros, "p_predicted": zeros, "subwords": zeros, "flags": flags})
    scores = SENTENCE_SCORES.make({column.name: zeros for column in SENTENCE_SCORES.columns})
    values = {
        WORDS: words,
        SENTENCES: sentences,
        SENTENCE_SCORES: scores,
        PREDICTIONS: predictions,
        HIDDEN: hidden,
        REDUCED: reduced,
    }
    return Run(MemoryValues({}, {value.key: data for value, data in values.items()}))


def cosines_with(hidden: np.ndarray, row: int) -> np.ndarray:
    exact = hidden.astype(np.float64)
    return exact @ exact[row] / (np.linalg.norm(exact, axis=1) * np.linalg.norm(exact[row]))


def test_equals_brute_force(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbours, "CANDIDATES", 120)
    # Of 50 dimensions that all are kept, around the origin: the reduced vectors rank as the hidden states do.
    run = run_with(np.random.default_rng(0).normal(size=(1500, 50)))
    for row in range(0, 1500, 30):
        found = nearest_words(run, row, 5)
        wanted = cosines_with(run.hidden, row)
        wanted[row] = -2
        order = np.argsort(-wanted)[:5]
        assert [each.row for each in found] == order.tolist()
        np.testing.assert_allclose([each.cosine for each in found], wanted[order], atol=1e-5)


def test_the_full_cosine_orders_the_candidates():
    # 60 dimensions, and a common offset that the reduction takes away: both orders differ.
    hidden = np.random.default_rng(0).normal(size=(200, 60)) * np.linspace(1, 3, 60) + 1.5
    run = run_with(hidden)
    for row in range(0, 200, 20):
        wanted = cosines_with(run.hidden, row)
        wanted[row] = -2
        assert [each.row for each in nearest_words(run, row)] == np.argsort(-wanted)[:8].tolist()


def test_copies_come_by_row_and_the_word_itself_never():
    run = run_with(np.repeat(np.random.default_rng(0).normal(size=(3, 8)), 3, axis=0))
    found = nearest_words(run, 4, 2)
    assert [each.row for each in found] == [3, 5]
    assert found[0].cosine == pytest.approx(1, abs=1e-6)


def test_words_of_the_sentence_and_of_its_copies_are_no_neighbours():
    hidden = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float16)
    run = run_of(hidden, hidden.astype(np.float32), np.zeros(5, np.uint8), ["a b", "a b", "A b", "a", "a b"])
    assert {each.row for each in nearest_words(run, 1)} == {2, 3}
    same = run_of(hidden, hidden.astype(np.float32), np.zeros(5, np.uint8), ["a b"] * 5)
    assert nearest_words(same, 0) == []


def test_words_without_prediction_have_and_are_no_neighbours():
    run = run_with(np.random.default_rng(0).normal(size=(6, 8)), without_prediction=(1, 4))
    assert nearest_words(run, 1) == []
    assert {each.row for each in nearest_words(run, 0)} == {2, 3, 5}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_of_few_or_equal_words_all_others_are_neighbours(count: int):
    run = run_with(np.full((count, 4), 0.5))
    assert [each.row for each in nearest_words(run, 0)] == list(range(1, count))
    zeros = run_with(np.zeros((count, 4)))
    assert [each.cosine for each in nearest_words(zeros, 0)] == [0] * (count - 1)


def test_more_neighbours_than_candidates(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(neighbours, "CANDIDATES", 4)
    run = run_with(np.random.default_rng(0).normal(size=(30, 8)))
    assert len(nearest_words(run, 3, 12)) == 12


class CountedRows(np.ndarray):
    """An array that counts the rows that are taken from it."""

    taken = 0

    def __getitem__(self, rows):
        found = super().__getitem__(rows)
        CountedRows.taken += len(np.atleast_2d(found))
        return found.view(np.ndarray)


def test_only_the_candidates_are_compared_in_full(monkeypatch: pytest.MonkeyPatch):
    states = np.random.default_rng(0).standard_normal((5_000, 8))
    run = run_with(states)
    monkeypatch.setattr(CountedRows, "taken", 0)
    run._values.values["hidden"] = run.hidden.view(CountedRows)
    assert [each.row for each in nearest_words(Run(run._values), 7)] == [each.row for each in nearest_words(run, 7)]
    assert 8 < CountedRows.taken <= neighbours.CANDIDATES + 1


def test_neighbours_among_many_words_take_as_many_steps_as_among_few():
    steps = []
    for count in (500, 20_000):
        run = run_with(np.random.default_rng(0).standard_normal((count, 8)))
        steps.append(calls_in(partial(nearest_words, run, 1)))
    assert steps[0] == steps[1] < 200


@pytest.mark.shared
def test_finds_the_neighbours_of_real_words(shared_folder: Path, tmp_path: Path):
    corpus = load_corpus(CorpusOptions(dataset=str(shared_folder / "data/uner-ewt/test.conll"), limit=200))
    tagger = load_tagger(TaggerOptions(model=str(shared_folder / "models/minilm-l6-conll03"), device="cpu"))
    forward = run_forward(tagger, corpus.words, corpus.offsets, tmp_path, lambda done, total, unit: None)
    hidden = np.load(forward.hidden_path)
    run = run_with(hidden, tuple(np.flatnonzero(forward.subwords.counts == 0)))
    has_place = (run.words.flags & FLAG_NO_PREDICTION) == 0
    found = []
    for row in np.random.default_rng(0).choice(np.flatnonzero(has_place), 200, replace=False):
        wanted = cosines_with(np.where(has_place[:, None], hidden, np.float16(1)), row)
        wanted[~has_place] = -2
        wanted[row] = -2
        least = np.sort(wanted)[-8]
        found.append(np.mean([each.cosine >= least - 1e-5 for each in nearest_words(run, row)]))
    assert np.mean(found) >= 0.95
