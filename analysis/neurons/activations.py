"""The activity of feed-forward neurons at words.

The activity of a neuron is its value after the non-linearity, with negative values clipped to zero. At a word it is the
mean over the word's subwords inside the window in which the word is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from analysis.errors import AnalysisError
from analysis.neurons.feed_forward import NeuronListener, NoFeedForwardError
from analysis.neurons.text_components import TextActivity
from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import Int64, Subwords, Windows, cut_windows
from analysis.taggers.huggingface.model import Tagger
from analysis.taggers.huggingface.window_batches import padded, subwords_read

Float32 = npt.NDArray[np.float32]

MAX_SUBWORDS = 500
"""Maximum number of subwords of a text, so that the response is fast enough."""


@dataclass(frozen=True)
class _Places:
    """Tokens of a batch and the row of the result that each belongs to; every row has at least one token.

    Attributes:
        windows: int64, tokens: window of the batch.
        tokens: int64, tokens: position in the window.
        rows: int64, tokens: row of the result.
        count: Number of rows of the result.
    """

    windows: Int64
    tokens: Int64
    rows: Int64
    count: int

    def means(self, values: torch.Tensor) -> Float32:
        """float32, rows x neurons: the mean over the tokens of each row, with negative values clipped to zero."""
        where = [torch.from_numpy(each).to(values.device) for each in (self.windows, self.tokens, self.rows)]
        picked = values[where[0], where[1]].float().clamp(min=0)
        sums = torch.zeros(self.count, values.shape[2], device=values.device).index_add_(0, where[2], picked)
        counts = np.bincount(self.rows, minlength=self.count).astype(np.float32)
        return np.asarray(sums.cpu().numpy() / counts[:, None], np.float32)


def neurons_of_layers(tagger: Tagger) -> tuple[int, ...]:
    """The number of neurons of each feed-forward layer, in the order in which the layers run.

    Raises:
        NoFeedForwardError: No layer was found.
    """
    one_word = np.array([0, 1], np.int64)
    subwords = tagger.encoder.encode([tagger.encoder.known_word], one_word)
    windows = _windows(tagger, subwords, one_word)
    found: list[int] = []
    _run(tagger, subwords, windows, np.array([0]), lambda _layer, values: found.append(values.shape[2]))
    if not found:
        raise NoFeedForwardError(type(tagger.model).__name__)
    return tuple(found)


def read_activity(
    tagger: Tagger, subwords: Subwords, offsets: Int64, activity: Mapping[int, Float32], progress: ProgressCallback
) -> None:
    """Write the activity at words into arrays.

    Args:
        tagger: The tagger.
        subwords: The subwords of the sentences.
        offsets: int64, sentences + 1: first word of each sentence.
        activity: Layer, from 0 -> an array, words x neurons, to be filled; rows of words without subwords stay
            unchanged.
        progress: Receives the number of words done.
    """
    windows = _windows(tagger, subwords, offsets)
    total = int(np.count_nonzero(subwords.counts))
    done = 0
    with tagger.precision():
        for batch in (batch for shard in tagger.shards(windows) for batch in shard):
            places, words = _word_places(tagger, subwords, windows, batch)

            def keep(layer: int, values: torch.Tensor, places: _Places = places, words: Int64 = words) -> None:
                if layer in activity:
                    activity[layer][words] = places.means(values)

            _run(tagger, subwords, windows, batch, keep)
            done += len(words)
            progress(done, total, "words")


def text_activity(tagger: Tagger, words: Sequence[str], subwords: Subwords) -> TextActivity:
    """The activity of all layers at the words and special tokens of one text.

    Args:
        tagger: The tagger.
        words: The words of the text.
        subwords: The subwords of the text, as one sentence.

    Raises:
        NoFeedForwardError: No feed-forward layer was found in the tagger.
        AnalysisError: The text has no subword, or more than MAX_SUBWORDS.
    """
    if not len(subwords.ids):
        raise AnalysisError("The tokenizer finds no subwords in this text. Enter some words.")
    if len(subwords.ids) > MAX_SUBWORDS:
        raise AnalysisError(
            f"This text has {len(subwords.ids):,} subwords. At most {MAX_SUBWORDS} can be analysed at once: "
            "enter a shorter text."
        )
    special = tagger.encoder.special_tokens
    windows = _windows(tagger, subwords, np.array([0, len(words)], np.int64))
    batch = np.arange(len(windows.start))
    # All windows of a text have the same special tokens. The prefix is read in the first window, the suffix in the
    # last.
    ends = len(special.prefix) + int(windows.length[-1]) + np.arange(len(special.suffix))
    places, read = _word_places(tagger, subwords, windows, batch)
    first, last = np.zeros(len(special.prefix), np.int64), np.full(len(ends), batch[-1])
    places = _Places(
        windows=np.concatenate([places.windows, first, last]),
        tokens=np.concatenate([places.tokens, np.arange(len(special.prefix)), ends]),
        rows=np.concatenate([places.rows, places.count + np.arange(special.count)]),
        count=places.count + special.count,
    )
    # Rows of the result: the prefix, the words (zeros without a subword), the suffix.
    first_suffix = len(special.prefix) + len(words)
    rows = np.concatenate(
        [len(special.prefix) + read, np.arange(len(special.prefix)), first_suffix + np.arange(len(special.suffix))]
    )
    layers: list[Float32] = []

    def keep(_layer: int, values: torch.Tensor) -> None:
        activity = np.zeros((len(words) + special.count, values.shape[2]), np.float32)
        activity[rows] = places.means(values)
        layers.append(activity)

    with tagger.precision():
        _run(tagger, subwords, windows, batch, keep)
    if not layers:
        raise NoFeedForwardError(type(tagger.model).__name__)
    tokens = tagger.encoder.tokens([*special.prefix, *special.suffix])
    is_special = np.ones(len(words) + special.count, np.bool_)
    is_special[len(special.prefix) : first_suffix] = False
    names = (*tokens[: len(special.prefix)], *words, *tokens[len(special.prefix) :])
    return TextActivity(names, is_special, tuple(layers))


def _windows(tagger: Tagger, subwords: Subwords, offsets: Int64) -> Windows:
    return cut_windows(subwords, offsets, tagger.max_length - tagger.encoder.special_tokens.count)


def _word_places(tagger: Tagger, subwords: Subwords, windows: Windows, batch: Int64) -> tuple[_Places, Int64]:
    """The places of the words that are read in a batch, and the words."""
    read = subwords_read(subwords, windows, batch)
    counts = np.diff(read.begins, append=len(read.subwords))
    rows = np.repeat(np.arange(len(read.words)), counts)
    tokens = read.columns + len(tagger.encoder.special_tokens.prefix)
    return _Places(read.rows, tokens, rows, len(read.words)), read.words


def _run(
    tagger: Tagger,
    subwords: Subwords,
    windows: Windows,
    batch: Int64,
    on_activity: Callable[[int, torch.Tensor], None],
) -> None:
    inputs = padded(tagger, subwords, windows, batch)
    with NeuronListener(tagger.model, inputs.input_ids.shape[1], on_activity):
        tagger.forward(inputs, np.zeros(1, np.int64), np.zeros(1, np.int64))
