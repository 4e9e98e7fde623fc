"""Texts with entities as sentences of words with tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, RawTag
from analysis.formats.findings import Finding, Findings
from analysis.formats.offsets import AlignedText, EntityAligner
from analysis.formats.scores import is_score
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.formats.text_words import Bounds, word_bounds
from analysis.messages import listed, shown
from analysis.run.tags import OUTSIDE

_NOT_ANNOTATED = Finding("texts_without_annotation", "Texts that nobody annotated, left out")
_WRONG_SCORE = Finding("scores_outside_0_to_1", "Scores of gold entities that are not from 0 to 1, left out")
_BLANK_WORDS = Finding("blank_words", "Words that are only white space, left out")


def annotations_of(read: TextRecords, split_words: bool = False) -> Annotations:
    """The texts as sentences of words with BIO2 tags.

    Args:
        read: The records of a file.
        split_words: Split words at entities that begin or end inside them, instead of widening the entities.

    Raises:
        AnalysisError: A record has no text, an entity lies outside its text, or nobody annotated any text.
    """
    labelled = [record for record in read.records if record.labelled]
    if read.records and not labelled:
        models = {name for record in read.records for name in record.predictions}
        raise AnalysisError(
            f"{read.source} has no annotated text"
            + (f", only predictions of {listed(models)}. Give it with --predictions." if models else ".")
            + " Give labelled text with --dataset."
        )
    aligner = EntityAligner(((_text(record), record.entities) for record in labelled), split_words)
    findings = Findings()
    known: dict[str, str] = {}  # equal words are one object, which saves most of the memory
    annotations = Annotations(read.source, read.columns, read_as=read.read_as)
    for record in read.records:
        text = _text(record)
        if not record.labelled:
            findings.add(_NOT_ANNOTATED, f"{shown(text)} ({record.place})")
            continue
        words = word_bounds(text) if record.words is None else _not_blank(record, record.words, findings)
        entities = [_without_wrong_score(entity, record.place, findings) for entity in record.entities]
        aligned = aligner.align(text, entities, words, record.place)
        annotations.texts.append(text)
        annotations.append(
            record.id,
            [known.setdefault(word, word) for word in (text[start:end] for start, end in aligned.words)],
            _tags(aligned),
            record.line,
            record.document,
        )
    annotations.counts += read.counts + findings.counts + aligner.counts
    file_name = PurePath(read.source).name
    annotations.notes += [
        note.replace(read.source, file_name) for note in (*read.notes, *findings.notes, *aligner.notes)
    ]
    return annotations


def _text(record: TextRecord) -> str:
    if record.text is None:
        raise AnalysisError(
            f"{record.place} has no text. A corpus needs the text of each sentence; predictions without texts are "
            "given with --predictions."
        )
    return record.text


def _without_wrong_score(entity: Entity, place: str, findings: Findings) -> Entity:
    if entity.score is None or is_score(entity.score):
        return entity
    findings.add(_WRONG_SCORE, f"{shown(entity.score)} of {shown(entity.label)} ({place})")
    return replace(entity, score=None)


def _not_blank(record: TextRecord, words: Sequence[Bounds], findings: Findings) -> list[Bounds]:
    kept = [(start, end) for start, end in words if _text(record)[start:end].strip()]
    for _ in range(len(words) - len(kept)):
        findings.add(_BLANK_WORDS, record.place)
    return kept


def _tags(aligned: AlignedText) -> list[RawTag]:
    tags: list[RawTag] = [OUTSIDE] * len(aligned.words)
    for entity in aligned.entities:
        tags[entity.first : entity.end] = [f"I-{entity.label}"] * (entity.end - entity.first)
        tags[entity.first] = f"B-{entity.label}"
    return tags
