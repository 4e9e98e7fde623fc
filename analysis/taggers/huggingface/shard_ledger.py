"""Stores the arrays of a forward pass on disk, so that it can resume after the last finished shard."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap


@dataclass(frozen=True)
class StoredValues:
    """An array of a forward pass on disk; `empty` is its initial value."""

    name: str
    shape: tuple[int, ...]
    dtype: type[np.number[Any]]
    empty: float


class ShardLedger:
    """The arrays of a forward pass on disk, and the number of shards that are safely stored in them."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        self._folder = folder
        self._progress_path = folder / "progress.json"
        self._fingerprint = fingerprint
        self._arrays: list[np.memmap[Any, Any]] = []
        self.done = self._read_progress()

    def path(self, name: str) -> Path:
        """The file of an array."""
        return self._folder / f"{name}.npy"

    def _read_progress(self) -> int:
        if not self._progress_path.is_file():
            return 0
        progress = json.loads(self._progress_path.read_text("utf-8"))
        return int(progress["done"]) if progress["of"] == self._fingerprint else 0

    def open(self, *values: StoredValues) -> list[np.memmap[Any, Any]]:
        """The stored arrays, or new ones if no shard is done."""
        if self.done:
            self._arrays = [open_memmap(self.path(each.name), "r+") for each in values]
            return self._arrays
        # Delete an old progress file before its arrays are overwritten.
        self._progress_path.unlink(missing_ok=True)
        self._arrays = [open_memmap(self.path(each.name), "w+", each.dtype, each.shape) for each in values]
        for each, array in zip(values, self._arrays, strict=True):
            if each.empty != 0:  # a new file reads as zeros without being written
                array[:] = each.empty
        return self._arrays

    def commit(self) -> None:
        """Write the values to disk, then count one more shard as done."""
        for array in self._arrays:
            array.flush()
        self.done += 1
        temporary = self._progress_path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"done": self.done, "of": self._fingerprint}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._progress_path)
