"""What the callbacks of every tab may use."""

from __future__ import annotations

from dataclasses import dataclass

from app.server.live import LiveTagger
from app.server.runs import RunCatalog
from app.settings import Settings


@dataclass(frozen=True)
class Services:
    """One of each in a process.

    Attributes:
        settings: How the dashboard was started.
        catalog: The runs.
        live: The tagger for text that a person types.
    """

    settings: Settings
    catalog: RunCatalog
    live: LiveTagger
