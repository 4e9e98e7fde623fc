"""How values are stored: `.npy` arrays, Arrow IPC tables and JSON as bytes or files, each with its checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypedDict, TypeVar

from analysis.run.values import Value

T = TypeVar("T")

BLOCK = 2**22


class DamagedError(Exception):
    """A run's folder is damaged. The text is a clause without capital and full stop, for use in a message."""


def reason_of(error: Exception) -> str:
    """The reason for an error, without errno number, to end a message."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror.lower()}{f' ({os.fspath(error.filename)})' if error.filename else ''}"
    return str(error)


class Entry(TypedDict):
    """The manifest's entry for one stored value."""

    kind: str  # table, array or json
    shape: list[int]  # rows and columns of a table; empty for json
    dtype: str  # "" for tables and json
    sha256: str
    bytes: int
    stage: str  # the stage that wrote it


class HashingReader:
    """A binary stream that computes the sha256 and the length of the bytes read from it."""

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
        """Hex digest of the bytes read so far."""
        return self._digest.hexdigest()


def sha256_of(data: bytes) -> str:
    """Hex digest of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex digest of a file's content, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class MappedValues:
    """The values of a published run, memory-mapped (the `RunValues` of analysis.run.run); no database stays open."""

    def __init__(self, manifest: Mapping[str, Any], files: Mapping[str, Path]) -> None:
        self.manifest = manifest
        self._files = files

    def read(self, value: Value[T]) -> T:
        """A value's data."""
        return value.load(self._files[value.key])

    def has(self, value: Value[Any]) -> bool:
        """Whether the run has a value."""
        return value.key in self._files
