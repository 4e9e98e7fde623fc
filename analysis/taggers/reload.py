"""The tagger of a published run, loaded again for text that a person types."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.huggingface.time_budget import check_time

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger


def tagger_identity(run: Run) -> Hashable:
    """Equal for runs whose words were tagged by the same weights in the same precision."""
    known = run.manifest.get("hashes", {}).get("tagger")
    source = run.manifest.get("source", {})
    named = (source.get("model"), _argument(_arguments(run), "--model-revision"))
    return (known or named, _dtype(run))


def load_run_tagger(run: Run) -> Tagger:
    """Load the run's tagger on the CPU; its forward pass stops when its time is over (huggingface.time_budget).

    Raises:
        AnalysisError: Its files are gone, cannot be read, or are no longer those that the run was made with.
    """
    # These take seconds, which a server that never tags a text need not wait.
    from analysis.taggers.huggingface.model import TaggerOptions, load_tagger, tagger_hash  # noqa: PLC0415

    arguments = _arguments(run)
    options = TaggerOptions(
        model=str(_folder(_model(run), _argument(arguments, "--model-revision"))),
        dtype=_dtype(run),
        device="cpu",
        allow_pickle="--allow-pickle" in arguments,
    )
    made_with = run.manifest.get("hashes", {}).get("tagger")
    if made_with is not None and tagger_hash(options) != made_with:
        raise AnalysisError(
            f"The tagger {_model(run)} is no longer the one of this run: its files have changed since. "
            f"Put the old ones back, or analyse the new ones with `{run.rerun_command}`."
        )
    tagger = load_tagger(options)
    for module in tagger.model.modules():
        module.register_forward_pre_hook(_go_on)
    return tagger


def tagger_folder(run: Run) -> Path:
    """Where the files of the run's tagger lie on this machine; they may have changed since.

    Raises:
        AnalysisError: They are gone.
    """
    return _folder(_model(run), _argument(_arguments(run), "--model-revision"))


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


def _model(run: Run) -> str:
    model = run.manifest.get("source", {}).get("model")
    if model is None:
        raise AnalysisError("This run does not say where its tagger is: make it anew to tag texts with it.")
    return str(model)


def _dtype(run: Run) -> str:
    manifest = run.manifest
    known = manifest.get("parameters", {}).get("predictions", {}).get("dtype") or manifest["tagger"].get("dtype")
    return str(known or "fp32")


def _arguments(run: Run) -> Sequence[str]:
    """The command line that made the run; empty where the run does not keep it."""
    return run.manifest.get("source", {}).get("arguments") or ()


def _argument(arguments: Sequence[str], option: str) -> str | None:
    """The value of an option, written with a space or an equals sign."""
    for argument, following in zip_longest(arguments, arguments[1:]):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None
