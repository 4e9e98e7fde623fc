"""How the values of options are written on a command line, and which values are valid."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Generic, TypeVar

from analysis.messages import shown

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_DIGITS = 18
"""Of a whole number."""
MAX_FILE_NAME_LENGTH = 255
"""In bytes; the limit on Linux, macOS and Windows."""


def _unchanged(value: Any) -> Any:
    return value


def text_of(value: Any) -> str:
    """A text or a number as text.

    Raises:
        ValueError: It is neither. The text is the rest of a message.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is not a text")
    return str(value)


def path_text(value: Any) -> str:
    """A text or a path as text.

    Raises:
        ValueError: It is neither. The text is the rest of a message.
    """
    if not isinstance(value, str | PurePath):
        raise ValueError(f"{value!r} is neither a text nor a path")
    return str(value)


def items_of(value: Any) -> Sequence[Any]:
    """The items of a list or tuple.

    Raises:
        ValueError: It is neither, such as a text, whose items would be letters. The text is the rest of a message.
    """
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is not a list, such as [{value!r}]")
    return value


@dataclass(frozen=True)
class Kind(Generic[T_co]):
    """How the values of an option are written.

    Attributes:
        read: Texts -> value. There is one text for each time that the option is given. Raises ValueError with the rest
            of a message ("... is not a whole number").
        write: Value -> texts for `read`. Raises ValueError likewise if the value is not valid.
        repeats: Whether an option may be given several times; otherwise the last text is used.
        is_path: Whether values may be paths of files or folders.
        absolute: Value -> value with absolute paths of files and folders.
    """

    read: Callable[[Sequence[str]], T_co]
    write: Callable[[Any], list[str]]
    repeats: bool = False
    is_path: bool = False
    absolute: Callable[[Any], Any] = _unchanged


def single(parse: Callable[[str], T], text: Callable[[Any], str] = text_of) -> Kind[T]:
    """A kind whose values are written as one text.

    Args:
        parse: Text -> value; raises ValueError like `Kind.read`.
        text: Value -> text; raises ValueError like `Kind.write`.
    """
    return Kind(lambda texts: parse(texts[-1]), lambda value: [text(value)])


def path(parse: Callable[[str], str], absolute: Callable[[str], str]) -> Kind[str]:
    """A kind whose values may be paths of files or folders.

    Args:
        parse: As in `single`.
        absolute: Value -> value with an absolute path.
    """
    return Kind(lambda texts: parse(texts[-1]), lambda value: [path_text(value)], is_path=True, absolute=absolute)


def repeated(kind: Kind[T]) -> Kind[tuple[T, ...]]:
    """A kind for an option that may be given several times."""
    return Kind(
        lambda texts: tuple(kind.read([text]) for text in texts),
        lambda values: [text for value in items_of(values) for text in kind.write(value)],
        repeats=True,
        is_path=kind.is_path,
        absolute=lambda values: tuple(map(kind.absolute, values)),
    )


def whole_number(at_least: int, at_most: int = 10**MAX_DIGITS) -> Kind[int]:
    """Whole numbers between two bounds, both included."""
    wanted = f"of at least {at_least}" if at_most == 10**MAX_DIGITS else f"from {at_least} to {at_most}"

    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
        if not is_number or not at_least <= int(text) <= at_most:
            raise ValueError(f'"{text[:40]}" is not a whole number {wanted}')
        return int(text)

    return single(parse)


def one_of(*choices: str) -> Kind[str]:
    """One of several texts."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{shown(text)} is not one of {', '.join(choices)}")
        return text

    return single(parse)


def listed(parse: Callable[[str], T]) -> Kind[tuple[T, ...]]:
    """Several values separated by commas.

    Args:
        parse: Text of one value, without surrounding spaces -> value.
    """

    def text(values: Any) -> str:
        texts = [text_of(value) for value in items_of(values)]
        if any("," in text for text in texts):
            raise ValueError("a name in a list cannot contain a comma")
        return ",".join(texts)

    return single(lambda text: tuple(parse(part) for part in split_list(text)), text)


def split_list(text: str) -> list[str]:
    """The parts of a comma-separated text, without surrounding spaces."""
    return [part.strip() for part in text.split(",")]


def absolute_path(name: str) -> str:
    """The absolute path of a file or folder, valid in any working directory; a hub id is not changed."""
    place = Path(name).expanduser()
    return str(place.resolve()) if place.exists() else name


def source_name(text: str) -> str:
    """A text that can be a file, a folder or a hub id.

    Raises:
        ValueError: It cannot. The text is the rest of a message.
    """
    if not text.strip() or max(len(os.fsencode(part)) for part in text.split("/")) > MAX_FILE_NAME_LENGTH:
        raise ValueError(f'"{text[:40]}" cannot be a file, a folder or a hub id')
    try:
        Path(text).expanduser()
    except RuntimeError:
        user = text.partition("/")[0]
        raise ValueError(f"{shown(text)} is in the home folder of {user}, but this machine has no such user") from None
    return text


def _fraction(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError(f"{shown(text)} is not a number from 0 to 1")
    return number


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{shown(text)} is neither true nor false")
    return text == "true"


def _flag_text(value: Any) -> str:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither True nor False")
    return str(value).lower()


TEXT: Kind[str] = single(str)
FRACTION: Kind[float] = single(_fraction)
FLAG: Kind[bool] = single(_flag, _flag_text)
"""An option without a value."""
SOURCE: Kind[str] = path(source_name, absolute_path)
"""A file, a folder or a hub id."""
NAMES: Kind[tuple[str, ...]] = listed(str)
