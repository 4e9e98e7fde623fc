"""Values under keys in a folder, by diskcache: the one module that knows it."""

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
"""Always all of them: whoever opens a diskcache rewrites its settings for everyone."""

DATABASE = "cache.db"  # the name that diskcache gives it


class PlainDisk(diskcache.Disk):  # type: ignore[misc]
    """Text keys, and values that are files of bytes: nothing is ever pickled or unpickled (CVE-2025-69872)."""

    def put(self, key: object) -> tuple[str, bool]:
        """The key as it is, if it is text."""
        if type(key) is not str:
            raise TypeError(f"keys of the store are text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: int) -> str:
        """The key as it stands in the database, if it is text."""
        if not raw or type(key) is not str:
            raise DamagedError("it has a key that is not plain text")
        return key

    def store(self, value: object, read: bool, key: object = diskcache.UNKNOWN) -> tuple[Any, ...]:
        """Keep bytes, or what a binary stream reads, as a file."""
        if not read and type(value) is not bytes:
            raise TypeError(f"values of the store are bytes or files, not {type(value).__name__}")
        return cast("tuple[Any, ...]", super().store(value, read, key=key))

    def fetch(self, mode: int, filename: str, value: object, read: bool) -> Any:
        """Open or read a value's file; every other way of keeping a value is refused."""
        if mode != MODE_BINARY:
            raise DamagedError("it has a value that is not a plain file, which is never read")
        folder = Path(self._directory).resolve()
        if not (folder / filename).resolve().is_relative_to(folder):
            raise DamagedError(f"it has a value outside its folder, {filename}")
        return super().fetch(mode, filename, value, read)


class ValueCache:
    """A diskcache folder under the settings of this store; values are bytes in files."""

    def __init__(self, folder: Path) -> None:
        self._cache = diskcache.Cache(str(folder), disk=PlainDisk, **SETTINGS)

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes, with their checksum beside them."""
        self._cache.set(key, data, tag=sha256_of(data), retry=True)

    def put_stream(self, key: str, stream: BinaryIO) -> None:
        """Keep what a binary stream reads."""
        self._cache.set(key, stream, read=True, retry=True)

    def get(self, key: str) -> bytes | None:
        """The bytes that `put` kept, None if there are none.

        Raises:
            DamagedError: They are not the bytes that were put.
        """
        data, checksum = self._cache.get(key, tag=True, retry=True)
        if data is not None and sha256_of(data) != checksum:
            raise DamagedError(f"its {key} does not have the checksum that it was written with")
        return cast("bytes | None", data)

    def file(self, key: str) -> Path | None:
        """The real file of a value, None without one."""
        stream = self._cache.get(key, read=True, retry=True)
        if stream is None:
            return None
        with stream:
            return Path(stream.name)

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._cache.iterkeys())

    def delete(self, key: str) -> None:
        """Drop a value."""
        self._cache.delete(key, retry=True)

    def check(self, mend: bool = False) -> list[str]:
        """What diskcache finds wrong with its folder; `mend` drops what a kill left half-written."""
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # diskcache collects its findings as warnings, whatever the filters say
            return [str(warning.message) for warning in self._cache.check(fix=mend, retry=True)]

    def close(self) -> None:
        """Close the database, which moves all of it into its one file."""
        self._cache.close()
