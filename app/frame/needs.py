"""What tabs and views need of a run, and what is said where a run lacks it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from analysis.run.run import Run
from analysis.run.schema import LOSSES
from analysis.run.values import Value

LIVE_TAGGER = "live"
"""A need: a tagger that can be asked about typed text."""

Need = Value[Any] | str
"""A value of the run, or LIVE_TAGGER."""


def what_is_missing(run: Run, needs: Collection[Need]) -> str:
    """One sentence: what the run lacks and what would bring it; empty where nothing is missing."""
    for need in needs:
        if isinstance(need, str):
            if (reason := run.why_unable(need)) is not None:
                return f"This run's tagger cannot be asked about texts: {reason}"
        elif not run.has(need):
            return run.why_missing(need)
        elif need is LOSSES and not np.any(~np.isnan(run.words.loss)):
            return "No word of this run has a loss: none has both a gold tag that the tagger knows and a prediction."
    return ""
