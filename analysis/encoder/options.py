"""The options of the sentence encoder."""

from __future__ import annotations

from analysis.option_kinds import SOURCE
from analysis.options import Option

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"

ENCODER: Option[str | None] = Option(
    "encoder",
    SOURCE,
    None,
    help="sentence encoder that finds duplicates, and maps the words if the tagger has no hidden states: a folder or "
    "a hub id",
    metavar="E",
    automatic=DEFAULT_ENCODER,
)
