"""Values under keys in a folder. The only module that uses diskcache."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, BinaryIO, cast

import diskcache
from diskcache.core import MODE_BINARY

from analysis.store.store_values import DamagedError, sha256_of

SETTINGS = {
    "eviction_policy": "none",  # the default drops the oldest values
    "cull_limit": 0,
    "size_limit": 2**40,
    "disk_min_file_size": 0,  # every value is a file, which can be memory-mapped
    "sqlite_synchronous": 2,
}
"""Always passed in full: opening a diskcache overwrites its stored settings."""

DATABASE = "cache.db"  # the file name that diskcache uses


class PlainDisk(diskcache.Disk):  # type: ignore[misc]
    """Text keys, and binary files as values: nothing is ever pickled or unpickled (CVE-2025-69872)."""

    def put(self, key: object) -> tuple[str, bool]:
        """The key unchanged, if it is text."""
        if type(key) is not str:
            raise TypeError(f"store keys must be text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: int) -> str:
        """The key from the database, if it is text."""
        if not raw or type(key) is not str:
            raise DamagedError("a key is not plain text")
        return key

    def store(self, value: object, read: bool, key: object = diskcache.UNKNOWN) -> tuple[Any, ...]:
        """Store bytes or the content of a binary stream as a file."""
        if not read and type(value) is not bytes:
            raise TypeError(f"store values must be bytes or files, not {type(value).__name__}")
        return cast("tuple[Any, ...]", super().store(value, read, key=key))

    def fetch(self, mode: int, filename: str, value: object, read: bool) -> Any:
        """Open or read a value's file; any other storage mode is rejected."""
        if mode != MODE_BINARY:
            raise DamagedError("a value is not stored as a plain file")
        folder = Path(self._directory).resolve()
        if not (folder / filename).resolve().is_relative_to(folder):
            raise DamagedError(f"a value lies outside its folder: {filename}")
        return super().fetch(mode, filename, value, read)


class ValueCache:
    """A diskcache folder under the settings of this store; values are bytes in files."""

    def __init__(self, folder: Path) -> None:
        self._cache = diskcache.Cache(str(folder), disk=PlainDisk, **SETTINGS)

    def put(self, key: str, data: bytes) -> None:
        """Store bytes with their checksum."""
        self._cache.set(key, data, tag=sha256_of(data), retry=True)

    def put_stream(self, key: str, stream: BinaryIO) -> None:
        """Store the content of a binary stream."""
        self._cache.set(key, stream, read=True, retry=True)

    def get(self, key: str) -> bytes | None:
        """The bytes stored by `put`; None if the key is missing.

        Raises:
            DamagedError: The checksum does not match.
        """
        data, checksum = self._cache.get(key, tag=True, retry=True)
        if data is not None and sha256_of(data) != checksum:
            raise DamagedError(f"the checksum of {key} does not match")
        return cast("bytes | None", data)

    def file(self, key: str) -> Path | None:
        """The file of a value; None if the key is missing."""
        stream = self._cache.get(key, read=True, retry=True)
        if stream is None:
            return None
        with stream:
            return Path(stream.name)

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._cache.iterkeys())

    def delete(self, key: str) -> None:
        """Delete a value."""
        self._cache.delete(key, retry=True)

    def check(self, repair: bool = False) -> list[str]:
        """Problems that diskcache finds in its folder; `repair` removes incomplete files and entries."""
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # diskcache reports its findings as warnings
            return [str(warning.message) for warning in self._cache.check(fix=repair, retry=True)]

    def close(self) -> None:
        """Close the database, which merges its write-ahead log into the one file."""
        self._cache.close()
