"""Every setting of the dashboard, read from the environment; the README's table lists the same ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = "store"


@dataclass(frozen=True)
class Settings:
    """Where the dashboard finds its runs."""

    store: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `EXPLAINER_STORE` (the folder of runs, default `store`)."""
        return cls(store=Path(environment.get("EXPLAINER_STORE") or DEFAULT_STORE))
