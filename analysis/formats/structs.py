"""Structs in the cells of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def items_of(cell: Mapping[str, Any]) -> Any:
    """The structs of a struct of lists, which is how `datasets` gives a `Sequence` of structs."""
    if not cell or not all(isinstance(values, list) for values in cell.values()):
        return cell
    return [dict(zip(cell, values, strict=False)) for values in zip(*cell.values(), strict=False)]


def values_of(cell: Any, key: str) -> Any:
    """The values of a field in a list of structs, or a struct of lists; any other cell as it is."""
    items = items_of(cell) if isinstance(cell, Mapping) else cell
    if not isinstance(items, list):
        return cell
    return [item.get(key) if isinstance(item, Mapping) else item for item in items]


def name_labels(cells: Sequence[Any], key: str, names: Sequence[str]) -> list[Any]:
    """Cells of entities with the names of their labels instead of the numbers.

    Args:
        cells: A list of structs per row, or a struct of lists.
        key: The field of the labels.
        names: The name of each number.
    """

    def named(item: Any) -> Any:
        number = item.get(key) if isinstance(item, Mapping) else None
        return {**item, key: names[number]} if isinstance(number, int) and 0 <= number < len(names) else item

    rows = [items_of(cell) if isinstance(cell, Mapping) else cell for cell in cells]
    return [[named(item) for item in row] if isinstance(row, list) else row for row in rows]
