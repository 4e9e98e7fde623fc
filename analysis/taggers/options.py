"""The option that names the tagger, for all backends that have one."""

from __future__ import annotations

from analysis.option_kinds import SOURCE
from analysis.options import Option

MODEL: Option[str | None] = Option(
    "model",
    SOURCE,
    None,
    help="the tagger: a folder, a hub id, or spacy:NAME",
    metavar="M",
    automatic="required without --predictions",
)
