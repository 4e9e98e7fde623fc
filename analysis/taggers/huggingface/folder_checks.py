"""Contents of a tagger's folder that would be misread: each is refused, with a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.files import (
    ADAPTER_CONFIG,
    CONFIG,
    TOKENIZER_PATTERNS,
    present,
    read_config,
    read_json,
)

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS has not downloaded."""
FILES = (CONFIG, *TOKENIZER_PATTERNS, ADAPTER_CONFIG, "model*.safetensors*", "pytorch_model*.bin*")
MERGE_IT = "Merge it into its base model (in peft: merge_and_unload), and save the result with its tokenizer elsewhere."


def check_folder(folder: Path) -> None:
    """Check the files of a tagger without loading it.

    Raises:
        AnalysisError: A file is a Git LFS pointer, or the tagger is an adapter or needs code of its own.
    """
    _check_pointers(folder)
    _check_adapter(folder)
    _check_custom_code(folder, CONFIG)
    if (folder / "tokenizer_config.json").is_file():
        _check_custom_code(folder, "tokenizer_config.json")


def _check_pointers(folder: Path) -> None:
    for path in present(folder, FILES):
        with path.open("rb") as file:
            is_pointer = file.read(len(POINTER)) == POINTER
        if is_pointer:
            raise AnalysisError(f"{path} is a Git LFS pointer, not the file itself. Run `git lfs pull` in its folder.")


def _check_adapter(folder: Path) -> None:
    path = folder / ADAPTER_CONFIG
    if not path.is_file():
        return
    base = read_json(path).get("base_model_name_or_path")
    raise AnalysisError(
        f"{folder} contains an adapter ({ADAPTER_CONFIG}){f' of {base}' if base else ''}, which is not applied. "
        + MERGE_IT
    )


def _check_custom_code(folder: Path, name: str) -> None:
    content = read_config(folder) if name == CONFIG else read_json(folder / name)
    if content.get("auto_map"):
        raise AnalysisError(
            f'{folder / name} names code of the model\'s authors ("auto_map"), which is never run. If transformers '
            'reads the model without that code, remove "auto_map"; else give its predictions with --predictions.'
        )
