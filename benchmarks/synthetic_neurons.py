"""What the stage `neurons` keeps, made up for the synthetic run: a few words fire each component, most hardly any."""

from __future__ import annotations

import numpy as np

from analysis.corpus.options import SEED
from analysis.neurons.stage import COMPONENTS, SAMPLE
from analysis.neurons.values import NEURON_ACTIVITY, NEURON_ROWS, NEURONS
from analysis.run.schema import WORDS
from analysis.run.stage import Stage, StageContext

LAYERS = (3, 6)
WIDTH = 3_072


def _fire(context: StageContext) -> None:
    words = context.workspace.read(WORDS).num_rows
    random = np.random.default_rng(context.options[SEED])
    rows = np.sort(random.choice(words, size=min(SAMPLE, words), replace=False))
    layers = [{"layer": layer, "neurons": WIDTH, "components": COMPONENTS, "error": 0.6} for layer in LAYERS]
    context.workspace.write(NEURONS, {"layers": layers, "layer_count": LAYERS[-1], "note": ""})
    context.workspace.write(NEURON_ROWS, rows)
    strengths = random.gamma(0.2, size=(len(LAYERS), len(rows), COMPONENTS)).astype(np.float32)
    context.workspace.write(NEURON_ACTIVITY, strengths)


STAGE = Stage(
    name="neurons",
    version=1,
    inputs=(WORDS,),
    outputs=(NEURONS, NEURON_ROWS, NEURON_ACTIVITY),
    run=_fire,
    options=(SEED,),
)
