"""UMAP against umap-learn as it comes: `python -m benchmarks.projection [--quick]`.

Each side runs in a fresh process, whose time counts from before its imports to the finished layout, compilation
included; the files that numba keeps on disk for umap-learn are there already. Both lay out the same word vectors:
clusters of few dimensions in 384, as hidden states are. The trustworthiness of both is judged by scikit-learn on the
same rows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.table import Row, markdown

WORDS = 10_000
QUICK_WORDS = 1_000
WIDTH = 384
CLUSTERS = 40
CLUSTER_DIMENSIONS = 8
JUDGED = 3_000
"""Rows among which trustworthiness is reckoned; scikit-learn sorts the distances between all of them."""
SIDES = ("umap-learn", "ours")


def word_vectors(words: int, seed: int = 0) -> np.ndarray:
    """Made-up hidden states: float16, words x WIDTH."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(CLUSTERS, WIDTH))
    bases = random.normal(size=(CLUSTERS, CLUSTER_DIMENSIONS, WIDTH)) / CLUSTER_DIMENSIONS**0.5
    cluster = random.choice(CLUSTERS, size=words, p=random.dirichlet(np.full(CLUSTERS, 2.0)))
    inner = 1.5 * random.normal(size=(words, CLUSTER_DIMENSIONS))
    noise = 0.2 * random.normal(size=(words, WIDTH))
    return (centres[cluster] + np.einsum("nd,ndw->nw", inner, bases[cluster]) + noise).astype(np.float16)


def measure_side(side: str, vectors_file: Path, output: Path) -> None:
    """Lay the vectors out in this process, and save the layout and what it took."""
    vectors = np.load(vectors_file, mmap_mode="r")
    wall, cpu = time.perf_counter(), time.process_time()
    layout = lay_out_ours(vectors) if side == "ours" else lay_out_umap_learn(vectors)
    np.savez(output, layout=layout, wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


def lay_out_umap_learn(vectors: np.ndarray) -> np.ndarray:
    from umap import UMAP  # noqa: PLC0415 - the import is part of what is measured

    return UMAP().fit_transform(vectors.astype(np.float32))


def lay_out_ours(vectors: np.ndarray) -> np.ndarray:
    """What the stages `reduce` and `umap` do."""
    from analysis.projections.projection import moments, normalised, pca_axes, umap  # noqa: PLC0415 - as above
    from analysis.projections.stage import COMPONENTS, EPOCHS  # noqa: PLC0415

    rows = np.arange(len(vectors))
    scores = normalised(pca_axes(moments(vectors, rows), COMPONENTS).scores(vectors, rows))
    everyone = np.zeros(len(rows), bool)
    return umap(scores, 15, 0.1, EPOCHS, seed=0, always_fit=everyone, progress=lambda *_: None)


def rows(quick: bool = False) -> list[Row]:
    """Measure both sides and compare them."""
    # It loads scikit-learn, which the measured processes must load for themselves if they want it.
    from sklearn.manifold import trustworthiness  # noqa: PLC0415

    words = QUICK_WORDS if quick else WORDS
    vectors = word_vectors(words)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "vectors.npy", vectors)
        subprocess.run([sys.executable, "-c", "import umap"], check=True)
        results = {}
        for side in SIDES:
            print(f"projection: {side}, {words:,} words ...", file=sys.stderr, flush=True)
            arguments = ["--child", side, str(folder / "vectors.npy"), str(folder / f"{side}.npz")]
            subprocess.run([sys.executable, "-m", "benchmarks.projection", *arguments], check=True)
            results[side] = dict(np.load(folder / f"{side}.npz"))
    baseline, ours = (results[side] for side in SIDES)
    judged = np.random.default_rng(0).permutation(words)[:JUDGED]
    trust = [
        float(trustworthiness(vectors[judged].astype(np.float32), side["layout"][judged], n_neighbors=15))
        for side in (baseline, ours)
    ]
    faster = float(baseline["wall"] / ours["wall"])
    less = float(baseline["cpu"] / ours["cpu"])
    title = f"UMAP of {words:,} words in a fresh process"
    return [
        Row(
            f"{title}, s",
            f"{baseline['wall']:.1f}",
            f"{ours['wall']:.1f}",
            f"{faster:.1f}x faster",
            "at least 2x faster",
            faster >= 2,
        ),
        Row(
            f"{title}, CPU time, s",
            f"{baseline['cpu']:.1f}",
            f"{ours['cpu']:.1f}",
            f"{less:.1f}x less",
            "at least 2x less",
            less >= 2,
        ),
        Row(
            "UMAP, trustworthiness at 15 neighbours",
            f"{trust[0]:.3f}",
            f"{trust[1]:.3f}",
            f"{trust[1] - trust[0]:+.3f}",
            "at most 0.03 less",
            trust[1] >= trust[0] - 0.03,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.projection", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_WORDS} words instead of {WORDS}")
    parser.add_argument("--child", nargs=3, metavar=("SIDE", "VECTORS", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        side, vectors_file, output = options.child
        measure_side(side, Path(vectors_file), Path(output))
        return
    print(markdown(rows(options.quick)))


if __name__ == "__main__":
    main()
