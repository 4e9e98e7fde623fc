"""The store of runs: one diskcache folder per run, built in a staging folder, published whole, never changed."""

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
from analysis.messages import shown
from analysis.run.rerun import rerun_command
from analysis.run.run import Run
from analysis.run.schema import SCHEMA_VERSION
from analysis.store.staging import MANIFEST, Staging, writing
from analysis.store.store_values import DamagedError, MappedValues, reason_of, sha256_of_file
from analysis.store.value_cache import DATABASE, ValueCache
from analysis.taggers.capabilities import capabilities


@dataclass(frozen=True)
class RunSummary:
    """A row of the list of runs. If `problem` (a sentence) is set, all other fields except `id` may be empty."""

    id: str
    name: str = ""
    created: str = ""  # ISO 8601, UTC
    corpus: str = ""
    tagger: str = ""
    words: int = 0
    sentences: int = 0
    f1: float | None = None
    lacks: tuple[str, ...] = ()  # names of analysis.taggers.capabilities
    problem: str | None = None


class Store:
    """A folder of published runs.

    Layout: `runs/<run id>/` is a published run. `.staging-<run id>/` is a run that is being built, next to
    `.staging-<run id>.scratch/` and `.staging-<run id>.lock`. `.deleted-*` is being deleted.
    """

    def __init__(self, path: Path | str) -> None:
        """Name the folder; it is created when the first run is written.

        Raises:
            AnalysisError: The path is not valid.
        """
        if "\0" in str(path):
            raise AnalysisError(f"The path of the store {str(path)!r} contains a null character. Remove it.")
        self.path = Path(path)
        self._manifests: dict[str, tuple[frozenset[str], Mapping[str, Any]]] = {}

    # Reading

    def runs(self) -> list[RunSummary]:
        """All published runs, newest first; those that cannot be read come last, with the problem."""
        summaries = [self._summary(run_id) for run_id in self._run_ids()]
        return sorted(summaries, key=lambda run: (run.created, run.id), reverse=True)

    def published(self, run_id: str) -> bool:
        """Whether a run with this id is published."""
        return self._folder(run_id).joinpath(DATABASE).is_file()

    def resolve(self, run: str) -> str:
        """The run id for an id, a name, or a unique prefix of an id.

        Raises:
            AnalysisError: No run matches, or more than one does.
        """
        ids = self._run_ids()
        if run in ids:
            return run
        named = [summary.id for summary in self.runs() if summary.name == run]
        meant = named or [run_id for run_id in ids if run and run_id.startswith(run)]
        if not meant:
            raise AnalysisError(
                f"There is no run {shown(run)} in the store {self.path}. List the runs with `python -m analysis list`."
            )
        if len(meant) > 1:
            raise AnalysisError(f"{shown(run)} matches several runs: {', '.join(sorted(meant))}. Give a longer id.")
        return meant[0]

    def open(self, run_id: str) -> Run:
        """A published run, its values memory-mapped.

        Raises:
            AnalysisError: The run does not exist, is damaged, or has another schema version.
        """
        manifest = self.manifest(run_id)
        with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
            files = {key: self._entry_file(cache, key, entry) for key, entry in manifest["entries"].items()}
        return Run(MappedValues(manifest, files), self.path)

    def manifest(self, run_id: str) -> Mapping[str, Any]:
        """The manifest of a run.

        Raises:
            AnalysisError: The run does not exist, is damaged, or has another schema version.
        """
        database = self._folder(run_id) / DATABASE
        with self._reading(run_id):
            if not database.is_file():
                raise FileNotFoundError(database)
            folders = _value_folders(database.parent)
            known = self._manifests.get(run_id)
            if known and known[0] == folders:  # a published run never changes, so its manifest is read once
                return known[1]
            with closing(ValueCache(database.parent)) as cache:
                data = cache.get(MANIFEST)
            if data is None:
                raise DamagedError("the manifest is missing")
            manifest: Mapping[str, Any] = json.loads(data)
        _require_schema(run_id, manifest, self.path)
        self._manifests[run_id] = (folders, manifest)
        return manifest

    def verify(self, run_id: str) -> list[str]:
        """Compare files, keys and checksums of a run with its manifest; returns one sentence per problem."""
        self._manifests.pop(run_id, None)
        try:
            manifest = self.manifest(run_id)
            with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
                problems = [f"The folder of run {run_id} is damaged: {finding}." for finding in cache.check()]
                if manifest["run"] != run_id:
                    problems.append(f"The folder of run {run_id} contains the run {manifest['run']}.")
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
                        problems.append(f"The value {key!r} of run {run_id} has changed: its checksum differs.")
        except AnalysisError as error:
            return [str(error)]
        return problems

    def delete(self, run_id: str) -> None:
        """Delete a run: rename it, so that no reader opens it, then remove its files.

        Raises:
            AnalysisError: The run does not exist or cannot be deleted.
        """
        tombstone = self.path / f".deleted-{run_id}-{uuid.uuid4().hex}"
        try:
            self._folder(run_id).rename(tombstone)
        except FileNotFoundError:
            raise AnalysisError(f"There is no run {run_id} in the store {self.path}. Nothing was deleted.") from None
        except OSError as error:
            raise AnalysisError(f"The run {run_id} cannot be deleted: {reason_of(error)}.") from error
        for folder in self.path.glob(".deleted-*"):  # this one, and those of interrupted deletions
            shutil.rmtree(folder, ignore_errors=True)

    def check_readable(self) -> None:
        """Check that the folder exists and its runs can be listed; an empty store is valid.

        Raises:
            AnalysisError: The store cannot be read.
        """
        self._run_ids()
        if not self.path.is_dir():
            raise AnalysisError(f"The store {self.path} does not exist. `python -m analysis run` creates it.")

    def _run_ids(self) -> list[str]:
        try:
            return sorted(folder.name for folder in (self.path / "runs").iterdir() if folder.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise AnalysisError(f"The store {self.path} cannot be read: {reason_of(error)}.") from error

    def _folder(self, run_id: str) -> Path:
        # The id may come from a URL: it must not lead out of the store or exceed the length of a file name.
        if run_id in {"", ".."} or Path(run_id).name != run_id or len(run_id) > 60:
            raise AnalysisError(f"{run_id[:60]!r} is not a valid run id.")
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
            lacks=tuple(name for name, reason in capabilities(manifest).items() if reason is not None),
        )

    @contextmanager
    def _reading(self, run_id: str) -> Iterator[None]:
        """Raises an AnalysisError for anything wrong with a run's folder."""
        try:
            yield
        except FileNotFoundError:
            if self.published(run_id):
                problem = f"The run {run_id} in {self.path} is damaged: a file is missing. Delete it and analyse again."
            else:
                problem = f"There is no run {run_id} in the store {self.path}. It may have been deleted."
            raise AnalysisError(problem) from None
        except (OSError, sqlite3.Error, DamagedError, ValueError, KeyError, TypeError) as error:
            raise AnalysisError(
                f"The run {run_id} in {self.path} cannot be read: {reason_of(error)}. "
                f"For details, run `python -m analysis verify {run_id}`. To repair it, delete it and analyse again."
            ) from error

    @staticmethod
    def _entry_file(cache: ValueCache, key: str, entry: Mapping[str, Any]) -> Path:
        file = cache.file(key)
        if file is None:
            raise DamagedError(f"the value {key!r} is missing")
        if file.stat().st_size != entry["bytes"]:
            raise DamagedError(f"the value {key!r} has {file.stat().st_size} bytes instead of {entry['bytes']}")
        return file

    # Building

    @contextmanager
    def build(self, run_id: str, on_wait: Callable[[], None]) -> Iterator[Staging]:
        """The staging folder of a run, locked for this process.

        Args:
            run_id: The run to build.
            on_wait: Called once if another process is building the same run, before waiting for it.

        Yields:
            The staging folder, with the results of an interrupted analysis if there was one.

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
        """Published results of a stage: the manifest of each run with this result, and the files of its values."""
        for run_id in self._run_ids():
            try:
                manifest = self.manifest(run_id)
                if manifest["stage_keys"].get(stage) != stage_key:
                    continue
                with self._reading(run_id), closing(ValueCache(self._folder(run_id))) as cache:
                    files = {key: self._entry_file(cache, key, entry) for key, entry in manifest["entries"].items()}
            except AnalysisError:
                continue  # an unreadable run is skipped: the stage can be computed
            yield manifest, files


def _open_staging(folder: Path) -> ValueCache:
    """Open or create a staging folder; a folder whose database is corrupt is deleted and created again."""
    try:
        cache = ValueCache(folder)
        for _ in range(3):  # value files are two folders deep, and each pass removes one level of empty folders
            if not cache.check(repair=True):
                break
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        shutil.rmtree(folder)
        return ValueCache(folder)
    return cache


def _value_folders(run_folder: Path) -> frozenset[str]:
    """Names of the folders of a run's values. They are random, so a run that was made again has other names."""
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
            f"The run {run_id} has schema version {schema}, but this program reads version "
            f"{SCHEMA_VERSION}. Analyse it again with `{rerun_command(manifest, store)}`, "
            f"then `python -m analysis delete {run_id}`."
        )
