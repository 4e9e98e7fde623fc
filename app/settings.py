"""Every setting of the dashboard, read from the environment; the README's table lists the same ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = "store"


@dataclass(frozen=True)
class Settings:
    """How the dashboard is started.

    Attributes:
        store: Where it finds its runs.
        debug: Whether the tab Debug is there.
    """

    store: Path
    debug: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `EXPLAINER_STORE` (the folder of runs, default `store`) and `EXPLAINER_DEBUG` (1 or nothing)."""
        return cls(
            store=Path(environment.get("EXPLAINER_STORE") or DEFAULT_STORE),
            debug=environment.get("EXPLAINER_DEBUG") == "1",
        )
