"""A tagger: a Hugging Face token-classification model with its tokenizer, loaded safely, and its forward pass."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.alignment import SubwordEncoder
from analysis.taggers.huggingface.batching import BATCH_SIZES, BatchSize
from analysis.taggers.huggingface.files import (
    check_tokenizer_files,
    content_hash,
    read_config,
    resolve_folder,
    weight_files,
)
from analysis.taggers.huggingface.options import ALLOW_PICKLE, DTYPE, DTYPES
from analysis.taggers.labels import TaggerLabels

MAX_LENGTH_WITHOUT_LIMIT = 512
"""Tokens of a window for models without a limit (relative positions): the length that they are trained with."""
LOADING_ERRORS = (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError)
"""Exceptions that transformers raises for invalid model or tokenizer files."""


@dataclass(frozen=True)
class TaggerOptions:
    """Which tagger to load, and how to run it. The fields are options of analysis.taggers.huggingface.options.

    Attributes:
        model: A hub id or a folder.
        model_revision: Branch, tag or commit of a hub id; None: the default branch.
        dtype: "fp32", or "bf16" for automatic mixed precision: faster, but about 0.3% of the predictions differ.
        device: "cpu", "cuda", "cuda:1" or "mps"; None: the fastest available.
        allow_pickle: Load pickled weights if there are no safetensors.
    """

    model: str
    model_revision: str | None = None
    dtype: str = DTYPE.default
    device: str | None = None
    allow_pickle: bool = ALLOW_PICKLE.default


@dataclass(frozen=True)
class Batch:
    """Windows as input to the tagger, padded on the right: int64, windows x tokens."""

    input_ids: npt.NDArray[np.int64]
    attention_mask: npt.NDArray[np.int64]
    segments: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tagger:
    """A loaded tagger.

    Attributes:
        label: The model as given by the user.
        model: In evaluation mode, on `device`, its weights in float32.
        encoder: Its tokenizer.
        labels: Its labels (the columns of its logits) and their tags.
        device: The device that it runs on.
        dtype: One of DTYPES.
        max_length: Maximum number of tokens in a window, including special tokens.
        pad_id: The padding token id.
        takes_segments: Whether the model takes `token_type_ids`.
        warnings: Messages for the user.
    """

    label: str
    model: PreTrainedModel
    encoder: SubwordEncoder
    labels: TaggerLabels
    device: torch.device
    dtype: str
    max_length: int
    pad_id: int
    takes_segments: bool
    warnings: tuple[str, ...]

    @property
    def width(self) -> int:
        """Size of a hidden state of the last layer."""
        return int(self.model.config.hidden_size)

    @property
    def batch_size(self) -> BatchSize:
        """The batch size for the device."""
        return BATCH_SIZES.get(self.device.type, BATCH_SIZES["cpu"])

    def summary(self) -> dict[str, Any]:
        """The tagger's entry in the manifest, JSON."""
        return {
            "label": self.label,
            "architecture": type(self.model).__name__,
            "parameters": sum(parameter.numel() for parameter in self.model.parameters()),
            "width": self.width,
            "max_length": self.max_length,
            "labels": list(self.labels.names),
            "tags": list(self.labels.tags),
            "device": str(self.device),
            "dtype": self.dtype,
        }

    def precision(self) -> AbstractContextManager[Any]:
        """The context for calls of `forward`; use one for many batches, because it caches converted weights."""
        if self.dtype == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()

    def forward(
        self, batch: Batch, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Hidden states of the last layer and logits at some tokens of a batch.

        Args:
            batch: The windows.
            rows: int64, tokens: the window of each token.
            columns: int64, tokens: its position in the window.

        Returns:
            float32 tokens x width, and float32 tokens x labels.
        """
        last_hidden: list[torch.Tensor] = []
        # Every head in transformers calls its base model, whose first output is the last hidden state.
        # `output_hidden_states` would keep all layers.
        hook = self.model.base_model.register_forward_hook(
            lambda _module, _input, output: last_hidden.append(output[0])
        )
        tensors = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
        if self.takes_segments:
            tensors["token_type_ids"] = batch.segments
        try:
            with torch.inference_mode():
                inputs = {name: torch.from_numpy(array).to(self.device) for name, array in tensors.items()}
                logits = self.model(**inputs).logits
                at = (torch.from_numpy(rows).to(self.device), torch.from_numpy(columns).to(self.device))
                return last_hidden[0][at].float().cpu().numpy(), logits[at].float().cpu().numpy()
        finally:
            hook.remove()


def tagger_hash(options: TaggerOptions) -> str:
    """Hex sha256 of the contents of the tagger's weights, config and tokenizer files.

    Raises:
        AnalysisError: The tagger cannot be found or a file is missing.
    """
    return content_hash(
        resolve_folder(options.model, options.model_revision, options.allow_pickle), options.allow_pickle
    )


def tagger_labels(options: TaggerOptions) -> TaggerLabels:
    """The tagger's labels and their tags, read from the config alone.

    Raises:
        AnalysisError: The model is not a token classifier, or its labels have no names.
    """
    folder = resolve_folder(options.model, options.model_revision, options.allow_pickle)
    return _labels(folder)


def load_tagger(options: TaggerOptions) -> Tagger:
    """Load a tagger; remote code is never run.

    Raises:
        AnalysisError: The model cannot be found, is not a token classifier, has no tokenizer, head or label names, has
            only a slow tokenizer or only pickled weights, or the device or dtype is not available.
    """
    if options.dtype not in DTYPES:
        raise AnalysisError(f'"{options.dtype}" is not a valid dtype. Choose one of {", ".join(DTYPES)}.')
    device = find_device(options.device)
    folder = resolve_folder(options.model, options.model_revision, options.allow_pickle)
    labels = _labels(folder)
    check_tokenizer_files(folder)
    tokenizer = _load_tokenizer(folder)
    pickled = weight_files(folder, options.allow_pickle)[0].name.startswith("pytorch_model")
    model = _load_model(folder, pickled)
    encoder = SubwordEncoder(tokenizer.backend_tokenizer)
    warnings = []
    if encoder.leading_space and not getattr(tokenizer, "add_prefix_space", False):
        warnings.append(
            "The tokenizer does not add a space before the words of a list. One was added to each word, "
            "so that it is tokenized as in running text."
        )
    max_length = longest_input(model, tokenizer.model_max_length)
    takes_segments = (
        "token_type_ids" in tokenizer.model_input_names
        and "token_type_ids" in inspect.signature(model.forward).parameters
    )
    return Tagger(
        label=options.model,
        model=model.to(device),  # type: ignore[arg-type]
        encoder=encoder,
        labels=labels,
        device=device,
        dtype=options.dtype,
        max_length=max_length,
        pad_id=tokenizer.pad_token_id or 0,
        takes_segments=takes_segments,
        warnings=tuple(warnings),
    )


def _labels(folder: Path) -> TaggerLabels:
    architectures = read_config(folder).get("architectures") or []
    if not any(str(name).endswith("ForTokenClassification") for name in architectures):
        what = f"a {architectures[0]}" if architectures else "a bare model"
        raise AnalysisError(
            f"{folder} is {what}, not a token classifier. Choose a model that was fine-tuned for token classification "
            "(its config.json names an architecture ...ForTokenClassification)."
        )
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except LOADING_ERRORS as error:
        raise AnalysisError(f"The config.json of {folder} is not valid: {first_line(error)}") from error
    return TaggerLabels.from_id2label(config.id2label)


def _load_tokenizer(folder: Path) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False)
    except LOADING_ERRORS as error:
        raise AnalysisError(f"The tokenizer of {folder} cannot be loaded: {first_line(error)}") from error
    if not tokenizer.is_fast:
        raise AnalysisError(
            f"{folder} has only a slow tokenizer ({type(tokenizer).__name__}), which cannot map "
            "subwords to words. Choose a model with a fast tokenizer (tokenizer.json)."
        )
    return tokenizer


def _load_model(folder: Path, pickled: bool) -> PreTrainedModel:
    progress_bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, report = AutoModelForTokenClassification.from_pretrained(
            folder,
            trust_remote_code=False,
            use_safetensors=not pickled,
            weights_only=True,
            dtype=torch.float32,  # regardless of the stored dtype: half precision would change predictions
            output_loading_info=True,
        )
    except LOADING_ERRORS as error:
        raise AnalysisError(f"The weights of {folder} cannot be loaded: {first_line(error)}") from error
    finally:
        if progress_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    if missing := sorted(report["missing_keys"]):
        raise AnalysisError(
            f"The weights of {folder} do not contain {_some(missing)}. "
            "The model was not fine-tuned as a tagger, or its files are incomplete."
        )
    if model.base_model is model:
        raise AnalysisError(f"The architecture {type(model).__name__} is not supported: it has no base model.")
    model.eval()
    return model  # type: ignore[no-any-return]


def find_device(name: str | None) -> torch.device:
    """The device with a name; None: the fastest available. Raises AnalysisError if it is not available."""
    if name is None:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    # torch raises any of these for an unavailable device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise AnalysisError(
            f'Device "{name}" is not available on this machine. Choose another, or omit --device.'
        ) from error
    return device


def longest_input(model: PreTrainedModel, tokenizer_limit: int) -> int:
    """The maximum number of tokens that both the model's positions and its tokenizer allow."""
    # Models without absolute positions have no value here, or -1.
    stated = getattr(model.config, "max_position_embeddings", None) or 0
    positions = stated if stated > 0 else MAX_LENGTH_WITHOUT_LIMIT
    for name, module in model.named_modules():
        # RoBERTa and similar models count positions from the padding id, so the first rows of their table are unused.
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            positions -= int(module.padding_idx) + 1
            break
    return min(positions, tokenizer_limit)


def first_line(error: BaseException) -> str:
    """The first line of an error; further lines of transformers are advice about its own options."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
