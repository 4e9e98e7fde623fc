"""The values that the stage `neurons` writes."""

from __future__ import annotations

from analysis.run.values import Array, Json

NEURONS = Json("neurons", "layers of neurons", "neurons")
"""{"layers": [{"layer", "neurons", "components", "error"}], "layer_count": of the tagger, "note": a sentence or ""}."""
NEURON_ROWS = Array("neuron_rows", "words whose neurons were sampled", "neurons", "int64", ("sampled words",))
"""Rows of `words`, ascending."""
NEURON_ACTIVITY = Array(
    "neuron_activity", "components of neuron activity", "neurons", "float32", ("layers", "sampled words", "components")
)
"""The strength of each component at each word of the sample."""
