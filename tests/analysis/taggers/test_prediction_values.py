"""Entities and scores of predictions: every form that a corpus may have, and what is said of those that are wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.command_line.text_report import audit_lines
from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from tests.analysis.taggers.test_prediction_files import jsonl, opened, reading_of

TEXT = "Ada saw Rome"
PREDICTED = ["B-PER", "O", "B-LOC"]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "gold.conll").write_text("Ada\tB-PER\nsaw\tO\nRome\tB-LOC\n")
    return load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll")))


@pytest.mark.parametrize("key", ["entities", "predictions"])
@pytest.mark.parametrize(
    "entities",
    [
        [["Ada", "PER"], ["Rome", "LOC"]],
        [["Ada", "PER", 0.7], ["Rome", "LOC", 0.7]],
        [[0, 3, "PER", 0.7], [8, 12, "LOC", 0.7]],
        [["PER", 0, 3, 0.7], ["LOC", 8, 12, 0.7]],
        {"PER": ["Ada"], "LOC": ["Rome"]},
        {"PER": ["Ada"], "LOC": [{"text": "Rome", "start": 8, "end": 12, "score": 0.7}]},
        {"start": [0, 8], "end": [3, 12], "label": ["PER", "LOC"]},
    ],
)
@pytest.mark.parametrize("format_", [None, "json"])
def test_every_form_of_entities_may_be_predicted(
    entities: Any, key: str, format_: str | None, corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(jsonl({"text": TEXT, key: entities}))
    reading = reading_of(corpus, path, prediction_format=format_)
    assert list(reading.tags) == PREDICTED
    if "0.7" in json.dumps(entities):
        assert reading.p_predicted[2] == np.float32(0.7)


def test_tuples_of_argilla_1(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    tuples = [["PER", 0, 3, 0.9], ["LOC", 8, 12, 0.5]]
    path.write_text(jsonl({"text": TEXT, "prediction": tuples, "prediction_agent": "m", "annotation": tuples}))
    (backend,) = opened(path)
    assert backend.label == "m"
    reading = backend.read(corpus, tmp_path, lambda *_: None)
    np.testing.assert_array_equal(reading.p_predicted, np.array([0.9, np.nan, 0.5], "f4"))
    assert load_corpus(CorpusOptions(dataset=str(path))).tags == PREDICTED


def test_scores_of_several_taggers_stand_by_their_names(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    line = {"tokens": TEXT.split(), "predictions": {"a": PREDICTED, "b": ["O"] * 3}}
    path.write_text(jsonl({**line, "scores": {"a": [0.5, 1, 0.25]}}))
    a, b = (backend.read(corpus, tmp_path, lambda *_: None) for backend in opened(path))
    assert a.p_predicted.tolist() == [0.5, 1, 0.25]
    assert np.isnan(b.p_predicted).all()
    path.write_text(jsonl({**line, "scores": [0.5, 1, 0.25]}))
    with pytest.raises(AnalysisError, match=r'tags of 2 taggers, but "scores" does not say whose scores it has'):
        opened(path)


def test_scores_in_tables(corpus: Corpus, tmp_path: Path) -> None:
    scores = [0.5, None, 0.25]
    words, tags = TEXT.split(), PREDICTED
    pq.write_table(pa.table({"words": [words], "predicted": [tags], "score": [scores]}), tmp_path / "p.parquet")
    (tmp_path / "words.csv").write_text(
        "sentence_id,word,tag,predicted,score\n0,Ada,O,B-PER,0.5\n0,saw,O,O,\n0,Rome,O,B-LOC,0.25\n"
    )
    (tmp_path / "words.tsv").write_text("word\tscore\tpredicted\nAda\t0.5\tB-PER\nsaw\t_\tO\nRome\t0.25\tB-LOC\n")
    (tmp_path / "last.tsv").write_text("Ada\tO\tB-PER\t0.5\nsaw\tO\tO\t_\nRome\tO\tB-LOC\t0.25\n")
    lists = io.StringIO()
    csv.writer(lists).writerows([["words", "predicted", "confidence"], list(map(json.dumps, (words, tags, scores)))])
    (tmp_path / "lists.csv").write_text(lists.getvalue())
    for name in ("p.parquet", "words.csv", "words.tsv", "last.tsv", "lists.csv"):
        reading = reading_of(corpus, tmp_path / name)
        assert list(reading.tags) == PREDICTED, name
        np.testing.assert_array_equal(reading.p_predicted, np.array([0.5, np.nan, 0.25], "f4"), name)
    (tmp_path / "words.csv").write_text("sentence_id,word,predicted,score\n0,Ada,B-PER,7\n")
    with pytest.raises(AnalysisError, match='the score "7" is not a number from 0 to 1'):
        reading_of(corpus, tmp_path / "words.csv")


def test_the_score_of_an_entity_of_words_is_their_mean(tmp_path: Path) -> None:
    (tmp_path / "gold.conll").write_text("New-York\tB-LOC\nfell\tO\n")
    corpus = load_corpus(CorpusOptions(dataset=str(tmp_path / "gold.conll")))
    (tmp_path / "p.conll").write_text("New B-LOC 0.5\n-York I-LOC 0.75\nfell O 1\n")
    assert reading_of(corpus, tmp_path / "p.conll").p_predicted[0] == np.float32(0.625)


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "entities": [{"start": 0, "end": 3, "label": "PER", "score": 90}]},
        {
            "text": TEXT,
            "tokens": [],
            "answer": "accept",
            "spans": [{"start": 0, "end": 3, "label": "PER", "score": -3.2}],
        },
        {"text": TEXT, "label": [[0, 3, "PER"]], "predicted": [[0, 3, "PER", 2.7]]},
        {
            "data": {"text": TEXT},
            "annotations": [{"result": [{"value": {"start": 0, "end": 3, "labels": ["PER"]}}]}],
            "predictions": [{"result": [{"score": 2.7, "value": {"start": 0, "end": 3, "labels": ["PER"]}}]}],
        },
        {"text": TEXT, "annotation": [["PER", 0, 3]], "prediction": [["PER", 0, 3, 1.5]]},
    ],
)
def test_a_wrong_score_matters_only_for_predictions(record: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(jsonl(record))
    gold = load_corpus(CorpusOptions(dataset=str(path)))
    assert gold.tags == ["B-PER", "O", "O"]
    of_gold = sum(isinstance(one, dict) and "score" in one for one in record.get("entities", record.get("spans", [])))
    assert gold.audit["counts"].get("scores_outside_0_to_1", 0) == of_gold
    with pytest.raises(AnalysisError, match=r"the score -?\d+(\.\d)? is not a number from 0 to 1"):
        opened(path)


def test_messages_name_options_of_predictions(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    path.write_text("Ada\tB-PER\tB-PER\nsaw\tO\tO\nRome\tB-LOC\tO\n")
    reading = reading_of(corpus, path)
    assert reading.tags == ["B-PER", "O", "O"]
    told = [reading.audit["predictions_read_as"], *reading.audit["warnings"]]
    assert "tags from column 2" in told[0]
    assert told[1] == (
        "Predictions: Tags were also found in column 1, which was not read. To choose, give --prediction-column."
    )
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("p.csv", "a,b\nAda,B-PER\n", {}),
        ("p.csv", "word,predicted\nAda,B-PER\nsaw,O\n", {}),
        ("p.jsonl", jsonl({"text": 5, "entities": []}), {}),
        ("p.jsonl", jsonl({"data": {"a": TEXT, "b": TEXT}, "annotations": []}), {}),
        ("p.tsv", "1\t2\t3\n4\t5\t6\n", {}),
        ("p.tsv", "Ada\tB-PER\n", {"prediction_column": "7"}),
        ("p.conllu", "1\tAda\tada\n", {"prediction_format": "conllu"}),
    ]
    for name, text, options in wrong:
        (tmp_path / name).write_text(text)
        with pytest.raises(AnalysisError) as refused:
            reading_of(corpus, tmp_path / name, **options)
        said = str(refused.value)
        assert not any(f" --{option}" in said for option in ("word-column", "tag-column", "id-column", "format")), said


def test_the_audit_tells_how_predictions_were_read() -> None:
    audit = {
        **dict.fromkeys(("sentences", "words"), 1),
        "scheme": "BIO2",
        "spans": {},
        "invalid_transitions": {"count": 0},
        "duplicate_ids": {"count": 0},
        "sampled": None,
        "counts": {},
        "predictions_read_as": "Read as CoNLL.",
    }
    assert "Predictions: Read as CoNLL." in audit_lines(audit)
