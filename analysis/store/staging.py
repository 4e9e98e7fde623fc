"""A run that is being built: its values, its finished stages, and its publication."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, TypeVar, cast

from analysis.errors import AnalysisError
from analysis.run.stage import Stage
from analysis.run.values import Array, Value, encode_json
from analysis.store.store_values import (
    DamagedError,
    Entry,
    HashingReader,
    reason_of,
    sha256_of,
    sha256_of_file,
)
from analysis.store.value_cache import ValueCache

T = TypeVar("T")

MANIFEST = "manifest"


class StageRecord(TypedDict):
    """Stored under `stage:<name>` when a stage is finished; without it the stage's values are ignored."""

    key: str
    parameters: Mapping[str, Any]
    seconds: float
    entries: dict[str, Entry]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises an AnalysisError for a full disk, a missing permission or a corrupt database."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise AnalysisError(
            f"The store {path} cannot be written: {reason_of(error)}. "
            "Finished stages are kept. Run the same command to continue."
        ) from error


class Staging:
    """The staging folder of one run, held under its lock.

    Args:
        folder: `.staging-<run id>`, with the scratch folders of its stages in `.staging-<run id>.scratch`.
        cache: The values in it.
        destination: The folder of the published run.
    """

    def __init__(self, folder: Path, cache: ValueCache, destination: Path) -> None:
        self._folder = folder
        self._scratch = folder.with_name(f"{folder.name}.scratch")
        self._cache = cache
        self._destination = destination

    def workspace(self, stage: Stage) -> StageWorkspace:
        """The workspace that a stage reads from and writes to."""
        scratch = self._scratch / stage.name
        with writing(self._folder.parent):
            scratch.mkdir(parents=True, exist_ok=True)
        return StageWorkspace(stage, scratch, self._cache)

    def finished(self, stage: Stage, stage_key: str) -> StageRecord | None:
        """The record of a stage that is complete here under this key; None if the stage must run (again)."""
        try:
            data = self._cache.get(_record_key(stage.name))
            if data is None:
                return None
            record = cast("StageRecord", json.loads(data))
            if record["key"] != stage_key or set(record["entries"]) != _keys(stage.outputs):
                return None
            for key, entry in record["entries"].items():
                file = self._cache.file(key)
                if file is None or sha256_of_file(file) != entry["sha256"]:
                    return None
        except (DamagedError, FileNotFoundError):
            return None
        return record

    def finish(self, stage: Stage, record: StageRecord) -> None:
        """Mark a stage as finished: a restart does not repeat it."""
        missing = _keys(stage.outputs) - set(record["entries"])
        if missing:
            raise RuntimeError(f"the stage {stage.name} did not write {sorted(missing)}")
        with writing(self._folder.parent):
            self._cache.put(_record_key(stage.name), encode_json(record))
            shutil.rmtree(self._scratch / stage.name, ignore_errors=True)

    def adopt(self, stage: Stage, record: StageRecord, files: Mapping[str, Path]) -> bool:
        """Copy a stage's values from a published run; False if they do not match that run's manifest."""
        for key, entry in record["entries"].items():
            try:
                stream = files[key].open("rb")
            except FileNotFoundError:
                return False
            with stream, writing(self._folder.parent):
                if _put_stream(self._cache, key, stream).sha256 != entry["sha256"]:
                    return False
        self.finish(stage, record)
        return True

    def read(self, value: Value[T]) -> T:
        """A staged value."""
        return value.load(_file(self._cache, value.key))

    def has(self, value: Value[Any]) -> bool:
        """Whether a value is staged."""
        return self._cache.file(value.key) is not None

    def discard(self) -> None:
        """Remove the folder with everything in it."""
        with writing(self._folder.parent):
            self._cache.close()
            shutil.rmtree(self._scratch, ignore_errors=True)
            shutil.rmtree(self._folder)
            self._remove_lock()

    def publish(self, manifest: Mapping[str, Any], records: Mapping[str, StageRecord]) -> None:
        """Write the manifest, flush all files to disk, and rename the folder to its final name.

        Args:
            manifest: Everything except `entries`, which this method adds.
            records: The record of each stage, by name.

        Raises:
            AnalysisError: The folder is damaged, or cannot be written.
        """
        entries: dict[str, Entry] = {}
        for name, record in records.items():
            entries |= record["entries"]
            data = encode_json(record)
            entries[_record_key(name)] = _json_entry(name, data)
        with writing(self._folder.parent):
            self._cache.put(MANIFEST, encode_json({**manifest, "entries": entries}))
            for key in set(self._cache.keys()) - {MANIFEST, *entries}:
                self._cache.delete(key)
            findings = self._cache.check()
            if findings:
                raise AnalysisError(
                    f"The run in {self._folder} is damaged ({findings[0]}). Delete this folder and analyse again."
                )
            self._cache.close()
            shutil.rmtree(self._scratch, ignore_errors=True)
            _sync_tree(self._folder)
            self._folder.rename(self._destination)
            _sync(self._destination.parent)
            self._remove_lock()

    def _remove_lock(self) -> None:
        self._folder.with_name(f"{self._folder.name}.lock").unlink(missing_ok=True)


class StageWorkspace:
    """The `Workspace` of analysis.run.stage: reads from the staging folder, writes one stage's outputs."""

    def __init__(self, stage: Stage, scratch: Path, cache: ValueCache) -> None:
        self.scratch = scratch
        self.entries: dict[str, Entry] = {}
        self._stage = stage
        self._cache = cache
        self._store = scratch.parents[1]

    def read(self, value: Value[T]) -> T:
        """A value written by an earlier stage."""
        if not self.has(value):
            raise RuntimeError(f"the stage {self._stage.name} reads {value.key!r}, which is not among its inputs")
        return value.load(_file(self._cache, value.key))

    def has(self, value: Value[Any]) -> bool:
        """Whether the value is an input of the stage, and so was written by an earlier one."""
        return value in self._stage.inputs

    def write(self, value: Value[T], data: T) -> None:
        """Store an output."""
        value.check(data)
        dtype = str(getattr(data, "dtype", ""))
        self._put(value, io.BytesIO(value.encode(data)), value.shape_of(data), dtype)

    def write_file(self, value: Array, path: Path) -> None:
        """Store the `.npy` file at a path as an output; it is copied and not loaded."""
        mapped = value.load(path)
        value.check(mapped)
        with path.open("rb") as stream:
            self._put(value, stream, mapped.shape, str(mapped.dtype))

    def _put(self, value: Value[Any], stream: BinaryIO, shape: tuple[int, ...], dtype: str) -> None:
        if value not in self._stage.outputs or value.key in self.entries:
            raise RuntimeError(f"the stage {self._stage.name} may write each of its outputs once, not {value.key!r}")
        with writing(self._store):
            hashed = _put_stream(self._cache, value.key, stream)
        self.entries[value.key] = {
            "kind": value.kind,
            "shape": list(shape),
            "dtype": dtype,
            "sha256": hashed.sha256,
            "bytes": hashed.length,
            "stage": self._stage.name,
        }


def _keys(values: tuple[Value[Any], ...]) -> set[str]:
    return {value.key for value in values}


def _record_key(stage_name: str) -> str:
    return f"stage:{stage_name}"


def _file(cache: ValueCache, key: str) -> Path:
    file = cache.file(key)
    if file is None:
        raise KeyError(key)
    return file


def _put_stream(cache: ValueCache, key: str, stream: BinaryIO) -> HashingReader:
    hashed = HashingReader(stream)
    cache.put_stream(key, cast("BinaryIO", hashed))
    return hashed


def _json_entry(stage: str, data: bytes) -> Entry:
    return {"kind": "json", "shape": [], "dtype": "", "sha256": sha256_of(data), "bytes": len(data), "stage": stage}


def _sync_tree(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(Path(parent) / name)
        _sync(Path(parent))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
