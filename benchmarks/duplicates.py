"""Pairs with a cosine of 0.95 or more, against scikit-learn's search: `python -m benchmarks.duplicates [--quick]`.

Each side runs in a fresh process and is timed without its imports; the growth of its peak memory counts from when the
vectors are loaded. The vectors are sentence vectors as they are: of 384 dimensions, length 1, a tenth of them near
copies of others. Where all queries would take the search minutes it is asked for some of them, and its time is that
many times as long as all are to some.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.duplicates.similarity import ROUNDING, pairs_within
from benchmarks.memory import peak_mib
from benchmarks.table import Row, markdown

THRESHOLD = 0.95
WIDTH = 384
SIZES = (14_041, 100_000)
QUICK_SIZES = (2_000,)
MOST_QUERIES = 15_000
"""Queries put to scikit-learn; more are reckoned from these."""
LEAST_RATIO = 3
SIDES = ("scikit-learn", "ours")


def sentence_vectors(count: int, seed: int = 0) -> np.ndarray:
    """Made-up sentence vectors: float32, count x WIDTH, rows of length 1."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, WIDTH)).astype(np.float32)
    copies = count // 10
    originals = random.integers(count, size=copies)
    noise = random.uniform(0.05, 0.5, size=(copies, 1)).astype(np.float32)
    vectors[random.permutation(count)[:copies]] = vectors[originals] + noise * random.normal(
        size=(copies, WIDTH)
    ).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def measure_side(side: str, vectors_file: Path, output: Path) -> None:
    """Find the pairs in this process; save them, as rows i < j, with the time and the memory that it took."""
    vectors = np.load(vectors_file)
    queries = len(vectors) if side == "ours" else min(len(vectors), MOST_QUERIES)
    if side != "ours":  # whose memory does not hold it
        from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415
    before = peak_mib(afresh=True)
    wall, cpu = time.perf_counter(), time.process_time()
    if side == "ours":
        found = list(pairs_within(vectors, THRESHOLD))
        pairs = np.concatenate([np.column_stack([part.first, part.second]) for part in found])
    else:
        search = NearestNeighbors(radius=1 - THRESHOLD, metric="cosine", algorithm="brute").fit(vectors)
        near = search.radius_neighbors(vectors[:queries], return_distance=False)
        rows = np.repeat(np.arange(queries), [len(some) for some in near])
        pairs = np.column_stack([rows, np.concatenate(near)])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    grown = peak_mib() - before
    pairs = pairs[(pairs[:, 0] < pairs[:, 1]) & (pairs[:, 0] < MOST_QUERIES)]
    np.savez(output, pairs=pairs, wall=wall, cpu=cpu, grown=grown, share=queries / len(vectors))


def rows(quick: bool = False) -> list[Row]:
    """Measure both sides and compare them."""
    return [row for count in (QUICK_SIZES if quick else SIZES) for row in _rows_of(count)]


def _rows_of(count: int) -> list[Row]:
    results = {}
    vectors = sentence_vectors(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "vectors.npy", vectors)
        for side in SIDES:
            print(f"duplicates: {side}, {count:,} sentences ...", file=sys.stderr, flush=True)
            arguments = ["--child", side, str(folder / "vectors.npy"), str(folder / f"{side}.npz")]
            subprocess.run([sys.executable, "-m", "benchmarks.duplicates", *arguments], check=True)
            results[side] = dict(np.load(folder / f"{side}.npz"))
    baseline, ours = (results[side] for side in SIDES)
    found = [set(map(tuple, side["pairs"].tolist())) for side in (baseline, ours)]
    unlike = sum(not _on_the_threshold(vectors, pair) for pair in found[0] ^ found[1])
    share = float(baseline["share"])
    seconds = float(baseline["wall"]) / share
    asked = "" if share == 1 else f", from {MOST_QUERIES:,} queries"
    faster = seconds / float(ours["wall"])
    title = f"pairs with a cosine of {THRESHOLD} among {count:,} sentences"
    return [
        Row(
            f"{title}, s",
            f"{seconds:.1f}{asked}",
            f"{ours['wall']:.1f}",
            f"{faster:.1f}x faster",
            f"at least {LEAST_RATIO}x faster",
            faster >= LEAST_RATIO,
        ),
        Row(
            f"{title}, growth of peak memory, MiB",
            f"{baseline['grown']:.0f}{asked}",
            f"{ours['grown']:.0f}",
            f"{float(ours['grown']) / max(float(baseline['grown']), 1):.2f}x",
            "at most 256 MiB",
            float(ours["grown"]) <= 256,
        ),
        Row(
            f"{title}, pairs{'' if share == 1 else ' of those queries'}",
            f"{len(found[0]):,}",
            f"{len(found[1]):,}",
            f"{unlike:,} in one alone",
            "the same",
            not unlike,
        ),
    ]


def _on_the_threshold(vectors: np.ndarray, pair: tuple[int, int]) -> bool:
    """Whether rounding to float32 decides if a pair reaches the threshold."""
    one, other = (vectors[row].astype(np.float64) for row in pair)
    return abs(one @ other / np.linalg.norm(one) / np.linalg.norm(other) - THRESHOLD) <= 2 * ROUNDING


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SIZES[0]:,} sentences")
    parser.add_argument("--child", nargs=3, metavar=("SIDE", "VECTORS", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        side, vectors_file, output = options.child
        measure_side(side, Path(vectors_file), Path(output))
        return
    print(markdown(rows(options.quick)))


if __name__ == "__main__":
    main()
