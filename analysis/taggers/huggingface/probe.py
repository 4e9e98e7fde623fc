"""Tries a tagger on a few tokens when it is loaded: whether it can read them, and whether padding matters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.alignment import Int64, Subwords, Windows, cut_windows
from analysis.taggers.huggingface.weights import LOADING_ERRORS, first_line
from analysis.taggers.huggingface.window_batches import padded

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger

LENGTHS = (5, 12, 24)
"""Subwords of the windows that are read; even and odd, shorter and longer than usual kernels and pools."""
TOLERANCE = 2e-4
"""Largest difference of log-probabilities, in nats, that rounding explains in float32."""


def usable_tokens(folder: Path, tokenizer: Any, embeddings: int) -> Int64:
    """int64: the ids of all tokens of text, ascending.

    Args:
        folder: The tagger's folder, for messages.
        tokenizer: Its tokenizer.
        embeddings: Number of token ids for which the model has embeddings.

    Raises:
        AnalysisError: One of them has no embedding.
    """
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    special = {number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    special |= set(tokenizer.all_special_ids)
    usable = {number: token for token, number in vocabulary.items() if number not in special}
    if beyond := sorted(number for number in usable if number >= embeddings):
        raise AnalysisError(
            f"The tokenizer of {folder} has {len(vocabulary)} tokens, but the model has only {embeddings} embeddings: "
            f'there is none for "{usable[beyond[0]]}". Restore the tokenizer of the training, or train the model after '
            "resize_token_embeddings."
        )
    return np.array(sorted(usable), np.int64)


def check_lengths(folder: Path, tagger: Tagger) -> None:
    """Raise AnalysisError if no text fits between the special tokens, or these have no embeddings."""
    special = tagger.encoder.special_tokens
    if tagger.max_length <= special.count:
        raise AnalysisError(
            f"The tagger {folder} reads at most {tagger.max_length} tokens, of which {special.count} are special, "
            'so there is no room for text. Write the length of its training, such as 512, as "model_max_length" into '
            "its tokenizer_config.json."
        )
    if (last := max((*special.prefix, *special.suffix), default=0)) >= tagger.embeddings:
        raise AnalysisError(
            f'The tokenizer of {folder} puts "{tagger.encoder.tokens([last])[0]}" (token {last}) around a sentence, '
            f"but the model has only {tagger.embeddings} embeddings. Restore the tokenizer of the training."
        )


@dataclass(frozen=True)
class Trial:
    """What a tagger does with a few tokens.

    Attributes:
        width: Size of a hidden state of the last layer.
        reads_padding: Whether the answer for a sentence depends on the padding of its batch.
    """

    width: int
    reads_padding: bool


def try_tagger(tagger: Tagger, tokens: Int64) -> Trial:
    """Read sentences of a few tokens alone and together.

    Args:
        tagger: The tagger.
        tokens: int64: ids of tokens of text, as `usable_tokens` returns them.

    Raises:
        AnalysisError: The tagger cannot read a sentence.
    """
    subwords, windows = _windows(tagger, tokens)
    rows = np.arange(len(windows.start))
    alone = [_answer(tagger, subwords, windows, rows[row : row + 1]) for row in rows]
    try:
        _, together = _answer(tagger, subwords, windows, rows)
        same = np.allclose(np.concatenate([answer for _, answer in alone]), together, rtol=0, atol=TOLERANCE)
    except AnalysisError:  # it cannot read padding at all
        same = False
    # BigBird changes to full attention for good once it has read a short text.
    if (restore := getattr(tagger.model.base_model, "set_attention_type", None)) is not None:
        restore(tagger.model.config.attention_type)
    return Trial(width=alone[0][0], reads_padding=not same)


def _windows(tagger: Tagger, tokens: Int64) -> tuple[Subwords, Windows]:
    """Sentences of tokens from all over the vocabulary, each a word."""
    capacity = tagger.max_length - tagger.encoder.special_tokens.count
    lengths = sorted({min(capacity, length) for length in LENGTHS})
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = [tokens[np.linspace(0, len(tokens) - 1, length).astype(np.int64)] for length in lengths]
    count = int(offsets[-1])
    subwords = Subwords(np.concatenate(ids).astype(np.int32), offsets, np.arange(count), np.ones(count, np.int64))
    return subwords, cut_windows(subwords, offsets, capacity)


def _answer(tagger: Tagger, subwords: Subwords, windows: Windows, batch: Int64) -> tuple[int, npt.NDArray[np.float64]]:
    """The width of hidden states, and log-probabilities (tokens x labels) in float32 whatever the tagger's dtype."""
    inputs = padded(tagger, subwords, windows, batch)
    rows, columns = np.nonzero(inputs.attention_mask)
    try:
        states, logits = tagger.forward(inputs, rows, columns)
    except AnalysisError:
        raise
    except LOADING_ERRORS as error:
        raise AnalysisError(
            f"{type(tagger.model).__name__} of {tagger.label} fails at {inputs.input_ids.shape[1]} tokens, as in plain "
            f"transformers ({first_line(error)}). Check its config.json, or give its predictions with --predictions."
        ) from error
    return states.shape[1], torch.log_softmax(torch.from_numpy(logits).double(), dim=1).numpy()
