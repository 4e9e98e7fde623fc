"""The command line: its arguments, output and exit codes.

Results go to stdout, everything else to stderr. Exit codes: 0 for success; 1 for a failure, with one message; 2 for
wrong usage; 130 after Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from analysis.command_line.check_command import check_command
from analysis.command_line.export_command import export_command
from analysis.command_line.parameters import Commands, given_options, parameter_of, usage_sentence
from analysis.command_line.report_command import report_command
from analysis.command_line.store_command import (
    RUN_HELP,
    StoreCommand,
    json_option,
    print_json,
    print_message,
    run_argument,
    store_option,
)
from analysis.command_line.text_report import audit_text, run_text, runs_text
from analysis.corpus.options import CORPUS_OPTIONS
from analysis.errors import AnalysisError
from analysis.options import OptionError
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.store.store import Store
from analysis.taggers.backends import TAGGER_OPTIONS, chosen_backend

PROGRAM = "python -m analysis"
USAGE_ERROR = 2
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
        print_message(f"Error: {usage_sentence(error)}")
        return USAGE_ERROR
    except OptionError as error:
        print_message(f"Error: {error}")
        return USAGE_ERROR
    except AnalysisError as error:
        print_message(f"Error: {error}")
        return 1
    except BrokenPipeError:  # the reader closed the pipe; without this Python prints another error at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
def commands() -> None:
    """Error analysis of named-entity taggers: make, inspect, verify, check, export and delete runs."""


@commands.command(
    "run",
    cls=StoreCommand,
    params=[
        *(parameter_of(option, "Tagger") for option in TAGGER_OPTIONS),
        *(parameter_of(option, "Corpus") for option in CORPUS_OPTIONS),
        *(parameter_of(option, "Analysis") for option in RUN_OPTIONS if option not in TAGGER_OPTIONS + CORPUS_OPTIONS),
    ],
    when_interrupted="Stopped. Finished stages are kept. Run the same command to continue.",
    short_help="Analyse a tagger on a corpus and publish the run.",
)
@store_option
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
        report.say(f"Audit of {manifest['corpus']['label']}\n{audit_text(manifest['audit'])}")
        strict = manifest["scores"]["strict"]
        report.say(
            f"Run {run_id}, {manifest['name']}: entity F1 {strict['f1']:.4f} "
            f"(precision {strict['precision']:.4f}, recall {strict['recall']:.4f})"
        )
        sys.stdout.write(f"{run_id}\n")
    return 0


@commands.command("list", cls=StoreCommand)
@json_option
@store_option
def list_command(store: Path, as_json: bool) -> int:
    """List the runs of a store, newest first."""
    runs = Store(store).runs()
    if as_json:
        print_json([asdict(run) for run in runs])
    elif runs:
        sys.stdout.write(f"{runs_text(runs)}\n")
    else:
        print_message(f"There are no runs in {store}. To make one, see `{PROGRAM} run --help`.")
    return 0


@commands.command("show", cls=StoreCommand, epilog=RUN_HELP)
@run_argument
@json_option
@store_option
def show_command(run: str, store: Path, as_json: bool) -> int:
    """Print the scores, confusion and audit of a run."""
    found = Store(store)
    manifest = found.manifest(found.resolve(run))
    if as_json:
        print_json({key: manifest[key] for key in SHOWN_KEYS})
    else:
        sys.stdout.write(f"{run_text(manifest)}\n")
    return 0


@commands.command("verify", cls=StoreCommand, epilog=RUN_HELP)
@run_argument
@store_option
def verify_command(run: str, store: Path) -> int:
    """Check every byte of a run against its manifest."""
    found = Store(store)
    run_id = found.resolve(run)
    problems = found.verify(run_id)
    for problem in problems:
        print_message(problem)
    if not problems:
        sys.stdout.write(f"Run {run_id} is intact.\n")
    return 1 if problems else 0


commands.add_command(report_command)
commands.add_command(check_command)
commands.add_command(export_command)


@commands.command("delete", cls=StoreCommand, epilog=RUN_HELP)
@run_argument
@store_option
def delete_command(run: str, store: Path) -> int:
    """Delete a run."""
    found = Store(store)
    run_id = found.resolve(run)
    found.delete(run_id)
    print_message(f"Run {run_id} was deleted.")
    return 0
