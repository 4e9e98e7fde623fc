"""Command-line parameters made from declared options, help texts, and messages for wrong usage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from analysis.option_kinds import FLAG
from analysis.options import Declared, Option, Options

OPTIONS = "Options"


class Parameter(click.Option):
    """An option of a command.

    Attributes:
        section: The heading of its group in the help.
    """

    def __init__(self, *declarations: Any, section: str = OPTIONS, **settings: Any) -> None:
        """Like click.Option, with `section` as above."""
        super().__init__(*declarations, **settings)
        self.section = section


class Commands(click.Group):
    """Commands whose help lists them in the order in which they are declared."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of the commands."""
        return list(self.commands)


class Command(click.Command):
    """A command whose help has sections, and with its own message after Ctrl-C.

    Attributes:
        when_interrupted: The message after Ctrl-C.
    """

    def __init__(self, *arguments: Any, when_interrupted: str = "Stopped.", **settings: Any) -> None:
        """Like click.Command, with `when_interrupted` as above."""
        super().__init__(*arguments, **settings)
        self.when_interrupted = when_interrupted

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        options = [one for one in self.get_params(context) if isinstance(one, click.Option)]
        sections: dict[str, list[tuple[str, str]]] = {}
        for one in options:
            if (record := one.get_help_record(context)) is not None:
                sections.setdefault(getattr(one, "section", OPTIONS), []).append(record)
        for section, records in sections.items():
            with formatter.section(section):
                formatter.write_dl(records)


def parameter_of(option: Option[Any], section: str) -> Parameter:
    """The click parameter for a declared option; `given_options` reads its text."""
    help_text = f"{option.help} ({_default_in_help(option)})"
    names = (option.flag, option.name)
    if option.kind is FLAG:
        return Parameter(names, is_flag=True, default=None, help=help_text, section=section)
    return Parameter(names, multiple=option.kind.repeats, metavar=option.metavar, help=help_text, section=section)


def given_options(declared: Declared, given: dict[str, Any]) -> Options:
    """Convert the values that click read for the parameters made by `parameter_of`.

    Raises:
        OptionError: An option is missing or invalid.
    """
    texts = {name: _texts(value) for name, value in given.items() if value not in (None, ())}
    return Options.from_texts(declared, texts)


def usage_sentence(error: click.UsageError) -> str:
    """A message that says what is wrong with the arguments and how to get help."""
    message = f"{' '.join(error.format_message().split()).rstrip('.')}."
    if isinstance(error, click.NoSuchOption):
        hint = f" Did you mean {' or '.join(error.possibilities)}?" if error.possibilities else ""
        message = f"There is no option {error.option_name}.{hint}"
    if error.ctx is not None:
        message += f" See `{error.ctx.command_path} --help`."
    return message


def _default_in_help(option: Option[Any]) -> str:
    text = option.default_text
    return text if text == "required" else f"default: {text}"


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, bool):
        return [str(value).lower()]
    return [value] if isinstance(value, str) else list(value)
