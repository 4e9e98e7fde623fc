"""Texts with entities by character offsets: what readers of annotation tools' formats return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.formats.annotations import Columns, Document


@dataclass(frozen=True)
class Entity:
    """An entity of a text.

    Attributes:
        start: Its first character, counted from 0 in the unit of its file (usually code points); None: only its text
            is known.
        end: The character after its last one; None: likewise.
        label: Its type.
        score: The tagger's confidence; None: not given. Readers keep it as it is written, and NaN if it is no number;
            whoever uses it checks that it is from 0 to 1.
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

    A corpus needs the texts. Predictions may lack `text`; they are then matched with the sentences of the corpus by
    `id` or, if that is missing too, by their order.

    Attributes:
        place: The file with the line or element, for messages.
        text: None: the source does not give it. Only predictions may lack it.
        entities: Gold entities, or the entities of a source that does not say what they are.
        id: The id of the sentence; None: the source does not give it.
        document: The id of its document.
        line: The line of the source on which it begins, from 1.
        words: The [start, end) of each word in the text; None: the source does not split the text.
        predictions: Name of a tagger (its model version) -> the entities that it predicted.
        labelled: Whether somebody annotated the text; if not, `entities` is empty and means nothing.
    """

    place: str
    text: str | None
    entities: Sequence[Entity]
    id: str | None = None
    document: Document = None
    line: int | None = None
    words: Sequence[tuple[int, int]] | None = None
    predictions: Mapping[str, Sequence[Entity]] = field(default_factory=dict)
    labelled: bool = True


@dataclass
class TextRecords:
    """The records of a file.

    Attributes:
        source: The file, for messages.
        records: In the order of the file.
        counts: What was skipped or changed, for the audit.
        notes: Sentences for the audit.
        read_as: One sentence: how the file was read.
        columns: The keys or columns that were read.
    """

    source: str
    records: list[TextRecord] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    read_as: str = ""
    columns: Columns = field(default_factory=Columns)
