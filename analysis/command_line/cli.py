"""The command line: its arguments, output and exit codes.

Results go to stdout, everything else to stderr. Exit codes: 0 for success; 1 for a failure, with one message; 2 for
wrong usage; 130 after Ctrl-C.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from click.exceptions import Exit

from analysis.command_line.parameters import Command, Commands, Parameter, given_options, parameter_of, usage_sentence
from analysis.command_line.text_report import audit_text, run_text, runs_text
from analysis.corpus.options import CORPUS_OPTIONS
from analysis.errors import AnalysisError
from analysis.export.formats import FORMATS, TABLES, export_table, whole_file, write_table
from analysis.messages import printable
from analysis.options import OptionError
from analysis.pipeline.progress import CLEAR_LINE, Reporter
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Selection
from analysis.store.store import Store
from analysis.store.store_values import reason_of
from analysis.taggers.backends import TAGGER_OPTIONS, chosen_backend

PROGRAM = "python -m analysis"
USAGE_ERROR = 2
INTERRUPTED = 130
FILTERS = "Filters, as in the dashboard's URLs; a row must match all of them"
SHOWN_KEYS = (
    "run",
    "name",
    "created",
    "corpus",
    "tagger",
    "types",
    "audit",
    "scores",
    "confusion",
    "timings",
    "parameters",
    "options",
    "versions",
)
"""Keys of the manifest that `show --json` prints."""
QUIET_LIBRARIES = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "DATASETS_VERBOSITY": "error",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
}
"""Environment variables that disable the progress bars and warnings of libraries, unless already set."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program name; None: the arguments of the process.

    Returns:
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # escape characters that the terminal cannot encode
    try:
        with commands.make_context(PROGRAM, list(given)) as context:
            code: int = commands.invoke(context)
        sys.stdout.flush()
    except Exit as ended:  # after --help
        return ended.exit_code
    except click.UsageError as error:
        _print_message(f"Error: {usage_sentence(error)}")
        return USAGE_ERROR
    except OptionError as error:
        _print_message(f"Error: {error}")
        return USAGE_ERROR
    except AnalysisError as error:
        _print_message(f"Error: {printable(str(error))}")
        return 1
    except BrokenPipeError:  # the reader closed the pipe; without this Python prints another error at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


class _StoreCommand(Command):
    """A command that uses a store."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; report Ctrl-C and bugs in one sentence."""
        sys.excepthook = partial(_report_bug, context.params["store"])
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            _print_message(self.when_interrupted)
            return INTERRUPTED


_store = click.option(
    "--store",
    cls=Parameter,
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=lambda: os.environ.get("EXPLAINER_STORE") or "store",
    help="the store (default: $EXPLAINER_STORE, else ./store)",
)
_json = click.option("--json", "as_json", cls=Parameter, is_flag=True, help="print JSON")
_run = click.argument("run", metavar="RUN")
_RUN_HELP = "RUN is the id of a run, a unique prefix of it, or the name of the run."


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
def commands() -> None:
    """Error analysis of named-entity taggers: make, inspect, verify, export and delete runs."""


@commands.command(
    "run",
    cls=_StoreCommand,
    params=[
        *(parameter_of(option, "Tagger") for option in TAGGER_OPTIONS),
        *(parameter_of(option, "Corpus") for option in CORPUS_OPTIONS),
        *(parameter_of(option, "Analysis") for option in RUN_OPTIONS if option not in TAGGER_OPTIONS + CORPUS_OPTIONS),
    ],
    when_interrupted="Stopped. Finished stages are kept. Run the same command to continue.",
    short_help="Analyse a tagger on a corpus and publish the run.",
)
@_store
def run_command(store: Path, **given: Any) -> int:
    """Analyse a tagger on a corpus and publish the run; prints the run's id.

    If a file of predictions names several taggers, each gets a run.
    """
    options = given_options(RUN_OPTIONS, given)
    chosen_backend(options)
    for name, value in QUIET_LIBRARIES.items():
        os.environ.setdefault(name, value)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # Imported here because the environment must be set first, and because the libraries take seconds to load.
    from analysis.pipeline.pipeline import analyse  # noqa: PLC0415

    report = Reporter(sys.stderr)
    for run_id in analyse(options, Store(store), report):
        manifest = Store(store).manifest(run_id)
        report.say(f"Audit of {printable(manifest['corpus']['label'])}\n{audit_text(manifest['audit'])}")
        strict = manifest["scores"]["strict"]
        report.say(
            f"Run {run_id}, {printable(manifest['name'])}: entity F1 {strict['f1']:.4f} "
            f"(precision {strict['precision']:.4f}, recall {strict['recall']:.4f})"
        )
        sys.stdout.write(f"{run_id}\n")
    return 0


@commands.command("list", cls=_StoreCommand)
@_json
@_store
def list_command(store: Path, as_json: bool) -> int:
    """List the runs of a store, newest first."""
    runs = Store(store).runs()
    if as_json:
        _print_json([asdict(run) for run in runs])
    elif runs:
        sys.stdout.write(f"{runs_text(runs)}\n")
    else:
        _print_message(f"There are no runs in {store}. To make one, see `{PROGRAM} run --help`.")
    return 0


@commands.command("show", cls=_StoreCommand, epilog=_RUN_HELP)
@_run
@_json
@_store
def show_command(run: str, store: Path, as_json: bool) -> int:
    """Print the scores, confusion and audit of a run."""
    found = Store(store)
    manifest = found.manifest(found.resolve(run))
    if as_json:
        _print_json({key: manifest[key] for key in SHOWN_KEYS})
    else:
        sys.stdout.write(f"{run_text(manifest)}\n")
    return 0


@commands.command("verify", cls=_StoreCommand, epilog=_RUN_HELP)
@_run
@_store
def verify_command(run: str, store: Path) -> int:
    """Check every byte of a run against its manifest."""
    found = Store(store)
    run_id = found.resolve(run)
    problems = found.verify(run_id)
    for problem in problems:
        _print_message(problem)
    if not problems:
        sys.stdout.write(f"Run {run_id} is intact.\n")
    return 1 if problems else 0


@commands.command(
    "export",
    cls=_StoreCommand,
    epilog=_RUN_HELP,
    params=[
        Parameter(["--table"], type=click.Choice(TABLES), required=True, help="the table to export"),
        Parameter(
            ["--format", "kind"],
            type=click.Choice(list(FORMATS)),
            default="csv",
            help="the file format (default: csv; text that a spreadsheet would read as a formula is prefixed with an "
            "apostrophe)",
        ),
        Parameter(["--output"], type=click.Path(path_type=Path), metavar="F", help="output file (default: stdout)"),
        *(Parameter([f"--{name}"], metavar="VALUE", section=FILTERS) for name in CLAUSE_NAMES),
    ],
)
@_run
@_store
def export_command(run: str, table: str, kind: str, output: Path | None, store: Path, **clauses: str | None) -> int:
    """Export a table of a run, or the rows that match filters."""
    if output is None and kind == "parquet" and sys.stdout.isatty():
        raise click.UsageError("Parquet cannot be printed on a terminal. Give --output or redirect stdout to a file")
    found = Store(store)
    scene = Scene(found.open(found.resolve(run)))
    query = {name: value for name in CLAUSE_NAMES if (value := clauses[name.replace("-", "_")]) is not None}
    rows = export_table(scene, table, Selection.from_query(query, scene))
    try:
        if output is None:
            write_table(rows, kind, sys.stdout.buffer)
        else:
            with whole_file(output) as stream:
                write_table(rows, kind, stream)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnalysisError(f"The table cannot be written to {output or 'stdout'}: {reason_of(error)}.") from error
    _print_message(f"{rows.num_rows:,} {table}{f' written to {output}' if output else ''}")
    return 0


@commands.command("delete", cls=_StoreCommand, epilog=_RUN_HELP)
@_run
@_store
def delete_command(run: str, store: Path) -> int:
    """Delete a run."""
    found = Store(store)
    run_id = found.resolve(run)
    found.delete(run_id)
    _print_message(f"Run {run_id} was deleted.")
    return 0


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _print_message(text: str) -> None:
    clear = CLEAR_LINE if sys.stderr.isatty() else ""  # the progress line of an interrupted stage
    sys.stderr.write(f"{clear}{text}\n")


def _report_bug(store: Path, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an unexpected error in one sentence; the traceback is written to a file."""
    lines = traceback.format_exception(kind, error, trace)
    if os.environ.get("EXPLAINER_TRACEBACK"):
        sys.stderr.writelines(lines)
        return
    folder = store if os.access(store, os.W_OK) else Path(tempfile.gettempdir())
    log = folder / "explainer-traceback.txt"
    log.write_text("".join(lines), encoding="utf-8")
    _print_message(f"Error: This is a bug in ExplaiNER ({kind.__name__}). Please report it and attach {log}.")
