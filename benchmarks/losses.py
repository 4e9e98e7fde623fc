"""Loss by word form under a selection against pandas: `python -m benchmarks.losses [--quick]`.

Both sides run in this process in turns, on the same words and masks, and give the same figures: count, mean, median,
sum and share for each form. The baseline gets the forms as a categorical, the quickest way to group them there.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.scores.loss_tables import group_texts, loss_table
from benchmarks.table import Row, markdown

T = TypeVar("T")

WORDS, FORMS = 200_000, 30_000
QUICK_WORDS, QUICK_FORMS = 20_000, 3_000
MASKS = 15
FASTER = 2
"""At 200,000 words that leaves a callback of 50 ms the time to draw its rows."""


def rows(quick: bool = False) -> list[Row]:
    """Measure both sides under many masks."""
    words, forms = (QUICK_WORDS, QUICK_FORMS) if quick else (WORDS, FORMS)
    random = np.random.default_rng(0)
    shares = 1 / np.arange(1, forms + 1)
    drawn = random.choice(forms, size=words, p=shares / shares.sum())
    texts = pa.array([f"form{number}" for number in range(forms)]).take(pa.array(drawn))
    loss = random.exponential(0.3, size=words).astype(np.float32)
    loss[random.random(words) < 0.01] = np.nan
    groups = group_texts(texts, loss)
    frame = pd.DataFrame({"form": pd.Categorical.from_codes(drawn, list(range(forms))), "loss": loss})
    times: dict[str, list[float]] = {"baseline": [], "ours": []}
    for share in np.linspace(0.05, 1, MASKS):
        mask = random.random(words) < share
        by_pandas = _timed(times["baseline"], lambda mask=mask: _pandas(frame, mask))
        ours = _timed(times["ours"], lambda mask=mask: loss_table(groups, mask))
        wanted = by_pandas.set_index("form" + by_pandas.index.astype(str)).loc[
            groups.labels.take(ours.group).to_pylist()
        ]
        np.testing.assert_allclose(ours.median, wanted["median"], rtol=1e-6)
        np.testing.assert_allclose(ours.share, wanted.share, rtol=1e-4)
    baseline, median = (statistics.median(times[side]) for side in ("baseline", "ours"))
    return [
        Row(
            f"Loss by word form under a selection, {words:,} words, median, ms",
            f"{baseline:.1f}",
            f"{median:.1f}",
            f"{baseline / median:.1f}x faster",
            f"at least {FASTER}x faster",
            baseline / median >= FASTER,
        )
    ]


def _pandas(frame: pd.DataFrame, mask: np.ndarray) -> pd.DataFrame:
    by = frame[mask].groupby("form", observed=True).loss
    table = by.agg(["size", "count", "mean", "median", "sum"])
    table["share"] = table["sum"] / table["sum"].sum()
    return table


def _timed(times: list[float], call: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = call()
    times.append((time.perf_counter() - start) * 1000)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.losses", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few words")
    print(markdown(rows(parser.parse_args().quick)))


if __name__ == "__main__":
    main()
