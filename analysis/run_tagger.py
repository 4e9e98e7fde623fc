"""The tagger of a published run, loaded again for text that a person types."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.rerun import rerun_command
from analysis.run import Run
from analysis.time_budget import check_time

if TYPE_CHECKING:
    from analysis.tagger import Tagger, TaggerOptions


def tagger_identity(run: Run) -> Hashable:
    """Equal for runs whose words were tagged by the same weights in the same precision."""
    dtype = _dtype(run)
    known = run.manifest.get("hashes", {}).get("tagger")
    return (known, dtype) if known else (_model(run), _argument(run, "--model-revision"), dtype)


def load_run_tagger(run: Run) -> Tagger:
    """Load the run's tagger on the CPU; its forward pass stops when its time is over (analysis.time_budget).

    Raises:
        AnalysisError: Its files are gone, cannot be read, or are no longer those that the run was made with.
    """
    # These take seconds, which a server that never tags a text need not wait.
    from analysis.tagger import load_tagger, tagger_hash  # noqa: PLC0415

    options = tagger_options(run)
    if Path(options.model).is_absolute() and not Path(options.model).is_dir():
        raise AnalysisError(
            f"The tagger of this run is gone: there is no folder {options.model} any more. "
            "Put it back there to tag texts; everything else works without it."
        )
    made_with = run.manifest.get("hashes", {}).get("tagger")
    if made_with is not None and tagger_hash(options) != made_with:
        raise AnalysisError(
            f"The tagger {options.model} is no longer the one of this run: its files have changed since. "
            f"Put the old ones back, or analyse the new ones with `{rerun_command(run.manifest)}`."
        )
    tagger = load_tagger(options)
    for module in tagger.model.modules():
        module.register_forward_pre_hook(_go_on)
    return tagger


def tagger_options(run: Run) -> TaggerOptions:
    """How the run's tagger was loaded, but for the device: texts are tagged on the CPU."""
    from analysis.tagger import TaggerOptions  # noqa: PLC0415 - as above

    return TaggerOptions(
        model=_model(run),
        revision=_argument(run, "--model-revision"),
        dtype=_dtype(run),
        device="cpu",
        allow_pickle="--allow-pickle" in _arguments(run),
    )


def _go_on(_module: Any, _inputs: Any) -> None:
    check_time()


def _model(run: Run) -> str:
    return str(run.manifest["source"]["model"])


def _dtype(run: Run) -> str:
    manifest = run.manifest
    known = manifest.get("parameters", {}).get("predictions", {}).get("dtype") or manifest["tagger"].get("dtype")
    return str(known or "fp32")


def _arguments(run: Run) -> Sequence[str]:
    """The command line that made the run; empty where the run does not keep it."""
    return run.manifest["source"].get("arguments") or ()


def _argument(run: Run, option: str) -> str | None:
    arguments = _arguments(run)
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None
