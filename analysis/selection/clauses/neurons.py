"""The clause on words that activate a component of the tagger's neurons."""
# ruff: noqa: D102 - the methods are documented in Clause

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from analysis.neurons.components import LayerComponents, neuron_sample, top_words
from analysis.run.run import Run
from analysis.selection.clause import Bool, SelectionError, WordClause, check_name
from analysis.selection.scene import Scene


@dataclass(frozen=True)
class Component(WordClause):
    """The words that activate a component of a layer most, written `6.3`: layer and component, from 1."""

    name = "component"
    layer: int
    number: int

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        sample = neuron_sample(scene.run)
        names = {
            f"{layer.layer}.{number}": (layer.layer, number)
            for layer in sample.layers
            for number in range(1, layer.count + 1)
        }
        if not names:
            raise SelectionError(sample.note or "This run's corpus has no word with active neurons.")
        check_name(value, tuple(names), "component")
        return cls(*names[value])

    @property
    def value(self) -> str:
        return f"{self.layer}.{self.number}"

    @property
    def label(self) -> str:
        return f"activates component {self.number} of layer {self.layer}"

    def mask(self, scene: Scene) -> Bool:
        mask = np.zeros(len(scene.run.words), np.bool_)
        mask[top_words(scene.run, self._layer_of(scene.run), self.number - 1)] = True
        return mask

    def _layer_of(self, run: Run) -> LayerComponents:
        layer = neuron_sample(run).layer(self.layer)
        if layer is None:
            raise SelectionError(f"There are no components of layer {self.layer} in this run.")
        return layer
