"""Declarations of stored values: key, meaning, the stage that writes them, and format on disk."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

T = TypeVar("T")


@dataclass(frozen=True)
class Value(Generic[T]):
    """A value that a stage writes. Pass it to `Run.read` to read the data.

    Attributes:
        key: The key under which it is stored.
        meaning: What it contains: a noun phrase in the plural, for documentation and messages ("losses of words").
        stage: Name of the stage that writes it.
    """

    kind: ClassVar[str]

    key: str
    meaning: str
    stage: str

    def check(self, data: T) -> None:
        """Compare data with the declaration.

        Raises:
            ValueError: The data do not match the declaration.
        """
        raise NotImplementedError

    def encode(self, data: T) -> bytes:
        """The data as the bytes of a file."""
        raise NotImplementedError

    def load(self, path: Path) -> T:
        """The data in a file; large ones are memory-mapped."""
        raise NotImplementedError

    def shape_of(self, data: T) -> tuple[int, ...]:
        """The size that the manifest records: rows and columns of a table, the shape of an array."""
        raise NotImplementedError


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its name.
        type: Its Arrow type.
        meaning: What it contains, with its unit.
        codes: What its numbers are codes of: "tags", "types" or "outcomes"; "" for plain numbers.
        absent: The number that marks a missing value; None: there is none.
    """

    name: str
    type: pa.DataType
    meaning: str
    codes: str = ""
    absent: int | None = None


@dataclass(frozen=True)
class Table(Value[pa.Table]):
    """An Arrow table.

    Attributes:
        row: What one row represents.
        columns: The columns, in order.
    """

    kind: ClassVar[str] = "table"

    row: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema: names and types of the columns."""
        return pa.schema([(column.name, column.type) for column in self.columns])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def make(self, columns: dict[str, Any]) -> pa.Table:
        """A table from columns (name -> values), each cast to its declared type."""
        arrays = [_column(columns[column.name], column.type) for column in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.schema)

    def check(self, data: pa.Table) -> None:
        """Raise ValueError if the columns are not the declared ones."""
        if data.schema != self.schema:
            raise ValueError(f"{self.key} has the columns {data.schema}, not {self.schema}")

    def encode(self, data: pa.Table) -> bytes:
        """An Arrow IPC file with one record batch, so that the columns can be memory-mapped without a copy."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data.combine_chunks())
        return bytes(sink.getvalue().to_pybytes())

    def load(self, path: Path) -> pa.Table:
        """The table, memory-mapped."""
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all()

    def shape_of(self, data: pa.Table) -> tuple[int, ...]:
        """Rows and columns."""
        return tuple(data.shape)


@dataclass(frozen=True)
class Array(Value[npt.NDArray[Any]]):
    """A numpy array.

    Attributes:
        dtype: Name of its dtype.
        shape: One entry per dimension: its length if that is fixed, else what it counts ("words").
    """

    kind: ClassVar[str] = "array"

    dtype: str
    shape: tuple[int | str, ...]

    def check(self, data: npt.NDArray[Any]) -> None:
        """Raise ValueError if the dtype, the number of dimensions or a fixed length differs."""
        fits = len(data.shape) == len(self.shape) and all(
            isinstance(declared, str) or declared == length
            for declared, length in zip(self.shape, data.shape, strict=True)
        )
        if str(data.dtype) != self.dtype or not fits:
            raise ValueError(f"{self.key} is {data.dtype} {data.shape}, not {self.dtype} {self.shape}")

    def encode(self, data: npt.NDArray[Any]) -> bytes:
        """A `.npy` file, without pickled objects."""
        stream = io.BytesIO()
        np.save(stream, data, allow_pickle=False)
        return stream.getvalue()

    def load(self, path: Path) -> npt.NDArray[Any]:
        """A read-only memory map."""
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array

    def shape_of(self, data: npt.NDArray[Any]) -> tuple[int, ...]:
        """The array's shape."""
        return data.shape


@dataclass(frozen=True)
class Json(Value[Any]):
    """A JSON value."""

    kind: ClassVar[str] = "json"

    def check(self, data: Any) -> None:
        """Accept any data; `encode` refuses those that are not JSON."""

    def encode(self, data: Any) -> bytes:
        """JSON in UTF-8, keys in their given order; raises ValueError for NaN and infinities."""
        return encode_json(data)

    def load(self, path: Path) -> Any:
        """The value."""
        return json.loads(path.read_bytes())

    def shape_of(self, data: Any) -> tuple[int, ...]:
        """An empty tuple: JSON has no shape."""
        return ()


class Values(Protocol):
    """A source of values: a published run, a run being built, or memory."""

    def read(self, value: Value[T]) -> T:
        """The data of a value; tables and arrays are memory-mapped and read-only."""
        ...

    def has(self, value: Value[Any]) -> bool:
        """Whether the value exists."""
        ...


def encode_json(value: Any) -> bytes:
    """JSON in UTF-8, keys in their given order.

    Raises:
        ValueError: The value contains NaN or an infinity, which JSON cannot represent.
        TypeError: The value contains an object that JSON cannot represent.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _column(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, np.ndarray):
        return pa.array(values).cast(kind)
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)
