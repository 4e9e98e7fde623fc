"""Projections against scikit-learn and umap-learn, and the stages that write them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from analysis.options import Options
from analysis.pipeline.stage_runner import Plan
from analysis.projections import projection
from analysis.projections.stage import REDUCE, STAGES, UMAP, UMAP_ENTITIES
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS, PROJECTIONS
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNLABELLED, HIDDEN, PREDICTIONS, WORDS
from analysis.run.tags import TagSet
from tests.workspace import MemoryWorkspace, perform


def clustered(count: int, width: int = 32, clusters: int = 6, seed: int = 0) -> np.ndarray:
    """float16 vectors in clusters of few dimensions, far from the origin in one direction as hidden states are."""
    random = np.random.default_rng(seed)
    centres = 3 * random.normal(size=(clusters, width))
    centres[:, 0] += 40
    bases = random.normal(size=(clusters, 3, width))
    cluster = random.integers(clusters, size=count)
    inner = random.normal(size=(count, 3))
    noise = 0.1 * random.normal(size=(count, width))
    return (centres[cluster] + np.einsum("nd,ndw->nw", inner, bases[cluster]) + noise).astype(np.float16)


def rows_of(vectors: np.ndarray) -> np.ndarray:
    return np.arange(len(vectors))


def lay_out(scores: np.ndarray, always_fit: np.ndarray | None = None, **changes: Any) -> np.ndarray:
    arguments = {"neighbours": 15, "min_dist": 0.1, "epochs": 100, "seed": 0, **changes}
    always_fit = np.zeros(len(scores), bool) if always_fit is None else always_fit
    return projection.umap(scores.astype(np.float32), **arguments, always_fit=always_fit, progress=lambda *_: None)


@pytest.mark.parametrize("block_rows", [64, 4096])
def test_pca_is_that_of_scikit_learn(monkeypatch: pytest.MonkeyPatch, block_rows: int):
    monkeypatch.setattr(projection, "BLOCK_ROWS", block_rows)
    vectors = clustered(500)
    chosen = np.flatnonzero(np.arange(500) % 3)
    axes = projection.pca_axes(projection.moments(vectors, chosen), 10)
    scores = axes.scores(vectors, chosen)
    oracle = PCA(10, svd_solver="full")
    wanted = oracle.fit_transform(vectors[chosen].astype(np.float64))  # its signs follow the same rule
    np.testing.assert_allclose(axes.directions, oracle.components_, atol=1e-4)
    np.testing.assert_allclose(scores, wanted, atol=1e-3)
    assert scores.dtype == np.float32


def test_svd_is_that_of_scikit_learn():
    vectors = clustered(500)
    scores = projection.svd_axes(projection.moments(vectors, rows_of(vectors)), 4).scores(vectors, rows_of(vectors))
    wanted = TruncatedSVD(4, algorithm="arpack", random_state=0).fit_transform(vectors.astype(np.float64))
    signs = np.sign((scores * wanted).sum(axis=0))
    np.testing.assert_allclose(scores, wanted * signs, atol=2e-3)


def test_a_far_origin_does_not_drown_the_variance():
    random = np.random.default_rng(0)
    vectors = (1000 + random.integers(-1, 2, size=(20_000, 4)) * [0.5, 1, 1.5, 2]).astype(np.float16)
    found = projection.moments(vectors, rows_of(vectors))
    exact = vectors.astype(np.float64)
    np.testing.assert_allclose(found.mean, exact.mean(axis=0), rtol=1e-7)
    np.testing.assert_allclose(np.diag(found.scatter), ((exact - exact.mean(axis=0)) ** 2).sum(axis=0), rtol=1e-5)


def test_umap_keeps_neighbours_together():
    vectors = clustered(600, clusters=12).astype(np.float32)
    layout = lay_out(vectors)  # first, so that what umap-learn warns of when it is imported is met there
    from umap import UMAP

    trust, plane, defaults = (
        trustworthiness(vectors, xy, n_neighbors=15)
        for xy in (layout, PCA(2).fit_transform(vectors), UMAP(random_state=0, n_jobs=1).fit_transform(vectors))
    )
    assert trust > 0.95
    assert trust > plane + 0.02
    assert trust > defaults - 0.03


def test_umap_is_the_same_every_time_and_another_with_another_seed():
    vectors = clustered(300)
    np.testing.assert_array_equal(lay_out(vectors), lay_out(vectors))
    assert not np.array_equal(lay_out(vectors), lay_out(vectors, seed=1))


LAY_OUT = """
import sys
import warnings
import numpy as np
from tests.analysis.projections.test_projections import clustered, lay_out

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ImportWarning)
    import numba.extending
    from umap import layouts
    from umap.umap_ import compute_membership_strengths, smooth_knn_dist

numba.config.CACHE_DIR = sys.argv[1]
np.save(sys.argv[2], lay_out(clustered(50), epochs=2))
jitted = filter(numba.extending.is_jitted, vars(layouts).values())
(epoch,) = [each for each in jitted if each.signatures and each.__name__.endswith("euclidean_single_epoch")]
stats = [function.stats for function in (compute_membership_strengths, smooth_knn_dist, epoch)]
print(*(sum(each.cache_hits.values()) for each in stats), *(sum(each.cache_misses.values()) for each in stats))
"""


def in_fresh_process(code: str, *arguments: object, **environment: str) -> str:
    """What the code prints."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def test_what_is_compiled_for_umap_is_kept_for_the_next_process(tmp_path: Path):
    first, second = tmp_path / "first.npy", tmp_path / "second.npy"
    assert in_fresh_process(LAY_OUT, tmp_path / "cache", first) == "0 0 0 1 1 1\n", "none of three functions is found"
    assert in_fresh_process(LAY_OUT, tmp_path / "cache", second) == "1 1 1 0 0 0\n", "all are found"
    np.testing.assert_array_equal(np.load(first), np.load(second))


LAY_OUT_OR_SAY_WHY = """
from analysis.errors import AnalysisError
from tests.analysis.projections.test_projections import clustered, lay_out

try:
    lay_out(clustered(50), epochs=2)
except AnalysisError as error:
    print(error)
"""


def test_where_nothing_can_be_written_the_error_names_the_setting(tmp_path: Path):
    (tmp_path / "file").touch()
    nowhere = {"NUMBA_CACHE_DIR": str(tmp_path / "file" / "no-folder")}
    said = in_fresh_process(LAY_OUT_OR_SAY_WHY, **nowhere, NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator")
    assert "Set NUMBA_CACHE_DIR to a writable folder." in said


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 16])
@pytest.mark.parametrize("width", [1, 8])
def test_umap_of_few_rows(count: int, width: int):  # fewer than the neighbours asked for
    layout = lay_out(np.random.default_rng(0).normal(size=(count, width)))
    assert layout.shape == (count, 2)
    assert layout.dtype == np.float32
    assert np.isfinite(layout).all()
    assert len(np.unique(layout, axis=0)) == count


@pytest.mark.parametrize("value", [0.0, 0.25])
@pytest.mark.parametrize("min_dist", [0.0, 1.0])
def test_umap_of_copies(value: float, min_dist: float):
    assert np.isfinite(lay_out(np.full((60, 4), value), min_dist=min_dist)).all()


def test_above_the_limit_a_sample_is_laid_out_and_the_rest_placed(monkeypatch: pytest.MonkeyPatch):
    vectors = clustered(1200, clusters=12).astype(np.float32)
    whole = trustworthiness(vectors, lay_out(vectors), n_neighbors=15)
    monkeypatch.setattr(projection, "FIT_LIMIT", 400)
    layout = lay_out(vectors)
    np.testing.assert_array_equal(layout, lay_out(vectors))
    assert len(np.unique(layout, axis=0)) > 1190
    assert trustworthiness(vectors, layout, n_neighbors=15) > whole - 0.05


def test_rows_that_must_be_fitted_are(monkeypatch: pytest.MonkeyPatch):
    # As many must be as can be: they are the sample, and every other row lies among its nearest of them.
    vectors = clustered(400).astype(np.float32)
    always = np.arange(400) % 5 == 0
    monkeypatch.setattr(projection, "FIT_LIMIT", int(always.sum()))
    layout = lay_out(vectors, always)
    fitted = np.flatnonzero(always)
    near = NearestNeighbors(n_neighbors=14, algorithm="brute").fit(vectors[fitted]).kneighbors(vectors[~always])[1]
    around = layout[fitted[near]]
    assert (layout[~always] >= around.min(axis=1) - 1e-4).all()
    assert (layout[~always] <= around.max(axis=1) + 1e-4).all()


def run_stages(gold: np.ndarray, predicted: np.ndarray, hidden: np.ndarray) -> dict[str, Any]:
    flags = np.where(predicted < 0, FLAG_NO_PREDICTION, 0) | np.where(gold < 0, FLAG_UNLABELLED, 0)
    zeros = np.zeros(len(gold))
    words = WORDS.make({"sentence": zeros, "position": zeros, "text": [""] * len(gold), "gold_tag": gold})
    predictions = PREDICTIONS.make(
        {"predicted_tag": predicted, "p_predicted": zeros, "subwords": zeros, "flags": flags}
    )
    workspace = MemoryWorkspace(values={WORDS.key: words, PREDICTIONS.key: predictions, HIDDEN.key: hidden})
    for stage in STAGES:
        perform(stage, workspace, TagSet(("PER",)))
    return workspace.values


def test_stages_place_every_predicted_word_and_no_other():
    random = np.random.default_rng(0)
    gold, predicted = random.choice([-1, 0, 0, 0, 1, 2], size=(2, 300))
    hidden = clustered(300, width=64)
    hidden[predicted < 0] = 0
    values = run_stages(gold, predicted, hidden)
    has_place = {"all": predicted >= 0, "entities": (predicted >= 0) & ((predicted > 0) | (gold > 0))}
    for method in PROJECTION_METHODS:
        for subset in PROJECTION_SUBSETS:
            xy = values[PROJECTIONS[method, subset].key]
            assert xy.shape == (300, 2)
            assert xy.dtype == np.float32
            np.testing.assert_array_equal(np.isfinite(xy).all(axis=1), has_place[subset])
            np.testing.assert_array_equal(np.isnan(xy).all(axis=1), ~has_place[subset])
    for subset, chosen in has_place.items():
        exact = hidden[chosen].astype(np.float64)
        np.testing.assert_allclose(
            values[PROJECTIONS["pca", subset].key][chosen],
            PCA(2, svd_solver="full").fit_transform(exact),
            atol=1e-2,
        )
    reduced = values["reduced"]
    assert reduced.shape == (300, 50)
    assert reduced.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(reduced, axis=1), has_place["all"], atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
@pytest.mark.parametrize("width", [1, 8])
@pytest.mark.parametrize("kind", ["random", "copies", "zeros", "unpredicted"])
def test_stages_on_tiny_corpora(count: int, width: int, kind: str):
    hidden = np.random.default_rng(0).normal(size=(count, width)).astype(np.float16)
    if kind != "random":
        hidden[:] = 0.3 if kind == "copies" else 0
    tags = np.full(count, -1 if kind == "unpredicted" else 1)
    values = run_stages(tags, tags, hidden)
    assert values["reduced"].shape == (count, width)
    assert np.isfinite(values["reduced"]).all()
    for method in PROJECTION_METHODS:
        for subset in PROJECTION_SUBSETS:
            xy = values[PROJECTIONS[method, subset].key]
            assert xy.shape == (count, 2)
            assert (np.isnan(xy) if kind in ("zeros", "unpredicted") else np.isfinite(xy)).all()


def test_umap_parameters_leave_the_decompositions_alone():
    plans = [Plan(STAGES, Options.from_values(UMAP.options, given), {}) for given in ({}, {"umap_neighbors": 30})]
    usual, changed = (plan.parameters for plan in plans)
    assert changed[REDUCE.name] == usual[REDUCE.name]
    for stage in (UMAP, UMAP_ENTITIES):
        assert changed[stage.name] != usual[stage.name]
