"""Creates the demo: `python -m analysis.demo`. Existing parts are not created again."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path

from analysis.command_line.cli import main as analysis_command
from analysis.command_line.store_command import INTERRUPTED
from analysis.demo.corpus_files import read_conll, write_corpus
from analysis.demo.generator import SIZES
from analysis.errors import AnalysisError
from analysis.pipeline.progress import Reporter
from analysis.store.store import Store

RUN_NAME = "demo"
HUB_TAGGER = "dslim/bert-base-NER"
HUB_CORPUS = "conll2003"
_MADE_FROM = "made_from.json"
"""File in a finished folder: the fingerprint of its inputs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Create the demo.

    Args:
        arguments: Without the program name; None: the arguments of the process.

    Returns:
        The exit code: 0; 1 after a failure, with a message on stderr; 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m analysis.demo", description="Create the demo's corpus, tagger and run."
    )
    parser.add_argument("--folder", type=Path, default=Path(".demo"), metavar="DIR", help="(default .demo)")
    parser.add_argument("--store", type=Path, metavar="DIR", help="store of the run (default: store, in the folder)")
    parser.add_argument(
        "--hub", action="store_true", help=f"instead, analyse {HUB_TAGGER} on {HUB_CORPUS} from the hub"
    )
    options = parser.parse_args(arguments)
    store = options.store or options.folder / ("hub-store" if options.hub else "store")
    if options.hub:
        return analysis_command(
            ["run", "--model", HUB_TAGGER, "--dataset", HUB_CORPUS, "--split", "validation", "--store", str(store)]
        )
    report = Reporter(sys.stderr)
    try:
        corpus = make_corpus(options.folder, report)
        tagger = make_tagger(options.folder, corpus, report)
    except AnalysisError as error:
        report.say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        report.say("Stopped. Finished stages are kept. Run the same command to continue.")
        return INTERRUPTED
    return analyse(tagger, corpus, store, report)


def make_corpus(folder: Path, report: Reporter) -> Path:
    """The folder of the corpus; it is generated if it does not exist or the code has changed."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    fingerprint = _fingerprint([source for source in sources if source.name not in {"__main__.py", "head.py"}])

    def write(staging: Path) -> None:
        report.say(f"Writing a corpus of {sum(SIZES.values()):,} sentences ...")
        write_corpus(staging, report)

    return _made(folder / "corpus", fingerprint, write, report)


def make_tagger(folder: Path, corpus: Path, report: Reporter) -> Path:
    """The folder of the tagger; it is trained if it does not exist or the corpus or code has changed.

    Raises:
        AnalysisError: The package with the weights is not installed.
    """
    train = corpus / "train.conll"

    def fit(staging: Path) -> None:
        report.say("Fitting a tagger: all-MiniLM-L6-v2 with a token-classification head (about half a minute) ...")
        # Without this, torch's threads spin while they wait for each other, which is slow on a busy machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from analysis.demo.head import fit_tagger  # noqa: PLC0415  loading torch takes seconds

        fit_tagger(read_conll(train), staging, report)

    return _made(folder / "tagger", _fingerprint([train, Path(__file__).with_name("head.py")]), fit, report)


def analyse(tagger: Path, corpus: Path, store: Path, report: Reporter) -> int:
    """Analyse the tagger on the test split, with the training split as reference, unless the store has that run.

    Returns:
        The exit code of the analysis.
    """
    made_from = store / f"{RUN_NAME}.json"
    test, train = corpus / "test.conll", corpus / "train.conll"
    program = sorted(Path(__file__).parents[1].rglob("*.py"))
    fingerprint = _fingerprint([tagger / _MADE_FROM, test, train, *program])
    known = json.loads(made_from.read_text(encoding="utf-8")) if made_from.is_file() else {}
    whole_runs = {run.id for run in Store(store).runs() if run.problem is None}
    if known.get("fingerprint") == fingerprint and known["run"] in whole_runs:
        report.say(f"The run {known['run']} is already in {store}.")
        return 0
    report.say("Analysing the tagger on the test split ...")
    printed = StringIO()
    with redirect_stdout(printed):
        code = analysis_command(
            [
                *("run", "--model", str(tagger), "--dataset", str(test), "--name", RUN_NAME, "--store", str(store)),
                *("--reference", str(test.with_name("train.conll"))),
            ]
        )
    if code == 0:
        run_id = printed.getvalue().strip()
        if known.get("run") in whole_runs - {run_id}:  # made by an earlier version of this program
            Store(store).delete(known["run"])
        made_from.write_text(json.dumps({"fingerprint": fingerprint, "run": run_id}), encoding="utf-8")
        report.say(f"The run {run_id} is in {store}.")
    return code


def _made(folder: Path, fingerprint: str, make: Callable[[Path], None], report: Reporter) -> Path:
    """The folder made from inputs with a fingerprint; it is made under a temporary name and then renamed."""
    stamp = folder / _MADE_FROM
    if stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == {"fingerprint": fingerprint}:
        report.say(f"The {folder.name} is already in {folder}.")
        return folder
    began = time.monotonic()
    staging = folder.with_name(f".{folder.name}-staging")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    make(staging)
    (staging / _MADE_FROM).write_text(json.dumps({"fingerprint": fingerprint}), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    staging.rename(folder)
    report.say(f"The {folder.name} is in {folder} ({time.monotonic() - began:.0f} s).")
    return folder


def _fingerprint(files: Sequence[Path]) -> str:
    """Hex sha256 of the names and contents of files."""
    digest = sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
