"""The options of a run as a whole."""

from __future__ import annotations

from analysis.option_kinds import TEXT
from analysis.options import Option

NAME: Option[str | None] = Option(
    "name", TEXT, None, help="what to call the run", metavar="LABEL", automatic="tagger on corpus"
)
DEVICE: Option[str | None] = Option(
    "device", TEXT, None, help="cpu, cuda, cuda:1 or mps", metavar="D", automatic="the fastest available"
)
