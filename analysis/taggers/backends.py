"""All kinds of taggers. Register new kinds here."""

from __future__ import annotations

from typing import Any

from analysis.options import Option, OptionError, Options, unique_options
from analysis.taggers.backend import BackendOptions
from analysis.taggers.huggingface.options import HUGGINGFACE
from analysis.taggers.precomputed.options import PRECOMPUTED

BACKENDS = (
    HUGGINGFACE,
    PRECOMPUTED,
)
TAGGER_OPTIONS: tuple[Option[Any], ...] = unique_options(option for backend in BACKENDS for option in backend.all)


def chosen_backend(options: Options, backends: tuple[BackendOptions, ...] = BACKENDS) -> BackendOptions:
    """The backend whose source option is given.

    Args:
        options: All options of a run.
        backends: All backends.

    Raises:
        OptionError: No source is given, or several are, or an option of another backend is.
    """
    given = [backend for backend in backends if options.is_given(backend.source)]
    if not given:
        sources = " or ".join(backend.source.flag for backend in backends)
        raise OptionError(f"{sources} is missing. Give a tagger, or a file of its predictions.")
    chosen, *others = given
    if others:
        raise OptionError(f"Give either {chosen.source.flag} or {others[0].source.flag}, not both.")
    for backend in backends:
        for option in backend.others:
            if option not in chosen.others and options.is_given(option):
                raise OptionError(f"{option.flag} needs {backend.source.flag}. Omit it with {chosen.source.flag}.")
    return chosen
