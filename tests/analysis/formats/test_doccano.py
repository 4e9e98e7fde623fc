"""JSON lines of doccano."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import AnalysisError
from tests.analysis.formats.files import json_lines, load, records, tagged


@pytest.mark.parametrize(
    "spans",
    [
        {"label": [[3, 7, "LOC"]]},
        {"labels": [[3, 7, "LOC"]]},
        {"entities": [{"id": 1, "start_offset": 3, "end_offset": 7, "label": "LOC"}], "relations": []},
    ],
)
@pytest.mark.parametrize("text_key", ["text", "data"])
def test_labels_as_triples_and_as_objects(tmp_path: Path, spans: dict[str, object], text_key: str) -> None:
    path = json_lines(
        tmp_path, {"id": 4, text_key: "In Rome"} | {key: [] for key in spans}, {"id": 9, text_key: "In Rome"} | spans
    )
    corpus = load(path)
    assert tagged(corpus) == ["In/O Rome/O", "In/O Rome/B-LOC"]
    assert corpus.sentence_ids == ["4", "9"]
    assert corpus.audit["counts"] == {}
    assert records(path).read_as.startswith("Read as doccano JSON lines: 2 texts from ")


def test_numbers_of_labels_are_refused_with_what_to_export(tmp_path: Path) -> None:
    spans = [{"label": 12, "start_offset": 3, "end_offset": 7, "user": 1}]
    with pytest.raises(AnalysisError, match=r"line 1: the label 12 is the number of a label in doccano.*Export"):
        load(json_lines(tmp_path, {"id": 1, "text": "In Rome", "annotations": spans}))


def test_relations_are_counted(tmp_path: Path) -> None:
    spans = [{"id": 1, "start_offset": 3, "end_offset": 7, "label": "LOC"}]
    path = json_lines(tmp_path, {"text": "In Rome", "entities": spans, "relations": [{"from_id": 1, "to_id": 1}]})
    assert load(path).audit["counts"] == {"texts_with_relations": 1}
