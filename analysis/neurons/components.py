"""The components of neuron activity over a corpus, as stored by the stage `neurons`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.neurons.values import NEURON_ACTIVITY, NEURON_ROWS, NEURONS
from analysis.run.run import Run
from analysis.run.run_cache import RunCache

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]

TOP_WORDS = 100
"""Number of example words of a component: those in the sample that activate it most."""


@dataclass(frozen=True)
class LayerComponents:
    """The components of a layer, ordered by the activity that they explain, largest first.

    Attributes:
        layer: Number of the layer, from 1.
        neurons: Number of neurons of the layer.
        error: Relative error of the factorisation (analysis.neurons.nmf.Factors).
        strengths: float32, words of the sample x components: how much each word activates each component.
    """

    layer: int
    neurons: int
    error: float
    strengths: Float32

    @property
    def count(self) -> int:
        """Number of components."""
        return int(self.strengths.shape[1])


@dataclass(frozen=True)
class NeuronSample:
    """The sample of words and the layers that were factorised.

    Attributes:
        rows: int64, words: rows of `words`, ascending.
        layers: The requested layers, ascending; empty if no feed-forward layer was found.
        layer_count: Number of feed-forward layers of the tagger.
        note: A message about layers that could not be analysed, or "".
    """

    rows: Int64
    layers: tuple[LayerComponents, ...]
    layer_count: int
    note: str

    def layer(self, number: int) -> LayerComponents | None:
        """The components of the layer with this number, if it was factorised."""
        return next((layer for layer in self.layers if layer.layer == number), None)


_SAMPLES: RunCache[NeuronSample] = RunCache(1)
_TOP: RunCache[Int64] = RunCache(64)


def neuron_sample(run: Run) -> NeuronSample:
    """The neuron activity of a run.

    Raises:
        MissingStageError: The run has no neuron activity.
    """

    def read() -> NeuronSample:
        stored: dict[str, Any] = run.read(NEURONS)
        strengths = run.read(NEURON_ACTIVITY)
        layers = tuple(
            LayerComponents(each["layer"], each["neurons"], each["error"], strengths[place, :, : each["components"]])
            for place, each in enumerate(stored["layers"])
        )
        return NeuronSample(run.read(NEURON_ROWS), layers, stored["layer_count"], stored["note"])

    return _SAMPLES.get(run, None, read)


def top_words(run: Run, layer: LayerComponents, component: int) -> Int64:
    """Rows of the TOP_WORDS words that activate a component (from 0) most, strongest first; ties by row."""

    def find() -> Int64:
        strengths = layer.strengths[:, component]
        order = np.argsort(-strengths, kind="stable")[:TOP_WORDS]
        return neuron_sample(run).rows[order[strengths[order] > 0]]

    return _TOP.get(run, (layer.layer, component), find)


def concentration(strengths: Float32, share: float = 0.01) -> float:
    """The proportion of a component's activity at the words that activate it most.

    Args:
        strengths: float32, words: not negative, with a positive sum.
        share: Proportion of all words that is counted as most active, rounded up to whole words.
    """
    words = int(np.ceil(share * len(strengths)))
    top = np.partition(strengths, len(strengths) - words)[len(strengths) - words :]
    return float(top.sum(dtype=np.float64) / strengths.sum(dtype=np.float64))


def default_layers(count: int) -> Sequence[int]:
    """The middle layer (the lower of two) and the last layer, from 1."""
    return sorted({(count + 1) // 2, count})
