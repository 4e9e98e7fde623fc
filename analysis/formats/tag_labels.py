"""Spans whose labels are tags of words, such as `B-PER`, instead of types: joined to whole entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analysis.errors import AnalysisError
from analysis.formats.tag_forms import mixed_with_types, tags_among_labels
from analysis.formats.tag_schemes import BEGIN, CLOSING
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_Parts = Mapping[str, tuple[str, str]]
"""Label -> prefix and type."""


def with_types(read: TextRecords) -> TextRecords:
    """The records with entities whose labels are types; what was joined or left out is counted.

    Spans labelled `O` are left out. If all other labels are tags in one form, a span whose tag continues the one before
    it is joined with it. The score of an entity is the mean of those of its spans.

    Raises:
        AnalysisError: Some labels are tags, and others are types.
    """
    records = read.records
    labels: defaultdict[str | None, set[str]] = defaultdict(set)
    for record in records:
        labels[None].update(entity.label for entity in record.entities)
        for model, predicted in record.predictions.items():
            labels[model].update(entity.label for entity in predicted)
    parts = {model: _parts(read.source, found) for model, found in labels.items()}
    if all(found is None for found in parts.values()):
        return read
    changed = replace(read, records=[], counts=read.counts.copy(), notes=[*read.notes])
    for record in records:
        entities = _changed(record, record.entities, parts[None], changed)
        predictions = {
            model: _changed(record, predicted, parts[model], changed) for model, predicted in record.predictions.items()
        }
        changed.records.append(replace(record, entities=entities, predictions=predictions))
    changed.counts = +changed.counts
    if count := changed.counts["spans_of_tags"]:
        label, (_, name) = next(iter(next(filter(None, parts.values())).items()))
        changed.notes.append(
            f"Spans labelled with tags, such as {label}, joined to entities of types, such as {name}: {count:,}."
        )
    if count := changed.counts["spans_labelled_o"]:
        changed.notes.append(f"Spans labelled O, left out: {count:,}.")
    return changed


def _parts(source: str, labels: set[str]) -> _Parts | None:
    """The tags among labels, empty if they are types; None: there is nothing to change."""
    types = {label for label in labels if label.upper() != OUTSIDE}
    mixed = mixed_with_types(types)
    if mixed is not None:
        tag, name = mixed
        raise AnalysisError(
            f"{source} has entities labelled with tags ({shown(tag)}) and with types ({shown(name)}). "
            "Label all of them with types."
        )
    return tags_among_labels(types) or ({} if types != labels else None)


def _changed(record: TextRecord, entities: Sequence[Entity], parts: _Parts | None, read: TextRecords) -> list[Entity]:
    if parts is None:
        return [*entities]
    kept = [entity for entity in entities if entity.label.upper() != OUTSIDE]
    read.counts["spans_labelled_o"] += len(entities) - len(kept)
    if not parts:
        return kept
    read.counts["spans_of_tags"] += len(kept)
    return [*_joined(kept, parts, record.text or "")]


def _joined(spans: Sequence[Entity], parts: _Parts, text: str) -> Iterator[Entity]:
    if all(span.start is not None for span in spans):
        spans = sorted(spans, key=lambda span: span.start or 0)
    entity: list[Entity] = []
    for span in spans:
        prefix, name = parts[span.label]
        if entity and prefix not in BEGIN and _continues(span, entity[-1], text):
            before, type_before = parts[entity[-1].label]
            if name == type_before and before not in CLOSING:
                entity.append(span)
                continue
        if entity:
            yield _entity(entity, parts, text)
        entity = [span]
    if entity:
        yield _entity(entity, parts, text)


def _continues(span: Entity, before: Entity, text: str) -> bool:
    """Whether at most white space lies between two spans; of spans without offsets: always."""
    if span.start is None or before.end is None:
        return True
    gap = span.start - before.end
    return 0 <= gap <= 1 or (gap > 1 and text[before.end : span.start].isspace())


def _entity(spans: Sequence[Entity], parts: _Parts, text: str) -> Entity:
    first, last = spans[0], spans[-1]
    scores = [span.score for span in spans if span.score is not None]
    return Entity(
        first.start,
        last.end,
        parts[first.label][1],
        sum(scores) / len(scores) if scores else None,
        first.text if len(spans) == 1 else _text_of(spans, text),
    )


def _text_of(spans: Sequence[Entity], text: str) -> str | None:
    """The text of joined spans; None: it is not known exactly."""
    texts = [span.text for span in spans if span.text]
    if len(texts) != len(spans):
        return None
    joined = " ".join(texts)
    start, end = spans[0].start, spans[-1].end
    is_known = start is None or end is None or not text or text[start:end] == joined
    return joined if is_known else None
