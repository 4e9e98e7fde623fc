"""A tagger: a Hugging Face token-classification model with its tokenizer, loaded safely, and its forward pass."""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.alignment import SubwordEncoder, Windows
from analysis.taggers.huggingface.batching import BATCH_SIZES, BatchSize, plan_shards
from analysis.taggers.huggingface.files import content_hash, read_config, resolve_folder, weight_files
from analysis.taggers.huggingface.folder_checks import check_folder
from analysis.taggers.huggingface.label_names import label_names, label_notes
from analysis.taggers.huggingface.options import (
    AGGREGATION,
    ALLOW_PICKLE,
    AS_WORDS,
    DTYPE,
    DTYPES,
    SPACED,
    WORD_JOINING,
)
from analysis.taggers.huggingface.probe import check_lengths, try_tagger, usable_tokens
from analysis.taggers.huggingface.tokenizer import load_tokenizer
from analysis.taggers.huggingface.weights import load_model, read_model_config
from analysis.taggers.huggingface.window_batches import Batch
from analysis.taggers.labels import TaggerLabels

Int64 = npt.NDArray[np.int64]

MAX_LENGTH_WITHOUT_LIMIT = 512
"""Tokens of a window for models without a limit (relative positions): the length that they are trained with."""


@dataclass(frozen=True)
class TaggerOptions:
    """Which tagger to load, and how to run it. The fields are options of analysis.taggers.huggingface.options.

    Attributes:
        model: A hub id or a folder.
        model_revision: Branch, tag or commit of a hub id; None: the default branch.
        dtype: "fp32", or "bf16" for automatic mixed precision: faster, but about 0.3% of the predictions differ.
        device: "cpu", "cuda", "cuda:1" or "mps"; None: the fastest available.
        allow_pickle: Load pickled weights if there are no safetensors.
        word_joining: What a tokenizer that marks spaces reads: AS_WORDS, a list of words, or SPACED, words with a space
            before each.
        aggregation: Which subwords decide the tag of a word: FIRST, MEAN or MAX (forward.word_scores).
    """

    model: str
    model_revision: str | None = None
    dtype: str = DTYPE.default
    device: str | None = None
    allow_pickle: bool = ALLOW_PICKLE.default
    word_joining: str = WORD_JOINING.default
    aggregation: str = AGGREGATION.default


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
        aggregation: As in TaggerOptions.
        width: Size of a hidden state of the last layer.
        max_length: Maximum number of tokens in a window, including special tokens.
        embeddings: Number of token ids for which the model has embeddings.
        pad_id: The padding token id.
        padded: Whether batches may be padded; otherwise padding would change predictions, and the windows of a batch
            must have equal lengths.
        takes_segments: Whether the model takes `token_type_ids`.
        warnings: Messages for the user.
    """

    label: str
    model: PreTrainedModel
    encoder: SubwordEncoder
    labels: TaggerLabels
    device: torch.device
    dtype: str
    aggregation: str
    width: int
    max_length: int
    embeddings: int
    pad_id: int
    padded: bool
    takes_segments: bool
    warnings: tuple[str, ...]

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
            "padded": self.padded,
            "word_joining": SPACED if self.encoder.spaced else AS_WORDS,
            "aggregation": self.aggregation,
        }

    def shards(self, windows: Windows) -> list[list[Int64]]:
        """The windows in batches, and these in shards (batching.plan_shards)."""
        return plan_shards(windows.length + self.encoder.special_tokens.count, self.batch_size, self.padded)

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

        Raises:
            AnalysisError: A token has no embedding, or an output is not a number.
        """
        if (last_id := int(batch.input_ids.max())) >= self.embeddings:
            raise AnalysisError(
                f'The text contains the token "{self.encoder.tokens([last_id])[0]}" ({last_id}), but the model has '
                f"embeddings for {self.embeddings} tokens only. Remove it from the text or from the tokenizer."
            )
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
                states, scores = (values[at].float().cpu().numpy() for values in (last_hidden[0], logits))
        finally:
            hook.remove()
        if not np.isfinite(scores.max(axis=1)).all():
            raise AnalysisError(
                f"The tagger {self.label} computes NaN or infinity instead of probabilities. Its weights are damaged, "
                "or its training diverged: use an earlier checkpoint."
            )
        return states, scores


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
    """Load a tagger and try it on a few tokens; remote code is never run.

    Raises:
        AnalysisError: The model cannot be found, is not a token classifier, has no tokenizer, head or label names, has
            only a slow tokenizer or only pickled weights, cannot be used as it was trained, or the device or dtype is
            not available.
    """
    if options.dtype not in DTYPES:
        raise AnalysisError(f'"{options.dtype}" is not a valid dtype. Choose one of {", ".join(DTYPES)}.')
    device = find_device(options.device)
    folder = resolve_folder(options.model, options.model_revision, options.allow_pickle)
    labels = _labels(folder)
    tokenizer = load_tokenizer(folder)
    loaded = load_model(folder, len(labels.names), weight_files(folder, options.allow_pickle))
    model = loaded.model
    encoder = SubwordEncoder(tokenizer.backend_tokenizer, spaced=options.word_joining == SPACED)
    embeddings = token_embeddings(model)
    pad_id = tokenizer.pad_token_id
    tagger = Tagger(
        label=options.model,
        model=model.to(device),  # type: ignore[arg-type]
        encoder=encoder,
        labels=labels,
        device=device,
        dtype=options.dtype,
        aggregation=options.aggregation,
        width=0,  # this and `padded` are found by the trial below
        max_length=longest_input(model, tokenizer.model_max_length),
        embeddings=embeddings,
        # Padding is masked, so any token will do.
        pad_id=pad_id if pad_id is not None and pad_id < embeddings else 0,
        padded=True,
        takes_segments="token_type_ids" in tokenizer.model_input_names
        and "token_type_ids" in inspect.signature(model.forward).parameters,
        warnings=(
            *filter(None, (labels.note, *label_notes(read_config(folder), labels.names), _joining_note(encoder))),
            *loaded.warnings,
        ),
    )
    tokens = usable_tokens(folder, tokenizer, embeddings)
    check_lengths(folder, tagger)
    trial = try_tagger(tagger, tokens)
    if not trial.reads_padding:
        return replace(tagger, width=trial.width)
    note = (
        f"The predictions of {type(model).__name__} change with the padding of a batch. So only windows of equal "
        "length were read together, without padding."
    )
    return replace(tagger, width=trial.width, padded=False, warnings=(*tagger.warnings, note))


def _joining_note(encoder: SubwordEncoder) -> str:
    if not encoder.leading_space:
        return ""
    if encoder.spaced:
        return (
            "The tokenizer puts no space before the words of a list. One was put before each word "
            f"({WORD_JOINING.flag} {SPACED}), so that it is read as in running text."
        )
    return (
        "The tokenizer puts no space before the words of a list. The words were read without spaces, as in training "
        "with the scripts of transformers. If the tagger was trained on running text, use "
        f"{WORD_JOINING.flag} {SPACED}."
    )


def _labels(folder: Path) -> TaggerLabels:
    check_folder(folder)
    config = read_config(folder)
    stated = config.get("architectures")
    architectures = stated if isinstance(stated, list) else [stated] if stated else []
    if not any(str(name).endswith("ForTokenClassification") for name in architectures):
        what = f"a {architectures[0]}" if architectures else "a bare model"
        raise AnalysisError(
            f"{folder} is {what}, not a token classifier. Choose a model that was fine-tuned for token classification "
            "(its config.json names an architecture ...ForTokenClassification)."
        )
    names = label_names(folder, config)
    read_model_config(folder)
    return TaggerLabels.from_id2label(names)


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


def token_embeddings(model: PreTrainedModel) -> int:
    """The number of token ids for which a model has embeddings."""
    try:
        table = getattr(model.get_input_embeddings(), "weight", None)
    except NotImplementedError:  # a few architectures do not say where they are
        table = None
    return len(table) if isinstance(table, torch.Tensor) else int(model.config.vocab_size)


def longest_input(model: PreTrainedModel, tokenizer_limit: Any) -> int:
    """The maximum number of tokens that both the model's positions and its tokenizer allow.

    Args:
        model: The model.
        tokenizer_limit: `model_max_length` of the tokenizer, as its config says: usually a number, or None.
    """
    # Models without absolute positions have no value here, or -1.
    stated = getattr(model.config, "max_position_embeddings", None) or 0
    positions = stated if stated > 0 else MAX_LENGTH_WITHOUT_LIMIT
    for name, module in model.named_modules():
        # RoBERTa and similar models count positions from the padding id, so the first rows of their table are unused.
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            positions -= int(module.padding_idx) + 1
            break
    try:
        return int(min(positions, float(tokenizer_limit)))
    except (TypeError, ValueError):  # no number
        return positions
