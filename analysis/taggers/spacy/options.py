"""How a spaCy pipeline is named: by `spacy:` and the name of an installed package, or by the folder of a saved one."""

from __future__ import annotations

from pathlib import Path

from analysis.options import Options
from analysis.taggers.backend import Backend, BackendOptions, WordTagger
from analysis.taggers.options import MODEL

PREFIX = "spacy:"
"""Before the name of an installed pipeline."""


def is_pipeline(model: str) -> bool:
    """Whether a model is a spaCy pipeline, by its name or by the files of its folder."""
    folder = Path(model).expanduser()
    return model.startswith(PREFIX) or _is_saved(folder)


def saved_folder(model: str) -> Path | None:
    """The folder of a saved pipeline, also after `spacy:`; None: the model is the name of a package."""
    for text in (model, model.removeprefix(PREFIX)):
        if _is_saved(folder := Path(text).expanduser()):
            return folder
    return None


def _is_saved(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ("config.cfg", "meta.json"))


def _open(options: Options) -> Backend:
    from analysis.taggers.spacy.backend import SpacyBackend  # noqa: PLC0415 - loading spaCy takes seconds

    return SpacyBackend(str(options[MODEL]))


def _reload(options: Options, recorded: str | None) -> WordTagger:
    from analysis.taggers.spacy.backend import SpacyBackend  # noqa: PLC0415 - as above

    return SpacyBackend(str(options[MODEL])).unchanged_since(recorded)


SPACY = BackendOptions(MODEL, _open, recognises=is_pipeline, reload=_reload)
