"""Writes what a command makes to a file or to stdout."""

from __future__ import annotations

import sys
from codecs import iterdecode
from collections.abc import Iterable
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.export.formats import whole_file
from analysis.messages import for_terminal
from analysis.store.store_values import reason_of


def write_output(parts: Iterable[bytes], output: Path | None, what: str) -> None:
    """Write bytes, part by part; a file appears only once it is complete.

    On a terminal, control characters are escaped.

    Args:
        parts: The bytes.
        output: The file; None: stdout.
        what: What is written, for the message: "table".

    Raises:
        AnalysisError: They cannot be written.
        BrokenPipeError: The reader of stdout closed it.
    """
    try:
        if output is None and sys.stdout.isatty():
            for text in iterdecode(parts, "utf-8"):
                sys.stdout.write(for_terminal(text))
        elif output is None:
            sys.stdout.buffer.writelines(parts)
        else:
            with whole_file(output) as stream:
                stream.writelines(parts)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnalysisError(f"The {what} cannot be written to {output or 'stdout'}: {reason_of(error)}.") from error
