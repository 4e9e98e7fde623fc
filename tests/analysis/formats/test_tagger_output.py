"""What taggers return: a Hugging Face pipeline, GLiNER, GLiNER2 and plain spans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import AnalysisError
from analysis.formats.registry import format_of
from analysis.formats.text_records import Entity
from tests.analysis.formats.files import json_file, json_lines, load, records, tagged


def piece(tag: str, word: str, start: int | None, index: int, score: float = 0.5) -> dict[str, Any]:
    end = None if start is None else start + len(word.removeprefix("##"))
    return {"entity": tag, "word": word, "start": start, "end": end, "index": index, "score": score}


ROME = {"entity_group": "LOC", "score": 0.75, "word": "rome", "start": 3, "end": 7}


def test_pipeline_output_beside_the_text(tmp_path: Path) -> None:
    path = json_lines(tmp_path, {"text": "In Rome", "entities": [ROME]}, {"text": "At home", "entities": []})
    assert tagged(load(path)) == ["In/O Rome/B-LOC", "At/O home/O"]
    read = records(path)
    assert read.records[0].entities == [Entity(3, 7, "LOC", 0.75)]
    assert read.read_as.startswith("Read as output of a Hugging Face pipeline: 2 texts")


@pytest.mark.parametrize(
    "write", [lambda folder: json_lines(folder, [ROME], []), lambda folder: json_file(folder, [[ROME], []], 1)]
)
def test_bare_lists_have_neither_text_nor_id(tmp_path: Path, write: Any) -> None:
    path = write(tmp_path)
    read = records(path)
    assert [(one.text, one.id, one.entities) for one in read.records] == [
        (None, None, [Entity(3, 7, "LOC", 0.75)]),
        (None, None, []),
    ]
    with pytest.raises(AnalysisError, match=r"has no text\. A corpus needs the text"):
        load(path)


def test_one_list_of_entities_is_one_text(tmp_path: Path) -> None:
    (record,) = records(json_file(tmp_path, [ROME, ROME | {"start": 9, "end": 13}])).records
    assert [entity.start for entity in record.entities] == [3, 9]


def test_pieces_of_words_are_joined(tmp_path: Path) -> None:
    text = "Ute Katz of Kiel, Bonn Ulm"
    pieces = [
        piece("B-PER", "U", 0, 1, 0.5),
        piece("B-PER", "##te", 1, 2, 1.0),
        piece("I-PER", "Katz", 4, 3, 0.75),
        piece("O", "of", 9, 4),
        piece("I-LOC", "Kiel", 12, 5, 0.25),
        piece("B-LOC", "Bonn", 18, 7),
        piece("B-LOC", "Ulm", 23, 8),
    ]
    path = json_lines(tmp_path, {"text": text, "output": pieces})
    assert records(path).records[0].entities == [
        Entity(0, 8, "PER", 0.75),
        Entity(12, 16, "LOC", 0.25),
        Entity(18, 22, "LOC", 0.5),
        Entity(23, 26, "LOC", 0.5),
    ]
    assert tagged(load(path)) == ["Ute/B-PER Katz/I-PER of/O Kiel/B-LOC ,/O Bonn/B-LOC Ulm/B-LOC"]


@pytest.mark.parametrize("marks", [("U", "##te", "Katz"), ("▁U", "te", "▁Katz"), ("ĠU", "te", "ĠKatz")])
def test_entities_without_offsets_are_placed_by_their_text(tmp_path: Path, marks: tuple[str, ...]) -> None:
    pieces = [
        piece(tag, word, None, at)
        for at, (tag, word) in enumerate(zip(["B-PER", "I-PER", "I-PER"], marks, strict=True))
    ]
    path = json_lines(tmp_path, {"text": "Dear Ute Katz", "entities": pieces})
    assert tagged(load(path)) == ["Dear/O Ute/B-PER Katz/I-PER"]
    group = {"entity_group": "PER", "score": 0.5, "word": "ute katz", "start": None, "end": None}
    assert tagged(load(json_lines(tmp_path, {"text": "Dear Ute Katz", "entities": [group]}))) == [
        "Dear/O Ute/B-PER Katz/I-PER"
    ]


GLINER_ROME = {"start": 3, "end": 7, "text": "Rome", "label": "city", "score": 0.9}


def test_gliner(tmp_path: Path) -> None:
    read = records(json_lines(tmp_path, [], [GLINER_ROME]))
    assert [one.entities for one in read.records] == [[], [Entity(3, 7, "city", 0.9, "Rome")]]
    assert read.read_as.startswith("Read as GLiNER's entities: 2 texts (the file gives no text)")
    assert len(records(json_file(tmp_path, [GLINER_ROME])).records) == 1
    with pytest.raises(AnalysisError, match="one entity per line, and does not say in which text"):
        records(json_lines(tmp_path, GLINER_ROME, GLINER_ROME))


@pytest.mark.parametrize(
    "item", ["Rome", {"text": "Rome", "confidence": 0.9}, {"text": "Rome", "confidence": 0.9, "start": 3, "end": 7}]
)
def test_gliner2(tmp_path: Path, item: Any) -> None:
    path = json_lines(tmp_path, {"text": "In Rome", "entities": {"person": [], "city": [item]}})
    assert format_of(path).name == "gliner2"
    assert tagged(load(path)) == ["In/O Rome/B-city"]
    score = None if item == "Rome" else 0.9
    assert records(path).records[0].entities[0].score == score
    bare = records(json_file(tmp_path, {"entities": {"city": [item]}}, indent=1))
    assert [(one.text, len(one.entities)) for one in bare.records] == [(None, 1)]


@pytest.mark.parametrize(
    "entities",
    [
        [{"start": 3, "end": 7, "label": "LOC"}],
        [{"begin": 3, "end": 7, "type": "LOC"}],
        [{"start": 3.0, "end": 7.0, "entity_type": "LOC", "score": None}],
        [[3, 7, "LOC"]],
        [["LOC", 3, 7]],
        [["Rome", "LOC"]],
        [{"entity": "Rome", "type": "LOC"}],
        [{"name": "rome", "category": "LOC"}],
        {"start": [3], "end": [7], "label": ["LOC"]},
    ],
)
def test_forms_of_entities(tmp_path: Path, entities: Any) -> None:
    assert tagged(load(json_lines(tmp_path, {"text": "In Rome", "entities": entities}))) == ["In/O Rome/B-LOC"]


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        ([{"start": 3, "label": "LOC"}], r'line 1: the entity .* does not have the form \{"start": 0'),
        ([{"start": 3, "end": 7, "label": 4}], "the number 4 as its type"),
        ({"LOC": [4]}, 'line 1: 4 is not an entity of the type "LOC"'),
        ("Rome", 'line 1: "Rome" is not a list of entities'),
    ],
)
def test_other_forms_are_refused_with_their_place(tmp_path: Path, entities: Any, message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        load(json_lines(tmp_path, {"text": "In Rome", "entities": entities}), format="spans")


def test_columns_ids_and_documents_of_spans(tmp_path: Path) -> None:
    path = json_lines(
        tmp_path,
        {"sent_id": 7, "doc_id": "d", "content": "In Rome", "mentions": [[3, 7, "LOC"]], "marks": [[0, 2, "X"]]},
        {"sent_id": 8, "doc_id": "d", "content": "In Rome"},
    )
    corpus = load(path)
    assert (tagged(corpus), corpus.sentence_ids) == (["In/O Rome/B-LOC", "In/O Rome/O"], ["7", "8"])
    assert corpus.documents == ["d", "d"]
    assert corpus.audit["counts"] == {"texts_without_entities": 1}
    assert tagged(load(path, tag_column="marks"))[0] == "In/B-X Rome/O"
    with pytest.raises(AnalysisError, match=r'no key "nothing" \(keys: content, .*Correct --tag-column'):
        load(path, tag_column="nothing")


def test_words_beside_the_text_are_kept(tmp_path: Path) -> None:
    words = {"text": "In St. Gallen", "tokens": ["In", "St.", "Gallen"]}
    path = json_lines(tmp_path, words | {"entities": [[3, 13, "LOC"]]})
    assert tagged(load(path)) == ["In/O St./B-LOC Gallen/I-LOC"]
    by_words = json_lines(tmp_path, words | {"entities": [{"start": 1, "end": 3, "label": "LOC"}]})
    assert format_of(by_words).name == "json"


def test_words_with_tags_are_not_taken_for_spans(tmp_path: Path) -> None:
    words = {"text": "In Rome", "tokens": ["In", "Rome"], "tags": ["O", "B-LOC"]}
    for entities in ([], [[3, 7, "X"]]):
        path = json_lines(tmp_path, words | {"entities": entities})
        assert format_of(path).name == "json"
        assert tagged(load(path)) == ["In/O Rome/B-LOC"]


def test_sentences_of_flair_have_scored_labels(tmp_path: Path) -> None:
    """The form of flair.data.Sentence.to_dict(tag_type="ner")."""
    katz = {"text": "Ute Katz", "start_pos": 5, "end_pos": 13, "labels": [{"value": "PER", "confidence": 0.75}]}
    path = json_lines(tmp_path, {"text": "Dear Ute Katz", "labels": [], "entities": [katz]})
    assert records(path).records[0].entities == [Entity(5, 13, "PER", 0.75, "Ute Katz")]
    assert tagged(load(path)) == ["Dear/O Ute/B-PER Katz/I-PER"]
