"""Loads the tagger of a published run again, to tag typed text."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.options import Options
from analysis.run.run import Run
from analysis.taggers.backend import WordTagger
from analysis.taggers.backends import BACKENDS, TAGGER_OPTIONS
from analysis.taggers.deadline import check_deadline
from analysis.taggers.huggingface.options import (
    AGGREGATION,
    ALLOW_PICKLE,
    DTYPE,
    HUGGINGFACE,
    MODEL_REVISION,
    SPACED,
    WORD_JOINING,
)
from analysis.taggers.options import MODEL

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger


def tagger_identity(run: Run) -> Hashable:
    """A key that is equal for runs whose taggers have the same weights and predict in the same way."""
    known = run.manifest.get("hashes", {}).get("tagger")
    options = _options(run)
    source = known or (options[MODEL], options[MODEL_REVISION])
    return (source, options[DTYPE], options[WORD_JOINING], options[AGGREGATION])


def load_run_tagger(run: Run) -> Tagger | WordTagger:
    """Load the run's tagger on the CPU. Its work stops at the deadline (huggingface.deadline).

    Raises:
        AnalysisError: The tagger cannot be run again, or its files are missing, unreadable or changed since the run.
    """
    if (reason := run.why_unable("live")) is not None:
        raise AnalysisError(f"The tagger of this run cannot tag typed text: {reason}")
    recorded = run.manifest.get("hashes", {}).get("tagger")
    all_options = Options.from_json(TAGGER_OPTIONS, run.manifest.get("options", {}))
    for backend in BACKENDS:
        source = all_options[backend.source]
        if backend.reload is not None and source is not None and backend.recognises(source):
            return backend.reload(all_options, recorded)
    # Imported here because it takes seconds, which a server that never tags a text does not need.
    from analysis.taggers.huggingface.model import TaggerOptions, load_tagger, tagger_hash  # noqa: PLC0415

    given = _options(run)
    options = TaggerOptions(
        model=str(tagger_folder(run)),
        dtype=given[DTYPE],
        device="cpu",
        allow_pickle=given[ALLOW_PICKLE],
        word_joining=given[WORD_JOINING],
        aggregation=given[AGGREGATION],
    )
    if recorded is not None and tagger_hash(options) != recorded:
        raise AnalysisError(
            f"The files of the tagger {given[MODEL]} have changed since this run was made. "
            f"Restore the old files, or analyse the new ones with `{run.rerun_command}`."
        )
    tagger = load_tagger(options)
    for module in tagger.model.modules():
        module.register_forward_pre_hook(_check_deadline)
    return tagger


def tagger_folder(run: Run) -> Path:
    """The folder of the run's tagger on this machine; its files may have changed since the run.

    Raises:
        AnalysisError: The files are missing, or the run does not record where they were.
    """
    options = _options(run)
    model = options[MODEL]
    if model is None:
        raise AnalysisError("This run does not record where its tagger is. Run the analysis again to tag typed text.")
    return _folder(model, options[MODEL_REVISION])


def _options(run: Run) -> Options:
    # A run that does not record how words were joined was made when all were spaced.
    return Options.from_json(HUGGINGFACE.all, {WORD_JOINING.name: SPACED} | run.manifest.get("options", {}))


def _check_deadline(_module: Any, _inputs: Any) -> None:
    check_deadline()


def _folder(model: str, revision: str | None) -> Path:
    """The folder of the tagger's files: a server never downloads them."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - as above

    if Path(model).is_dir():
        return Path(model)
    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (OSError, ValueError) as error:  # not in the hub's cache, or not a valid model name
        raise AnalysisError(
            f"The tagger of this run was not found: {model} is neither a folder nor in the local cache of hub "
            "models. Restore it to tag typed text. Everything else works without it."
        ) from error
