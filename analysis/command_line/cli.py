"""The command line: what it takes, what it prints where, and with which code it ends.

Results go to stdout, all else to stderr. Exit codes: 0; 1 where the job failed, with one sentence; 2 for a wrong call;
130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from analysis.command_line.text_report import audit_text, run_text, runs_text
from analysis.errors import AnalysisError
from analysis.export.formats import FORMATS, TABLES, export_table, whole_file, write_table
from analysis.pipeline.progress import CLEAR_LINE, Reporter
from analysis.run.rerun import kept_arguments
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Selection
from analysis.store.store import Store
from analysis.store.store_values import reason_of

INTERRUPTED = 130
LONGEST_FILE_NAME = 255  # bytes, on Linux, macOS and Windows
SHOWN = (
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
    "source",
    "versions",
)
"""Keys of the manifest that `show --json` gives."""
QUIET_LIBRARIES = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "DATASETS_VERBOSITY": "error",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
}
"""Environment that keeps the progress bars and warnings of libraries off stderr, where it is not set already."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None: those of the process.

    Returns:
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(given, argparse.Namespace(given=given))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a character still shows the rest
    sys.excepthook = partial(_report_bug, options.store)
    try:
        code: int = options.command(options)
        sys.stdout.flush()
    except AnalysisError as error:
        _tell(f"Error: {error}")
        return 1
    except BrokenPipeError:  # whoever read our output has had enough; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        _tell(options.when_interrupted)
        return INTERRUPTED
    return code


def _run(options: argparse.Namespace) -> int:
    for name, value in QUIET_LIBRARIES.items():
        os.environ.setdefault(name, value)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    # Imported here, after the environment is set, and because the libraries behind it take seconds to load.
    from analysis.corpus.corpus import CorpusOptions  # noqa: PLC0415
    from analysis.pipeline.pipeline import RunOptions, run_analysis  # noqa: PLC0415
    from analysis.taggers.huggingface.model import TaggerOptions  # noqa: PLC0415

    report = Reporter(sys.stderr)
    store = Store(options.store)
    run_id = run_analysis(
        RunOptions(
            corpus=CorpusOptions(
                dataset=options.dataset,
                split=options.split,
                config=options.config,
                revision=options.revision,
                word_column=options.word_column,
                tag_column=options.tag_column,
                id_column=options.id_column,
                tag_names=options.tag_names,
                label_map=options.label_map,
                limit=options.limit,
                seed=options.seed,
            ),
            tagger=TaggerOptions(
                model=options.model,
                revision=options.model_revision,
                dtype=options.dtype,
                device=options.device,
                allow_pickle=options.allow_pickle,
            ),
            name=options.name,
            seed=options.seed,
            umap_neighbors=options.umap_neighbors,
            umap_min_dist=options.umap_min_dist,
            encoder=options.encoder,
            neuron_layers=options.layers,
            references=tuple(options.reference),
            arguments=kept_arguments(options.given[1:]),
        ),
        store,
        report,
    )
    manifest = store.manifest(run_id)
    report.say(f"Audit of {manifest['corpus']['label']}\n{audit_text(manifest['audit'])}")
    strict = manifest["scores"]["strict"]
    report.say(
        f"Run {run_id}, {manifest['name']}: entity F1 {strict['f1']:.4f} "
        f"(precision {strict['precision']:.4f}, recall {strict['recall']:.4f})"
    )
    sys.stdout.write(f"{run_id}\n")
    return 0


def _list(options: argparse.Namespace) -> int:
    runs = Store(options.store).runs()
    if options.json:
        _print_json([asdict(run) for run in runs])
    elif runs:
        sys.stdout.write(f"{runs_text(runs)}\n")
    else:
        _tell(f"There are no runs in {options.store}; `python -m analysis run --help` says how to make one.")
    return 0


def _show(options: argparse.Namespace) -> int:
    store = Store(options.store)
    manifest = store.manifest(store.resolve(options.run))
    if options.json:
        _print_json({key: manifest[key] for key in SHOWN})
    else:
        sys.stdout.write(f"{run_text(manifest)}\n")
    return 0


def _verify(options: argparse.Namespace) -> int:
    store = Store(options.store)
    run_id = store.resolve(options.run)
    problems = store.verify(run_id)
    for problem in problems:
        _tell(problem)
    if not problems:
        sys.stdout.write(f"Run {run_id} is as it was written.\n")
    return 1 if problems else 0


def _export(options: argparse.Namespace) -> int:
    if options.output is None and options.format == "parquet" and sys.stdout.isatty():
        _tell("Error: Parquet is not for a terminal; give --output, or send stdout to a file.")
        return 2
    store = Store(options.store)
    scene = Scene(store.open(store.resolve(options.run)))
    query = {name: value for name in CLAUSE_NAMES if (value := getattr(options, name)) is not None}
    table = export_table(scene, options.table, Selection.from_query(query, scene))
    try:
        if options.output is None:
            write_table(table, options.format, sys.stdout.buffer)
        else:
            with whole_file(options.output) as stream:
                write_table(table, options.format, stream)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnalysisError(f"The table cannot be written to {options.output or 'stdout'}: {reason_of(error)}.") from (
            error
        )
    _tell(f"{table.num_rows:,} {options.table}{f' written to {options.output}' if options.output else ''}")
    return 0


def _delete(options: argparse.Namespace) -> int:
    store = Store(options.store)
    run_id = store.resolve(options.run)
    store.delete(run_id)
    _tell(f"Run {run_id} is deleted.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analysis",
        description="Error analysis of named-entity taggers: make runs, and look at, check, export and delete them.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands)
    listing = _add_command(commands, "list", _list, "list the runs of a store, newest first")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = _add_command(commands, "show", _show, "print the scores, confusion and audit of a run", takes_run=True)
    show.add_argument("--json", action="store_true", help="as JSON")
    _add_command(commands, "verify", _verify, "check every byte of a run against its manifest", takes_run=True)
    _add_export(commands)
    _add_command(commands, "delete", _delete, "delete a run", takes_run=True)
    return parser


Commands = Any  # argparse keeps the type of its subparsers to itself


def _add_command(
    commands: Commands,
    name: str,
    command: Callable[[argparse.Namespace], int],
    description: str,
    takes_run: bool = False,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=description, description=f"{description[0].upper()}{description[1:]}.", allow_abbrev=False
    )
    if takes_run:
        parser.add_argument("run", metavar="RUN", help="the id of a run, the beginning of one, or the run's name")
    parser.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get("EXPLAINER_STORE") or "store"),
        help="the store (default: $EXPLAINER_STORE, else ./store)",
    )
    parser.set_defaults(command=command, when_interrupted="Stopped.")
    return parser


def _add_run(commands: Commands) -> None:
    parser = _add_command(
        commands, "run", _run, "analyse a tagger on a corpus and publish the run; prints the run's id"
    )
    parser.set_defaults(when_interrupted="Stopped; what is finished stands, and the same command goes on from there.")
    add = parser.add_argument
    add("--model", type=_source, metavar="M", required=True, help="the tagger: a folder or a hub id")
    add("--dataset", type=_source, metavar="D", required=True, help="the corpus: a file, a folder or a hub id")
    add("--split", metavar="S", help="split of the corpus")
    add("--config", metavar="C", help="configuration of a hub dataset")
    add("--revision", help="revision of a hub dataset")
    add("--model-revision", metavar="REVISION", help="revision of a hub model")
    add("--word-column", metavar="COLUMN", help="name of the words' column, or its place in a CoNLL file, from 0")
    add("--tag-column", metavar="COLUMN", help="likewise, of the tags'")
    add("--id-column", metavar="COLUMN", help="name of the sentence ids' column")
    add("--tag-names", type=_names, metavar="O,B-PER,...", help="what integer tags stand for, in order")
    add("--label-map", type=_label_map, default={}, metavar="a=b,...", help="gold types and what to call them")
    add("--limit", type=_at_least(1), metavar="N", help="sample N sentences")
    add("--seed", type=_at_least(0), default=0, metavar="N", help="of sample and projections (default 0)")
    add("--name", metavar="LABEL", help="what to call the run")
    add("--dtype", choices=("fp32", "bf16"), default="fp32", help="bf16 is faster, with some other predictions")
    add("--device", metavar="D", help="cpu, cuda, cuda:1 or mps (default: the fastest there is)")
    add("--allow-pickle", action="store_true", help="load pickled weights where there are no safetensors")
    add("--umap-neighbors", type=_at_least(2), default=15, metavar="N", help="neighbours in UMAP (default 15)")
    add("--umap-min-dist", type=_fraction, default=0.1, metavar="X", help="least distance in UMAP (default 0.1)")
    add("--layers", type=_layers, metavar="3,6", help="layers whose neurons are looked at (default: middle and last)")
    add(
        "--encoder", type=_source, metavar="E", help="sentence encoder that finds duplicates (default all-MiniLM-L6-v2)"
    )
    add(
        "--reference",
        type=_source,
        action="append",
        default=[],
        metavar="D[:SPLIT]",
        help="another split, in which the corpus's sentences are looked for; may be given again",
    )


def _add_export(commands: Commands) -> None:
    parser = _add_command(commands, "export", _export, "write a table of a run, or the part a filter selects", True)
    parser.add_argument("--table", choices=TABLES, required=True, help="which table")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="csv",
        help="(default csv, in which text that a spreadsheet would take for a formula has an apostrophe before it)",
    )
    parser.add_argument("--output", type=Path, metavar="F", help="a file (default: stdout)")
    clauses = parser.add_argument_group("filters", "as in the dashboard's links; a row must meet all of them")
    for name in CLAUSE_NAMES:
        clauses.add_argument(f"--{name}", dest=name, metavar="VALUE")


def _source(text: str) -> str:
    if not text.strip() or max(len(os.fsencode(part)) for part in text.split("/")) > LONGEST_FILE_NAME:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} can name no file, folder or hub id")
    try:
        Path(text).expanduser()
    except RuntimeError:
        user = text.partition("/")[0]
        raise argparse.ArgumentTypeError(
            f"{text!r} is in the home folder of {user}, whom this machine does not know"
        ) from None
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _label_map(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in _names(text)]
    if not all(old and new for old, _, new in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is not written as old=new,old=new")
    return {old.strip(): new.strip() for old, _, new in pairs}


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return int(text)

    return number


def _layers(text: str) -> tuple[int, ...]:
    return tuple(_at_least(1)(number) for number in _names(text))


def _fraction(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def _print_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _tell(text: str) -> None:
    clear = CLEAR_LINE if sys.stderr.isatty() else ""  # what is left of the progress of a stopped stage
    sys.stderr.write(f"{clear}{text}\n")


def _report_bug(store: Path, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """One sentence for an error of this program itself; the traceback goes into a file."""
    lines = traceback.format_exception(kind, error, trace)
    if os.environ.get("EXPLAINER_TRACEBACK"):
        sys.stderr.writelines(lines)
        return
    folder = store if os.access(store, os.W_OK) else Path(tempfile.gettempdir())
    log = folder / "explainer-traceback.txt"
    log.write_text("".join(lines), encoding="utf-8")
    _tell(f"Error: this is a bug of this program ({kind.__name__}); please report it with the file {log}.")
