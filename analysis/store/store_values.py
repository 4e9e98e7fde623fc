"""How values lie in the store: `.npy` arrays, Arrow IPC tables and JSON as bytes or files, each with its checksum."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypedDict

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BLOCK = 2**22


class DamagedError(Exception):
    """A run's folder does not hold what it should; the text is the middle of a sentence."""


def reason_of(error: Exception) -> str:
    """The end of a sentence about an error, without errno numbers."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}{f' ({os.fspath(error.filename)})' if error.filename else ''}"
    return str(error)


class Entry(TypedDict):
    """What the manifest says about one stored value."""

    kind: str  # table, array or json
    shape: list[int]  # rows and columns of a table; empty for json
    dtype: str  # "" for tables and json
    sha256: str
    bytes: int
    stage: str  # the stage that wrote it


class HashingReader:
    """A binary stream that keeps the sha256 and the length of what was read through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.length = 0

    def read(self, size: int = BLOCK) -> bytes:
        """Up to `size` bytes."""
        block = self._stream.read(size)
        self._digest.update(block)
        self.length += len(block)
        return block

    @property
    def sha256(self) -> str:
        """Hex digest of all that was read so far."""
        return self._digest.hexdigest()


def sha256_of(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's content, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def encode_json(value: Any) -> bytes:
    """JSON in UTF-8, keys in the order that they are in.

    Raises:
        ValueError: The value holds NaN or an infinity, which JSON has not.
        TypeError: The value holds something that JSON has not.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def encode_array(array: npt.NDArray[Any]) -> bytes:
    """The array as a `.npy` file.

    Raises:
        ValueError: The array holds Python objects, which would need a pickle.
    """
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def encode_table(table: pa.Table) -> bytes:
    """The table as one record batch of an Arrow IPC file, so that its columns map without a copy."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


def map_array(path: Path) -> npt.NDArray[Any]:
    """A `.npy` file as a read-only memory map."""
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def map_table(path: Path) -> pa.Table:
    """An Arrow IPC file as a table whose columns lie in the memory-mapped file."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def read_json(path: Path) -> Any:
    """A JSON file's value."""
    return json.loads(path.read_bytes())


class MappedValues:
    """The values of a published run, memory-mapped (the `RunValues` of analysis.run.run); holds no open database."""

    def __init__(self, manifest: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        self.manifest = manifest
        self._files = files

    def read_table(self, key: str) -> pa.Table:
        """A memory-mapped table."""
        return map_table(self._files[key])

    def read_array(self, key: str) -> npt.NDArray[Any]:
        """A memory-mapped, read-only array."""
        return map_array(self._files[key])

    def read_json(self, key: str) -> Any:
        """A JSON value."""
        return read_json(self._files[key])
