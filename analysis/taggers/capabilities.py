"""What a run offers besides predicted tags, as far as its tagger and the stored values allow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from analysis.run.schema import HIDDEN, LOSSES
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS

CONFIDENCES = "confidences"
"""Key in what a tagger `lacks`: no prediction has a probability."""

CAPABILITIES = {
    "losses": LOSSES.key,
    "confidences": CONFIDENCES,
    "hidden states": HIDDEN.key,
    "neurons": NEURON_ACCESS,
    "live tagging": LIVE_TAGGING,
}
"""Name -> key of a stored value, or of what the manifest's tagger `lacks`."""
_STORED = (LOSSES.key, HIDDEN.key, NEURON_ACCESS)
"""The keys that are those of values: a run that was made before they were known lacks them too."""


def capabilities(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    """Why a run lacks each capability ("" if the manifest does not say why); None if it has it.

    Hidden states are those of the tagger: states of the sentence encoder, which take their place, do not count.
    """
    lacks, left_out = manifest["tagger"].get("lacks", {}), manifest.get("left_out", {})
    entries = manifest.get("entries", {})

    def why_lacking(key: str) -> str | None:
        missing = key in lacks or (key in _STORED and key not in entries)
        return str(lacks.get(key) or left_out.get(key, "")) if missing else None

    return {name: why_lacking(key) for name, key in CAPABILITIES.items()}


def limits_text(lacks: Collection[str]) -> str:
    """What a run with limits offers, for lists of runs ("tags and confidences"); empty if it lacks nothing."""
    *others, last = ["tags", *(name for name in CAPABILITIES if name not in lacks)]
    offered = f"{', '.join(others)} and {last}" if others else "tags alone"
    return offered if lacks else ""
