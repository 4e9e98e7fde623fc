"""Sentence vectors from a sentence-transformers model, without custom code or pickled weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from analysis.encoder.files import EncoderFiles
from analysis.errors import AnalysisError
from analysis.projections.projection import normalised
from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import ENCODING_BLOCK
from analysis.taggers.huggingface.batching import BATCH_SIZES, BatchSize, plan_shards
from analysis.taggers.huggingface.model import find_device, longest_input
from analysis.taggers.huggingface.weights import LOADING_ERRORS, first_line, quiet_transformers

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
UNUSED_WEIGHTS = ("pooler.",)
"""Weights that may be missing because no pooling uses their output."""


@dataclass(frozen=True)
class SentenceVectors:
    """The vectors of n texts.

    Attributes:
        vectors: float32, n x width, rows of length 1; zeros for a text without tokens.
        cut: bool, n: the text was truncated.
    """

    vectors: Float32
    cut: Bool


@dataclass(frozen=True)
class SentenceEncoder:
    """A loaded encoder.

    Attributes:
        files: The files that it was loaded from.
        model: The model, in evaluation mode, in float32.
        transformer: Its first module, which reads the tokens.
        max_length: Maximum number of tokens, including special tokens; longer texts are truncated.
        width: Size of the vectors.
    """

    files: EncoderFiles
    model: SentenceTransformer
    transformer: PreTrainedModel
    max_length: int
    width: int

    @property
    def batch_size(self) -> BatchSize:
        """The batch size for the device."""
        return BATCH_SIZES.get(self.model.device.type, BATCH_SIZES["cpu"])

    def encode(self, texts: Sequence[str], scratch: Path, progress: ProgressCallback) -> SentenceVectors:
        """Compute the vectors of texts; shards that are already done are not repeated.

        Texts of similar length are encoded together. Finished shards are kept if the process is killed.

        Args:
            texts: n texts.
            scratch: A folder that keeps finished shards between calls.
            progress: Receives the number of texts done.
        """
        lengths = self._token_counts(texts)
        vectors = np.zeros((len(texts), self.width), np.float32)
        fingerprint = hashlib.sha256("".join(f"{len(text)} {text}\n" for text in texts).encode()).hexdigest()[:16]
        done = 0
        with_tokens = np.flatnonzero(lengths)
        for number, shard in enumerate(plan_shards(np.minimum(lengths[with_tokens], self.max_length), self.batch_size)):
            progress(done, len(texts), "texts encoded")
            rows = with_tokens[np.concatenate(shard)]
            kept = scratch / f"{fingerprint}-{number}.npy"
            if kept.is_file():
                vectors[rows] = np.load(kept)
            else:
                batches = (with_tokens[batch] for batch in shard)
                vectors[rows] = np.concatenate([self._vectors([texts[row] for row in batch]) for batch in batches])
                unfinished = kept.with_suffix(".tmp.npy")
                np.save(unfinished, vectors[rows])
                unfinished.replace(kept)
            done += len(rows)
        return SentenceVectors(normalised(vectors), lengths > self.max_length)

    def _token_counts(self, texts: Sequence[str]) -> Int64:
        """int64, texts: number of tokens before truncation, including special tokens and the model's prompt."""
        prompt = self.model.prompts.get(self.model.default_prompt_name or "") or ""
        counts: list[int] = []
        for start in range(0, len(texts), ENCODING_BLOCK):
            block = [prompt + text for text in texts[start : start + ENCODING_BLOCK]]
            # Not verbose, to suppress the tokenizer's warning about long texts.
            counts += map(len, self.model.tokenizer(block, truncation=False, verbose=False)["input_ids"])
        return np.array(counts, np.int64)

    def _vectors(self, batch: list[str]) -> Float32:
        """float32, texts x width."""
        encoded: Any = self.model.encode(batch, batch_size=len(batch), show_progress_bar=False)
        return np.asarray(encoded, np.float32)


def load_encoder(files: EncoderFiles, device_name: str | None) -> SentenceEncoder:
    """Load an encoder.

    Args:
        files: The files of the encoder.
        device_name: As in `TaggerOptions.device`.

    Raises:
        AnalysisError: Its files cannot be used, or the device is not available.
    """
    device = find_device(device_name)
    with quiet_transformers():
        model = _load(files, device)
        transformer = model.transformers_model
        if transformer is None or model.tokenizer is None:
            raise AnalysisError(f'The encoder "{files.name}" does not read text. Choose another --encoder.')
        missing = _missing_weights(files, transformer)
    if missing:
        raise AnalysisError(
            f'The encoder "{files.name}" is incomplete: its weights do not contain {missing[0]}. '
            "Download it again, or choose another --encoder."
        )
    # The library may allow more tokens than the model has positions for.
    limit = longest_input(transformer, model.tokenizer.model_max_length)
    model.max_seq_length = limit
    width = _vector_width(files, model.eval())
    return SentenceEncoder(files=files, model=model, transformer=transformer, max_length=limit, width=width)


def _load(files: EncoderFiles, device: torch.device) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - loading takes seconds

    try:
        return SentenceTransformer(
            str(files.folder),
            device=str(device),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except LOADING_ERRORS as error:
        raise AnalysisError(f'The encoder "{files.name}" cannot be loaded: {first_line(error)}') from error


def _vector_width(files: EncoderFiles, model: SentenceTransformer) -> int:
    """The size of a text's vector, measured by encoding a text because the modules may state a wrong size."""
    try:
        return len(model.encode("a", show_progress_bar=False))
    except KeyError as error:
        raise AnalysisError(
            f'The encoder "{files.name}" has no pooling module, so it cannot compute vectors of texts. '
            "Choose another --encoder."
        ) from error
    except RuntimeError as error:
        raise AnalysisError(
            f'The modules of the encoder "{files.name}" do not fit together: {first_line(error)}'
        ) from error


def _missing_weights(files: EncoderFiles, transformer: PreTrainedModel) -> list[str]:
    """Weights that the files do not contain. The library does not report them, so the weights are read again."""
    loaded: Any = type(transformer).from_pretrained(
        files.transformer_folder,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
        local_files_only=True,
        output_loading_info=True,
    )
    report = loaded[1]
    return sorted(name for name in report["missing_keys"] if not name.startswith(UNUSED_WEIGHTS))


class EncoderSource:
    """An encoder that is loaded on first use and then kept."""

    def __init__(self, files: EncoderFiles, device_name: str | None) -> None:
        self._files = files
        self._device_name = device_name

    @property
    def hash(self) -> str:
        """Hex sha256 of the contents of its files."""
        return self._files.hash

    @cache  # noqa: B019 - lives as long as the analysis
    def load(self) -> SentenceEncoder:
        """Load the encoder; raises AnalysisError like `load_encoder`."""
        return load_encoder(self._files, self._device_name)


def mean_states(
    hidden: npt.NDArray[np.float16], first_words: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]
) -> SentenceVectors:
    """The mean hidden state of the words of each sentence. It is used if there is no sentence encoder.

    Args:
        hidden: float16, words x width; zeros for words without a prediction, which are ignored.
        first_words: int, sentences: first word of each sentence.
        counts: int, sentences: number of words of each sentence.

    Returns:
        The vectors of the sentences; zeros without a predicted word. `cut` is always False: the tagger reads the whole
        sentence.
    """
    means = np.zeros((len(first_words), hidden.shape[1]), np.float32)
    for row, (first, count) in enumerate(zip(first_words.tolist(), counts.tolist(), strict=True)):
        means[row] = np.asarray(hidden[first : first + count], np.float32).sum(axis=0)
    return SentenceVectors(normalised(means), np.zeros(len(means), np.bool_))
