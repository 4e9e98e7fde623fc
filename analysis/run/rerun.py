"""The command that makes a run again, with the same options: finished stages are taken, missing ones are added."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROGRAM = ("python", "-m", "analysis", "run")
PATH_OPTIONS = ("--model", "--dataset", "--reference", "--encoder")
"""Options whose value may be a file or a folder."""


def absolute(name: str) -> str:
    """A file or folder by its whole path, so that it is found from wherever a run is read; a hub id as it is."""
    path = Path(name).expanduser()
    return str(path.resolve()) if path.exists() else name


def kept_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments of `run` as they are kept: paths whole, without the store, which may move, the rest as given."""
    kept = []
    arguments = _without_store(arguments)
    for before, argument in zip(("", *arguments), arguments, strict=False):
        option, equals, value = argument.partition("=")
        if before in PATH_OPTIONS:
            kept.append(absolute(argument))
        elif equals and option in PATH_OPTIONS:
            kept.append(f"{option}={absolute(value)}")
        else:
            kept.append(argument)
    return tuple(kept)


def command_text(arguments: Sequence[str]) -> str:
    """A command line of `run`, for people to copy."""
    return shlex.join([*PROGRAM, *arguments])


def rerun_command(manifest: Mapping[str, Any], store: Path | None = None) -> str:
    """The command that makes a run again.

    Args:
        manifest: Of the run, of any schema version: what it does not tell is left out, or stands as a placeholder.
        store: Where the run is now, wherever it was made.
    """
    source = manifest.get("source", {})
    arguments = _without_store(source.get("arguments") or _reconstructed(manifest, source))
    return command_text([*arguments, *(("--store", str(store.resolve())) if store is not None else ())])


def _without_store(arguments: Sequence[str]) -> list[str]:
    left = []
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if before != "--store" and argument.partition("=")[0] != "--store":
            left.append(argument)
    return left


def _reconstructed(manifest: Mapping[str, Any], source: Mapping[str, Any]) -> list[str]:
    """Arguments of a run that does not keep them, as far as its parameters and its audit tell them."""
    audit, parameters = manifest.get("audit", {}), manifest.get("parameters", {})
    layout, label_map, sample = parameters.get("umap", {}), audit.get("label_map"), audit.get("sampled")
    told = {
        "--model": source.get("model", "M"),
        "--dataset": source.get("dataset", "D"),
        "--label-map": ",".join(f"{old}={new}" for old, new in label_map.items()) if label_map else None,
        "--limit": sample["limit"] if sample else None,
        "--seed": layout.get("seed") or (sample["seed"] if sample else None) or None,
        "--dtype": "bf16" if parameters.get("predictions", {}).get("dtype") == "bf16" else None,
        "--umap-neighbors": layout.get("umap_neighbors"),
        "--umap-min-dist": layout.get("umap_min_dist"),
        "--name": manifest.get("name"),
    }
    return [part for option, value in told.items() if value is not None for part in (option, str(value))]
