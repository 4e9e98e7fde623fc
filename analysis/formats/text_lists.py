"""Lists that are written as text in the cells of a table."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Sequence
from typing import Any

from analysis.errors import AnalysisError
from analysis.messages import shown

_NUMPY_LIST = re.compile(r"""['"]\s+['"]|^\[\s*-?\d+\.?\s+-?\d|\.\.\.""")


def are_lists(cells: Sequence[Any]) -> bool:
    """Whether all cells are texts that contain lists. A column with only `[]` does not count: `[]` may be a word."""
    if not all(isinstance(cell, str) for cell in cells):
        return False
    written = [cell.strip() for cell in cells if cell.strip()]
    return any(len(cell) > 2 for cell in written) and all(cell[0] == "[" and cell[-1] == "]" for cell in written)


def list_in(cell: str, place: str) -> Any:
    """The list in a cell; None for an empty cell.

    Args:
        cell: The text: JSON, or as Python or numpy print a list.
        place: Place of the cell, for messages.

    Raises:
        AnalysisError: The list cannot be read.
    """
    if not cell.strip():
        return None
    try:
        return json.loads(cell)
    except json.JSONDecodeError:
        pass
    try:
        return _numpy_list(cell) if _NUMPY_LIST.search(cell) else ast.literal_eval(cell)
    except (ValueError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError) as error:
        raise AnalysisError(f"{place}: the list {shown(cell)} cannot be read. Write it as JSON.") from error


def _numpy_list(cell: str) -> list[Any]:
    """A list printed by numpy, without commas, whose strings Python would concatenate."""
    values: list[Any] = []
    sign = ""
    for token in tokenize.generate_tokens(io.StringIO(cell.replace("\n", " ").replace("\r", " ")).readline):
        if token.type in (tokenize.STRING, tokenize.NUMBER) or token.string in ("None", "True", "False"):
            values.append(ast.literal_eval(sign + token.string))
        elif token.string.strip() and token.string not in "[,]-":
            raise ValueError(token.string)
        sign = "-" if token.string == "-" else ""
    return values
