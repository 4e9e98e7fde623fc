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
"""Example words of a component: the words of the sample that activate it most."""


@dataclass(frozen=True)
class LayerComponents:
    """A layer's components, by the activity that they explain, largest first.

    Attributes:
        layer: Number, from 1.
        neurons: Of the layer.
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
    """The sample of words, and the layers that were factorised.

    Attributes:
        rows: int64, words: rows of `words`, ascending.
        layers: The requested layers, ascending; empty if no feed-forward layer was found.
        layer_count: Feed-forward layers of the tagger.
        note: A sentence on what could not be done, or "".
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
    """The run's data on its tagger's neurons.

    Raises:
        MissingStageError: The run was made without the stage.
    """

    def read() -> NeuronSample:
        said: dict[str, Any] = run.read(NEURONS)
        strengths = run.read(NEURON_ACTIVITY)
        layers = tuple(
            LayerComponents(each["layer"], each["neurons"], each["error"], strengths[place, :, : each["components"]])
            for place, each in enumerate(said["layers"])
        )
        return NeuronSample(run.read(NEURON_ROWS), layers, said["layer_count"], said["note"])

    return _SAMPLES.get(run, None, read)


def top_words(run: Run, layer: LayerComponents, component: int) -> Int64:
    """Rows of `words` of the words that activate a component (from 0) most, at most TOP_WORDS, ties by row."""

    def find() -> Int64:
        strengths = layer.strengths[:, component]
        order = np.argsort(-strengths, kind="stable")[:TOP_WORDS]
        return neuron_sample(run).rows[order[strengths[order] > 0]]

    return _TOP.get(run, (layer.layer, component), find)


def concentration(strengths: Float32, share: float = 0.01) -> float:
    """The part of a component's activity that lies in the given share of the words that activate it most.

    Args:
        strengths: float32, words: not negative, with a positive sum.
        share: Of the words, rounded up to whole words.
    """
    words = int(np.ceil(share * len(strengths)))
    top = np.partition(strengths, len(strengths) - words)[len(strengths) - words :]
    return float(top.sum(dtype=np.float64) / strengths.sum(dtype=np.float64))


def default_layers(count: int) -> Sequence[int]:
    """The middle layer, the lower of two, and the last, from 1."""
    return sorted({(count + 1) // 2, count})
