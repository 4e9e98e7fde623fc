"""Label Studio's JSON and JSON-MIN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import AnalysisError
from analysis.formats.text_records import Entity
from tests.analysis.formats.files import json_file, load, records, tagged


def region(start: int, end: int, text: str, *labels: str, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text, "labels": list(labels)}
    return {"value": value, "from_name": "ner", "to_name": "body", "type": "labels", **more}


def task(number: int, text: str, *annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": number, "data": {"body": text}, "annotations": list(annotations), **more}


def annotation(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "result": list(results), "was_cancelled": False, "ground_truth": False, **more}


def test_the_ground_truth_is_read_else_the_first_annotation_that_was_not_cancelled(tmp_path: Path) -> None:
    rome, wrong = region(3, 7, "Rome", "LOC"), region(3, 7, "Rome", "PER")
    path = json_file(
        tmp_path,
        [
            task(1, "In Rome", annotation(wrong), annotation(rome, ground_truth=True)),
            task(2, "In Rome", annotation(wrong, was_cancelled=True), annotation(rome), annotation(wrong)),
            task(3, "In Rome", annotation(wrong, was_cancelled=True)),
            task(4, "In Rome", annotation()),
        ],
    )
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome/B-LOC", "In/O Rome/B-LOC", "In/O Rome/O"]
    assert corpus.sentence_ids == ["1", "2", "4"]
    assert corpus.audit["counts"] == {
        "further_annotations": 2,
        "cancelled_annotations": 2,
        "texts_without_annotation": 1,
    }


def test_every_model_version_is_a_tagger(tmp_path: Path) -> None:
    path = json_file(
        tmp_path,
        [
            task(
                1,
                "In Rome",
                predictions=[
                    {"model_version": "a", "score": 0.5, "result": [region(3, 7, "Rome", "LOC", score=0.9)]},
                    {"model_version": "b", "result": []},
                    {"model_version": "b", "result": [region(0, 2, "In", "LOC")]},
                ],
            )
        ],
    )
    read = records(path)
    (record,) = read.records
    assert record.predictions == {"a": [Entity(3, 7, "LOC", 0.9, "Rome")], "b": []}
    assert not record.labelled
    assert read.counts == {"further_predictions": 1}
    assert read.read_as == 'Read as Label Studio JSON: 1 text from "body" in its data, and predictions of a, b.'
    with pytest.raises(AnalysisError, match=r"no annotated text, only predictions of a, b\. Give it with --pred"):
        load(path)


def test_results_that_are_no_spans_and_several_labels_are_counted(tmp_path: Path) -> None:
    choice = {"value": {"choices": ["news"]}, "from_name": "topic", "to_name": "body", "type": "choices"}
    relation = {"from_id": "a", "to_id": "b", "type": "relation"}
    path = json_file(
        tmp_path,
        [task(1, "In Rome", annotation(region(3, 7, "Rome", "LOC", "ORG"), region(0, 2, "In"), choice, relation))],
    )
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome/B-LOC"]
    assert corpus.audit["counts"] == {"results_without_span": 2, "spans_without_label": 1, "nested_other_type": 1}


def test_offsets_of_javascript_are_recognised(tmp_path: Path) -> None:
    corpus = load(json_file(tmp_path, [task(1, "🌍 Rome", annotation(region(3, 7, "Rome", "LOC")))]))
    assert tagged(corpus) == ["🌍/O Rome/B-LOC"]
    assert corpus.audit["counts"] == {"utf16_offsets": 1}


def test_the_key_of_the_text_is_found_by_the_spans(tmp_path: Path) -> None:
    result = region(3, 7, "Rome", "LOC") | {"to_name": "t"}
    tasks = [{"data": {"id": "s1", "heading": "Travel", "copy": "In Rome"}, "annotations": [annotation(result)]}]
    corpus = load(json_file(tmp_path, tasks))
    assert tagged(corpus) == ["In/O Rome/B-LOC"]
    assert corpus.sentence_ids == ["s1"]
    tasks[0]["annotations"] = [annotation()]
    with pytest.raises(
        AnalysisError, match=r"not clear which key holds the text.*word-column one of: copy, heading, id"
    ):
        load(json_file(tmp_path, tasks))
    assert tagged(load(json_file(tmp_path, tasks), word_column="copy")) == ["In/O Rome/O"]


def test_json_min(tmp_path: Path) -> None:
    span = {"start": 3, "end": 7, "text": "Rome", "labels": ["LOC"]}
    path = json_file(
        tmp_path,
        [
            {"id": 5, "text": "In Rome", "ner": [span], "annotator": 1, "annotation_id": 1},
            {"id": 5, "text": "In Rome", "ner": [], "annotator": 2, "annotation_id": 2},
            {"id": 6, "text": "At home", "annotator": 1, "annotation_id": 3},
        ],
        indent=1,
    )
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome/B-LOC", "At/O home/O"]
    assert corpus.sentence_ids == ["5", "6"]
    assert corpus.audit["counts"] == {"further_annotations": 1}
    assert records(path).read_as == 'Read as Label Studio JSON-MIN: 2 texts from "text", spans from ner.'


def hypertext(start: int, end: int, text: str | None) -> dict[str, Any]:
    path = {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": start, "endOffset": end}
    value = {**path, "globalOffsets": {"start": start, "end": end}, "text": text, "hypertextlabels": ["LOC"]}
    return {"value": value, "from_name": "ner", "to_name": "body", "type": "hypertextlabels"}


def test_offsets_in_shown_hypertext_are_refused(tmp_path: Path) -> None:
    for text in ("Rome", None):
        path = json_file(tmp_path, [task(1, "<p>In Rome</p>", annotation(hypertext(3, 7, text)))])
        with pytest.raises(AnalysisError, match=r"element 0: the text is HTML"):
            load(path)
    path = json_file(tmp_path, [task(1, "In Rome", annotation(hypertext(3, 7, None)))])
    assert tagged(load(path)) == ["In/O Rome/B-LOC"]
    path = json_file(tmp_path, [task(1, "<p> Rome </p>", annotation(hypertext(4, 8, "Rome")))])
    assert "Rome/B-LOC" in tagged(load(path))[0]


def test_spans_in_several_texts_are_refused(tmp_path: Path) -> None:
    other = {**region(0, 4, "Bonn", "LOC"), "to_name": "title"}
    rome = region(3, 7, "Rome", "LOC")
    one = {"id": 1, "data": {"body": "In Rome", "title": "Bonn"}, "annotations": [annotation(rome, other)]}
    with pytest.raises(AnalysisError, match=r"spans in several texts of a task \(body, title\)"):
        load(json_file(tmp_path, [one]))
    choice = {"value": {"choices": ["x"]}, "from_name": "kind", "to_name": "title", "type": "choices"}
    one["annotations"] = [annotation(rome, choice)]
    assert tagged(load(json_file(tmp_path, [one]))) == ["In/O Rome/B-LOC"]
