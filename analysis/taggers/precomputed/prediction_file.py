"""Reads a file of predictions in any registered format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.conll import CONLL, read_conll
from analysis.formats.format import Format, Sample
from analysis.formats.registry import format_named, format_of
from analysis.formats.tables import JSON, PARQUET
from analysis.formats.text_records import TextRecord, TextRecords
from analysis.messages import listed, quoted
from analysis.taggers.precomputed.json_predictions import (
    PREDICTED_KEYS,
    are_json_predictions,
    check_label,
    read_json_predictions,
)
from analysis.taggers.precomputed.predictions import PredictedSentence, Predictions

_PREDICTED_COLUMNS = PREDICTED_KEYS[: PREDICTED_KEYS.index("entities")]
_SCORE_COLUMNS = ("score", "scores", "confidence", "probability", "p", "p_predicted")
_SAMPLED_ROWS = 200


@dataclass(frozen=True)
class HowToRead:
    """How a file of predictions is read.

    Attributes:
        column: The column of predicted tags: its name, or its position in a CoNLL file; None: to be found.
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
    try:
        return _read_in_format(path, how)
    except AnalysisError as error:
        said = str(error).replace("--tag-column", "--prediction-column").replace("--format", "--prediction-format")
        raise AnalysisError(said) from error


def _read_in_format(path: Path, how: HowToRead) -> dict[str | None, Predictions]:
    if how.format is not None:
        chosen = format_named(how.format)
    else:
        chosen = JSON if are_json_predictions(Sample.of(path)) else format_of(path)
    if chosen.read is None:
        raise AnalysisError(f"{chosen.title} can only be written. Give another --prediction-format.")
    if chosen is JSON:
        versions = read_json_predictions(path, how.column)
        return {name: Predictions(str(path), each, how.tag_names) for name, each in versions.items()}
    tag, score = _columns(path, chosen) if how.column is None else (how.column, None)
    read = _content(chosen, path, Columns(tag=tag))
    if isinstance(read, TextRecords):
        if how.column is not None:
            raise AnalysisError(
                f"--prediction-column is for files with columns, and {path} is read as {chosen.title}. Omit it."
            )
        return _of_records(read)
    if score is not None and not read.scores:
        read.scores = [
            list(map(_number, scores)) for scores in _annotations(chosen, path, Columns(read.columns.word, score)).tags
        ]
    return {None: _of_annotations(read, how)}


def _content(chosen: Format, path: Path, columns: Columns) -> Annotations | TextRecords:
    if chosen is CONLL:  # of two columns of tags, the second has the predictions, not the nested entities
        return read_conll(path, columns, nested=False)
    assert chosen.read is not None
    return chosen.read(path, columns)


def _annotations(chosen: Format, path: Path, columns: Columns) -> Annotations:
    read = _content(chosen, path, columns)
    assert isinstance(read, Annotations)
    return read


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
    return Predictions(read.source, sentences, how.tag_names or read.tag_names or (), read.counts, read.notes)


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
    return {name: Predictions(read.source, each, (), read.counts, read.notes) for name, each in found.items()}


def _of_record(record: TextRecord, predicted: TextRecord) -> PredictedSentence:
    for entity in predicted.entities:
        check_label(entity.label, record.place)
    return PredictedSentence(record.place, record.id, record.text, entities=predicted.entities)


def _columns(path: Path, chosen: Format) -> tuple[str | None, str | None]:
    """The columns of predicted tags and of their scores, as far as names or numbers tell; None: not told.

    A file `word gold predicted confidence`, as conlleval and Flair write it, ends in a column of numbers.
    """
    if chosen is PARQUET:
        return _named(pq.read_schema(path).names, _PREDICTED_COLUMNS), None
    rows = _rows(Sample.of(path))
    if not rows:
        return None, None
    names, scored = rows[0], all(_number(cells[-1]) is not None and len(cells) > 2 for cells in rows[1:])
    is_score = scored and len(rows) > 1 and any(_number(cells[-2]) is None for cells in rows[1:])
    tag = _named(names, _PREDICTED_COLUMNS)
    if chosen is not CONLL:
        return tag, None
    if tag is not None:
        return tag, _named(names, _SCORE_COLUMNS)
    if not is_score:
        return None, None
    return ("-2", "-1") if _number(names[-1]) is not None else (names[-2], names[-1])


def _rows(sample: Sample) -> list[list[str]]:
    """The first rows of a file of columns, with the header if there is one."""
    lines = [line for line in sample.lines[:-1] or sample.lines if line.strip() and line[0] != "#"]
    separator = next((mark for mark in "\t;," if lines and mark in lines[0]), None)
    if sample.ending != ".csv" and separator != "\t":
        separator = None
    rows = (line.rstrip().split(separator) for line in lines[:_SAMPLED_ROWS] if "-DOCSTART-" not in line)
    return [[cell.strip() for cell in cells] for cells in rows]


def _named(names: Sequence[str], known: Sequence[str]) -> str | None:
    by_lower = {name.lower(): name for name in names}
    return next((by_lower[name] for name in known if name in by_lower), None)


def _number(cell: object) -> float | None:
    """A number from 0 to 1; None: it is none."""
    try:
        number = float(str(cell))
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None
