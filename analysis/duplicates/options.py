"""The options of the search for leaks."""

from __future__ import annotations

from analysis.corpus.references import absolute_reference, reference_source
from analysis.option_kinds import path, repeated
from analysis.options import Option

REFERENCE: Option[tuple[str, ...]] = Option(
    "reference",
    repeated(path(reference_source, absolute_reference)),
    (),
    help="another split, such as the training data, to search for sentences of the corpus; may be repeated",
    metavar="D[:SPLIT]",
    automatic="none",
)
