"""Records of Argilla."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import AnalysisError
from analysis.formats.text_records import Entity
from tests.analysis.formats.files import json_file, json_lines, load, records, tagged

SPAN = {"start": 3, "end": 7, "label": "LOC"}
WRONG = {"start": 0, "end": 2, "label": "PER"}


def test_version_1(tmp_path: Path) -> None:
    shared = {"text": "In Rome.", "tokens": ["In", "Rome."]}
    path = json_lines(
        tmp_path,
        shared
        | {
            "id": "a",
            "annotation": [SPAN | {"end": 8}],
            "prediction": [SPAN | {"score": 0.5}],
            "prediction_agent": "m1",
        },
        shared | {"id": "b", "annotation": [["LOC", 3, 8]], "status": "Validated"},
        shared | {"id": "c", "annotation": [WRONG], "status": "Discarded"},
        shared | {"id": "d", "annotation": None, "prediction": [SPAN], "status": "Default"},
        {"text": "In Rome.", "tokens": ["At", "home"], "id": "e", "annotation": []},
    )
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome./B-LOC", "In/O Rome./B-LOC", "In/O Rome/O ./O"]
    assert corpus.sentence_ids == ["a", "b", "e"]
    assert corpus.audit["counts"] == {
        "discarded_texts": 1,
        "texts_without_annotation": 1,
        "texts_with_other_tokens": 1,
    }
    read = records(path)
    assert [record.predictions for record in read.records] == [
        {"m1": [Entity(3, 7, "LOC", 0.5)]},
        {},
        {"suggestions": [Entity(3, 7, "LOC")]},
        {},
    ]
    assert read.read_as == (
        'Read as Argilla records: 4 texts from "text", spans from "annotation", and suggestions of m1, suggestions.'
    )


def nested(responses: Any, suggestions: Any) -> dict[str, Any]:
    return {"id": "x", "fields": {"text": "In Rome"}, "responses": responses, "suggestions": suggestions}


@pytest.mark.parametrize(
    "record",
    [
        nested(
            {
                "ner": [{"value": [WRONG], "status": "draft"}, {"value": [SPAN]}, {"value": [WRONG]}],
                "topic": [{"value": "a"}],
            },
            {"ner": {"value": [SPAN], "score": [0.7], "agent": "m"}},
        ),
        nested(
            [
                {"question_name": "ner", "value": [WRONG], "status": "discarded"},
                {"question_name": "ner", "value": [SPAN], "status": "submitted"},
                {"question_name": "ner", "value": [], "status": "submitted"},
            ],
            [{"question_name": "ner", "value": [SPAN | {"score": 0.7}], "agent": "m"}],
        ),
        nested(
            [
                {"values": {"ner": {"value": [WRONG]}}, "status": "draft"},
                {"values": {"ner": {"value": [SPAN]}, "topic": {"value": "a"}}, "status": "submitted"},
                {"values": {"ner": {"value": [WRONG]}}, "status": "submitted"},
            ],
            {"ner": {"value": [SPAN], "score": [0.7], "agent": "m"}},
        ),
        {
            "id": "x",
            "text": "In Rome",
            "ner.responses": [[WRONG], [SPAN], [WRONG]],
            "ner.responses.status": ["draft", "submitted", "submitted"],
            "ner.suggestion": [SPAN | {"score": 0.7}],
            "ner.suggestion.agent": "m",
        },
        {
            "id": "x",
            "text": "In Rome",
            "ner": [
                {"user_id": "a", "value": [WRONG], "status": "discarded"},
                {"user_id": "b", "value": [SPAN | {"text": "Rome"}], "status": "submitted"},
                {"user_id": "c", "value": [], "status": "submitted"},
            ],
            "ner-suggestion": [SPAN | {"score": 0.7}],
            "ner-suggestion-metadata": {"agent": "m"},
        },
    ],
)
def test_version_2(tmp_path: Path, record: dict[str, Any]) -> None:
    path = json_file(tmp_path, [record])
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome/B-LOC"]
    assert corpus.sentence_ids == ["x"]
    assert corpus.audit["counts"] == {"unsubmitted_responses": 1, "further_responses": 1}
    (read,) = records(path).records
    assert read.predictions == {"m": [Entity(3, 7, "LOC", 0.7)]}


def test_one_of_several_questions_is_chosen(tmp_path: Path) -> None:
    path = json_file(tmp_path, [nested({"ner": [{"value": [SPAN]}], "parts": [{"value": [WRONG]}]}, [])])
    with pytest.raises(AnalysisError, match=r"several questions with spans\. Give --tag-column one of: ner, parts"):
        load(path)
    assert tagged(load(path, tag_column="parts")) == ["In/B-PER Rome/O"]


def test_suggestions_of_the_agent_gold_are_gold(tmp_path: Path) -> None:
    record = nested({}, {"ner": {"value": [SPAN], "score": None, "agent": "gold"}})
    corpus = load(json_file(tmp_path, [record | {"metadata": {"document_id": "d"}}]))
    assert tagged(corpus) == ["In/O Rome/B-LOC"]
    assert corpus.documents == ["d"]


def test_suggestions_alone_are_no_gold(tmp_path: Path) -> None:
    path = json_file(tmp_path, [nested({}, {"ner": {"value": [SPAN], "agent": "m"}})])
    with pytest.raises(AnalysisError, match="only predictions of m"):
        load(path)
