"""The command `report`: one file about a run, for a model card or as an artefact of continuous integration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from analysis.command_line.output import write_output
from analysis.command_line.parameters import Parameter
from analysis.command_line.report.facts import Report, report_of
from analysis.command_line.report.html import html_report
from analysis.command_line.report.markdown import markdown_report
from analysis.command_line.store_command import (
    RUN_HELP,
    StoreCommand,
    output_option,
    print_message,
    run_argument,
    store_option,
)
from analysis.run.values import encode_json
from analysis.store.store import Store

FORMATS: dict[str, Callable[[Report], bytes]] = {
    "html": lambda report: html_report(report).encode(),
    "md": lambda report: markdown_report(report).encode(),
    "json": lambda report: encode_json(report.to_json()) + b"\n",
}


@click.command(
    "report",
    cls=StoreCommand,
    epilog=RUN_HELP,
    params=[
        Parameter(["--format", "kind"], type=click.Choice(list(FORMATS)), default="html", help="default: html"),
        output_option(),
    ],
)
@run_argument
@store_option
def report_command(run: str, kind: str, output: Path | None, store: Path) -> int:
    """Write one self-contained file: scores, confusion, worst sentences, audit."""
    found = Store(store)
    report = report_of(found.open(found.resolve(run)))
    write_output([FORMATS[kind](report)], output, "report")
    if output is not None:
        print_message(f"The report on {report.name} was written to {output}")
    return 0
