"""BRAT standoff: a text file and beside it an `.ann` file with its entities; a corpus is a folder of such pairs.

The format is described at https://brat.nlplab.org/standoff.html.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns, lines_of, read_text
from analysis.formats.documents import (
    AT_LINE_BREAKS,
    in_sentences,
    line_bounds,
    note_discontinuous,
    note_ignored,
    outermost,
    read_as,
)
from analysis.formats.format import Format, Sample
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown

ANNOTATIONS, TEXT = ".ann", ".txt"

_ENTITY = re.compile(r"T\S*\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?")
_ANY_ANNOTATION = re.compile(r"[TREAMN#]\S*\t|\*\t")
_KINDS = {
    "R": "relations",
    "*": "relations",
    "E": "events",
    "A": "attributes",
    "M": "attributes",
    "N": "normalizations",
    "#": "notes",
}


def read_brat(path: Path, columns: Columns) -> TextRecords:
    """Reads a folder of pairs, or the pair of one of its files. A line of a text is a sentence.

    Raises:
        AnalysisError: A file of a pair is missing, or an annotation cannot be read.
    """
    read = TextRecords(str(path))
    if path.is_dir():
        annotated = _annotated(path)
        texts = {one.stem for one in path.iterdir() if one.suffix == TEXT and not one.name.startswith(".")}
        if alone := len(texts - {one.stem for one in annotated}):
            read.counts["texts_without_annotations"] = alone
            read.notes.append(f"Texts without an {ANNOTATIONS} file, which were not read: {alone}.")
    else:
        annotated = [path.with_suffix(ANNOTATIONS)]
    ignored: Counter[str] = Counter()
    discontinuous = 0
    for file in annotated:
        text_file = file.with_suffix(TEXT)
        for one in (file, text_file):
            if not one.is_file():
                raise AnalysisError(f"{path} is read as BRAT, but the file {one} is missing. Add it, or give --format.")
        text = read_text(text_file)
        entities: list[Entity] = []
        for number, line in enumerate(lines_of(read_text(file)), start=1):
            place = f"{file}, line {number}"
            if line[:1] == "T":
                entity, is_discontinuous = _entity(line, text, place)
                entities.append(entity)
                discontinuous += is_discontinuous
            elif line.strip():
                ignored[_kind(line, place)] += 1
        read.records.append(TextRecord(str(text_file), text, entities, document=file.stem))
    read.read_as = read_as("BRAT", len(annotated), f"{ANNOTATIONS} files")
    note_discontinuous(read, discontinuous)
    note_ignored(read, ignored)
    return in_sentences(read, (line_bounds(record.text or "") for record in read.records), AT_LINE_BREAKS)


def is_brat_folder(folder: Path) -> bool:
    """Whether a folder contains pairs of a text and its annotations."""
    return any(one.with_suffix(TEXT).is_file() for one in _annotated(folder))


def _annotated(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix == ANNOTATIONS and not one.name.startswith("."))


def _entity(line: str, text: str, place: str) -> tuple[Entity, bool]:
    """An entity, and whether it is discontinuous."""
    match = _ENTITY.fullmatch(line)
    if match is None:
        raise AnalysisError(
            f"{place}: the entity {shown(line)} does not have the form T1<TAB>PER 0 3<TAB>Ada. Correct the line."
        )
    label, places, given = match.groups()
    fragments = [(int(start), int(end)) for start, end in (part.split() for part in places.split(";"))]
    start, end, is_discontinuous = outermost(fragments, text)
    # The text of several fragments is not the text between the first and the last one.
    return Entity(start, end, label, text=given if len(fragments) == 1 else None), is_discontinuous


def _kind(line: str, place: str) -> str:
    if line[0] not in _KINDS:
        raise AnalysisError(f"{place} ({shown(line)}) is not an annotation of BRAT. Correct the line.")
    return _KINDS[line[0]]


def _recognises(sample: Sample) -> bool:
    if sample.ending == TEXT:
        beside = sample.path.with_suffix(ANNOTATIONS)
        return beside.is_file() and _has_annotations(Sample.of(beside))
    return sample.ending == ANNOTATIONS and _has_annotations(sample)


def _has_annotations(sample: Sample) -> bool:
    first = next((line for line in sample.lines if line.strip()), None)
    return first is None or _ANY_ANNOTATION.match(first) is not None


BRAT = Format(
    name="brat",
    title="BRAT: a text with an .ann file beside it",
    endings=(ANNOTATIONS, TEXT),
    holds="gold",
    recognises=_recognises,
    read=read_brat,
    recognises_folder=is_brat_folder,
)
