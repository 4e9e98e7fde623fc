"""LangExtract: extractions with and without a place, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.registry import format_of
from analysis.formats.text_records import Entity, TextRecords
from tests.analysis.formats.reading import corpus_of, shown


def extraction(label: str, text: str, place: tuple[int, int] | None, status: str | None) -> dict[str, Any]:
    interval = None if place is None else {"start_pos": place[0], "end_pos": place[1]}
    return {
        "extraction_class": label,
        "extraction_text": text,
        "char_interval": interval,
        "alignment_status": status,
        "extraction_index": 1,
        "attributes": {},
    }


ADA = extraction("PER", "Ada", (0, 3), "match_exact")
ROME = extraction("LOC", "the city Rome", (8, 12), "match_lesser")
LOST = extraction("LOC", "Paris", None, None)


def write(folder: Path, *extractions: Any) -> Path:
    path = folder / "some.jsonl"
    line = {"extractions": list(extractions), "text": "Ada saw Rome .", "document_id": "doc_1"}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    return path


def read(path: Path) -> TextRecords:
    chosen = format_of(path)
    assert chosen.name == "langextract"
    assert chosen.read is not None
    found = chosen.read(path, Columns())
    assert isinstance(found, TextRecords)
    return found


def test_extractions_are_entities(tmp_path: Path) -> None:
    assert shown(corpus_of(write(tmp_path, ADA, ROME))) == {"doc_1": "Ada/B-PER saw Rome/B-LOC ."}


def test_an_extraction_without_a_place_keeps_its_text(tmp_path: Path) -> None:
    found = read(write(tmp_path, ADA, ROME, LOST))
    (record,) = found.records
    assert list(record.entities) == [
        Entity(0, 3, "PER", text="Ada"),
        Entity(8, 12, "LOC"),  # its text is not that of the document, and says nothing about the offsets
        Entity(None, None, "LOC", text="Paris"),
    ]
    assert (record.id, record.document, record.line) == ("doc_1", "doc_1", 1)
    assert found.counts == {"alignment_match_lesser": 1, "alignment_none": 1}
    assert found.notes == [
        "Extractions whose text LangExtract did not find exactly in the document: match_lesser: 1, none: 1."
    ]


def test_an_interval_of_nulls_is_no_place(tmp_path: Path) -> None:
    nulls = ADA | {"char_interval": {"start_pos": None, "end_pos": None}}
    assert read(write(tmp_path, nulls)).records[0].entities[0].start is None


def test_a_broken_extraction_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, ADA | {"extraction_class": None})
    with pytest.raises(AnalysisError, match='line 1: "extraction_class" is None, which is not a text'):
        corpus_of(path)
