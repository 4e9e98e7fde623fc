"""The stage `neurons` and the clause on what it keeps."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from analysis.errors import AnalysisError
from analysis.neurons import stage as neurons
from analysis.neurons.components import TOP_WORDS, concentration, default_layers, neuron_sample, top_words
from analysis.run.run import MissingStageError, Run
from analysis.run.schema import PREDICTIONS
from analysis.run.tags import TagSet
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from tests.analysis.neurons.test_activations import Plain, build, load
from tests.analysis.taggers.test_predictions import make_corpus
from tests.runs import make_run, neuron_values
from tests.workspace import LoadedTagger, MemoryWorkspace, perform

VOCABULARY = ["John", "Smith", "flew", "to", "Paris", "Bratislava", ".", "IBM", "nobody", "\u200b"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small lose more by waiting for a second thread on a busy machine than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def random_sentences(count: int, seed: int = 0) -> list[list[str]]:
    random = np.random.default_rng(seed)
    return [random.choice(VOCABULARY, random.integers(0, 9)).tolist() for _ in range(count)]


def run_stage(
    folder: Path, family: str, sentences: Sequence[Sequence[str]], layers: list[int] | None = None, seed: int = 0
) -> dict[str, Any]:
    """What the stage writes."""
    tagger = load(build(folder / family, family))
    corpus = make_corpus(sentences)
    counts = tagger.encoder.encode(corpus.words, corpus.offsets).counts
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    zeros = np.zeros(len(counts))
    predictions = PREDICTIONS.make({"predicted_tag": zeros, "p_predicted": zeros, "subwords": counts, "flags": zeros})
    workspace = MemoryWorkspace(scratch, {PREDICTIONS.key: predictions})
    perform(
        neurons.STAGE,
        workspace,
        TagSet(()),
        options={"layers": None if layers is None else tuple(layers), "seed": seed},
        resources={"text": corpus.text, "neurons": LoadedTagger(tagger)},
    )
    return workspace.values


def test_the_sample_is_whole_sentences_until_there_are_enough(tmp_path: Path) -> None:
    counts = np.array([3, 0, 5, 4, 2, 6])
    for seed in range(20):
        chosen = neurons.sampled_sentences(counts, seed, at_least=9)
        assert (np.diff(chosen) > 0).all()
        assert counts[chosen].sum() >= 9
        order = np.random.default_rng(seed).permutation(6)
        assert set(chosen) == set(order[: len(chosen)])
        assert counts[order[: len(chosen) - 1]].sum() < 9, "one sentence less would not do"
    assert neurons.sampled_sentences(counts, 0, at_least=1_000).tolist() == [0, 1, 2, 3, 4, 5]
    assert neurons.sampled_sentences(np.zeros(0, np.int64), 0, at_least=9).tolist() == []
    assert len({tuple(neurons.sampled_sentences(counts, seed, at_least=9)) for seed in range(20)}) > 3


def test_the_middle_and_the_last_layer_are_the_default() -> None:
    assert [default_layers(count) for count in (1, 2, 6, 12)] == [[1], [1, 2], [3, 6], [6, 12]]


def test_components_of_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neurons, "SAMPLE", 60)
    sentences = random_sentences(60)
    values = run_stage(tmp_path, "bert-cased", sentences)
    rows, strengths = values["neuron_rows"], values["neuron_activity"]
    said = values["neurons"]
    words = [word for sentence in sentences for word in sentence]
    sentence_of = np.repeat(np.arange(60), [len(sentence) for sentence in sentences])
    assert "\u200b" not in {words[row] for row in rows}, "words without subword have no activity"
    sampled = set(sentence_of[rows])
    wanted = [row for row, word in enumerate(words) if sentence_of[row] in sampled and word != "\u200b"]
    assert rows.tolist() == wanted
    assert 60 <= len(rows) < 75
    assert [layer["layer"] for layer in said["layers"]] == [1, 2]
    assert (said["layer_count"], said["note"]) == (2, "")
    assert strengths.shape == (2, len(rows), 10)
    assert (strengths >= 0).all()
    assert (np.diff(strengths.sum(axis=1), axis=1) <= 1e-3).all(), "the largest share comes first"

    plain = Plain(tmp_path / "bert-cased", "bert-cased")
    for place in (0, 1):
        activity = np.array(list(plain_activity(plain, sentences, sorted(sampled), place)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            error = NMF(10, random_state=0).fit(activity).reconstruction_err_ / np.linalg.norm(activity)
        # Random weights have many local minima; test_nmf.py holds real activity to a closer bound.
        assert said["layers"][place]["error"] <= 1.03 * error
        assert np.allclose(strengths[place].sum(axis=1), activity.sum(axis=1), rtol=0.5)

    again = run_stage(tmp_path, "bert-cased", sentences)
    assert all(np.array_equal(again[key], values[key]) for key in ("neuron_rows", "neuron_activity"))
    other = run_stage(tmp_path, "bert-cased", sentences, seed=1)
    assert other["neuron_rows"].tolist() != rows.tolist()


def plain_activity(plain: Plain, sentences: list[list[str]], sampled: list[int], layer: int) -> Iterator[np.ndarray]:
    for sentence in sampled:
        if any(word != "\u200b" for word in sentences[sentence]):
            word_of, layers = plain.words(sentences[sentence])
            tokens = np.array([-1 if word is None else word for word in word_of])
            yield from (layers[layer][tokens == word].mean(axis=0) for word in sorted({*tokens} - {-1}))


def test_layers_are_chosen_and_those_that_are_not_there_are_named(tmp_path: Path) -> None:
    values = run_stage(tmp_path, "albert", random_sentences(20), layers=[2, 5, 9])
    assert [layer["layer"] for layer in values["neurons"]["layers"]] == [2]
    assert values["neurons"]["note"] == "The tagger has 2 feed-forward layers; there is no layers 5, 9."


def test_a_tagger_without_feed_forward_layers_has_an_empty_result(tmp_path: Path) -> None:
    values = run_stage(tmp_path, "squeezebert", random_sentences(20))
    assert values["neurons"]["layers"] == []
    assert "No feed-forward layer was found" in values["neurons"]["note"]
    run = make_run(
        [(["a"], ["O"], ["O"])],
        arrays={key: values[key] for key in ("neuron_rows", "neuron_activity")},
        jsons={"neurons": values["neurons"]},
    )
    assert neuron_sample(run).layers == ()
    with pytest.raises(AnalysisError, match="No feed-forward layer"):
        Selection.from_query({"component": "1.1"}, Scene(run))


@pytest.mark.parametrize("sentences", [[], [[]], [["\u200b"]], [["IBM"]], [["IBM", "Paris"]]])
def test_corpora_of_hardly_any_word(sentences: list[list[str]], tmp_path: Path) -> None:
    values = run_stage(tmp_path, "bert-cased", sentences)
    words = sum(word != "\u200b" for sentence in sentences for word in sentence)
    assert values["neuron_activity"].shape == (2, words, words)
    assert [layer["components"] for layer in values["neurons"]["layers"]] == [words, words]


def sampled_run(words: int = 400, seed: int = 0) -> Run:
    random = np.random.default_rng(seed)
    text = random.choice(["a", "b", "c"], words).tolist()
    sentences = [(text[start : start + 10], ["O"] * 10, ["O"] * 10) for start in range(0, words, 10)]
    rows = np.sort(random.choice(words, words // 2, replace=False))
    strengths = np.round(random.gamma(0.3, size=(2, len(rows), 3)), 1).astype(np.float32)
    return make_run(sentences, **neuron_values(rows, strengths, layers=(3, 6)))


def test_the_clause_selects_the_words_that_fire_a_component_most() -> None:
    run = sampled_run()
    sample = neuron_sample(run)
    for layer in sample.layers:
        for number in range(1, 4):
            strengths = pd.Series(layer.strengths[:, number - 1], index=sample.rows)
            wanted = strengths.nlargest(TOP_WORDS, keep="first")
            wanted = wanted[wanted > 0]
            selection = Selection.from_query({"component": f"{layer.layer}.{number}"}, Scene(run))
            assert np.flatnonzero(selection.masks(Scene(run)).words).tolist() == sorted(wanted.index)
            assert selection.to_query() == {"component": f"{layer.layer}.{number}"}
            assert selection.clauses[0].label == f"activates component {number} of layer {layer.layer}"
            assert set(top_words(run, layer, number - 1)) == set(wanted.index)
            top = strengths.nlargest(2).sum() / strengths.sum()
            assert concentration(layer.strengths[:, number - 1]) == pytest.approx(top)


def test_a_word_that_does_not_fire_a_component_is_not_selected() -> None:
    strengths = np.array([[[0.0], [2.0], [0.0]]], np.float32)
    run = make_run([(["a", "b", "c"], ["O"] * 3, ["O"] * 3)], **neuron_values(np.arange(3), strengths, layers=(6,)))
    assert Selection.from_query({"component": "6.1"}, Scene(run)).masks(Scene(run)).words.tolist() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("value", ["", "6", "6.4", "6.0", "4.1", "x", "6.1.1", "06.1"])
def test_a_component_that_is_not_there_is_said(value: str) -> None:
    with pytest.raises(AnalysisError, match=r"There is no component .*\. Choose one of 3\.1, 3\.2, 3\.3, 6\.1"):
        Selection.from_query({"component": value}, Scene(sampled_run()))


def test_a_run_without_the_stage_says_how_to_add_it() -> None:
    run = make_run([(["a"], ["O"], ["O"])])
    with pytest.raises(MissingStageError, match="python -m analysis run"):
        Selection.from_query({"component": "6.1"}, Scene(run))
