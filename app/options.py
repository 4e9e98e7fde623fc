"""What an option of a view may be: a choice, a number or a text, as the URL holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, TypeVar

from analysis.errors import AnalysisError

LONGEST_NUMBER = 18
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

Value_co = TypeVar("Value_co", covariant=True)


class Option(Protocol[Value_co]):
    """A named value of the URL, which leaves out the default."""

    @property
    def name(self) -> str:
        """Of the URL's parameter."""
        ...

    @property
    def default(self) -> Value_co:
        """What holds where the URL has no such parameter."""
        ...

    def read(self, text: str) -> Value_co:
        """The value that a text of the URL stands for.

        Raises:
            AnalysisError: It stands for none.
        """
        ...


@dataclass(frozen=True)
class Choice:
    """One of a few values; the first is the default."""

    name: str
    values: tuple[str, ...]

    @property
    def default(self) -> str:
        """The first value."""
        return self.values[0]

    def read(self, text: str) -> str:
        """See Option."""
        if text not in self.values:
            raise AnalysisError(f"The link asks for {self.name}={text!r}, but there are only {', '.join(self.values)}.")
        return text


@dataclass(frozen=True)
class WholeNumber:
    """A whole number between two bounds, both included."""

    name: str
    default: int
    least: int
    most: int = 10**9

    def read(self, text: str) -> int:
        """See Option."""
        if not is_whole_number(text) or not self.least <= int(text) <= self.most:
            raise _out_of_range(self.name, text, "a whole number", self.least, self.most)
        return int(text)


@dataclass(frozen=True)
class Number:
    """A decimal number between two bounds, both included."""

    name: str
    default: float
    least: float
    most: float

    def read(self, text: str) -> float:
        """See Option."""
        if _DECIMAL.fullmatch(text) is None or not self.least <= float(text) <= self.most:
            raise _out_of_range(self.name, text, "a number", self.least, self.most)
        return float(text)


@dataclass(frozen=True)
class Text:
    """Any text; none is the empty one."""

    name: str
    default: str = ""

    def read(self, text: str) -> str:
        """See Option."""
        return text


def is_whole_number(text: str) -> bool:
    """Whether it is written in plain digits, and few enough of them to count with."""
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


def _out_of_range(name: str, text: str, kind: str, least: float, most: float) -> AnalysisError:
    return AnalysisError(f"The link asks for {name}={text!r}, which is not {kind} from {least:,.10g} to {most:,.10g}.")
