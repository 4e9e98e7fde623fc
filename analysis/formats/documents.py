"""Texts of whole documents: their sentences, and entities of several fragments."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, chain, groupby

from analysis.formats.offsets import EntityAligner
from analysis.formats.text_records import Entity, TextRecord, TextRecords

Bounds = Sequence[tuple[int, int]]
"""[start, end) in characters of a text, in order, without overlaps."""

AT_LINE_BREAKS = "at line breaks"

_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")


def line_bounds(text: str) -> Bounds:
    """The lines of a text that are not blank, without their line breaks."""
    return [match.span() for match in _LINE.finditer(text)]


def sentence_id(document: TextRecord, number: int, of: int) -> str:
    """The id of a sentence of a document, `doc#3`; that of the document if it is a single sentence with its own id.

    Args:
        document: The document.
        number: The number of the sentence, from 1.
        of: The number of sentences.
    """
    if document.id is None:
        return f"{document.document}#{number}"
    return document.id if of == 1 else f"{document.id}#{number}"


def in_sentences(documents: TextRecords, bounds: Iterable[Bounds], where: str) -> TextRecords:
    """Documents as records of one sentence each.

    Entities get offsets in characters before, or a place if they have none, by the rules of `EntityAligner`; those
    without a place in the text are left out and counted. No entity is cut. Sentences that an entity crosses stay
    together, and get the id of the first of them.

    Args:
        documents: Records of whole documents with an id or a document.
        bounds: The sentences of each document.
        where: Where the texts are split ("at line breaks"), for the audit.

    Raises:
        AnalysisError: An entity without a given text is empty or outside its document.
    """
    aligner = EntityAligner((document.text or "", [*_entities(document)]) for document in documents.records)
    read = replace(documents, records=[])
    joined = 0
    for document, sentences in zip(documents.records, bounds, strict=True):
        if not sentences:
            read.records.append(replace(document, id=sentence_id(document, 1, 1)))
            continue
        parts = _split(_located(document, aligner), sentences)
        joined += len(sentences) - len(parts)
        read.records += parts
    read.counts += aligner.counts
    read.notes += [f"Documents were split into sentences {where}.", *aligner.notes]
    if joined:
        read.counts["joined_sentences"] += joined
        read.notes.append(f"Sentences joined with the one before because an entity crosses them: {joined}.")
    return read


def read_as(title: str, documents: int, entities: str) -> str:
    """How a file of documents was read, for the audit.

    Args:
        title: The name of its format.
        documents: Their number.
        entities: Where the entities stand.
    """
    return f"Read as {title}: {documents:,} document{'s' * (documents != 1)}, entities from {entities}."


def outermost(fragments: Sequence[tuple[int, int]], text: str) -> tuple[int, int, bool]:
    """Start and end of an entity with fragments, and whether more than white space lies between two of them."""
    ordered = sorted(fragments)
    start, end = ordered[0]
    is_discontinuous = False
    for next_start, next_end in ordered[1:]:
        is_discontinuous |= bool(text[end:next_start].strip())
        end = max(end, next_end)
    return start, end, is_discontinuous


def note_discontinuous(read: TextRecords, count: int) -> None:
    """Record the number of discontinuous entities in the audit."""
    if count:
        read.counts["discontinuous_entities"] += count
        read.notes.append(f"Discontinuous entities, read from their first to their last fragment: {count}.")


def note_ignored(read: TextRecords, ignored: Counter[str]) -> None:
    """Record annotations of other kinds ("relations"), which are not read, in the audit."""
    for kind, count in sorted(ignored.items()):
        read.counts[f"ignored_{kind.replace(' ', '_')}"] += count
    if ignored:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(ignored.items()))
        read.notes.append(f"Annotations that are not entities and were not read: {listed}.")


def _entities(document: TextRecord) -> Iterable[Entity]:
    return chain(document.entities, *document.predictions.values())


def _located(document: TextRecord, aligner: EntityAligner) -> TextRecord:
    """A document whose entities have offsets in characters."""

    def located(entities: Sequence[Entity]) -> list[Entity]:
        return aligner.located(document.text or "", entities, document.words or (), document.place)

    predictions = {name: located(entities) for name, entities in document.predictions.items()}
    return replace(document, entities=located(document.entities), predictions=predictions)


def _split(document: TextRecord, sentences: Bounds) -> list[TextRecord]:
    text = document.text or ""
    starts = [start for start, _ in sentences]

    def sentence_of(position: int) -> int:
        return max(0, bisect_right(starts, position) - 1)

    joined: set[int] = set()
    reach = [*sentences]
    for start, end in [*map(_bounds, _entities(document)), *(document.words or ())]:
        first, last = sentence_of(start), bisect_left(starts, end) - 1
        joined.update(range(first, last))
        # A span may also begin or end in the blank text between two sentences.
        reach[first] = (min(reach[first][0], start), max(reach[first][1], end))
    part_of = list(accumulate((number - 1 not in joined for number in range(1, len(sentences))), initial=0))
    parts = []
    for part, numbers in groupby(range(len(sentences)), key=part_of.__getitem__):
        together = [*numbers]
        start = reach[together[0]][0]
        parts.append((part, together[0] + 1, start, max(reach[number][1] for number in together)))

    def by_part(entities: Sequence[Entity]) -> list[list[Entity]]:
        found: list[list[Entity]] = [[] for _ in parts]
        for entity in entities:
            start, end = _bounds(entity)
            part = part_of[sentence_of(start)]
            moved_by = parts[part][2]
            found[part].append(replace(entity, start=start - moved_by, end=end - moved_by))
        return found

    entities = by_part(document.entities)
    predictions = {name: by_part(predicted) for name, predicted in document.predictions.items()}
    words: list[list[tuple[int, int]]] = [[] for _ in parts]
    for start, end in document.words or ():
        part = part_of[sentence_of(start)]
        words[part].append((start - parts[part][2], end - parts[part][2]))
    return [
        replace(
            document,
            place=f"{document.place}, sentence {number}",
            text=text[start:end],
            entities=entities[part],
            id=sentence_id(document, number, len(sentences)),
            words=None if document.words is None else words[part],
            predictions={name: found[part] for name, found in predictions.items()},
        )
        for part, number, start, end in parts
    ]


def _bounds(entity: Entity) -> tuple[int, int]:
    assert entity.start is not None
    assert entity.end is not None
    return entity.start, entity.end
