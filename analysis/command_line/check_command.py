"""The command `check`: whether the F1 of a run is high enough, for continuous integration."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from analysis.command_line.parameters import Parameter
from analysis.command_line.store_command import (
    RUN_HELP,
    StoreCommand,
    print_message,
    run_argument,
    store_option,
)
from analysis.errors import AnalysisError
from analysis.messages import quoted
from analysis.store.store import Store

TOLERANCE = 1e-9
"""Differences below it are rounding errors of floating-point numbers."""


class _Share(click.ParamType[float]):
    """A number from 0 to 1."""

    name = "X"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number; NaN is not one."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            self.fail(f"{value!r} is not a number from 0 to 1.", param, ctx)
        return number


@click.command(
    "check",
    cls=StoreCommand,
    epilog=f"{RUN_HELP} So is BASE.",
    params=[
        Parameter(["--min-f1"], type=_Share(), metavar="X", help="the lowest entity F1 that passes, from 0 to 1"),
        Parameter(
            ["--max-drop-from"],
            type=(str, _Share()),
            metavar="BASE X",
            help="a run on the same corpus, and how much lower than its F1 that of RUN may be, from 0 to 1",
        ),
    ],
)
@run_argument
@store_option
def check_command(run: str, min_f1: float | None, max_drop_from: tuple[str, float] | None, store: Path) -> int:
    """Exit with 1 if the entity F1 of a run is too low, else with 0."""
    if min_f1 is None and max_drop_from is None:
        raise click.UsageError("There is nothing to check. Give --min-f1, --max-drop-from or both")
    found = Store(store)
    manifest = found.manifest(found.resolve(run))
    f1 = _f1(manifest)
    met: list[str] = []
    failed: list[str] = []
    if min_f1 is not None:
        is_met = f1 >= min_f1 - TOLERANCE
        (met if is_met else failed).append(f"{'at least' if is_met else 'below'} {min_f1:g}")
    if max_drop_from is not None:
        name, most = max_drop_from
        base = found.manifest(found.resolve(name))
        if base["hashes"]["corpus"] != manifest["hashes"]["corpus"]:
            raise AnalysisError(
                f"{quoted(base['name'])} was made on another corpus ({base['corpus']['label']}) than "
                f"{quoted(manifest['name'])} ({manifest['corpus']['label']}). Give a run on the same corpus."
            )
        drop = _f1(base) - f1
        is_met = drop <= most + TOLERANCE
        (met if is_met else failed).append(
            f"{'at most' if is_met else 'more than'} {most:g} below that of {quoted(base['name'])} ({_f1(base):.6g})"
        )
    sentence = f"The entity F1 of {quoted(manifest['name'])} is {f1:.6g}: {' and '.join(failed or met)}."
    if failed:
        print_message(sentence)
        return 1
    sys.stdout.write(f"{sentence}\n")
    return 0


def _f1(manifest: Mapping[str, Any]) -> float:
    return float(manifest["scores"]["strict"]["f1"])
