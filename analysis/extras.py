"""Optional packages: they are imported only when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from analysis.errors import AnalysisError


def import_extra(module: str, why: str) -> Any:
    """A module of an optional package.

    Args:
        module: Its name.
        why: What needs it, as a sentence without its full stop.

    Raises:
        AnalysisError: The package is not installed.
    """
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise AnalysisError(f"{why}, which needs the package {package}. Run `pip install {package}`.") from error
