"""The dashboard's settings, read from environment variables; the README lists them in a table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = "store"


@dataclass(frozen=True)
class Settings:
    """The settings.

    Attributes:
        store: Folder of the runs.
        debug: Whether to show the Debug tab.
    """

    store: Path
    debug: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `EXPLAINER_STORE` (folder of the runs, default `store`) and `EXPLAINER_DEBUG` (1, or unset)."""
        return cls(
            store=Path(environment.get("EXPLAINER_STORE") or DEFAULT_STORE),
            debug=environment.get("EXPLAINER_DEBUG") == "1",
        )
