"""The services that the callbacks of every tab can use."""

from __future__ import annotations

from dataclasses import dataclass

from app.server.live import LiveTagger
from app.server.runs import RunCatalog
from app.settings import Settings


@dataclass(frozen=True)
class Services:
    """The services of this process.

    Attributes:
        settings: The dashboard's settings.
        catalog: The runs.
        live: The tagger for typed text.
    """

    settings: Settings
    catalog: RunCatalog
    live: LiveTagger
