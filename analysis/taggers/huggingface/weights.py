"""Loads a model with all of its weights, or refuses it: weights are never left out without a word."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from transformers import (
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    AutoConfig,
    AutoModelForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils import logging as transformers_logging

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.folder_checks import MERGE_IT

LOADING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
    AssertionError,
    LookupError,
    ArithmeticError,
    ImportError,
    EOFError,
    UnpicklingError,
    SafetensorError,
    StrictDataclassError,
)
"""Exceptions that transformers raises for invalid model or tokenizer files."""

EXACT_KINDS = {"F64", "F32", "F16", "BF16"}
"""How safetensors names the types of numbers that need no scale."""

WRAPPERS = {
    r"^((module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.)+": "",
    r"\.(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.": ".",
}
"""Prefixes of weights that were saved from a wrapped model (DataParallel, torch.compile, FSDP), to be removed."""

UNUSED = re.compile(
    r"(^|\.)("
    r"pooler|cls\.(predictions|seq_relationship)|lm_head|lm_loss|mlm_head|pred_layer|predictions|sop_classifier"
    r"|lm_predictions|mask_predictions|generator_(predictions|lm_head)|discriminator_predictions"
    r"|vocab_(transform|layer_norm|projector)|decoder\.bias"
    r"|position_ids|attn\.(masked_)?bias|inv_freq|num_batches_tracked"
    r"|(loss|loss_fn|loss_fct|criterion)\.(pos_)?weight|class_weights?"
    r")(\.|$)"
)
"""Weights that a tagger rightly leaves unused: pooler, heads of pretraining, constants, weights of the loss."""


ADAPTED = re.compile(r"(^|\.)(lora_\w+|base_layer|modules_to_save|prompt_encoder|adapters?)\.")
"""Weights of an adapter that was saved with its base model and not merged."""


@dataclass(frozen=True)
class LoadedModel:
    """A model in evaluation mode.

    Attributes:
        model: The model, on the CPU, its weights in float32.
        warnings: Messages for the user.
    """

    model: PreTrainedModel
    warnings: tuple[str, ...]


def read_model_config(folder: Path) -> PreTrainedConfig:
    """The config as transformers reads it.

    Raises:
        AnalysisError: It is not valid.
    """
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except LOADING_ERRORS as error:
        raise AnalysisError(f"The config.json of {folder} is not valid: {first_line(error)}") from error
    return config


def load_model(folder: Path, labels: int, files: Sequence[Path]) -> LoadedModel:
    """Load a token classifier.

    Args:
        folder: Its folder.
        labels: The number of its labels.
        files: The files of its weights (files.weight_files).

    Raises:
        AnalysisError: It reads more than text, its files cannot be loaded, weights are missing, left over, quantised
            or of another shape than the config says.
    """
    _check_inputs(read_model_config(folder))
    _check_precision(folder, files)
    with quiet_transformers():
        try:
            model, report = AutoModelForTokenClassification.from_pretrained(
                folder,
                trust_remote_code=False,
                use_safetensors=not files[0].name.startswith("pytorch_model"),
                weights_only=True,
                dtype=torch.float32,  # regardless of the stored dtype: half precision would change predictions
                key_mapping=WRAPPERS,
                ignore_mismatched_sizes=True,  # reported, and refused below
                output_loading_info=True,
            )
        except UnpicklingError as error:  # its text is advice on how to load them all the same
            raise AnalysisError(
                f"The pickled weights of {folder} are damaged, or contain more than tensors, which is never loaded. "
                "Save the model as safetensors with save_pretrained."
            ) from error
        except LOADING_ERRORS as error:
            raise AnalysisError(f"The weights of {folder} cannot be loaded: {first_line(error)}") from error
    _check_shapes(folder, report["mismatched_keys"], labels)
    _check_adapter(folder, report["unexpected_keys"])
    _check_complete(folder, report["missing_keys"], report["unexpected_keys"])
    warnings = _check_unused(folder, type(model).__name__, report["unexpected_keys"])
    if model.base_model is model:
        raise AnalysisError(f"The architecture {type(model).__name__} is not supported: it has no base model.")
    model.eval()
    return LoadedModel(model, warnings)


def _check_inputs(config: PreTrainedConfig) -> None:
    try:
        architecture: Any = MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING[type(config)]
    except LOADING_ERRORS:
        return  # transformers says why when it loads the model
    if "bbox" in inspect.signature(architecture.forward).parameters:
        raise AnalysisError(
            f"{architecture.__name__} needs the position of each word on its page (bbox), which corpora of text do not "
            "have. Choose a model that reads text alone."
        )


def _check_precision(folder: Path, files: Sequence[Path]) -> None:
    """Refuse quantised weights, which transformers would read as if they were the values themselves."""
    for path in files:
        kinds = _stored_kinds(folder, path) if path.suffix == ".safetensors" else {}
        for name, kind in kinds.items():
            if name.endswith(".weight") and kind not in EXACT_KINDS:
                raise AnalysisError(
                    f"The weights of {folder} are quantised ({name} is {kind}). Give the model they were made from."
                )


def _stored_kinds(folder: Path, path: Path) -> dict[str, str]:
    """Name of a weight -> the type of its numbers."""
    try:
        with safe_open(path, framework="pt") as stored:
            return {name: stored.get_slice(name).get_dtype() for name in stored.keys()}  # noqa: SIM118 - not a dict
    except SafetensorError as error:
        raise AnalysisError(
            f"The weights of {folder} are damaged or incomplete ({first_line(error)}). Download or copy them again."
        ) from error


def _check_shapes(folder: Path, mismatched: Collection[tuple[str, Any, Any]], labels: int) -> None:
    for name, stored, expected in sorted(mismatched):
        if len(stored) == len(expected) and stored[1:] == expected[1:] and expected[0] == labels:
            raise AnalysisError(
                f'"id2label" in the config.json of {folder} names {labels} labels, but the model has {stored[0]} '
                f"outputs ({name}). Name them all, in the order of training."
            )
        shapes = [" x ".join(map(str, shape)) for shape in (stored, expected)]
        raise AnalysisError(
            f"The weights of {folder} do not fit its config.json: {name} is {shapes[0]} instead of {shapes[1]}. "
            "Restore the config.json that was saved with the weights."
        )


def _check_adapter(folder: Path, unexpected: Collection[str]) -> None:
    if adapted := [name for name in unexpected if ADAPTED.search(name)]:
        raise AnalysisError(
            f"The weights of {folder} contain an adapter that is not merged ({_some(adapted)}). {MERGE_IT}"
        )


def _check_complete(folder: Path, missing: Collection[str], unexpected: Collection[str]) -> None:
    if not missing:
        return
    others = sorted(name for name in unexpected if not UNUSED.search(name))
    raise AnalysisError(
        f"The weights of {folder} do not contain {_some(missing)}{f', but {_some(others)}' if others else ''}. "
        "The model was not fine-tuned as a tagger, or its files are incomplete."
    )


def _check_unused(folder: Path, architecture: str, unexpected: Collection[str]) -> tuple[str, ...]:
    """A note on weights that are rightly unused; without any other, the model is not the one that was trained."""
    if others := [name for name in unexpected if not UNUSED.search(name)]:
        raise AnalysisError(
            f"The weights of {folder} contain {_some(others)}, which {architecture} does not use: its predictions "
            "would not be those of the trained model. Predict with the code of its training, and give --predictions."
        )
    if not unexpected:
        return ()
    return (f"Weights that tagging does not need were not used: {_some(unexpected)}.",)


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Disable transformers' progress bars and its report on weights, which is checked here instead."""
    verbosity, progress_bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if progress_bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def first_line(error: BaseException) -> str:
    """The first line of an error, with the one that it announces; more lines are advice on options of transformers."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    if not lines:
        return type(error).__name__
    if isinstance(error, KeyError):
        return f"unknown name {lines[0]}"
    return " ".join(lines[:2]) if lines[0].endswith(":") else lines[0]


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:3]
    return ", ".join(shown) if len(names) <= 3 else f"{', '.join(shown)} and {len(names) - 3} more"
