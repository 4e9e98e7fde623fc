"""Sentence vectors from a sentence-transformers model: its transformer, then the mean of the tokens or the first one.

A small loader of our own for these two kinds of pooling, which nearly all such models have; no code of their authors is
run and nothing is unpickled. Vectors come out at length 1, so that a `Normalize` module changes nothing.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from analysis.encoder.files import EncoderFiles
from analysis.errors import AnalysisError
from analysis.projections.projection import normalised
from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import ENCODING_BLOCK
from analysis.taggers.huggingface.batching import BATCH_SIZES, plan_shards
from analysis.taggers.huggingface.files import check_tokenizer_files, weight_files
from analysis.taggers.huggingface.model import LOADING_ERRORS, find_device, first_line, longest_input
from analysis.taggers.huggingface.packed_linear import pack_linear_layers

Int32 = npt.NDArray[np.int32]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
UNUSED_PARTS = ("pooler.",)
"""Weights that may be absent, for no pooling reads what they make."""


@dataclass(frozen=True)
class SentenceVectors:
    """What texts mean, n of them.

    Attributes:
        vectors: float32, n x width, rows of length 1; zeros for a text of which nothing is known.
        cut: bool, n: only the beginning of the text was read.
    """

    vectors: Float32
    cut: Bool


@dataclass(frozen=True)
class SentenceEncoder:
    """A loaded encoder.

    Attributes:
        files: What it was loaded from.
        model: The transformer, in evaluation mode, on `device`.
        tokenizer: Its tokenizer.
        device: Where it runs.
        max_length: Most tokens of a text, special ones included; longer texts are cut.
    """

    files: EncoderFiles
    model: PreTrainedModel
    tokenizer: Any
    device: torch.device
    max_length: int

    def encode(self, texts: Sequence[str], scratch: Path, progress: ProgressCallback) -> SentenceVectors:
        """The vectors of texts, or what is left to be done of them.

        Texts of like length are computed together, in shards that outlive a kill.

        Args:
            texts: n of them.
            scratch: A folder that keeps the shards done so far from one call to the next.
            progress: Told how many texts are done.
        """
        tokens, cut = self._tokens(texts)
        lengths = np.array([len(text) for text in tokens], np.int64)
        size = BATCH_SIZES.get(self.device.type, BATCH_SIZES["cpu"])
        vectors = np.zeros((len(texts), int(self.model.config.hidden_size)), np.float32)
        fingerprint = hashlib.sha256(b"".join(text.tobytes() + b"\n" for text in tokens)).hexdigest()[:16]
        done = 0
        for number, shard in enumerate(plan_shards(lengths, size)):
            progress(done, len(texts), "sentences encoded")
            rows = np.concatenate(shard)
            kept = scratch / f"{fingerprint}-{number}.npy"
            if kept.is_file():
                vectors[rows] = np.load(kept)
            else:
                vectors[rows] = np.concatenate([self._pooled([tokens[row] for row in batch]) for batch in shard])
                unfinished = kept.with_suffix(".tmp.npy")
                np.save(unfinished, vectors[rows])
                unfinished.replace(kept)
            done += len(rows)
        return SentenceVectors(normalised(vectors), cut)

    def _tokens(self, texts: Sequence[str]) -> tuple[list[Int32], Bool]:
        """The tokens of each text, and which texts have more than are read."""
        tokens: list[Int32] = []
        cut: list[bool] = []
        for start in range(0, len(texts), ENCODING_BLOCK):
            block = [self.files.prompt + text for text in texts[start : start + ENCODING_BLOCK]]
            if self.files.lower_case:
                block = [text.lower() for text in block]
            encoded = self.tokenizer(block, padding=False, truncation=True, max_length=self.max_length)
            for text, ids in zip(block, encoded["input_ids"], strict=True):
                tokens.append(np.array(ids, np.int32))
                cut.append(len(ids) >= self.max_length and self._length(text) > len(ids))
        return tokens, np.array(cut, np.bool_)

    def _length(self, text: str) -> int:
        """Tokens of a text that is not cut."""
        return len(self.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def _pooled(self, batch: list[Int32]) -> Float32:
        """float32, texts x width."""
        width = max(map(len, batch))
        ids = np.full((len(batch), width), self.tokenizer.pad_token_id or 0, np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(batch):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        with torch.inference_mode():
            inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            if "token_type_ids" in inspect.signature(self.model.forward).parameters:
                inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
            inputs = {name: tensor.to(self.device) for name, tensor in inputs.items()}
            states = self.model(**inputs)[0].float()
            if self.files.pooling == "cls":
                pooled = states[:, 0]
            else:
                weights = inputs["attention_mask"][:, :, None].float()
                pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
        result: Float32 = pooled.cpu().numpy()
        return result


def load_encoder(files: EncoderFiles, device_name: str | None) -> SentenceEncoder:
    """Load an encoder.

    Args:
        files: Where it lies.
        device_name: As `TaggerOptions.device`.

    Raises:
        AnalysisError: Its files cannot be used, or the device is not to be had.
    """
    device = find_device(device_name)
    check_tokenizer_files(files.folder)
    weight_files(files.folder, allow_pickle=False)
    progress_bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(files.folder, trust_remote_code=False)
        model, report = AutoModel.from_pretrained(
            files.folder,
            trust_remote_code=False,
            use_safetensors=True,
            weights_only=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except LOADING_ERRORS as error:
        raise AnalysisError(f"The encoder {files.name} cannot be loaded: {first_line(error)}") from error
    finally:
        if progress_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    missing = sorted(name for name in report["missing_keys"] if not name.startswith(UNUSED_PARTS))
    if missing:
        raise AnalysisError(
            f"The weights of the encoder {files.name} lack {missing[0]} and would be random numbers there: "
            "its files are incomplete."
        )
    model.eval()
    if device.type == "cpu":
        pack_linear_layers(model, torch.float32)
    limit = longest_input(model, tokenizer.model_max_length)
    return SentenceEncoder(
        files=files,
        model=model.to(device),
        tokenizer=tokenizer,
        device=device,
        max_length=min(files.max_length or limit, limit),
    )


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
    """The mean hidden state of each sentence's words: what stands in where there is no encoder.

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
