"""The options of duplicates and leaks."""

from __future__ import annotations

from analysis.corpus.references import reference_source, whole_reference
from analysis.option_kinds import SOURCE, path, repeated
from analysis.options import Option

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"


ENCODER: Option[str | None] = Option(
    "encoder",
    SOURCE,
    None,
    help="sentence encoder that finds duplicates: a folder or a hub id",
    metavar="E",
    automatic=DEFAULT_ENCODER,
)
REFERENCE: Option[tuple[str, ...]] = Option(
    "reference",
    repeated(path(reference_source, whole_reference)),
    (),
    help="another split, such as the training data, in which sentences of the corpus are looked for; may be repeated",
    metavar="D[:SPLIT]",
    automatic="none",
)
