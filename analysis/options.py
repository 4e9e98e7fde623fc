"""Options of an analysis. Each is declared once, as an object, in the package that it belongs to.

The command line, the stage keys, the manifest and the command that repeats a run are derived from the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from analysis.errors import AnalysisError
from analysis.option_kinds import FLAG, Kind

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

REQUIRED: Any = object()
"""Default value of a required option."""


class Dataclass(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


D = TypeVar("D", bound=Dataclass)


class OptionError(AnalysisError):
    """An option is missing, unknown or invalid, or options contradict each other."""


@dataclass(frozen=True, eq=False)
class Option(Generic[T_co]):
    """One option.

    Attributes:
        name: Its name in Python and in the manifest.
        kind: How its values are written.
        default: Its default value, or REQUIRED.
        help: A short description, without the default.
        metavar: Placeholder for the value in help and documentation; empty for a flag.
        automatic: Description of a default that does not explain itself, such as None: for example "all".
    """

    name: str
    kind: Kind[T_co]
    default: T_co
    help: str
    metavar: str = ""
    automatic: str = ""

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def default_text(self) -> str:
        """A description of the default for users; may be empty."""
        if self.default is REQUIRED:
            return "required"
        unset = self.default is None or self.kind is FLAG
        return ("" if unset else " ".join(self.kind.write(self.default))) or self.automatic

    def read(self, texts: Sequence[str]) -> T_co:
        """Read the value from texts; several texts only if the option may be repeated.

        Raises:
            OptionError: The texts are not valid.
        """
        try:
            return self.kind.read(texts)
        except ValueError as error:
            raise OptionError(f"Invalid value for {self.flag}: {error}.") from error

    def check(self, value: Any) -> T_co:
        """Convert a Python value to the form that `read` returns; for example, a list becomes a tuple.

        Raises:
            OptionError: The value is not valid for this option.
        """
        if value == self.default:
            return self.default
        try:
            return self.kind.read(self.kind.write(value))
        except ValueError as error:
            raise OptionError(f"Invalid value for {self.flag}: {error}.") from error


Declared = Sequence[Option[Any]]


@dataclass(frozen=True)
class Options:
    """The value of each declared option. `options[LIMIT]` has the type that LIMIT declares."""

    _values: Mapping[Option[Any], Any]

    @classmethod
    def from_values(cls, declared: Declared, values: Mapping[str, Any]) -> Options:
        """Options from Python values by name; omitted options get their defaults.

        Raises:
            OptionError: A name is unknown, a value is invalid, or a required option is missing.
        """
        return cls._of(declared, values, lambda option, value: option.check(value))

    @classmethod
    def from_texts(cls, declared: Declared, texts: Mapping[str, Sequence[str]]) -> Options:
        """Options from a command line: name -> values in the given order.

        Raises:
            OptionError: As `from_values`.
        """
        return cls._of(declared, texts, lambda option, given: option.read(given))

    @classmethod
    def from_json(cls, declared: Declared, stored: Mapping[str, Any]) -> Options:
        """Options from the output of `to_json`, possibly from another version of this program.

        Unknown names are ignored. Missing options get their defaults.

        Raises:
            OptionError: A value is invalid.
        """
        return cls(
            {
                option: option.check(stored[option.name]) if option.name in stored else option.default
                for option in declared
            }
        )

    @classmethod
    def _of(cls, declared: Declared, given: Mapping[str, Any], read: Callable[[Option[Any], Any], Any]) -> Options:
        unknown = given.keys() - {option.name for option in declared}
        if unknown:
            raise OptionError(f"There is no option {min(unknown)}.")
        values = {
            option: read(option, given[option.name]) if option.name in given else option.default for option in declared
        }
        for option, value in values.items():
            if value is REQUIRED:
                raise OptionError(f"{option.flag} is missing: give {option.help}.")
        return cls(values)

    def __getitem__(self, option: Option[T]) -> T:
        """The value of a declared option.

        Raises:
            KeyError: The option is not declared here.
        """
        try:
            value: T = self._values[option]
        except KeyError:
            raise KeyError(f"the option {option.name} is not declared here") from None
        return value

    def only(self, options: Iterable[Option[Any]]) -> Options:
        """Only these options."""
        return Options({option: self[option] for option in options})

    def replaced(self, values: Mapping[Option[Any], Any]) -> Options:
        """The options with other values of some of them."""
        return Options({**self._values, **values})

    def is_given(self, option: Option[Any]) -> bool:
        """Whether an option has a value other than its default."""
        value = self[option]
        return value is not REQUIRED and bool(value != option.default)

    def build(self, kind: type[D]) -> D:
        """An instance of a dataclass whose fields are named like options."""
        by_name = {option.name: value for option, value in self._values.items()}
        return kind(**{field.name: by_name[field.name] for field in fields(kind)})

    def to_json(self) -> dict[str, Any]:
        """Name -> value, as JSON; files and folders with absolute paths."""
        return {
            option.name: _as_json(option.kind.absolute(value)) if value is not None else None
            for option, value in self._values.items()
        }

    def arguments(self) -> list[str]:
        """Command-line arguments for these options; defaults are omitted."""
        arguments = []
        for option, value in self._values.items():
            if not self.is_given(option):
                continue
            if option.kind is FLAG:
                arguments.append(option.flag)
            else:
                arguments += [part for text in option.kind.write(value) for part in (option.flag, text)]
        return arguments


def unique_options(options: Iterable[Option[Any]]) -> tuple[Option[Any], ...]:
    """Options in order, each once; several packages may share an option.

    Raises:
        ValueError: Two different options have the same name.
    """
    found: dict[str, Option[Any]] = {}
    for option in options:
        if found.setdefault(option.name, option) is not option:
            raise ValueError(f"the option {option.name} is declared twice")
    return tuple(found.values())


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
