"""PubTator: `123|t|Title`, `123|a|Abstract` and entities, `123<TAB>0<TAB>3<TAB>Ada<TAB>PER<TAB>ID`.

Offsets count the characters of title, one separator, and abstract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns, lines_of, read_text
from analysis.formats.documents import Bounds, in_sentences, note_ignored, read_as
from analysis.formats.format import Format, Sample
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown

_PASSAGE = re.compile(r"([^\s|]+)\|([ta])\|(.*)")
_PLACE = re.compile(r"\d+")


@dataclass
class _Document:
    """A document as read so far.

    Attributes:
        id: Its id.
        line: The line on which it begins.
        title: Its title.
        abstract: Its abstract; None: it has none.
        entities: Its entities.
    """

    id: str
    line: int
    title: str
    abstract: str | None = None
    entities: list[Entity] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.title if self.abstract is None else f"{self.title}\n{self.abstract}"

    @property
    def passages(self) -> Bounds:
        """The title and the abstract, without those that are blank."""
        title = (0, len(self.title))
        return [(start, end) for start, end in (title, (title[1] + 1, len(self.text))) if self.text[start:end].strip()]


def read_pubtator(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. A title is a sentence, and so is an abstract.

    Raises:
        AnalysisError: A line does not have the format.
    """
    ignored: Counter[str] = Counter()
    documents = [*_documents(path, ignored)]
    entities = "the lines below each text"
    read = TextRecords(str(path), read_as=read_as("PubTator", len(documents), entities))
    for document in documents:
        place = f"{path}, line {document.line}"
        read.records.append(
            TextRecord(place, document.text, document.entities, document=document.id, line=document.line)
        )
    note_ignored(read, ignored)
    return in_sentences(read, (document.passages for document in documents), "after the title")


def _documents(path: Path, ignored: Counter[str]) -> Iterator[_Document]:
    document: _Document | None = None
    for number, line in enumerate(lines_of(read_text(path)), start=1):
        place = f"{path}, line {number}"
        if not line.strip():
            continue
        if passage := _PASSAGE.fullmatch(line):
            name, kind, text = passage.groups()
            if kind == "t":
                if document is not None:
                    yield document
                document = _Document(name, number, text)
                continue
            if document is None or document.id != name or document.abstract is not None:
                raise AnalysisError(
                    f"{place}: the abstract of {shown(name)} does not follow its title. Correct the file."
                )
            document.abstract = text
            continue
        cells = line.split("\t")
        if document is None or cells[0] != document.id:
            raise AnalysisError(
                f"{place} ({shown(line)}) does not belong to the title before it. Write 123|t|Title, 123|a|Abstract "
                "and the entities of the document 123, such as 123<TAB>0<TAB>3<TAB>Ada<TAB>PER."
            )
        if len(cells) >= 5 and _PLACE.fullmatch(cells[1]) and _PLACE.fullmatch(cells[2]):
            start, end, given, label = int(cells[1]), int(cells[2]), cells[3], cells[4]
            document.entities.append(Entity(start, end, label, text=given))
        elif len(cells) >= 4:
            ignored["relations"] += 1
        else:
            raise AnalysisError(
                f"{place} ({shown(line)}) is neither an entity, 123<TAB>0<TAB>3<TAB>Ada<TAB>PER, nor a relation. "
                "Correct the line."
            )
    if document is not None:
        yield document


def _recognises(sample: Sample) -> bool:
    first = next((line for line in sample.lines if line.strip()), "")
    passage = _PASSAGE.fullmatch(first)
    return passage is not None and passage[2] == "t"


PUBTATOR = Format(
    name="pubtator",
    title="PubTator",
    endings=(".pubtator",),
    holds="gold",
    recognises=_recognises,
    read=read_pubtator,
)
