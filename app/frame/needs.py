"""What tabs and views need from a run, and the message if the run lacks it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from analysis.run.figures import has_losses, why_no_losses
from analysis.run.run import Run
from analysis.run.schema import HIDDEN, LOSSES
from analysis.run.values import Value
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS

Need = Value[Any] | str
"""A value of the run, or an ability of its tagger: LIVE_TAGGING, NEURON_ACCESS."""

_UNABLE = {
    LIVE_TAGGING: "This run's tagger cannot tag typed text",
    NEURON_ACCESS: "The neurons of this run's tagger cannot be recorded",
}


def what_is_missing(run: Run, needs: Collection[Need]) -> str:
    """One sentence that says what the run lacks and how to get it; empty if nothing is missing."""
    for need in needs:
        if isinstance(need, str):
            if (reason := run.why_unable(need)) is not None:
                return f"{_UNABLE[need]}: {reason}"
        elif not run.has(need):
            return run.why_missing(need)
        elif need is LOSSES and not has_losses(run):
            return why_no_losses(run)
    return ""


def has_encoder_states(run: Run) -> bool:
    """Whether the run's hidden states are those of the sentence encoder, because its tagger has none."""
    return bool(run.manifest.get("entries", {}).get(HIDDEN.key, {}).get("stage") == "encoder_states")
