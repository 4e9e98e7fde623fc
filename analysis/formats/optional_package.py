"""Packages that only some formats need."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from analysis.errors import AnalysisError


def is_installed(package: str | None) -> bool:
    """Whether a package can be imported; True for None."""
    return package is None or importlib.util.find_spec(package) is not None


def optional_package(module: str, what: str) -> ModuleType:
    """A module of a package that is not installed by default.

    Args:
        module: Its full name.
        what: What needs it, for the message.

    Raises:
        AnalysisError: The package is not installed.
    """
    package = module.partition(".")[0]
    if not is_installed(package):
        raise AnalysisError(f"{what} needs the package {package}, which is not installed. Run `pip install {package}`.")
    return importlib.import_module(module)
