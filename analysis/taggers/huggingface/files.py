"""The files of a tagger: their location, which of them matter, and the hash of their contents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import transformers
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from analysis.errors import AnalysisError
from analysis.messages import listed

CONFIG = "config.json"
VOCABULARY_PATTERNS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
"""A tokenizer needs one of these; without any, transformers silently creates an empty one."""
TOKENIZER_PATTERNS = (
    *VOCABULARY_PATTERNS,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_PATTERNS = (ADAPTER_CONFIG, "adapter_model.*")
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")
OTHER_WEIGHTS = (
    "*.safetensors",
    "*.onnx",
    "onnx/*.onnx",
    "tf_model*.h5",
    "flax_model*.msgpack",
    "*.gguf",
    "openvino_model.bin",
    "rust_model.ot",
    "*.ckpt",
    "*.pth",
    "model.pt",
)
"""Weights that are not read; they are only named in a message."""
SLOW_TOKENIZER_HINT = "which cannot map subwords to words. Choose a model with a fast tokenizer (tokenizer.json)."
HASH_BLOCK = 1 << 20


def resolve_folder(model: str, revision: str | None, allow_pickle: bool) -> Path:
    """The local folder of a tagger's files; a hub model is downloaded unless it is in the local cache.

    Raises:
        AnalysisError: There is no such folder or hub model, or the hub cannot be reached.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise AnalysisError(f"{model} is a file. Give the folder with config.json and the weights, or a hub id.")
    others = (CONFIG, ADAPTER_CONFIG, *TOKENIZER_PATTERNS)
    downloaded = _download(model, revision, (*others, "model*.safetensors", SAFETENSORS[1]))
    if allow_pickle and not present(downloaded, SAFETENSORS):
        downloaded = _download(model, revision, (*others, "pytorch_model*.bin", PICKLES[1]))
    return downloaded


def _download(model: str, revision: str | None, patterns: tuple[str, ...]) -> Path:
    at = f" at revision {revision}" if revision else ""
    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=list(patterns)))
    except HFValidationError as error:
        raise AnalysisError(f"{model} is neither an existing folder nor a valid hub id.") from error
    except GatedRepoError as error:
        raise AnalysisError(f"The hub restricts access to {model}. Log in with an account that has access.") from error
    except RevisionNotFoundError as error:
        raise AnalysisError(f"The hub model {model} has no revision {revision}.") from error
    except RepositoryNotFoundError as error:
        raise AnalysisError(
            f"There is neither a folder {model} nor a public model with this name on the hub. Check the spelling."
        ) from error
    except OSError as error:
        raise AnalysisError(
            f"There is no folder {model}. As a hub model{at} it is not in the local cache, and the hub cannot be "
            "reached. Check the path or the network."
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        AnalysisError: It is missing or not JSON.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise AnalysisError(f"{folder} contains no {CONFIG}. Give the folder of a Hugging Face model.")
    return read_json(path)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        AnalysisError: It is not a JSON object.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise AnalysisError(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(content, dict):
        raise AnalysisError(f"{path} is not a JSON object.")
    return content


def check_tokenizer_files(folder: Path) -> None:
    """Raise AnalysisError if the folder contains no vocabulary."""
    if present(folder, VOCABULARY_PATTERNS):
        return
    settings = folder / "tokenizer_config.json"
    name = read_json(settings).get("tokenizer_class") if settings.is_file() else None
    kind = getattr(transformers, name, None) if isinstance(name, str) else None
    # Tokenizers of characters and bytes need no vocabulary, and transformers has them in Python only.
    if isinstance(kind, type) and not issubclass(kind, transformers.PreTrainedTokenizerFast):
        raise AnalysisError(f"{folder} has only a slow tokenizer ({name}), {SLOW_TOKENIZER_HINT}")
    raise AnalysisError(
        f"{folder} contains no tokenizer (no tokenizer.json, vocab.txt, vocab.json or sentencepiece model). "
        "Save the tagger's tokenizer in the same folder as its weights."
    )


def weight_files(folder: Path, allow_pickle: bool) -> list[Path]:
    """The files of the weights: one file, or an index and its shards.

    Args:
        folder: The tagger's folder.
        allow_pickle: Use `pytorch_model.bin` if there are no safetensors; unpickling can run arbitrary code.

    Raises:
        AnalysisError: There are none, or only pickled ones without `allow_pickle`, or a shard is missing.
    """
    found = present(folder, SAFETENSORS)
    if not found:
        pickles = present(folder, PICKLES)
        if pickles and not allow_pickle:
            raise AnalysisError(
                f"{folder} contains only pickled weights ({pickles[0].name}). Loading them can run arbitrary code. "
                "Convert them to safetensors, or give --allow-pickle if you trust their author."
            )
        found = pickles
    if not found:
        raise AnalysisError(_no_weights(folder, allow_pickle))
    chosen = found[0]
    return [chosen, *_shards(chosen)] if chosen.suffix == ".json" else [chosen]


def _no_weights(folder: Path, allow_pickle: bool) -> str:
    if others := present(folder, OTHER_WEIGHTS):
        return (
            f"{folder} contains no weights (model.safetensors), only {others[0].relative_to(folder)}, which cannot be "
            "read. Save the PyTorch model there with save_pretrained."
        )
    hint = "" if allow_pickle else " (pickled weights are considered only with --allow-pickle)"
    return f"{folder} contains no weights (model.safetensors){hint}."


def _shards(index: Path) -> list[Path]:
    names = read_json(index).get("weight_map")
    if not isinstance(names, dict):
        raise AnalysisError(f"{index} names no files of weights. Download the model again.")
    parts = sorted({Path(str(name)) for name in names.values()})
    if elsewhere := [str(part) for part in parts if part.is_absolute() or ".." in part.parts]:
        raise AnalysisError(
            f"{index} names weights outside its folder ({listed(elsewhere)}). Download the model again."
        )
    shards = [index.parent / part for part in parts]
    for shard in shards:
        if not shard.is_file():
            raise AnalysisError(f"{index} names {shard.name}, which is missing. Download the model again.")
    return shards


def content_hash(folder: Path, allow_pickle: bool) -> str:
    """Hex sha256 over the contents of weights, config, tokenizer and adapter; the folder's name does not matter."""
    digest = hashlib.sha256()
    others = present(folder, (*TOKENIZER_PATTERNS, *ADAPTER_PATTERNS))
    files = [folder / CONFIG, *others, *weight_files(folder, allow_pickle)]
    for path in files:
        digest.update(f"{path.name} {_file_hash(path)}\n".encode())
    return digest.hexdigest()


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def present(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """The files of a folder that match, in the order of the patterns."""
    return [path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file()]
