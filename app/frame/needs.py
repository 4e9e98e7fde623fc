"""What tabs and views need of a run, and what is said where a run lacks it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from analysis.run.run import Run

LIVE_TAGGER = "live tagger"
"""A need: a tagger that can be asked about typed text."""
LOSSES = "losses"
"""A need: a loss of at least one word. All other needs are keys of the run's values."""

_NAMES = {
    LIVE_TAGGER: "a tagger that can be loaded",
    LOSSES: "losses",
    "xy_umap": "an embedding map",
    "neurons": "neuron activity",
    "duplicate_links": "a comparison of all sentences",
    "leaks": "a comparison with other splits",
}


def what_is_missing(run: Run, needs: Collection[str]) -> str:
    """One sentence: what the run lacks and what would bring it; empty where nothing is missing."""
    lacks = [need for need in needs if not _has(run, need)]
    if not lacks:
        return ""
    names = " and ".join(_NAMES.get(need, need) for need in lacks)
    if LOSSES in lacks and _has(run, LIVE_TAGGER):
        return f"This run lacks {names}: no word has both a gold tag known to the tagger and a prediction."
    if not _has(run, LIVE_TAGGER):
        return f"This run lacks {names}: analyse the corpus with a tagger (`python -m analysis run --model`) to add it."
    return f"This run lacks {names}. Add it, and keep everything else, with `{run.rerun_command}`."


def _has(run: Run, need: str) -> bool:
    if need == LIVE_TAGGER:
        return bool(run.manifest.get("source", {}).get("model"))
    if need == LOSSES:
        return bool(np.any(~np.isnan(run.words.loss)))
    return run.has(need)
