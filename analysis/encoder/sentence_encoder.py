"""Sentence vectors from a sentence-transformers model; no code of its authors is run and nothing is unpickled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel
from transformers.utils import logging as transformers_logging

from analysis.encoder.files import EncoderFiles
from analysis.errors import AnalysisError
from analysis.projections.projection import normalised
from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import ENCODING_BLOCK
from analysis.taggers.huggingface.batching import BATCH_SIZES, BatchSize, plan_shards
from analysis.taggers.huggingface.model import LOADING_ERRORS, find_device, first_line, longest_input

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Int64 = npt.NDArray[np.int64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
UNUSED_WEIGHTS = ("pooler.",)
"""Weights that may be absent: no pooling reads what they compute."""


@dataclass(frozen=True)
class SentenceVectors:
    """The meaning of n texts.

    Attributes:
        vectors: float32, n x width, rows of length 1; zeros for a text without tokens.
        cut: bool, n: only the beginning of the text was read.
    """

    vectors: Float32
    cut: Bool


@dataclass(frozen=True)
class SentenceEncoder:
    """A loaded encoder.

    Attributes:
        files: What it was loaded from.
        model: The model, in evaluation mode, in float32.
        transformer: Its first part, which reads the tokens.
        max_length: Most tokens of a text, special ones included; longer texts are cut.
        width: Size of the vectors.
    """

    files: EncoderFiles
    model: SentenceTransformer
    transformer: PreTrainedModel
    max_length: int
    width: int

    @property
    def batch_size(self) -> BatchSize:
        """The batches that suit the device."""
        return BATCH_SIZES.get(self.model.device.type, BATCH_SIZES["cpu"])

    def encode(self, texts: Sequence[str], scratch: Path, progress: ProgressCallback) -> SentenceVectors:
        """Compute the vectors of texts, or what is left to do of them.

        Texts of similar length are computed together, in shards that outlive a kill.

        Args:
            texts: n of them.
            scratch: A folder that keeps the shards done so far from one call to the next.
            progress: Told how many texts are done.
        """
        lengths = self._token_counts(texts)
        vectors = np.zeros((len(texts), self.width), np.float32)
        fingerprint = hashlib.sha256("".join(f"{len(text)} {text}\n" for text in texts).encode()).hexdigest()[:16]
        done = 0
        with_tokens = np.flatnonzero(lengths)
        for number, shard in enumerate(plan_shards(np.minimum(lengths[with_tokens], self.max_length), self.batch_size)):
            progress(done, len(texts), "sentences encoded")
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
        """int64, texts: tokens of each text, were it not cut, special ones and the model's prompt included."""
        prompt = self.model.prompts.get(self.model.default_prompt_name or "") or ""
        counts: list[int] = []
        for start in range(0, len(texts), ENCODING_BLOCK):
            block = [prompt + text for text in texts[start : start + ENCODING_BLOCK]]
            # Not verbose: the tokenizer's warning of a long text is not for a terminal.
            counts += map(len, self.model.tokenizer(block, truncation=False, verbose=False)["input_ids"])
        return np.array(counts, np.int64)

    def _vectors(self, batch: list[str]) -> Float32:
        """float32, texts x width."""
        encoded: Any = self.model.encode(batch, batch_size=len(batch), show_progress_bar=False)
        return np.asarray(encoded, np.float32)


def load_encoder(files: EncoderFiles, device_name: str | None) -> SentenceEncoder:
    """Load an encoder.

    Args:
        files: Where it lies.
        device_name: As `TaggerOptions.device`.

    Raises:
        AnalysisError: Its files cannot be used, or the device is not available.
    """
    device = find_device(device_name)
    with _quiet_transformers():
        model = _load(files, device)
        transformer = model.transformers_model
        if transformer is None or model.tokenizer is None:
            raise AnalysisError(f'The encoder "{files.name}" does not read text. Choose another --encoder.')
        missing = _missing_weights(files, transformer)
    if missing:
        raise AnalysisError(
            f'The weights of the encoder "{files.name}" lack {missing[0]}, which would be random numbers: '
            "its files are incomplete."
        )
    # The library may allow more tokens than the model has positions for.
    limit = longest_input(transformer, model.tokenizer.model_max_length)
    model.max_seq_length = limit
    width = _vector_width(files, model.eval())
    return SentenceEncoder(files=files, model=model, transformer=transformer, max_length=limit, width=width)


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Without transformers' progress bars and its report on weights, of which `_missing_weights` says what matters."""
    verbosity, progress_bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if progress_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _load(files: EncoderFiles, device: torch.device) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - loads for seconds

    try:
        return SentenceTransformer(
            str(files.folder),
            device=str(device),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    # A module whose settings or class are of the wrong kind
    except (*LOADING_ERRORS, TypeError, AttributeError) as error:
        raise AnalysisError(f'The encoder "{files.name}" cannot be loaded: {first_line(error)}') from error


def _vector_width(files: EncoderFiles, model: SentenceTransformer) -> int:
    """The size of a text's vector. What the modules state of it may be wrong, so a text is encoded."""
    try:
        return len(model.encode("a", show_progress_bar=False))
    except KeyError as error:
        raise AnalysisError(
            f'The encoder "{files.name}" has no module that pools the states of tokens into a vector. '
            "Choose another --encoder."
        ) from error
    except RuntimeError as error:
        raise AnalysisError(
            f'The modules of the encoder "{files.name}" do not fit together: {first_line(error)}'
        ) from error


def _missing_weights(files: EncoderFiles, transformer: PreTrainedModel) -> list[str]:
    """Weights that the files lack. The library does not say, so they are read once more."""
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
    """An encoder that is loaded at its first use, and then kept."""

    def __init__(self, files: EncoderFiles, device_name: str | None) -> None:
        self._files = files
        self._device_name = device_name

    @property
    def hash(self) -> str:
        """Of its files' contents."""
        return self._files.hash

    @cache  # noqa: B019 - lives as long as the analysis
    def load(self) -> SentenceEncoder:
        """The encoder; raises AnalysisError as `load_encoder`."""
        return load_encoder(self._files, self._device_name)


def mean_states(
    hidden: npt.NDArray[np.float16], first_words: npt.NDArray[np.integer], counts: npt.NDArray[np.integer]
) -> SentenceVectors:
    """The mean hidden state of each sentence's words: the substitute where there is no encoder.

    Args:
        hidden: float16, words x width; zeros for words without prediction, which do not count.
        first_words: Of each sentence, n.
        counts: Words of each sentence, n.

    Returns:
        n of them; zeros for a sentence without a predicted word. None is cut: the tagger reads all of a sentence.
    """
    means = np.zeros((len(first_words), hidden.shape[1]), np.float32)
    for row, (first, count) in enumerate(zip(first_words.tolist(), counts.tolist(), strict=True)):
        means[row] = np.asarray(hidden[first : first + count], np.float32).sum(axis=0)
    return SentenceVectors(normalised(means), np.zeros(len(means), np.bool_))
