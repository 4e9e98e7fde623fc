"""The command that repeats a run with the same options: finished stages are reused, missing ones are added."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.options import Options

PROGRAM = ("python", "-m", "analysis", "run")


def command_text(options: Options, store: Path | None = None) -> str:
    """A command line of `run`, for people to copy.

    Args:
        options: Only values that differ from their defaults are written.
        store: The store of the run; None: `--store` is omitted.
    """
    place = () if store is None else ("--store", str(store.resolve()))
    return shlex.join([*PROGRAM, *options.arguments(), *place])


def rerun_command(manifest: Mapping[str, Any], store: Path | None = None) -> str:
    """The command that repeats a run.

    Args:
        manifest: The manifest of the run, of any schema version; without recorded options the command has only model
            and dataset.
        store: The store that contains the run now.
    """
    # not at the top: the stages import analysis.run
    from analysis.pipeline.stages import RUN_OPTIONS  # noqa: PLC0415

    source = manifest.get("source", {})
    fallback = {"model": source.get("model", "M"), "dataset": source.get("dataset", "D")}
    return command_text(Options.from_json(RUN_OPTIONS, manifest.get("options", fallback)), store)
