"""The store of runs: one diskcache folder a run, built aside, published whole, never changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from analysis.errors import AnalysisError
from analysis.run.rerun import rerun_command
from analysis.run.run import Run
from analysis.run.schema import SCHEMA_VERSION
from analysis.store.staging import MANIFEST, Staging, writing
from analysis.store.store_values import DamagedError, MappedValues, reason_of, sha256_of_file
from analysis.store.value_cache import DATABASE, ValueCache


@dataclass(frozen=True)
class RunSummary:
    """A line of the list of runs; where `problem` (a sentence) is set, the rest but the id may be empty."""

    id: str
    name: str = ""
    created: str = ""  # ISO 8601, UTC
    corpus: str = ""
    tagger: str = ""
    words: int = 0
    sentences: int = 0
    f1: float | None = None
    problem: str | None = None


class Store:
    """A folder of published runs.

    Layout: `runs/<run id>/` are published; `.staging-<run id>/` is being built, with `.staging-<run id>.scratch/` and
    `.staging-<run id>.lock` beside it; `.deleted-*` is on its way out.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._manifests: dict[str, tuple[frozenset[str], Mapping[str, Any]]] = {}

    # Reading

    def runs(self) -> list[RunSummary]:
        """All published runs, newest first; those that cannot be read come last, with their problem."""
        summaries = [self._summary(run_id) for run_id in self._run_ids()]
        return sorted(summaries, key=lambda run: (run.created, run.id), reverse=True)

    def published(self, run_id: str) -> bool:
        """Whether there is such a run."""
        return self._folder(run_id).joinpath(DATABASE).is_file()

    def resolve(self, run: str) -> str:
        """The run id meant by an id, a name, or the beginning of an id that no other run shares.

        Raises:
            AnalysisError: No run, or more than one, is meant.
        """
        ids = self._run_ids()
        if run in ids:
            return run
        named = [summary.id for summary in self.runs() if summary.name == run]
        meant = named or [run_id for run_id in ids if run and run_id.startswith(run)]
        if not meant:
            raise AnalysisError(
                f"There is no run {run!r} in the store {self.path}; `python -m analysis list` shows the runs it has."
            )
        if len(meant) > 1:
            raise AnalysisError(f"{run!r} may mean any of the runs {', '.join(sorted(meant))}; give more of the id.")
        return meant[0]

    def open(self, run_id: str) -> Run:
        """A published run, its values memory-mapped.

        Raises:
            AnalysisError: There is no such run, it is damaged, or it is of another schema version.
        """
        manifest = self.manifest(run_id)
        with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
            files = {key: self._entry_file(cache, key, entry) for key, entry in manifest["entries"].items()}
        return Run(MappedValues(manifest, files), self.path)

    def manifest(self, run_id: str) -> Mapping[str, Any]:
        """What a run says about itself.

        Raises:
            AnalysisError: There is no such run, it is damaged, or it is of another schema version.
        """
        database = self._folder(run_id) / DATABASE
        with self._reading(run_id):
            if not database.is_file():
                raise FileNotFoundError(database)
            folders = _value_folders(database.parent)
            known = self._manifests.get(run_id)
            if known and known[0] == folders:  # a published run never changes, so a manifest is read once
                return known[1]
            with closing(ValueCache(database.parent)) as cache:
                data = cache.get(MANIFEST)
            if data is None:
                raise DamagedError("it has no manifest")
            manifest: Mapping[str, Any] = json.loads(data)
        _require_schema(run_id, manifest, self.path)
        self._manifests[run_id] = (folders, manifest)
        return manifest

    def verify(self, run_id: str) -> list[str]:
        """All that is wrong with a run, a sentence each: files, keys and checksums against the manifest."""
        self._manifests.pop(run_id, None)
        try:
            manifest = self.manifest(run_id)
            with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
                problems = [f"The folder of run {run_id} is not sound: {finding}." for finding in cache.check()]
                if manifest["run"] != run_id:
                    problems.append(f"The folder of run {run_id} holds the run {manifest['run']}.")
                entries = manifest["entries"]
                foreign = sorted(set(cache.keys()) - {MANIFEST, *entries})
                problems += [f"The key {key!r} does not belong to run {run_id}." for key in foreign]
                for key, entry in entries.items():
                    try:
                        file = self._entry_file(cache, key, entry)
                    except (DamagedError, FileNotFoundError) as error:
                        problems.append(f"The value {key!r} of run {run_id} cannot be read: {reason_of(error)}.")
                        continue
                    if sha256_of_file(file) != entry["sha256"]:
                        problems.append(f"The value {key!r} of run {run_id} is not what was written: its bytes differ.")
        except AnalysisError as error:
            return [str(error)]
        return problems

    def delete(self, run_id: str) -> None:
        """Remove a run: away from all readers at once, then from the disk.

        Raises:
            AnalysisError: There is no such run, or it may not be removed.
        """
        grave = self.path / f".deleted-{run_id}-{uuid.uuid4().hex}"
        try:
            self._folder(run_id).rename(grave)
        except FileNotFoundError:
            raise AnalysisError(f"There is no run {run_id} in the store {self.path}; nothing was deleted.") from None
        except OSError as error:
            raise AnalysisError(f"The run {run_id} cannot be deleted: {reason_of(error)}.") from error
        for folder in self.path.glob(".deleted-*"):  # this one, and what an earlier, stopped deletion left
            shutil.rmtree(folder, ignore_errors=True)

    def check_readable(self) -> None:
        """Whether the folder is there and its list of runs can be read; a store without a run is a store.

        Raises:
            AnalysisError: It is not.
        """
        self._run_ids()
        if not self.path.is_dir():
            raise AnalysisError(f"There is no folder {self.path}: the first `python -m analysis run` makes it.")

    def _run_ids(self) -> list[str]:
        try:
            return sorted(folder.name for folder in (self.path / "runs").iterdir() if folder.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise AnalysisError(f"The store {self.path} cannot be read: {reason_of(error)}.") from error

    def _folder(self, run_id: str) -> Path:
        # It may come from a link, and must not lead out of the store, nor be longer than a file's name can be.
        if run_id in {"", ".."} or Path(run_id).name != run_id or len(run_id) > 60:
            raise AnalysisError(f"{run_id[:60]!r} is not the id of a run.")
        return self.path / "runs" / run_id

    def _summary(self, run_id: str) -> RunSummary:
        try:
            manifest = self.manifest(run_id)
        except AnalysisError as error:
            return RunSummary(run_id, problem=str(error))
        corpus, scores = manifest["corpus"], manifest["scores"]
        return RunSummary(
            id=run_id,
            name=manifest["name"],
            created=manifest["created"],
            corpus=corpus["label"],
            tagger=manifest["tagger"]["label"],
            words=corpus["words"],
            sentences=corpus["sentences"],
            f1=scores["strict"]["f1"],
        )

    @contextmanager
    def _reading(self, run_id: str) -> Iterator[None]:
        """Turns what can go wrong with a run's folder into a sentence."""
        try:
            yield
        except FileNotFoundError:
            if self.published(run_id):
                problem = f"The run {run_id} in {self.path} is damaged: a file is missing; delete it and run it again."
            else:
                problem = f"There is no run {run_id} in the store {self.path} any more."
            raise AnalysisError(problem) from None
        except (OSError, sqlite3.Error, DamagedError, ValueError, KeyError, TypeError) as error:
            raise AnalysisError(
                f"The run {run_id} in {self.path} cannot be read: {reason_of(error)}; "
                f"`python -m analysis verify {run_id}` says more, and running its analysis again mends a deleted one."
            ) from error

    @staticmethod
    def _entry_file(cache: ValueCache, key: str, entry: Mapping[str, Any]) -> Path:
        file = cache.file(key)
        if file is None:
            raise DamagedError(f"its value {key!r} is missing")
        if file.stat().st_size != entry["bytes"]:
            raise DamagedError(f"its value {key!r} has {file.stat().st_size} bytes instead of {entry['bytes']}")
        return file

    # Building

    @contextmanager
    def build(self, run_id: str, on_wait: Callable[[], None]) -> Iterator[Staging]:
        """The staging folder of a run, for this process alone.

        Args:
            run_id: The run to be built.
            on_wait: Called once if another process is building the same run, before waiting for it.

        Yields:
            The staging folder, with all that an earlier, stopped analysis left in it.

        Raises:
            AnalysisError: The store cannot be written.
        """
        with writing(self.path):
            self.path.joinpath("runs").mkdir(parents=True, exist_ok=True)
            lock = _acquire(FileLock(self.path / f".staging-{run_id}.lock"), on_wait)
        try:
            folder = self.path / f".staging-{run_id}"
            with writing(self.path):
                cache = _open_staging(folder)
            with closing(cache):
                yield Staging(folder, cache, self._folder(run_id))
        finally:
            lock.release()

    def stage_files(self, stage: str, stage_key: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Path]]]:
        """Published copies of a stage's result: manifests of runs that have it, with the files of all their values."""
        for run_id in self._run_ids():
            try:
                manifest = self.manifest(run_id)
                if manifest["stage_keys"].get(stage) != stage_key:
                    continue
                with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
                    files = {key: self._entry_file(cache, key, entry) for key, entry in manifest["entries"].items()}
            except AnalysisError:
                continue  # a run that cannot be read has nothing to give
            yield manifest, files


def _open_staging(folder: Path) -> ValueCache:
    """Open or make a staging folder; one whose database a crash broke is begun anew."""
    try:
        cache = ValueCache(folder)
        for _ in range(3):  # value files lie two folders deep, and each pass removes one level of empty ones
            if not cache.check(mend=True):
                break
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        shutil.rmtree(folder)
        return ValueCache(folder)
    return cache


def _value_folders(run_folder: Path) -> frozenset[str]:
    """Names of the folders that hold a run's values: chosen at random, so that a run made anew has others."""
    with os.scandir(run_folder) as entries:
        return frozenset(entry.name for entry in entries if entry.is_dir())


def _acquire(lock: FileLock, on_wait: Callable[[], None]) -> FileLock:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        on_wait()
        lock.acquire()
    return lock


def _require_schema(run_id: str, manifest: Mapping[str, Any], store: Path) -> None:
    schema = manifest.get("schema")
    if schema != SCHEMA_VERSION:
        raise AnalysisError(
            f"The run {run_id} was written with schema version {schema} and this program reads version "
            f"{SCHEMA_VERSION}; analyse it again with `{rerun_command(manifest, store)}`, "
            f"then `python -m analysis delete {run_id}`."
        )
