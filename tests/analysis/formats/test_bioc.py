"""BioC JSON: passages with offsets of the document, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.reading import corpus_of, shown


def annotation(label: str, text: str, *places: tuple[int, int]) -> dict[str, Any]:
    locations = [{"offset": offset, "length": length} for offset, length in places]
    return {"id": "1", "infons": {"type": label}, "text": text, "locations": locations}


def document(name: str, *passages: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "infons": {}, "passages": [{"infons": {}, **one} for one in passages], "relations": [{}]}


TITLE = {"offset": 0, "text": "Aspirin helps .", "annotations": [annotation("Drug", "Aspirin", (0, 7))]}
BODY = {
    "offset": 100,
    "text": "North and South Korea .",
    "annotations": [annotation("LOC", "North Korea", (100, 5), (116, 5))],
}
EXPECTED = {
    "d#1": "Aspirin/B-Drug helps .",
    "d#2": "North/B-LOC and/I-LOC South/I-LOC Korea/I-LOC .",
}


def write(folder: Path, *values: Any) -> Path:
    path = folder / "some.json"
    path.write_text("\n".join(json.dumps(value) for value in values), "utf-8")
    return path


@pytest.mark.parametrize(
    "around", [lambda one: {"documents": [one]}, lambda one: {"PubTator3": [one]}, lambda one: one]
)
def test_passages_are_sentences_and_offsets_are_those_of_the_document(tmp_path: Path, around: Any) -> None:
    corpus = corpus_of(write(tmp_path, around(document("d", TITLE, BODY))))
    assert shown(corpus) == EXPECTED
    assert corpus.documents == ["d", "d"]
    assert corpus.audit["counts"]["discontinuous_entities"] == 1
    assert corpus.audit["counts"]["ignored_relations"] == 1


def test_a_collection_over_several_lines_and_documents_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    path.write_text(json.dumps({"source": "x", "documents": [document("d", TITLE, BODY)]}, indent=1), "utf-8")
    assert shown(corpus_of(path)) == EXPECTED
    lines = write(tmp_path, document("d", TITLE), document("e", BODY))
    assert list(shown(corpus_of(lines))) == ["d#1", "e#1"]


def test_sentences_of_a_passage_are_sentences(tmp_path: Path) -> None:
    first = {"offset": 50, "text": "Ada left .", "annotations": [annotation("PER", "Ada", (50, 3))]}
    second = {"offset": 61, "text": "Rome fell .", "annotations": [annotation("LOC", "Rome", (61, 4))]}
    expected = {"d#1": "Ada/B-PER left .", "d#2": "Rome/B-LOC fell ."}
    with_text = {"offset": 50, "text": "Ada left . Rome fell .", "sentences": [first, second]}
    for passage in (with_text, {"offset": 50, "sentences": [first, second]}):
        assert shown(corpus_of(write(tmp_path, {"documents": [document("d", passage)]}))) == expected


def test_a_collection_longer_than_the_sample_is_recognised(tmp_path: Path) -> None:
    long = {"offset": 200, "text": "word " * 300_000, "annotations": []}
    assert len(shown(corpus_of(write(tmp_path, {"documents": [document("d", TITLE, long)]})))) == 2


@pytest.mark.parametrize(
    ("passage", "message"),
    [
        ({"text": "x", "annotations": []}, r'document "d": "offset" is None, which is not a whole number'),
        (TITLE | {"annotations": [{"id": "9", "locations": []}]}, 'annotation "9" has no type'),
        (TITLE | {"annotations": 3}, '"annotations" is 3, which is not a list'),
    ],
)
def test_a_broken_part_is_named(tmp_path: Path, passage: dict[str, Any], message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        corpus_of(write(tmp_path, document("d", passage)))
