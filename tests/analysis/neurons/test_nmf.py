"""The factorisation against scikit-learn, and the fit of strengths against SciPy."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from analysis.neurons.activations import text_activity
from analysis.neurons.nmf import factorise, fit_strengths
from analysis.taggers.huggingface.model import TaggerOptions, load_tagger

LARGEST_RATIO = 1.005


def low_rank(rows: int, columns: int, rank: int, noise: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    strengths = random.gamma(0.4, size=(rows, rank))
    components = random.gamma(0.3, size=(rank, columns))
    return (strengths @ components + noise * random.random((rows, columns))).astype(np.float32)


def sklearn_error(rows: np.ndarray, count: int) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # as notebooks do: its default of 200 rounds
        fitted = NMF(count, random_state=0).fit(rows)
    return float(fitted.reconstruction_err_ / np.linalg.norm(rows))


@cache
def real_activity(shared_folder: Path, words: int) -> np.ndarray:
    """All layers of MiniLM at the first words of a real corpus."""
    lines = (shared_folder / "data" / "uner-ewt" / "test.conll").read_text("utf-8").split("\n")
    text = [line.partition("\t")[0] for line in lines if line][:words]
    tagger = load_tagger(TaggerOptions(str(shared_folder / "models" / "minilm-l6-conll03"), device="cpu"))
    subwords = tagger.encoder.encode(text, np.array([0, len(text)]))
    activity = text_activity(tagger, text, subwords)
    return np.concatenate([layer[~activity.is_special] for layer in activity.layers], axis=1)


@pytest.mark.parametrize("count", [2, 6, 10])
@pytest.mark.parametrize("shape", [(60, 400), (400, 60)], ids=["wide", "tall"])
def test_error_of_random_rows_is_close_to_that_of_sklearn(shape: tuple[int, int], count: int) -> None:
    """On average: which local minimum either of them ends in is chance, worth up to 1% for one matrix."""
    ratios = []
    for seed in range(count, count + 4):
        rows = low_rank(*shape, rank=8, noise=0.3, seed=seed)
        found = factorise(rows, count)
        ratios.append(found.error / sklearn_error(rows, count))
        left_over = np.linalg.norm(rows - found.strengths @ found.components) / np.linalg.norm(rows)
        assert found.error == pytest.approx(left_over, rel=1e-4)
    assert np.mean(ratios) <= LARGEST_RATIO
    assert max(ratios) <= 1.01


@pytest.mark.shared
@pytest.mark.parametrize("count", [2, 10])
def test_error_of_real_activity_is_close_to_that_of_sklearn(shared_folder: Path, count: int) -> None:
    rows = real_activity(shared_folder, 150)
    assert factorise(rows, count).error <= LARGEST_RATIO * sklearn_error(rows, count)


def test_components_that_are_there_are_found() -> None:
    """Three components without a neuron in common: each must come back alone."""
    components = np.kron(np.eye(3), np.arange(1, 6)).astype(np.float32)
    strengths = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    found = factorise(strengths @ components, 3)
    assert found.error < 1e-2
    share = components / components.sum(axis=1, keepdims=True)
    order = [int((found.components @ one).argmax()) for one in share]
    assert sorted(order) == [0, 1, 2]
    assert np.allclose(found.components[order], share, atol=0.05)
    assert np.allclose(found.strengths[:, order], strengths * components.sum(axis=1), atol=0.1 * 15)


def test_factors_are_not_negative_ordered_and_parts_of_the_rows_sums() -> None:
    rows = low_rank(50, 300, rank=5, noise=0.2, seed=1)
    found = factorise(rows, 5)
    assert (found.strengths >= 0).all()
    assert (found.components >= 0).all()
    assert np.allclose(found.components.sum(axis=1), 1, atol=1e-5)
    totals = found.strengths.sum(axis=0)
    assert (np.diff(totals) <= 0).all()
    assert totals.sum() == pytest.approx(rows.sum(), rel=0.1)


def test_the_same_rows_give_the_same_factors() -> None:
    rows = low_rank(50, 300, rank=5, noise=0.2, seed=2)
    one, other = factorise(rows, 6), factorise(rows.copy(), 6)
    assert np.array_equal(one.strengths, other.strengths)
    assert np.array_equal(one.components, other.components)


@pytest.mark.parametrize(
    ("rows", "components"),
    [
        (np.zeros((4, 7), np.float32), 0),
        (np.zeros((0, 7), np.float32), 0),
        (np.ones((1, 7), np.float32), 1),
        (np.ones((9, 7), np.float32), 1),
        (np.eye(3, 7, dtype=np.float32), 3),
    ],
    ids=["zeros", "no rows", "one row", "rank one", "few rows"],
)
def test_there_are_no_more_components_than_dimensions(rows: np.ndarray, components: int) -> None:
    found = factorise(rows, 5)
    assert found.strengths.shape == (len(rows), found.components.shape[0])
    assert found.components.shape[0] == components
    assert found.error < 1e-3


def test_rows_that_are_negative_or_no_number_are_refused() -> None:
    for value in (-1.0, np.nan):
        with pytest.raises(ValueError, match="negative number or NaN"):
            factorise(np.array([[1.0, value]], np.float32), 1)


def test_strengths_are_the_least_squares_of_scipy() -> None:
    random = np.random.default_rng(3)
    components = random.gamma(0.5, size=(8, 120)).astype(np.float32)
    rows = random.gamma(0.5, size=(70, 120)).astype(np.float32)
    found = fit_strengths(rows, components)
    wanted = np.array([nnls(components.T.astype(float), row.astype(float))[0] for row in rows])
    assert (wanted == 0).any(), "some bounds must hold, or nothing is tested"
    assert np.allclose(found, wanted, atol=1e-4)
