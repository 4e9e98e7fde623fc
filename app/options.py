"""The kinds of view options in the URL: a choice, a number or a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, TypeVar

from analysis.errors import AnalysisError

LONGEST_NUMBER = 18
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

Value_co = TypeVar("Value_co", covariant=True)


class Option(Protocol[Value_co]):
    """A named value in the URL; its default is left out of the URL."""

    @property
    def name(self) -> str:
        """Name of the URL parameter."""
        ...

    @property
    def default(self) -> Value_co:
        """The value if the URL lacks the parameter."""
        ...

    def read(self, text: str) -> Value_co:
        """Parse the parameter's text.

        Raises:
            AnalysisError: The text is not a valid value.
        """
        ...


@dataclass(frozen=True)
class Choice:
    """One of several values; the first is the default."""

    name: str
    values: tuple[str, ...]

    @property
    def default(self) -> str:
        """The first value."""
        return self.values[0]

    def read(self, text: str) -> str:
        """See Option."""
        if text not in self.values:
            known = ", ".join(self.values)
            raise AnalysisError(f"The link has the invalid value {self.name}={text!r}. Use one of: {known}.")
        return text


@dataclass(frozen=True)
class WholeNumber:
    """A whole number from `least` to `most`, inclusive."""

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
    """A decimal number from `least` to `most`, inclusive."""

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
    """Any text; empty by default."""

    name: str
    default: str = ""

    def read(self, text: str) -> str:
        """See Option."""
        return text


def is_whole_number(text: str) -> bool:
    """Whether the text consists of ASCII digits only, and of few enough to fit into an int64."""
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


def _out_of_range(name: str, text: str, kind: str, least: float, most: float) -> AnalysisError:
    return AnalysisError(
        f"The link has the invalid value {name}={text!r}. Use {kind} from {least:,.10g} to {most:,.10g}."
    )
