"""Small stages with which the store and the stage runner are tested; as a script, analyses that are killed.

`python -m tests.analysis.pipeline.stub_stages FOLDER` runs an analysis in a process of its own that is killed by
SIGKILL before its first step that changes the disk, then, in a fresh store, before its second, and so on until one
survives; each killed one is run again to its end. It prints, as JSON, a list with what the two processes did for every
point of death.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import diskcache
import numpy as np
import pyarrow as pa

from analysis.option_kinds import single, whole_number
from analysis.options import Option, Options
from analysis.pipeline.plan import Plan
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stage_runner import Materials, build_run
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import TagSet
from analysis.run.values import Array, Column, Json, Table
from analysis.store.store import Store
from analysis.store.value_cache import ValueCache

SHARDS = 3
ROWS: Option[int] = Option("rows", whole_number(1), 10, help="rows of the numbers", metavar="N")
FACTOR: Option[float] = Option("factor", single(float), 2.0, help="factor of the means", metavar="X")
UNUSED: Option[int] = Option("unused", whole_number(0), 0, help="what no stage reads", metavar="N")
HASHES = {"log": "10", "corpus": "c0", "tagger": "7a"}


NUMBERS = Array("numbers", "numbers", "numbers", "float16", ("rows", 4))
NUMBERS_AUDIT = Json("numbers_audit", "remarks on numbers", "numbers")
SUMMARY = Table(
    "summary",
    "summaries of numbers",
    "summary",
    row="row of `numbers`",
    columns=(Column("mean", pa.float64(), "mean"), Column("text", pa.string(), "name")),
)
SCORES = Json("scores", "scores", "scores")
EMPTY = Array("empty", "nothing", "scores", "float32", ("rows", 3))


def count_call(context: StageContext, stage: str) -> None:
    """Remember, outside the store, that a stage ran."""
    log = context.resources["log"]
    if log is not None:
        log.append(stage)


def run_numbers(context: StageContext) -> None:
    count_call(context, "numbers")
    rows = context.options[ROWS]
    for shard in range(SHARDS):
        path = context.workspace.scratch / f"{shard}.npy"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            with unfinished.open("wb") as stream:
                np.save(stream, np.random.default_rng(shard).normal(size=(rows, 4)).astype(np.float16))
            unfinished.rename(path)
        context.progress((shard + 1) * rows, SHARDS * rows, "rows")
    whole = context.workspace.scratch / "whole.npy"
    np.save(whole, np.concatenate([np.load(context.workspace.scratch / f"{shard}.npy") for shard in range(SHARDS)]))
    context.workspace.write_file(NUMBERS, whole)
    context.workspace.write(NUMBERS_AUDIT, {"rows": rows, "note": "é\u202e<b>"})


def run_summary(context: StageContext) -> None:
    count_call(context, "summary")
    numbers = context.workspace.read(NUMBERS)
    means = numbers.mean(axis=1, dtype=np.float64) * context.options[FACTOR]
    context.workspace.write(SUMMARY, SUMMARY.make({"mean": means, "text": [f"row {i}" for i in range(len(means))]}))


def run_scores(context: StageContext) -> None:
    count_call(context, "scores")
    means = context.workspace.read(SUMMARY).column("mean").to_numpy()
    context.workspace.write(SCORES, {"strict": {"f1": float(np.abs(means).max())}})
    context.workspace.write(EMPTY, np.zeros((0, 3), dtype=np.float32))


STAGES = (
    Stage(
        "numbers",
        1,
        (),
        (NUMBERS, NUMBERS_AUDIT),
        run_numbers,
        (ROWS,),
        resources=("corpus", "tagger", "log"),
    ),
    Stage("summary", 1, (NUMBERS,), (SUMMARY,), run_summary, (FACTOR,), ("log",)),
    Stage("scores", 1, (SUMMARY,), (SCORES, EMPTY), run_scores, (), ("log",)),
)
STAGE_NAMES = [stage.name for stage in STAGES]


def describe(staging) -> dict:
    return {
        "name": "stub run",
        "created": "2026-01-02T03:04:05+00:00",
        "corpus": {"label": "stub/test", "sentences": 2, "words": 30},
        "tagger": {"label": "stub"},
        "types": ["LOC", "PER"],
        "scores": staging.read(SCORES),
        "options": {"model": "stub-model", "dataset": "stub.conll"},
    }


def plan_of(stages=STAGES, **options) -> Plan:
    return Plan(stages, Options.from_values((ROWS, FACTOR, UNUSED), options), HASHES)


def analyse(store: Path, log: list | None = None, stages=STAGES, report=None, describe_run=describe, **options) -> str:
    """Run the stub stages and return the run id."""
    materials = Materials(TagSet(("LOC", "PER")), {"corpus": None, "tagger": None, "log": log})
    return build_run(
        plan_of(stages, **options), materials, Store(store), describe_run, report or Reporter(io.StringIO())
    )


def checksums(store: Path, run_id: str) -> dict[str, str]:
    """sha256 of all values that stages wrote (not of the records of how long they took)."""
    entries = Store(store).manifest(run_id)["entries"]
    return {key: entry["sha256"] for key, entry in entries.items() if not key.startswith("stage:")}


class FileLog:
    """A list in a file, so that what a killed process did is known."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, stage: str) -> None:
        with self.path.open("a") as stream:
            stream.write(f"{stage}\n")

    def read(self) -> list[str]:
        return self.path.read_text().split() if self.path.exists() else []


def die_at(step: int) -> None:
    """Let this process be killed before the given step that changes the disk."""
    steps = itertools.count(1)

    def deadly(original):
        def call(*arguments, **options):
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)

        return call

    for owner, name in [
        (ValueCache, "put"),
        (ValueCache, "put_stream"),
        (diskcache.Disk, "_write"),
        (Path, "rename"),
        (Path, "unlink"),
        (shutil, "rmtree"),
    ]:
        setattr(owner, name, deadly(getattr(owner, name)))


def in_child(work) -> int:
    """Do the work in a forked process; its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    folder = Path(sys.argv[1])
    analyse(folder / "first")  # so that what is imported on first use is not imported in every child
    deaths = []
    for step in itertools.count(1):
        store, killed, resumed = (
            folder / f"{step}",
            FileLog(folder / f"{step}.killed"),
            FileLog(folder / f"{step}.resumed"),
        )

        def first(step=step, store=store, log=killed) -> None:
            die_at(step)
            analyse(store, log)

        exit_code = in_child(first)
        if exit_code == 0:
            break
        in_child(partial(analyse, store, resumed))
        (run,) = Store(store).runs()
        deaths.append(
            {
                "exit_code": exit_code,
                "stages_before": killed.read(),
                "stages_after": resumed.read(),
                "checksums": checksums(store, run.id),
                "problems": Store(store).verify(run.id),
                "left": sorted(path.name for path in store.iterdir()),
            }
        )
        shutil.rmtree(store)
    json.dump(deaths, sys.stdout)


if __name__ == "__main__":
    main()
