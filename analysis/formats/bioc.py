"""BioC JSON: `documents[].passages[]` with texts and annotations, whose offsets are those of the document.

The format is described at https://bioc.sourceforge.net. PubTator writes its documents without the collection around
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.documents import Bounds, in_sentences, note_discontinuous, note_ignored, outermost, read_as
from analysis.formats.format import Format, Sample
from analysis.formats.json_objects import json_objects, objects_in, text_in, text_or_none_in, whole_number_in
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown

_COLLECTIONS = ("documents", "PubTator3")
_PASSAGE_KEYS = {"offset", "infons"}


class _Passage(NamedTuple):
    """A text of a document, the document's offset at which it begins, its annotations and its sentences."""

    text: str
    offset: int
    annotations: list[dict[str, Any]]
    sentences: Bounds


def read_bioc(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. The sentences of a passage are sentences; a passage without any is one sentence.

    Raises:
        AnalysisError: The file does not have the format.
    """
    read = TextRecords(str(path), columns=Columns("text", "annotations"))
    ignored: Counter[str] = Counter()
    discontinuous = 0
    bounds: list[Bounds] = []
    for number, (document, source) in enumerate(_documents(path), start=1):
        given = document.get("id")
        name = str(number if given in (None, "") else given)
        place = f"{source}, document {shown(name)}"
        ignored["annotations of documents"] += len(objects_in(document, "annotations", place))
        text = ""
        entities: list[Entity] = []
        sentences: list[tuple[int, int]] = []
        for passage in _passages(document, place, ignored):
            text += "\n" * bool(text)
            moved_by = len(text) - passage.offset
            sentences += [(start + len(text), end + len(text)) for start, end in passage.sentences]
            text += passage.text
            for annotation in passage.annotations:
                entity, is_discontinuous = _entity(annotation, text, moved_by, place)
                entities.append(entity)
                discontinuous += is_discontinuous
        bounds.append(sentences)
        read.records.append(TextRecord(place, text, entities, document=name))
    read.read_as = read_as(BIOC.title, len(read.records), '"annotations"')
    note_discontinuous(read, discontinuous)
    note_ignored(read, +ignored)
    return in_sentences(read, bounds, "as the file does, else by passage")


def _documents(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The documents of a file, each with its place."""
    for one in json_objects(path):
        collection = next((key for key in _COLLECTIONS if key in one.value), None)
        if collection is not None:
            for document in objects_in(one.value, collection, one.place):
                yield document, one.place
        elif "passages" in one.value:
            yield one.value, one.place
        else:
            raise AnalysisError(f'{one.place} is read as BioC JSON, but has neither "documents" nor "passages".')


def _passages(document: dict[str, Any], place: str, ignored: Counter[str]) -> Iterator[_Passage]:
    ignored["relations"] += len(objects_in(document, "relations", place))
    for passage in objects_in(document, "passages", place):
        ignored["relations"] += len(objects_in(passage, "relations", place))
        offset = whole_number_in(passage, "offset", place)
        annotations = objects_in(passage, "annotations", place)
        sentences = objects_in(passage, "sentences", place)
        ignored["relations"] += sum(len(objects_in(sentence, "relations", place)) for sentence in sentences)
        if not passage.get("text") and sentences:
            yield from (_whole(sentence, objects_in(sentence, "annotations", place), place) for sentence in sentences)
            continue
        if "text" not in passage and not annotations:  # such as a figure
            continue
        inside = [annotation for one in sentences for annotation in objects_in(one, "annotations", place)]
        whole = _whole(passage, annotations + inside, place)
        starts = [whole_number_in(sentence, "offset", place) - offset for sentence in sentences]
        bounds = [
            (start, start + len(text_in(sentence, "text", place)))
            for start, sentence in zip(starts, sentences, strict=True)
        ]
        yield whole._replace(sentences=bounds) if bounds else whole


def _whole(passage: dict[str, Any], annotations: list[dict[str, Any]], place: str) -> _Passage:
    """A passage or a sentence as one sentence; none if it is blank."""
    text = text_in(passage, "text", place)
    bounds = [(0, len(text))] if text.strip() else []
    return _Passage(text, whole_number_in(passage, "offset", place), annotations, bounds)


def _entity(annotation: dict[str, Any], text: str, moved_by: int, place: str) -> tuple[Entity, bool]:
    """An entity, and whether it is discontinuous.

    Args:
        annotation: As the file has it.
        text: The text of the document up to the end of its passage.
        moved_by: The difference between positions in this text and the offsets of the file.
        place: The document, for messages.
    """
    place = f"{place}, annotation {shown(annotation.get('id'))}"
    infons = annotation.get("infons")
    label = infons.get("type") if isinstance(infons, dict) else None
    if not isinstance(label, str):
        raise AnalysisError(f'{place} has no type. Give it as "infons": {{"type": "PER"}}.')
    given = text_or_none_in(annotation, "text", place)
    fragments = [
        (start + moved_by, start + moved_by + whole_number_in(location, "length", place))
        for location in objects_in(annotation, "locations", place)
        for start in (whole_number_in(location, "offset", place),)
    ]
    if not fragments:
        return Entity(None, None, label, text=given), False
    start, end, is_discontinuous = outermost(fragments, text)
    # The text of several fragments is not the text between the first and the last one.
    return Entity(start, end, label, text=given if len(fragments) == 1 else None), is_discontinuous


def _recognises(sample: Sample) -> bool:
    return any(map(_is_document, chain.from_iterable(map(_possible_documents, sample.objects))))


def _possible_documents(value: dict[str, Any]) -> list[Any]:
    """The documents of a collection, or the value itself."""
    return next((value[key] for key in _COLLECTIONS if isinstance(value.get(key), list)), [value])


def _is_document(value: Any) -> bool:
    passages = value.get("passages") if isinstance(value, dict) else None
    return isinstance(passages, list) and any(isinstance(one, dict) and one.keys() & _PASSAGE_KEYS for one in passages)


BIOC = Format(
    name="bioc",
    title="BioC JSON",
    endings=(".json", ".jsonl"),
    holds="gold",
    recognises=_recognises,
    read=read_bioc,
)
