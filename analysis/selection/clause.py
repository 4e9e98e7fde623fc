"""The base classes of the clauses of a selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.errors import AnalysisError
from analysis.messages import in_order, shown
from analysis.selection.scene import Scene

Bool = npt.NDArray[np.bool_]


class SelectionError(AnalysisError):
    """A clause that is invalid for these runs: an unknown name, or a value that is not in the run."""


@dataclass(frozen=True)
class Clause:
    """One condition.

    Subclasses define their name in URLs and on the command line (`name`), `parse` and its inverse `value`, the text of
    their chip (`label`) and the rows that match (`mask`).
    """

    name: ClassVar[str]
    typed: ClassVar[bool] = False
    """Whether the user types the value. Escape clears only clauses that were set by a click."""

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        """Read the clause's value.

        Raises:
            SelectionError: The value is invalid, or names something that is not in the run.
        """
        raise NotImplementedError

    @property
    def value(self) -> str:
        """The value that `parse` reads as this clause."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """The text of the clause's chip."""
        raise NotImplementedError

    def mask(self, scene: Scene) -> Bool:
        """bool, rows: the row matches the clause."""
        raise NotImplementedError


class PairClause(Clause):
    """A condition on rows of the ledger."""


class WordClause(Clause):
    """A condition on words."""


class SentenceClause(Clause):
    """A condition on sentences."""


def check_name(value: str, names: tuple[str, ...], what: str) -> None:
    """Raise a SelectionError with the valid names if a value is not one of them."""
    if value not in names:
        raise SelectionError(f"There is no {what} {shown(value)} in this run. Choose one of {in_order(names)}.")


def check_text(value: str, what: str) -> None:
    """Raise a SelectionError if a text is empty or is not valid UTF-8."""
    if not value:
        raise SelectionError(f"The {what} to search for is empty. Enter a text or remove the filter.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SelectionError(f"The {what} to search for is not valid UTF-8. Encode it as UTF-8.") from error


def equal(codes: npt.NDArray[np.integer[Any]], code: int) -> Bool:
    """bool, entries: the entry is `code`."""
    same: Bool = codes == code
    return same


def to_numpy(mask: pa.BooleanArray) -> Bool:
    """An Arrow mask as an array."""
    result: Bool = mask.to_numpy(zero_copy_only=False)
    return result
