"""The activity of a tagger's neurons at the words of a text, reduced to a few components."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.neurons.nmf import factorise

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TextActivity:
    """The activity of a tagger's feed-forward neurons in a text (made by analysis.neurons.activations).

    Attributes:
        names: The words, with the special tokens before and after them.
        is_special: bool, names: the entry is a special token.
        layers: One array per layer, float32, names x neurons, not negative.
    """

    names: tuple[str, ...]
    is_special: npt.NDArray[np.bool_]
    layers: tuple[Float32, ...]


@dataclass(frozen=True)
class TextComponents:
    """The components of a text's activity, ordered by the activity that they explain, largest first.

    Attributes:
        names: The words, and the special tokens if requested.
        words: int64, names: position of the word in the text, from 0; -1 for special tokens.
        strengths: float32, names x components: the part of the activity at a word that the component explains.
        layers: Number of feed-forward layers of the tagger.
        error: Relative error of the factorisation (analysis.neurons.nmf.Factors).
    """

    names: tuple[str, ...]
    words: npt.NDArray[np.int64]
    strengths: Float32
    layers: int
    error: float

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """The proportion of the total activity that each component explains; sums to 1."""
        totals = self.strengths.sum(axis=0, dtype=np.float64)
        return np.asarray(totals / totals.sum() if len(totals) else totals)

    @property
    def strongest(self) -> npt.NDArray[np.int64]:
        """The strongest component at each word; -1 if none is active."""
        if not self.strengths.shape[1]:
            return np.full(len(self.names), -1, np.int64)
        return np.where(self.strengths.any(axis=1), self.strengths.argmax(axis=1), -1)


def text_components(
    activity: TextActivity, first_layer: int, last_layer: int, count: int, *, with_special: bool
) -> TextComponents:
    """Factorise the activity of some layers together.

    Args:
        activity: The activity in the text.
        first_layer: Number of the first layer, from 1; at most the number of layers is used.
        last_layer: Likewise for the last layer; the two may be given in either order.
        count: Number of components.
        with_special: Whether to include special tokens, which often have the largest activity.
    """
    available = len(activity.layers)
    low, high = sorted((min(first_layer, available), min(last_layer, available)))
    chosen = np.flatnonzero(~activity.is_special | with_special)
    rows = np.concatenate([layer[chosen] for layer in activity.layers[low - 1 : high]], axis=1)
    factors = factorise(rows, count)
    position = np.where(activity.is_special, -1, np.cumsum(~activity.is_special) - 1)
    return TextComponents(
        names=tuple(activity.names[row] for row in chosen),
        words=position[chosen],
        strengths=factors.strengths,
        layers=available,
        error=factors.error,
    )
