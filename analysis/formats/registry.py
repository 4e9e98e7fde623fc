"""All formats of labelled text. Register new formats here."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.conll import CONLL
from analysis.formats.delimited import CSV
from analysis.formats.format import Format, Sample
from analysis.formats.tables import JSON, PARQUET
from analysis.messages import quoted

FORMATS: tuple[Format, ...] = (
    PARQUET,
    JSON,
    CSV,
    CONLL,
)
"""In the order in which they are asked whether a file is theirs: special ones before general ones."""

ENDINGS = tuple(dict.fromkeys(ending for format_ in FORMATS for ending in format_.endings))


def format_named(name: str) -> Format:
    """The format with a name.

    Raises:
        AnalysisError: There is none.
    """
    found = next((format_ for format_ in FORMATS if format_.name == name), None)
    if found is None:
        known = ", ".join(format_.name for format_ in FORMATS)
        raise AnalysisError(f"There is no format {quoted(name)}. Give one of: {known}.")
    return found


def format_of(path: Path) -> Format:
    """The format of a file: the first one that recognises it, else CoNLL.

    Raises:
        AnalysisError: The file cannot be read.
    """
    sample = Sample.of(path)
    return next((format_ for format_ in FORMATS if format_.read is not None and format_.recognises(sample)), CONLL)
