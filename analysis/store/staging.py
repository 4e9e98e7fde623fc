"""A run while it is being built: its values, which of its stages are finished, and how it is published."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, cast

import numpy.typing as npt
import pyarrow as pa

from analysis.errors import AnalysisError
from analysis.run.stage import JSON, Stage
from analysis.store.store_values import (
    DamagedError,
    Entry,
    HashingReader,
    encode_array,
    encode_json,
    encode_table,
    map_array,
    map_table,
    read_json,
    reason_of,
    sha256_of,
    sha256_of_file,
)
from analysis.store.value_cache import ValueCache

MANIFEST = "manifest"


class StageRecord(TypedDict):
    """Kept under `stage:<name>` once a stage is finished; without it the stage's values count for nothing."""

    key: str
    parameters: Mapping[str, Any]
    seconds: float
    entries: dict[str, Entry]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns a full disk, a missing permission or a broken database into a sentence."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise AnalysisError(
            f"The store {path} cannot be written: {reason_of(error)}; "
            "what is finished stands, and the same command goes on from there."
        ) from error


class Staging:
    """The staging folder of one run, held under its lock.

    Args:
        folder: `.staging-<run id>`, with the scratch folders of its stages in `.staging-<run id>.scratch`.
        cache: The values in it.
        destination: Where the run is published.
    """

    def __init__(self, folder: Path, cache: ValueCache, destination: Path) -> None:
        self._folder = folder
        self._scratch = folder.with_name(f"{folder.name}.scratch")
        self._cache = cache
        self._destination = destination

    def workspace(self, stage: Stage) -> StageWorkspace:
        """What a stage reads from and writes to."""
        scratch = self._scratch / stage.name
        with writing(self._folder.parent):
            scratch.mkdir(parents=True, exist_ok=True)
        return StageWorkspace(stage, scratch, self._cache)

    def finished(self, stage: Stage, stage_key: str) -> StageRecord | None:
        """The record of a stage that stands here whole, under this key; None if it has to be done (again)."""
        try:
            data = self._cache.get(_record_key(stage.name))
            if data is None:
                return None
            record = cast("StageRecord", json.loads(data))
            if record["key"] != stage_key or set(record["entries"]) != set(stage.outputs):
                return None
            for key, entry in record["entries"].items():
                file = self._cache.file(key)
                if file is None or sha256_of_file(file) != entry["sha256"]:
                    return None
        except (DamagedError, FileNotFoundError):
            return None
        return record

    def finish(self, stage: Stage, record: StageRecord) -> None:
        """Declare a stage done: from here on a restart does not repeat it."""
        missing = set(stage.outputs) - set(record["entries"])
        if missing:
            raise RuntimeError(f"the stage {stage.name} did not write {sorted(missing)}")
        with writing(self._folder.parent):
            self._cache.put(_record_key(stage.name), encode_json(record))
            shutil.rmtree(self._scratch / stage.name, ignore_errors=True)

    def adopt(self, stage: Stage, record: StageRecord, files: Mapping[str, Path]) -> bool:
        """Copy a stage's values from a published run; False if they are not what that run's manifest says."""
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

    def read_table(self, key: str) -> pa.Table:
        """A staged table."""
        return map_table(_file(self._cache, key))

    def read_array(self, key: str) -> npt.NDArray[Any]:
        """A staged array."""
        return map_array(_file(self._cache, key))

    def read_json(self, key: str) -> JSON:
        """A staged JSON value."""
        return read_json(_file(self._cache, key))

    def publish(self, manifest: Mapping[str, Any], records: Mapping[str, StageRecord]) -> None:
        """Write the manifest, make sure of everything on the disk, and rename the folder to its place.

        Args:
            manifest: All of it but `entries`, which are put together here.
            records: Of every stage, by its name.

        Raises:
            AnalysisError: The folder is not sound, or cannot be written.
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
                    f"The run in {self._folder} is not sound ({findings[0]}); delete that folder and run it again."
                )
            self._cache.close()
            shutil.rmtree(self._scratch, ignore_errors=True)
            _sync_tree(self._folder)
            self._folder.rename(self._destination)
            _sync(self._destination.parent)
            self._folder.with_name(f"{self._folder.name}.lock").unlink(missing_ok=True)


class StageWorkspace:
    """The `Workspace` of analysis.run.stage: reads what stands in the staging folder, writes one stage's outputs."""

    def __init__(self, stage: Stage, scratch: Path, cache: ValueCache) -> None:
        self.scratch = scratch
        self.entries: dict[str, Entry] = {}
        self._stage = stage
        self._cache = cache
        self._store = scratch.parents[1]

    def read_table(self, key: str) -> pa.Table:
        """A table written by an earlier stage, memory-mapped."""
        return map_table(self._input(key))

    def read_array(self, key: str) -> npt.NDArray[Any]:
        """An array written by an earlier stage, memory-mapped, read-only."""
        return map_array(self._input(key))

    def read_json(self, key: str) -> JSON:
        """A JSON value written by an earlier stage."""
        return read_json(self._input(key))

    def write_table(self, key: str, table: pa.Table) -> None:
        """Keep a table under `key`."""
        self._put(key, io.BytesIO(encode_table(table)), "table", table.shape)

    def write_array(self, key: str, array: npt.NDArray[Any] | Path) -> None:
        """Keep an array under `key`, or the `.npy` file at a path, which is copied and not loaded."""
        if isinstance(array, Path):
            mapped = map_array(array)
            with array.open("rb") as stream:
                self._put(key, stream, "array", mapped.shape, str(mapped.dtype))
        else:
            self._put(key, io.BytesIO(encode_array(array)), "array", array.shape, str(array.dtype))

    def write_json(self, key: str, value: JSON) -> None:
        """Keep a JSON value under `key`."""
        self._put(key, io.BytesIO(encode_json(value)), "json", ())

    def _put(self, key: str, stream: BinaryIO, kind: str, shape: tuple[int, ...], dtype: str = "") -> None:
        if key not in self._stage.outputs or key in self.entries:
            raise RuntimeError(f"the stage {self._stage.name} may write {self._stage.outputs}, each once, not {key!r}")
        with writing(self._store):
            hashed = _put_stream(self._cache, key, stream)
        self.entries[key] = {
            "kind": kind,
            "shape": list(shape),
            "dtype": dtype,
            "sha256": hashed.sha256,
            "bytes": hashed.length,
            "stage": self._stage.name,
        }

    def _input(self, key: str) -> Path:
        if key not in self._stage.inputs:
            raise RuntimeError(f"the stage {self._stage.name} reads {key!r}, which is not among its inputs")
        return _file(self._cache, key)


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
