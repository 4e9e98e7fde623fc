"""The command `export`: tables of a run, and its sentences for annotation tools."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from analysis.command_line.output import write_output
from analysis.command_line.parameters import Parameter
from analysis.command_line.store_command import (
    RUN_HELP,
    StoreCommand,
    output_option,
    print_message,
    run_argument,
    store_option,
)
from analysis.export.annotations import DEFAULT_LABELS, LABELS, WRITERS, export_annotations
from analysis.export.formats import FORMATS, TABLES, export_table, table_parts
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Selection
from analysis.store.store import Store

FILTERS = "Filters, as in the dashboard's URLs; a row must match all of them"
_BINARY = {
    "parquet": "Parquet",
    **{name: writer.format.title for name, writer in WRITERS.items() if not writer.is_text},
}


@click.command(
    "export",
    cls=StoreCommand,
    epilog=RUN_HELP,
    params=[
        Parameter(["--table"], type=click.Choice(TABLES), help=f"the table to export, as {', '.join(FORMATS)}"),
        Parameter(
            ["--format", "kind"],
            type=click.Choice([*FORMATS, *WRITERS]),
            metavar="FORMAT",
            default="csv",
            help=f"the file format: of a table {', '.join(FORMATS)}, of sentences with their entities "
            f"{', '.join(WRITERS)} (default: csv; text that a spreadsheet would read as a formula is prefixed with an "
            "apostrophe)",
        ),
        Parameter(
            ["--labels"],
            type=click.Choice(LABELS),
            help=f"the entities of sentences: gold or predicted (default: {DEFAULT_LABELS}; CoNLL has both)",
        ),
        output_option(),
        *(Parameter([f"--{name}"], metavar="VALUE", section=FILTERS) for name in CLAUSE_NAMES),
    ],
)
@run_argument
@store_option
def export_command(
    run: str,
    table: str | None,
    kind: str,
    labels: str | None,
    output: Path | None,
    store: Path,
    **clauses: str | None,
) -> int:
    """Export a table of a run or its labelled sentences: all, or those that match filters."""
    if kind in WRITERS and table is not None:
        raise click.UsageError(f"--table does not apply to --format {kind}, which has sentences. Omit one of them")
    if kind in FORMATS and table is None:
        raise click.UsageError(f"--format {kind} needs --table ({', '.join(TABLES)})")
    if kind in FORMATS and labels is not None:
        raise click.UsageError(f"--labels does not apply to --format {kind}: a table has both gold and predicted ones")
    if output is None and kind in _BINARY and sys.stdout.isatty():
        raise click.UsageError(
            f"{_BINARY[kind]} cannot be printed on a terminal. Give --output or redirect stdout to a file"
        )
    found = Store(store)
    scene = Scene(found.open(found.resolve(run)))
    query = {name: value for name in CLAUSE_NAMES if (value := clauses[name.replace("-", "_")]) is not None}
    selection = Selection.from_query(query, scene)
    if table is None:
        annotations = export_annotations(scene, kind, labels or DEFAULT_LABELS, selection)
        write_output(annotations.parts(scene), output, "file")
        what = f"{len(annotations.rows):,} sentences"
    else:
        rows = export_table(scene, table, selection)
        write_output(table_parts(rows, kind), output, "table")
        what = f"{rows.num_rows:,} {table}"
    print_message(f"{what}{f' written to {output}' if output else ''}")
    return 0
