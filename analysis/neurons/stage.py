"""The stage `neurons`: components of the activity of feed-forward neurons, per layer, in a sample of the corpus.

The sample consists of whole sentences in a seeded random order, because the activity at a word depends on its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from numpy.lib.format import open_memmap

from analysis.corpus.options import SEED
from analysis.neurons.components import default_layers
from analysis.neurons.nmf import Factors, factorise
from analysis.neurons.options import LAYERS
from analysis.neurons.values import NEURON_ACTIVITY, NEURON_ROWS, NEURONS
from analysis.run.schema import PREDICTIONS
from analysis.run.stage import Stage, StageContext
from analysis.taggers.huggingface.options import DTYPE, WORD_JOINING

if TYPE_CHECKING:
    from analysis.corpus.corpus import CorpusText
    from analysis.taggers.backend import RunnableBackend
    from analysis.taggers.huggingface.model import Tagger

SAMPLE = 8_000
"""Minimum number of words in the sample, if the corpus has that many."""
COMPONENTS = 10

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]


def sampled_sentences(word_counts: Int64, seed: int, at_least: int) -> Int64:
    """Sample random sentences until they contain enough words, or all; returned in corpus order.

    Args:
        word_counts: int64, sentences: number of words with a subword.
        seed: Seed of the random order.
        at_least: Minimum number of words.
    """
    order = np.random.default_rng(seed).permutation(len(word_counts))
    enough = int(np.searchsorted(np.cumsum(word_counts[order]), at_least)) + 1
    return np.sort(order[:enough])


def _run(context: StageContext) -> None:
    from analysis.neurons.activations import neurons_of_layers  # noqa: PLC0415 - loading torch takes seconds
    from analysis.neurons.feed_forward import NoFeedForwardError  # noqa: PLC0415

    backend: RunnableBackend = context.resources["neurons"]
    tagger = backend.load()
    try:
        neurons = neurons_of_layers(tagger)
    except NoFeedForwardError as error:
        _write(context, np.zeros(0, np.int64), (), [], 0, str(error))
        return
    wanted = context.options[LAYERS] or default_layers(len(neurons))
    layers = [layer for layer in wanted if layer <= len(neurons)]
    rows, activity = _sample_activity(context, tagger, {layer: neurons[layer - 1] for layer in layers})
    factors: list[Factors] = []
    for layer in layers:
        context.progress(len(factors), len(layers), "layers")
        factors.append(factorise(activity[layer], COMPONENTS))
    summaries = [
        {"layer": layer, "neurons": neurons[layer - 1], "components": one.strengths.shape[1], "error": one.error}
        for layer, one in zip(layers, factors, strict=True)
    ]
    _write(context, rows, factors, summaries, len(neurons), _note(sorted({*wanted} - {*layers}), len(neurons)))


def _sample_activity(
    context: StageContext, tagger: Tagger, neurons: Mapping[int, int]
) -> tuple[Int64, dict[int, Float32]]:
    """The rows of `words` in the sample, and the activity there: layer (from 1) -> words x neurons, on disk."""
    from analysis.neurons.activations import read_activity  # noqa: PLC0415 - as above

    text: CorpusText = context.resources["text"]
    has_subword = context.workspace.read(PREDICTIONS)["subwords"].to_numpy() > 0
    counts = np.diff(np.concatenate([[0], np.cumsum(has_subword)])[text.offsets])
    sentences = sampled_sentences(counts, context.options[SEED], SAMPLE)
    bounds = [(int(text.offsets[sentence]), int(text.offsets[sentence + 1])) for sentence in sentences]
    rows = np.concatenate([np.zeros(0, np.int64), *(np.flatnonzero(has_subword[a:b]) + a for a, b in bounds)])
    offsets = np.concatenate([[0], np.cumsum(counts[sentences])]).astype(np.int64)
    subwords = tagger.encoder.encode([text.words[row] for row in rows], offsets)
    activity: dict[int, Float32] = {
        layer: open_memmap(context.workspace.scratch / f"layer-{layer}.npy", "w+", np.float32, (len(rows), width))
        for layer, width in neurons.items()
    }
    read_activity(tagger, subwords, offsets, {layer - 1: array for layer, array in activity.items()}, context.progress)
    return rows, activity


def _note(absent: Sequence[int], count: int) -> str:
    if not absent:
        return ""
    which = "layer" if len(absent) == 1 else "layers"
    return f"The tagger has {count} feed-forward layers; there is no {which} {', '.join(map(str, absent))}."


def _write(
    context: StageContext, rows: Int64, factors: Sequence[Factors], layers: list[Any], layer_count: int, note: str
) -> None:
    components = max((one.strengths.shape[1] for one in factors), default=0)
    strengths = np.zeros((len(factors), len(rows), components), np.float32)
    for place, one in enumerate(factors):
        strengths[place, :, : one.strengths.shape[1]] = one.strengths
    context.workspace.write(NEURONS, {"layers": layers, "layer_count": layer_count, "note": note})
    context.workspace.write(NEURON_ROWS, rows)
    context.workspace.write(NEURON_ACTIVITY, strengths)


STAGE = Stage(
    name="neurons",
    version=3,
    inputs=(PREDICTIONS,),
    outputs=(NEURONS, NEURON_ROWS, NEURON_ACTIVITY),
    run=_run,
    options=(DTYPE, WORD_JOINING, LAYERS, SEED),
    resources=("text", "neurons"),
)
