"""The options of predictions from a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from analysis.corpus.options import TAG_NAMES
from analysis.option_kinds import TEXT, Kind, absolute_path, path, repeated, source_name
from analysis.options import Option, OptionError, Options
from analysis.run.options import NAME
from analysis.taggers.backend import Backend, BackendOptions

if TYPE_CHECKING:
    from analysis.taggers.precomputed.prediction_file import HowToRead


def file_and_name(text: str) -> tuple[str, str | None]:
    """The file and the name of `FILE:NAME`; None: only a file is given.

    Files and names may contain colons: the longest beginning that is a file is the file.
    """
    ends = [position for position, character in enumerate(text) if character == ":"]
    for end in (len(text), *reversed(ends)):
        if Path(text[:end]).expanduser().is_file():
            return text[:end], text[end + 1 :].strip() or None
    return text, None


def _checked(text: str) -> str:
    source_name(file_and_name(text)[0])
    return text


def _absolute(text: str) -> str:
    file, name = file_and_name(text)
    return absolute_path(file) if name is None else f"{absolute_path(file)}:{name}"


def _one_or_several(kind: Kind[tuple[str, ...]]) -> Kind[tuple[str, ...]]:
    """The kind of an option that Python may also give as one text, or as None."""

    def write(value: Any) -> list[str]:
        return kind.write([value] if isinstance(value, str | PurePath) else () if value is None else value)

    return replace(kind, write=write)


PREDICTIONS: Option[tuple[str, ...]] = Option(
    "predictions",
    _one_or_several(repeated(path(_checked, _absolute))),
    (),
    help="a file of predictions instead of a tagger, in any format; NAME is one of its taggers, or names an unnamed "
    "one; may be repeated",
    metavar="FILE[:NAME]",
    automatic="none",
)
PREDICTION_COLUMN: Option[str | None] = Option(
    "prediction_column",
    TEXT,
    None,
    help="the column or JSON key of the predictions: its name, or its position in a CoNLL file, from 0",
    metavar="COLUMN",
    automatic="found automatically, else the last",
)
PREDICTION_FORMAT: Option[str | None] = Option(
    "prediction_format",
    TEXT,
    None,
    help="format of the file of predictions",
    metavar="F",
    automatic="recognised by the content",
)


def _how(options: Options) -> HowToRead:
    from analysis.taggers.precomputed.prediction_file import HowToRead  # noqa: PLC0415 - as below

    tag_names = options[TAG_NAMES]
    return HowToRead(options[PREDICTION_COLUMN], options[PREDICTION_FORMAT], tag_names or ())


def _each(options: Options) -> list[Options]:
    """The options of each tagger whose predictions are in the files; a name in or for a file names its run."""
    from analysis.taggers.precomputed.prediction_file import read_versions  # noqa: PLC0415 - as below

    each: list[Options] = []
    for text in options[PREDICTIONS]:
        file, name = file_and_name(text)
        for version in read_versions(file, name, _how(options)):
            label = name if version is None else version
            one = file if label is None else f"{file}:{label}"
            each.append(options.replaced({PREDICTIONS: (one,), NAME: options[NAME] or label}))
    if len(each) > 1 and options.is_given(NAME):
        names = ", ".join(text for one in each for text in one[PREDICTIONS])
        raise OptionError(
            f"{NAME.flag} names one run, but the predictions give {len(each)} ({names}). Omit it, or give one of them."
        )
    return each


def _open(options: Options) -> Backend:
    from analysis.taggers.precomputed.backend import PrecomputedBackend  # noqa: PLC0415 - reads corpora: seconds
    from analysis.taggers.precomputed.prediction_file import read_versions  # noqa: PLC0415

    file, name = file_and_name(options[PREDICTIONS][0])
    ((version, predictions),) = read_versions(file, name, _how(options)).items()
    return PrecomputedBackend(predictions, name or Path(file).name, version)


OTHERS: tuple[Option[Any], ...] = (PREDICTION_COLUMN, PREDICTION_FORMAT)
PRECOMPUTED = BackendOptions(PREDICTIONS, _open, OTHERS, each=_each, noun="predictions")
