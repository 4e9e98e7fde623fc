"""The files of a tagger: where they lie, which of them count, and the hash of their contents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from analysis.errors import AnalysisError

CONFIG = "config.json"
VOCABULARY_PATTERNS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
"""A tokenizer needs one of these; without any, transformers would silently make up an empty one."""
TOKENIZER_PATTERNS = (
    *VOCABULARY_PATTERNS,
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
SAFETENSORS = ("model.safetensors", "model.safetensors.index.json")
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")
HASH_BLOCK = 1 << 20


def resolve_folder(model: str, revision: str | None, allow_pickle: bool) -> Path:
    """The local folder of a tagger's files, downloaded if `model` is a hub id (from the hub's cache where it can).

    Raises:
        AnalysisError: There is no such folder, and no such model on the hub or the hub cannot be reached.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise AnalysisError(f"{model} is a file; give the folder that holds config.json and the weights, or a hub id.")
    downloaded = _download(model, revision, (CONFIG, *TOKENIZER_PATTERNS, "model*.safetensors", SAFETENSORS[1]))
    if allow_pickle and not _present(downloaded, SAFETENSORS):
        downloaded = _download(model, revision, (CONFIG, *TOKENIZER_PATTERNS, "pytorch_model*.bin", PICKLES[1]))
    return downloaded


def _download(model: str, revision: str | None, patterns: tuple[str, ...]) -> Path:
    at = f" at revision {revision}" if revision else ""
    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=list(patterns)))
    except HFValidationError as error:
        raise AnalysisError(f"There is no folder {model}, and that cannot be a model id on the hub.") from error
    except GatedRepoError as error:
        raise AnalysisError(f"The hub gives {model} only to accounts it granted access: log in with one.") from error
    except RevisionNotFoundError as error:
        raise AnalysisError(f"The hub's model {model} has no revision {revision}.") from error
    except RepositoryNotFoundError as error:
        raise AnalysisError(
            f"There is neither a folder {model} nor a public model of that name on the hub; check the spelling."
        ) from error
    except OSError as error:
        raise AnalysisError(
            f"There is no folder {model}; as a hub model{at} it is not in the local cache, and the hub cannot be "
            "reached: check the path or the network."
        ) from error


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`.

    Raises:
        AnalysisError: It is absent or not JSON.
    """
    path = folder / CONFIG
    if not path.is_file():
        raise AnalysisError(f"{folder} holds no {CONFIG}: it is not the folder of a Hugging Face model.")
    try:
        config = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AnalysisError(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(config, dict):
        raise AnalysisError(f"{path} is not a JSON object.")
    return config


def check_tokenizer_files(folder: Path) -> None:
    """Raises AnalysisError where the folder holds no vocabulary."""
    if not _present(folder, VOCABULARY_PATTERNS):
        raise AnalysisError(
            f"{folder} holds no tokenizer (no tokenizer.json, vocab.txt, vocab.json or sentencepiece model): "
            "save the tokenizer of the tagger beside its weights."
        )


def weight_files(folder: Path, allow_pickle: bool) -> list[Path]:
    """The files that hold the weights: one, or an index and its shards.

    Args:
        folder: The tagger's folder.
        allow_pickle: Take `pytorch_model.bin` where there are no safetensors; unpickling can run any code.

    Raises:
        AnalysisError: There are none, or only pickled ones and `allow_pickle` is not given, or a shard is absent.
    """
    found = _present(folder, SAFETENSORS)
    if not found:
        pickles = _present(folder, PICKLES)
        if pickles and not allow_pickle:
            raise AnalysisError(
                f"{folder} holds only pickled weights ({pickles[0].name}), whose loading can run any code: "
                "convert them to safetensors, or give --allow-pickle if you trust their author."
            )
        found = pickles
    if not found:
        hint = "" if allow_pickle else " (pickled weights are looked for only with --allow-pickle)"
        raise AnalysisError(f"{folder} holds no weights (model.safetensors){hint}.")
    chosen = found[0]
    return [chosen, *_shards(chosen)] if chosen.suffix == ".json" else [chosen]


def _shards(index: Path) -> list[Path]:
    shards = sorted({index.parent / name for name in json.loads(index.read_text("utf-8"))["weight_map"].values()})
    for shard in shards:
        if not shard.is_file():
            raise AnalysisError(f"{index} names {shard.name}, which is absent: the download is incomplete.")
    return shards


def content_hash(folder: Path, allow_pickle: bool) -> str:
    """Hex sha256 over the contents of weights, config and tokenizer files; the folder's name and times play no part."""
    digest = hashlib.sha256()
    files = [folder / CONFIG, *_present(folder, TOKENIZER_PATTERNS), *weight_files(folder, allow_pickle)]
    for path in files:
        digest.update(f"{path.name} {_file_hash(path)}\n".encode())
    return digest.hexdigest()


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _present(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return [path for pattern in patterns for path in sorted(folder.glob(pattern)) if path.is_file()]
