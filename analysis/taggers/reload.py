"""The tagger of a published run, loaded again for text that a person types."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.options import Options
from analysis.run.run import Run
from analysis.taggers.huggingface.options import ALLOW_PICKLE, DTYPE, HUGGINGFACE, MODEL, MODEL_REVISION
from analysis.taggers.huggingface.time_budget import check_time

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger


def tagger_identity(run: Run) -> Hashable:
    """Equal for runs whose words were tagged by the same weights in the same precision."""
    known = run.manifest.get("hashes", {}).get("tagger")
    options = _options(run)
    return (known or (options[MODEL], options[MODEL_REVISION]), options[DTYPE])


def load_run_tagger(run: Run) -> Tagger:
    """Load the run's tagger on the CPU; its forward pass stops when its time is over (huggingface.time_budget).

    Raises:
        AnalysisError: It cannot be run again; or its files are gone, cannot be read, or are no longer those that the
            run was made with.
    """
    if (reason := run.why_not("live")) is not None:
        raise AnalysisError(f"This run's tagger cannot tag texts: {reason}")
    # These take seconds, which a server that never tags a text need not wait.
    from analysis.taggers.huggingface.model import TaggerOptions, load_tagger, tagger_hash  # noqa: PLC0415

    given = _options(run)
    options = TaggerOptions(
        model=str(tagger_folder(run)), dtype=given[DTYPE], device="cpu", allow_pickle=given[ALLOW_PICKLE]
    )
    made_with = run.manifest.get("hashes", {}).get("tagger")
    if made_with is not None and tagger_hash(options) != made_with:
        raise AnalysisError(
            f"The tagger {given[MODEL]} is no longer the one of this run: its files have changed since. "
            f"Put the old ones back, or analyse the new ones with `{run.rerun_command}`."
        )
    tagger = load_tagger(options)
    for module in tagger.model.modules():
        module.register_forward_pre_hook(_go_on)
    return tagger


def tagger_folder(run: Run) -> Path:
    """Where the files of the run's tagger lie on this machine; they may have changed since.

    Raises:
        AnalysisError: They are gone, or the run does not say where they were.
    """
    options = _options(run)
    model = options[MODEL]
    if model is None:
        raise AnalysisError("This run does not say where its tagger is: make it anew to tag texts with it.")
    return _folder(model, options[MODEL_REVISION])


def _options(run: Run) -> Options:
    return Options.from_json(HUGGINGFACE.all, run.manifest.get("options", {}))


def _go_on(_module: Any, _inputs: Any) -> None:
    check_time()


def _folder(model: str, revision: str | None) -> Path:
    """Where the tagger's files lie: a server looks in its own machine alone."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - as above

    if Path(model).is_dir():
        return Path(model)
    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (OSError, ValueError) as error:  # nothing of that name in the hub's cache, or no name of a model
        raise AnalysisError(
            f"The tagger of this run is gone: {model} is neither a folder any more nor in the local cache of hub "
            "models. Put it back to tag texts; everything else works without it."
        ) from error
