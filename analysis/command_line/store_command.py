"""Commands that use a store: their common parameters, messages, and what happens after Ctrl-C or a bug."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from analysis.command_line.parameters import Command, Parameter
from analysis.messages import printable_lines
from analysis.pipeline.progress import CLEAR_LINE

INTERRUPTED = 130
RUN_HELP = "RUN is the id of a run, a unique prefix of it, or the name of the run."


class StoreCommand(Command):
    """A command that uses a store."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; report Ctrl-C and bugs in one sentence."""
        sys.excepthook = partial(_report_bug, context.params["store"])
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            print_message(self.when_interrupted)
            return INTERRUPTED


store_option = click.option(
    "--store",
    cls=Parameter,
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=lambda: os.environ.get("EXPLAINER_STORE") or "store",
    help="the store (default: $EXPLAINER_STORE, else ./store)",
)
json_option = click.option("--json", "as_json", cls=Parameter, is_flag=True, help="print JSON")
run_argument = click.argument("run", metavar="RUN")


def output_option(default: str = "stdout") -> Parameter:
    """The option that names the file to write."""
    return Parameter(
        ["--output"], type=click.Path(path_type=Path), metavar="F", help=f"output file (default: {default})"
    )


def print_json(value: Any) -> None:
    """Print a value as JSON to stdout."""
    json.dump(value, sys.stdout, indent=2)
    sys.stdout.write("\n")


def print_message(text: str) -> None:
    """Print a message to stderr. Control characters, which names from a corpus may have, are escaped."""
    clear = CLEAR_LINE if sys.stderr.isatty() else ""  # the progress line of an interrupted stage
    sys.stderr.write(f"{clear}{printable_lines(text)}\n")


def _report_bug(store: Path, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an unexpected error in one sentence; the traceback is written to a file."""
    lines = traceback.format_exception(kind, error, trace)
    if os.environ.get("EXPLAINER_TRACEBACK"):
        sys.stderr.writelines(lines)
        return
    folder = store if os.access(store, os.W_OK) else Path(tempfile.gettempdir())
    log = folder / "explainer-traceback.txt"
    log.write_text("".join(lines), encoding="utf-8")
    print_message(f"Error: This is a bug in ExplaiNER ({kind.__name__}). Please report it and attach {log}.")
