"""Whether a run has losses and confidences at all, and if not, why."""

from __future__ import annotations

import numpy as np

from analysis.run.run import Run
from analysis.run.schema import LOSSES


def has_losses(run: Run) -> bool:
    """Whether any word has a loss."""
    return run.has(LOSSES) and bool(np.any(~np.isnan(run.words.loss)))


def has_confidences(run: Run) -> bool:
    """Whether any prediction has a probability."""
    return bool(np.any(~np.isnan(run.words.p_predicted)))


def why_no_losses(run: Run) -> str:
    """A message for a run without losses."""
    if not run.has(LOSSES):
        return run.why_missing(LOSSES)
    return "No word of this run has a loss. A loss needs a prediction and a gold tag that the tagger knows."


def why_no_confidences(_run: Run) -> str:
    """A message for a run without confidences."""
    return "No prediction of this run has a confidence. Add scores to the predictions and run the analysis again."
