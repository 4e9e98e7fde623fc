"""Texts with entities by character offsets: what readers of annotation tools' formats return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.formats.annotations import Annotations, Document
from analysis.formats.offsets import tag_text


@dataclass(frozen=True)
class Entity:
    """An entity of a text.

    Attributes:
        start: Its first character, counted from 0 in code points; None: only its text is known.
        end: The character after its last one; None: likewise.
        label: Its type.
        score: The tagger's confidence, from 0 to 1; None: not given.
        text: The text that the source gives for it; None: not given. It shows in which unit the offsets count.
    """

    start: int | None
    end: int | None
    label: str
    score: float | None = None
    text: str | None = None


@dataclass(frozen=True)
class TextRecord:
    """A text and its entities.

    Attributes:
        place: The file with the line or element, for messages.
        text: None: the source gives only an id.
        entities: Gold entities, or the entities of a source that does not say what they are.
        id: The id of the sentence.
        document: The id of its document.
        line: The line of the source on which it begins, from 1.
        words: The [start, end) of each word in the text; None: the source does not split the text.
        predictions: Name of a tagger (its model version) -> the entities that it predicted.
    """

    place: str
    text: str | None
    entities: Sequence[Entity]
    id: str | None = None
    document: Document = None
    line: int | None = None
    words: Sequence[tuple[int, int]] | None = None
    predictions: Mapping[str, Sequence[Entity]] = field(default_factory=dict)


@dataclass
class TextRecords:
    """The records of a file.

    Attributes:
        source: The file, for messages.
        records: In the order of the file.
        counts: What was skipped or changed, for the audit.
        notes: Sentences for the audit.
    """

    source: str
    records: list[TextRecord] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def annotations_of(read: TextRecords) -> Annotations:
    """The texts as sentences of words with BIO2 tags.

    Raises:
        AnalysisError: A record has no text, or an entity lies outside its text.
    """
    annotations = Annotations(read.source, counts=read.counts, notes=read.notes)
    for record in read.records:
        assert record.text is not None
        entities = [(entity.start, entity.end, entity.label) for entity in record.entities]
        tagged = tag_text(record.text, entities, record.place)
        annotations.texts.append(record.text)
        annotations.append(record.id, tagged.words, [*tagged.tags], record.line, record.document)
    return annotations
