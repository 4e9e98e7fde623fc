"""A real analysis, killed by SIGKILL in the middle of each of its stages, and gone on with each time.

`python -m tests.analysis.pipeline.killed_stages FOLDER` analyses FOLDER/tagger on FOLDER/corpus.conll, and prints as
JSON what each process did that went on in the store of the one before, beside an analysis that was left alone.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from analysis.options import Options
from analysis.pipeline import pipeline
from analysis.pipeline.pipeline import analyse as analyse_run
from analysis.pipeline.progress import Reporter
from analysis.pipeline.stages import RUN_OPTIONS
from analysis.projections.projection import umap
from analysis.store.staging import StageWorkspace
from analysis.store.store import Store
from analysis.taggers.huggingface.batching import BATCH_SIZES, BatchSize
from tests.analysis.pipeline.stub_stages import FileLog, checksums, in_child

BATCHES_BEFORE_DEATH = 6


def write_corpus(path: Path, sentences: int) -> Path:
    """A CoNLL file of sentences of many lengths."""
    names = ["John Smith", "Acme Corp.", "Paris", "Washington", "Zoë Müller"]
    types = ["PER", "ORG", "LOC", "LOC", "PER"]
    fillers = ["he", "said", "that", "nobody", "in", "the", "union", "met", "a", "very", "long", "sentence", "&"]
    random = np.random.default_rng(3)
    lines = []
    for number in range(sentences):
        which = number % len(names)
        first, *rest = names[which].split()
        lines += [f"{first}\tB-{types[which]}", *(f"{word}\tI-{types[which]}" for word in rest)]
        lines += [f"{word}\tO" for word in random.choice(fillers, size=1 + number % 23)]
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def analyse(folder: Path, store: Path, log: FileLog) -> None:
    """Run the analysis; the log gets every stage that is run, and how many words the forward pass began with."""

    def logged(stage):
        def run(context):
            log.append(stage.name)
            counts = itertools.count()

            def progress(done: int, total: int, unit: str) -> None:
                if stage.name == "predictions" and next(counts) == 0:
                    log.append(f"from={done}")

            stage.run(replace(context, progress=progress))

        return replace(stage, run=run)

    pipeline.STAGES = tuple(map(logged, pipeline.STAGES))
    given = {"model": str(folder / "tagger"), "dataset": str(folder / "corpus.conll")}
    options = Options.from_values(RUN_OPTIONS, given)
    analyse_run(options, Store(store), Reporter(io.StringIO()))


def die_in(stage_name: str) -> None:
    """Let this process be killed inside a stage: in the forward pass, or before another stage writes."""

    def deadly_put(workspace, *arguments):
        if workspace._stage.name == stage_name:
            os.kill(os.getpid(), signal.SIGKILL)
        return put(workspace, *arguments)

    def deadly(stage):
        def run(context):
            calls = itertools.count(1)

            def progress(*_: object) -> None:
                if next(calls) > BATCHES_BEFORE_DEATH:
                    os.kill(os.getpid(), signal.SIGKILL)

            stage.run(replace(context, progress=progress))

        return replace(stage, run=run)

    put = StageWorkspace._put
    if stage_name == "predictions":
        pipeline.STAGES = tuple(deadly(stage) if stage.name == stage_name else stage for stage in pipeline.STAGES)
    else:
        StageWorkspace._put = deadly_put


def begun(log: FileLog) -> dict:
    """The stages that a process ran, and how many words its forward pass began with."""
    lines = log.read()
    starts = [int(line.removeprefix("from=")) for line in lines if "=" in line]
    return {"stages": [line for line in lines if "=" not in line], "first_progress": starts[0] if starts else None}


def published(store: Path) -> dict:
    (run,) = Store(store).runs()
    return {"checksums": checksums(store, run.id), "problems": Store(store).verify(run.id)}


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)  # the tagger is tiny, and threads would only wait for each other
    BATCH_SIZES["cpu"] = BatchSize(batch=128, shard=384)
    random = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    everyone = np.ones(40, bool)
    umap(random, 5, 0.1, 2, 0, always_fit=everyone, progress=lambda *_: None)  # compiled once, not in each child

    def process(name: str, store: Path, dies_in: str | None = None) -> dict:
        log = FileLog(folder / f"{name}.log")

        def work() -> None:
            if dies_in is not None:
                die_in(dies_in)
            analyse(folder, store, log)

        return {"dies_in": dies_in, "exit_code": in_child(work), **begun(log)}

    unbroken, killed = folder / "unbroken", folder / "killed"
    left_alone = process("unbroken", unbroken)
    names = left_alone["stages"]
    processes = [process(f"killed in {name}", killed, name) for name in names] + [process("last", killed)]
    json.dump(
        {
            "unbroken": {**left_alone, **published(unbroken)},
            "processes": processes,
            "killed": published(killed),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
