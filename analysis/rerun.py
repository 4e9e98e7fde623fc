"""The command that makes a run again, with the same options: finished stages are taken, missing ones are added."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROGRAM = ("python", "-m", "analysis", "run")
PATH_OPTIONS = ("--model", "--dataset", "--reference", "--encoder", "--store")
"""Options whose value may be a file or a folder."""


def absolute(name: str) -> str:
    """A file or folder by its whole path, so that it is found from wherever a run is read; a hub id as it is."""
    path = Path(name).expanduser()
    return str(path.resolve()) if path.exists() else name


def kept_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """The arguments of `run` as they are kept: paths whole, the rest as it was given."""
    kept = []
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


def rerun_command(manifest: Mapping[str, Any]) -> str:
    """The command that made a run.

    Args:
        manifest: Of the run, of any schema version: what it does not tell is left out, or stands as a placeholder.
    """
    source = manifest.get("source", {})
    arguments = source.get("arguments")
    if arguments is None:
        arguments = ["--model", source.get("model", "M"), "--dataset", source.get("dataset", "D")]
        label_map = manifest.get("audit", {}).get("label_map") or {}
        if label_map:
            arguments += ["--label-map", ",".join(f"{old}={new}" for old, new in label_map.items())]
    return command_text(arguments)
