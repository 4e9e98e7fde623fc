"""All kinds of taggers. Register new kinds here."""

from __future__ import annotations

from typing import Any

from analysis.options import Option, OptionError, Options, unique_options
from analysis.taggers.backend import BackendOptions
from analysis.taggers.huggingface.options import HUGGINGFACE
from analysis.taggers.precomputed.options import PRECOMPUTED
from analysis.taggers.spacy.options import SPACY

BACKENDS = (
    SPACY,
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
    sources = unique_options(backend.source for backend in backends)
    given = [source for source in sources if options.is_given(source)]
    if not given:
        flags = " or ".join(source.flag for source in sources)
        raise OptionError(f"{flags} is missing. Give a tagger, or a file of its predictions.")
    source, *others = given
    if others:
        raise OptionError(f"Give either {source.flag} or {others[0].flag}, not both.")
    value = str(options[source])
    chosen = next(backend for backend in backends if backend.source is source and backend.recognises(value))
    for backend in backends:
        for option in backend.others:
            if option in chosen.others or not options.is_given(option):
                continue
            if backend.source is source:
                raise OptionError(f"{option.flag} does not apply to the tagger {value}. Omit it.")
            raise OptionError(f"{option.flag} needs {backend.source.flag}. Omit it with {source.flag}.")
    return chosen
