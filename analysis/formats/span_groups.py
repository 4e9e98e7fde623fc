"""Groups of spans in documents of spaCy (`Doc.spans`), which may overlap and are not read."""

from __future__ import annotations

from collections import Counter

from analysis.errors import AnalysisError
from analysis.formats.text_records import TextRecords
from analysis.messages import quoted


def note_groups(read: TextRecords, groups: Counter[str], entities: str) -> None:
    """Record the spans of groups in the audit, by the names of the groups.

    Args:
        read: The documents.
        groups: The number of spans of each group.
        entities: Where entities would stand.

    Raises:
        AnalysisError: There are such spans, but no document has an entity.
    """
    if not +groups:
        return
    named = ", ".join(f"{count:,} of {quoted(name)}" for name, count in sorted((+groups).items()))
    if not any(record.entities for record in read.records):
        raise AnalysisError(
            f"{read.source} has no entities in {entities}, only spans in span groups ({named}). Make entities of them "
            "with `doc.ents = spacy.util.filter_spans(doc.spans[name])` and save the documents again."
        )
    read.counts["ignored_spans_of_span_groups"] += groups.total()
    read.notes.append(f"Spans of span groups, which are not read: {named}.")
