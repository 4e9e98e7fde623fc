"""Reads a file of predictions in any registered format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, RawTag
from analysis.formats.column_layout import is_position
from analysis.formats.conll import CONLL, read_conll
from analysis.formats.format import Format, Sample
from analysis.formats.label_names import says_other
from analysis.formats.records import SCORE_COLUMNS
from analysis.formats.registry import format_named, format_of
from analysis.formats.scores import score_of
from analysis.formats.tables import JSON
from analysis.formats.tag_labels import with_types
from analysis.formats.text_records import TextRecord, TextRecords
from analysis.messages import listed, quoted, shown
from analysis.taggers.precomputed.json_predictions import (
    are_json_predictions,
    read_json_predictions,
)
from analysis.taggers.precomputed.predictions import PredictedSentence, Predictions, check_entities

_SAMPLED_ROWS = 200


@dataclass(frozen=True)
class HowToRead:
    """How a file of predictions is read.

    Attributes:
        column: The column or the JSON key of the predictions: its name, or its position in a CoNLL file; None: to be
            found.
        format: Name of the format; None: recognised by the content.
        tag_names: Names of integer tags, in order.
    """

    column: str | None = None
    format: str | None = None
    tag_names: Sequence[str] = ()


def read_versions(file: str, name: str | None, how: HowToRead) -> dict[str | None, Predictions]:
    """The predictions in a file by the names of their taggers; None: the file does not name the tagger.

    Args:
        file: The file.
        name: Which tagger's predictions are meant, if the file names its taggers; None: all.
        how: How to read it.

    Raises:
        AnalysisError: The file does not exist, is not in the format, contains no predictions, or names its taggers and
            none has this name.
    """
    path = Path(file).expanduser()
    if path.is_dir():
        raise AnalysisError(f"{path} is a folder. Give --predictions a file.")
    if not path.is_file():
        problem = "is not a file" if path.exists() else "does not exist"
        raise AnalysisError(f"The file of predictions {path} {problem}. Check --predictions.")
    state = path.stat()
    if state.st_size == 0:
        raise AnalysisError(f"{path} is empty. Give --predictions a file of predictions.")
    versions = _read(path, how, (state.st_mtime_ns, state.st_size))
    if name is None or None in versions:
        return versions
    if name not in versions:
        raise AnalysisError(
            f"{path} has no predictions of {quoted(name)}. Its predictions are of: {listed(map(str, versions))}."
        )
    return {name: versions[name]}


@lru_cache(maxsize=1)
def _read(path: Path, how: HowToRead, _state: tuple[int, int]) -> dict[str | None, Predictions]:
    """All predictions in a file; remembered, because every tagger in the file is analysed after the other."""
    chosen = _format(path, how)
    if chosen.read is None:
        raise AnalysisError(f"{chosen.title} can only be written. Give another --prediction-format.")
    if chosen is JSON:
        versions, read_as = read_json_predictions(path, how.column)
        return {name: Predictions(str(path), each, how.tag_names, read_as=read_as) for name, each in versions.items()}
    read = chosen.read(path, Columns(tag=how.column, labels="predicted"))
    if isinstance(read, TextRecords):
        if how.column is not None and read.columns.tag != how.column:
            raise AnalysisError(
                f"{path} is read as {chosen.title}, where predictions are not in a column or key to choose. "
                "Omit --prediction-column, or give another --prediction-format."
            )
        return _of_records(with_types(read))
    if chosen is CONLL:
        read.scores = _scores_in_columns(path, read, how)
    return {None: _of_annotations(read, how)}


def _format(path: Path, how: HowToRead) -> Format:
    if how.format is not None:
        return format_named(how.format)
    if are_json_predictions(Sample.of(path).objects, how.column):
        return JSON
    return format_of(path, "predicted", how.column)


def _of_annotations(read: Annotations, how: HowToRead) -> Predictions:
    sentences = [
        PredictedSentence(
            place=read.where(row),
            id=read.ids[row],
            text=read.texts[row] if read.texts else None,
            words=read.words[row],
            tags=read.tags[row],
            scores=read.scores[row] if read.scores else (),
        )
        for row in range(len(read))
    ]
    if not any(sentence.words for sentence in sentences):
        raise AnalysisError(f"{read.source} contains no words. Give a file of predictions.")
    return Predictions(
        read.source, sentences, how.tag_names or read.tag_names or (), read.counts, read.notes, read.read_as
    )


def _of_records(read: TextRecords) -> dict[str | None, Predictions]:
    """By model version, if the records have any; else their entities are the predictions."""
    names = dict.fromkeys(name for record in read.records for name in record.predictions)
    found: dict[str | None, list[PredictedSentence]] = {name: [] for name in names} or {None: []}
    for record in read.records:
        for name, sentences in found.items():
            if name is None:
                sentences.append(_of_record(record, record))
            elif name in record.predictions:
                sentences.append(_of_record(record, replace(record, entities=record.predictions[name])))
    if not read.records:
        raise AnalysisError(f"{read.source} contains no texts. Give a file of predictions.")
    return {
        name: Predictions(read.source, each, (), read.counts, read.notes, read.read_as) for name, each in found.items()
    }


def _of_record(record: TextRecord, predicted: TextRecord) -> PredictedSentence:
    check_entities(predicted.entities, record.place)
    return PredictedSentence(record.place, record.id, record.text, entities=predicted.entities)


def _scores_in_columns(path: Path, read: Annotations, how: HowToRead) -> list[list[float | None]]:
    """The scores in a column of a CoNLL file: one with a usual name, or the last one if it has only scores.

    A file `word gold predicted confidence`, as conlleval and Flair write it, ends in such a column.
    """
    rows = _rows(Sample.of(path))
    width = len(rows[-1]) if rows else 0
    if width <= 2 or read.columns.tag is None or not _may_have_scores(how.column, width):
        return []
    by_lower = {name.lower(): name for name in rows[0]}
    named = next((by_lower[name] for name in SCORE_COLUMNS if name in by_lower), None)
    cells = read_conll(path, Columns(read.columns.word, named or "-1", labels="predicted")).tags
    wrong = [] if named else [cell for cell in chain.from_iterable(cells) if not _is_score_or_empty(cell)]
    if wrong:
        if all(map(_is_number, wrong)):
            read.counts["numbers_that_are_no_scores"] += len(wrong)
            read.notes.append(
                f"Numbers that are no scores from 0 to 1 were found in column {width - 1}, which was not read: "
                f"{len(wrong):,} (for example {shown(wrong[0])})."
            )
        return []
    return [[score_of(cell, read.where(row)) for cell in row_cells] for row, row_cells in enumerate(cells)]


def _may_have_scores(column: str | None, width: int) -> bool:
    """Whether scores in the last column may be those of the tags in a column that was given."""
    if column is None or not is_position(column):
        return column is None or not says_other(column, "predicted")
    return int(column) % width == width - 2


def _is_score_or_empty(cell: RawTag) -> bool:
    try:
        score_of(cell, "")
    except AnalysisError:
        return False
    return True


def _is_number(cell: RawTag) -> bool:
    try:
        float(str(cell).removesuffix("%"))
    except ValueError:
        return False
    return True


def _rows(sample: Sample) -> list[list[str]]:
    """The first rows of a file of columns, with the header if there is one."""
    lines = [line for line in sample.lines[:-1] or sample.lines if line.strip() and line[0] != "#"]
    separator = next((mark for mark in "\t;," if lines and mark in lines[0]), None)
    if sample.ending != ".csv" and separator != "\t":
        separator = None
    rows = (line.rstrip().split(separator) for line in lines[:_SAMPLED_ROWS] if "-DOCSTART-" not in line)
    return [[cell.strip() for cell in cells] for cells in rows]
