"""Prodigy JSON lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import AnalysisError
from tests.analysis.formats.files import json_lines, load, records, tagged


def token(text: str, start: int, number: int) -> dict[str, object]:
    return {"text": text, "start": start, "end": start + len(text), "id": number, "ws": True}


def test_the_tokens_are_the_words(tmp_path: Path) -> None:
    path = json_lines(
        tmp_path,
        {
            "text": "U.S. troops\n left Bonn",
            "_input_hash": 7,
            "tokens": [
                token("U.S.", 0, 0),
                token("troops", 5, 1),
                token("\n ", 11, 2),
                token("left", 13, 3),
                token("Bonn", 18, 4),
            ],
            "spans": [{"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "LOC"}],
            "answer": "accept",
        },
    )
    corpus = load(path)
    assert tagged(corpus) == ["U.S./B-LOC troops/O left/O Bonn/O"]
    assert corpus.audit["counts"] == {"blank_words": 1}
    assert records(path).read_as == 'Read as Prodigy JSON lines: 1 text with their own tokens, spans from "spans".'


def test_only_accepted_texts_are_read(tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 3, "label": "PER"}]
    path = json_lines(
        tmp_path,
        {"text": "Eve sang", "spans": spans, "answer": "accept"},
        {"text": "Eve sank", "spans": spans, "answer": "reject"},
        {"text": "Eve sat", "spans": spans, "answer": "ignore"},
        {"text": "Eve", "answer": "accept"},
    )
    corpus = load(path)
    assert tagged(corpus) == ["Eve/B-PER sang/O", "Eve/O"]
    assert corpus.audit["counts"] == {"rejected_texts": 1, "ignored_texts": 1}
    assert "Eve sank" in corpus.audit["notes"][0]


def test_tokens_with_wrong_offsets_are_placed_by_their_text(tmp_path: Path) -> None:
    tokens = [token("Eve", 0, 0), token("in", 0, 1), token("Rome", 0, 2)]
    spans = [{"start": 7, "end": 11, "token_start": 0, "token_end": 0, "label": "LOC"}]
    corpus = load(json_lines(tmp_path, {"text": "Eve in Rome", "tokens": tokens, "spans": spans}))
    assert tagged(corpus) == ["Eve/O in/O Rome/B-LOC"]
    assert corpus.audit["counts"] == {"tokens_with_wrong_offsets": 1}


def test_a_text_that_does_not_consist_of_its_tokens_is_split_anew(tmp_path: Path) -> None:
    spans = [{"start": 7, "end": 11, "label": "LOC"}]
    corpus = load(json_lines(tmp_path, {"text": "Eve in Rome", "tokens": [token("Adam", 0, 0)], "spans": spans}))
    assert tagged(corpus) == ["Eve/O in/O Rome/B-LOC"]
    assert corpus.audit["counts"] == {"texts_with_other_tokens": 1}


def test_spans_may_have_only_the_numbers_of_tokens(tmp_path: Path) -> None:
    tokens = [token("New", 0, 0), token("York", 4, 1), token("fell", 9, 2)]
    spans = [{"token_start": 0, "token_end": 1, "label": "LOC"}]
    corpus = load(json_lines(tmp_path, {"text": "New York fell", "tokens": tokens, "spans": spans}))
    assert tagged(corpus) == ["New/B-LOC York/I-LOC fell/O"]


def test_ids_may_stand_in_meta(tmp_path: Path) -> None:
    corpus = load(
        json_lines(tmp_path, {"text": "Eve", "spans": [], "meta": {"id": "s9", "doc_id": "d"}, "answer": "accept"})
    )
    assert (corpus.sentence_ids, corpus.documents) == (["s9"], ["d"])


def test_pictures_are_refused(tmp_path: Path) -> None:
    path = json_lines(tmp_path, {"text": "a", "spans": [], "answer": "accept"}, {"image": "x.jpg", "answer": "accept"})
    with pytest.raises(AnalysisError, match=r'x.jsonl, line 2 has no "text"'):
        load(path, format="prodigy")


def test_words_that_are_no_tokens_are_not_lost(tmp_path: Path) -> None:
    tokens = [token("Eve", 0, 0), token("Rome", 7, 1)]
    for span in ({"start": 7, "end": 11, "label": "LOC"}, {"token_start": 1, "token_end": 1, "label": "LOC"}):
        corpus = load(json_lines(tmp_path, {"text": "Eve in Rome", "tokens": tokens, "spans": [span]}))
        assert tagged(corpus) == ["Eve/O in/O Rome/B-LOC"]
        assert corpus.audit["counts"] == {"texts_with_other_tokens": 1}


def test_answers_are_read_in_any_case_and_unknown_ones_refused(tmp_path: Path) -> None:
    path = json_lines(
        tmp_path,
        {"text": "Eve", "spans": [], "answer": "ACCEPT"},
        {"text": "Adam", "spans": [], "answer": None},
        {"text": "Noah", "spans": [], "answer": "Reject"},
    )
    corpus = load(path)
    assert tagged(corpus) == ["Eve/O", "Adam/O"]
    assert corpus.audit["counts"] == {"rejected_texts": 1}
    path = json_lines(tmp_path, {"text": "Eve", "spans": [], "answer": "unsure"})
    with pytest.raises(AnalysisError, match=r'line 1 has the answer "unsure"\. Write "accept", "reject" or "ignore"'):
        load(path)
