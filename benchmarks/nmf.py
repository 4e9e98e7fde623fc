"""Components of neuron activity against scikit-learn: `python -m benchmarks.nmf [--quick]`.

The rows are sums of a few components with noise, as sparse and as wide as those of a text of 300 words in all layers of
a model of BERT's size. Both sides get the same rows and as many threads.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
from sklearn.decomposition import NMF, MiniBatchNMF
from sklearn.exceptions import ConvergenceWarning

from analysis.neurons.nmf import Float32, factorise
from benchmarks.table import Row, markdown

COMPONENTS = 8
TEXT = (300, 18_432)
SAMPLE = (8_000, 3_072)
QUICK_TEXT, QUICK_SAMPLE = (60, 2_000), (500, 300)
REPEATS = 3


def activity(words: int, neurons: int, seed: int = 0) -> Float32:
    """Made-up activity: each neuron takes part in some of many causes, each word in few; half of it is noise."""
    random = np.random.default_rng(seed)
    causes = 40
    strengths = random.gamma(0.15, size=(words, causes)).astype(np.float32)
    parts = random.gamma(0.2, size=(causes, neurons)).astype(np.float32)
    signal = strengths @ parts
    noise = random.gamma(0.3, size=(words, neurons)).astype(np.float32)
    return signal + noise * np.float32(signal.mean() / noise.mean())


def quickest(work: Callable[[], float], repeats: int = REPEATS) -> tuple[float, float]:
    """Seconds of the quickest of some calls, and what it returned."""
    best, result = np.inf, 0.0
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def _sklearn_error(model: NMF | MiniBatchNMF, values: Float32) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return float(model.fit(values).reconstruction_err_ / np.linalg.norm(values))


def _our_error(values: Float32) -> float:
    return factorise(values, COMPONENTS).error


def rows(quick: bool = False) -> list[Row]:
    """Measure both sides on a text and on a sample of a corpus."""
    found = []
    cases = (
        ("NMF of a text", QUICK_TEXT if quick else TEXT, lambda: NMF(COMPONENTS), 3.0),
        ("NMF of a corpus's sample", QUICK_SAMPLE if quick else SAMPLE, lambda: MiniBatchNMF(COMPONENTS), 1.0),
    )
    for name, shape, baseline, goal in cases:
        print(f"nmf: {name}, {shape[0]:,} x {shape[1]:,} ...", file=sys.stderr, flush=True)
        values = activity(*shape)
        theirs, their_error = quickest(partial(_sklearn_error, baseline(), values), 1)
        ours, our_error = quickest(partial(_our_error, values))
        title = f"{name}, {shape[0]:,} words x {shape[1]:,} neurons"
        found += [
            Row(
                f"{title}, s",
                f"{theirs:.2f}",
                f"{ours:.2f}",
                f"{theirs / ours:.1f}x faster",
                f"at least {goal:.0f}x faster",
                theirs / ours >= goal,
            ),
            Row(
                f"{name}, relative error",
                f"{their_error:.4f}",
                f"{our_error:.4f}",
                f"{our_error / their_error:.4f}x",
                "at most 1.005x",
                our_error <= 1.005 * their_error,
            ),
        ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nmf", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small inputs")
    print(markdown(rows(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
