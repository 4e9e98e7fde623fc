"""What a clause of a selection is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analysis.errors import AnalysisError
from analysis.selection.scene import Scene

Bool = npt.NDArray[np.bool_]


class SelectionError(AnalysisError):
    """A clause that these runs cannot answer: an unknown name, or a value that is not in the run."""


@dataclass(frozen=True)
class Clause:
    """One condition.

    Subclasses say what they are called in URLs and on the command line (`name`), are made by `parse`, and give back
    what they were made from (`value`), what is written on their chip (`label`) and the rows that meet them (`mask`).
    """

    name: ClassVar[str]
    typed: ClassVar[bool] = False
    """Whether a person types its value; what a click makes, Escape clears."""

    @classmethod
    def parse(cls, value: str, scene: Scene) -> Self:
        """Read the clause's value.

        Raises:
            SelectionError: It cannot be read, or names something that is not in the run.
        """
        raise NotImplementedError

    @property
    def value(self) -> str:
        """What `parse` reads as this clause."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """For people."""
        raise NotImplementedError

    def mask(self, scene: Scene) -> Bool:
        """Which rows meet the clause."""
        raise NotImplementedError


class PairClause(Clause):
    """A condition on rows of the ledger."""


class WordClause(Clause):
    """A condition on words."""


class SentenceClause(Clause):
    """A condition on sentences."""


def check_name(value: str, names: tuple[str, ...], what: str) -> None:
    """Raise a SelectionError that names the choices if a value is none of them."""
    if value not in names:
        raise SelectionError(f"There is no {what} {value!r} in this run; choose one of {', '.join(names)}.")


def check_text(value: str, what: str) -> None:
    """Raise a SelectionError if a text is empty or holds bytes that are not UTF-8."""
    if not value:
        raise SelectionError(f"The {what} to look for is empty; write something or remove the filter.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SelectionError(f"The {what} to look for is not valid text; write it in UTF-8.") from error


def equal(codes: npt.NDArray[np.integer[Any]], code: int) -> Bool:
    """Which entries are `code`."""
    same: Bool = codes == code
    return same


def to_numpy(mask: pa.BooleanArray) -> Bool:
    """An Arrow mask as an array."""
    result: Bool = mask.to_numpy(zero_copy_only=False)
    return result
