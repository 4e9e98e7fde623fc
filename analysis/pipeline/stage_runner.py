"""Runs planned stages in order: reuses finished results, computes missing ones, and publishes the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.errors import AnalysisError, RefusedInputError
from analysis.pipeline.plan import Plan
from analysis.pipeline.progress import Reporter
from analysis.run.schema import SCHEMA_VERSION
from analysis.run.stage import Stage, StageContext
from analysis.run.tags import TagSet
from analysis.store.staging import StageRecord, Staging
from analysis.store.store import Store
from analysis.store.store_values import Entry, reason_of


@dataclass(frozen=True)
class Materials:
    """The inputs of the stages besides stored values (documented in analysis.run.stage.StageContext)."""

    tag_set: TagSet
    resources: Mapping[str, Any]


def build_run(
    plan: Plan,
    materials: Materials,
    store: Store,
    describe: Callable[[Staging], Mapping[str, Any]],
    report: Reporter,
) -> str:
    """Publish the run of a plan; results of earlier analyses are reused.

    Args:
        plan: The stages to run.
        materials: The inputs of the stages.
        store: Where it is published.
        describe: Makes the manifest from the staged values, except the entries that this function adds.
        report: Receives messages and progress.

    Returns:
        The run id.

    Raises:
        AnalysisError: A stage failed for a reason that the user can fix, or the store cannot be written.
    """
    run_id = plan.run_id
    if store.published(run_id):
        report.say(f"This analysis is already published as run {run_id}. Nothing to do.")
        return run_id

    def report_waiting() -> None:
        report.say(f"Another process is building the same run {run_id}. Waiting for it (Ctrl-C to cancel).")

    with store.build(run_id, report_waiting) as staging:
        if store.published(run_id):  # by the other process
            report.say(f"The other process has published run {run_id}.")
            return run_id
        build = _Build(plan, materials, store, staging, report)
        try:
            records = {stage.name: build.result_of(stage) for stage in plan.stages}
        except RefusedInputError:
            staging.discard()
            raise
        report.say(f"Publishing run {run_id} ...")
        manifest = {
            "schema": SCHEMA_VERSION,
            "run": run_id,
            "stage_keys": plan.stage_keys,
            "hashes": plan.hashes,
            "parameters": plan.parameters,
            "left_out": plan.left_out,
            "timings": {name: record["seconds"] for name, record in records.items()},
            **describe(staging),
        }
        staging.publish(manifest, records)
    return run_id


@dataclass(frozen=True)
class _Build:
    plan: Plan
    materials: Materials
    store: Store
    staging: Staging
    report: Reporter

    def result_of(self, stage: Stage) -> StageRecord:
        """The stage's record: from the staging folder, from a published run, or from running the stage."""
        title = f"[{self.plan.stages.index(stage) + 1}/{len(self.plan.stages)}] {stage.name}"
        record = self.staging.finished(stage, self.plan.stage_keys[stage.name])
        if record is not None:
            self.report.say(f"{title}: already done")
            return record
        return self._taken(stage, title) or self._done(stage, title)

    def _taken(self, stage: Stage, title: str) -> StageRecord | None:
        for manifest, files in self.store.stage_files(stage.name, self.plan.stage_keys[stage.name]):
            entries = {value.key: manifest["entries"][value.key] for value in stage.outputs}
            record = self._record(stage, manifest["timings"][stage.name], entries)
            if self.staging.adopt(stage, record, files):
                self.report.say(f"{title}: reused from run {manifest['run']}")
                return record
        return None

    def _done(self, stage: Stage, title: str) -> StageRecord:
        workspace = self.staging.workspace(stage)
        context = StageContext(
            workspace=workspace,
            tag_set=self.materials.tag_set,
            options=self.plan.options.only(stage.options),
            resources={name: self.materials.resources[name] for name in stage.resources},
            progress=self.report.stage(title),
        )
        start = time.perf_counter()
        try:
            stage.run(context)
        except OSError as error:
            raise AnalysisError(
                f"The stage {stage.name} stopped: {reason_of(error)}. "
                "Finished stages are kept. Run the same command to continue."
            ) from error
        seconds = round(time.perf_counter() - start, 3)
        record = self._record(stage, seconds, workspace.entries)
        self.staging.finish(stage, record)
        self.report.say(f"{title}: {seconds:.1f} s")
        return record

    def _record(self, stage: Stage, seconds: float, entries: dict[str, Entry]) -> StageRecord:
        return {
            "key": self.plan.stage_keys[stage.name],
            "parameters": self.plan.parameters[stage.name],
            "seconds": seconds,
            "entries": entries,
        }
