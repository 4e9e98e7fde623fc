"""Stanza: documents with entities, and token lists with tags, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.registry import format_of
from analysis.formats.text_records import TextRecords
from tests.analysis.formats.reading import corpus_of, shown


def token(number: Any, text: str, start: int, ner: str | None = None) -> dict[str, Any]:
    place = {"start_char": start, "end_char": start + len(text)}
    return {"id": number, "text": text, **place, **({} if ner is None else {"ner": ner})}


def span(text: str, kind: str, start: int) -> dict[str, Any]:
    return {"text": text, "type": kind, "start_char": start, "end_char": start + len(text)}


TEXT = "Ada left.  Rome fell."
FIRST = [token(1, "Ada", 0, "S-PERSON"), token(2, "left", 4, "O"), token(3, ".", 8, "O")]
SECOND = [token(1, "Rome", 11, "S-GPE"), token(2, "fell", 16, "O"), token(3, ".", 20, "O")]
ENTS = [[span("Ada", "PERSON", 0)], [span("Rome", "GPE", 11)]]
EXPECTED = ["Ada/B-PERSON left .", "Rome/B-GPE fell ."]


def write(folder: Path, value: Any) -> Path:
    path = folder / "some.json"
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_entities_of_sentences_with_tokens(tmp_path: Path) -> None:
    sentences = [{"tokens": FIRST, "ents": ENTS[0]}, {"tokens": SECOND, "ents": ENTS[1]}]
    for value in ({"text": TEXT, "sentences": sentences}, {"sentences": sentences}):
        path = write(tmp_path, value)
        assert shown(corpus_of(path)) == dict(zip(["1#1", "1#2"], EXPECTED, strict=True))
        chosen = format_of(path)
        assert chosen.name == "stanza"
        assert chosen.read is not None
        found = chosen.read(path, Columns())
        assert isinstance(found, TextRecords)
        assert [one.words for one in found.records] == [[(0, 3), (4, 8), (8, 9)], [(0, 4), (5, 9), (9, 10)]]


def test_entities_of_sentences_with_texts_alone(tmp_path: Path) -> None:
    sentences = [{"text": "Ada left.", "ents": ENTS[0]}, {"text": "Rome fell.", "ents": ENTS[1]}]
    assert list(shown(corpus_of(write(tmp_path, {"text": TEXT, "sentences": sentences}))).values()) == EXPECTED
    with pytest.raises(AnalysisError, match='neither "text" nor "tokens"'):
        corpus_of(write(tmp_path, {"sentences": sentences}))
    sentences[1]["text"] = "Rome rose."
    with pytest.raises(AnalysisError, match=r'"Rome rose\." is not in the text'):
        corpus_of(write(tmp_path, {"text": TEXT, "sentences": sentences}))


def test_tags_of_tokens_where_no_entities_are_given(tmp_path: Path) -> None:
    for value in ([FIRST, SECOND], {"sentences": [{"tokens": FIRST}, {"tokens": SECOND}]}):
        corpus = corpus_of(write(tmp_path, value))
        assert list(shown(corpus).values()) == EXPECTED
        assert corpus.audit["scheme"] == "IOBES"


def test_words_of_a_multi_word_token_are_left_out(tmp_path: Path) -> None:
    tokens = [
        token([1, 2], "Zum", 0, "O"),
        {"id": 1, "text": "zu"},
        {"id": 2, "text": "dem"},
        token([3], "Rhein", 4, "S-LOC"),
    ]
    assert list(shown(corpus_of(write(tmp_path, [tokens]))).values()) == ["Zum Rhein/B-LOC"]


def test_places_of_older_versions_are_in_misc(tmp_path: Path) -> None:
    old = [{"id": 1, "text": "Rome", "misc": "start_char=0|end_char=4"}]
    value = {"text": "Rome", "sentences": [{"tokens": old, "ents": [span("Rome", "GPE", 0)]}]}
    assert list(shown(corpus_of(write(tmp_path, value))).values()) == ["Rome/B-GPE"]


def test_documents_without_entities_and_tags_are_refused(tmp_path: Path) -> None:
    value = {"sentences": [{"tokens": [token(1, "Rome", 0)]}]}
    with pytest.raises(AnalysisError, match='neither "ents" nor tokens with "ner"'):
        corpus_of(write(tmp_path, value))
