"""Spans that are labelled with the tags of their words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.reading import corpus_of, shown
from tests.analysis.taggers.predicted import reading_of

TEXT = "Mia Sorel met Ida in Lyon"
READ = ["Mia/B-PER Sorel/I-PER met Ida/B-PER in Lyon/B-LOC"]
SPANS = {
    "prefixes": [(0, 3, "B-PER"), (4, 9, "I-PER"), (14, 17, "B-PER"), (21, 25, "B-LOC")],
    "last letters and singles": [(0, 3, "B-PER"), (4, 9, "E-PER"), (14, 17, "S-PER"), (21, 25, "S-LOC")],
    "inside only": [(0, 3, "I-PER"), (4, 9, "I-PER"), (14, 17, "I-PER"), (21, 25, "I-LOC")],
    "suffixes": [(0, 3, "PER-B"), (4, 9, "PER-I"), (14, 17, "PER-B"), (21, 25, "LOC-B")],
    "whole entities": [(0, 9, "B-PER"), (14, 17, "B-PER"), (21, 25, "B-LOC")],
    "not in order": [(4, 9, "I-PER"), (21, 25, "B-LOC"), (0, 3, "B-PER"), (14, 17, "B-PER")],
    "outside": [(0, 3, "B-PER"), (4, 9, "I-PER"), (10, 13, "O"), (14, 17, "B-PER"), (18, 20, "O"), (21, 25, "B-LOC")],
}


def written(tmp_path: Path, spans: list[tuple[int, int, str]], **more: Any) -> Path:
    path = tmp_path / "spans.jsonl"
    entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    path.write_text(json.dumps({"text": TEXT, "entities": entities, **more}) + "\n")
    return path


@pytest.mark.parametrize("spans", SPANS.values(), ids=SPANS)
def test_spans_labelled_with_tags_are_joined(spans: list[tuple[int, int, str]], tmp_path: Path) -> None:
    path = written(tmp_path, spans)
    corpus = corpus_of(path)
    assert list(shown(corpus).values()) == READ
    assert corpus.audit["counts"]["spans_of_tags"] == sum(label != "O" for _, _, label in spans)
    assert any("labelled with tags" in note for note in corpus.audit["notes"])
    assert reading_of(corpus, path).tags == corpus.tags


def test_a_tag_after_a_gap_begins_an_entity(tmp_path: Path) -> None:
    path = written(tmp_path, [(0, 3, "B-PER"), (14, 17, "I-PER")])
    assert list(shown(corpus_of(path)).values()) == ["Mia/B-PER Sorel met Ida/B-PER in Lyon"]


def test_a_tag_after_a_closed_entity_begins_another(tmp_path: Path) -> None:
    path = written(tmp_path, [(0, 3, "S-PER"), (4, 9, "I-PER"), (21, 25, "B-LOC")])
    assert list(shown(corpus_of(path)).values()) == ["Mia/B-PER Sorel/B-PER met Ida in Lyon/B-LOC"]


def test_the_score_of_joined_spans_is_their_mean(tmp_path: Path) -> None:
    gold = written(tmp_path, SPANS["prefixes"])
    corpus = corpus_of(gold)
    spans = [{"text": "Mia", "label": "B-PER", "score": 0.5}, {"text": "Sorel", "label": "I-PER", "score": 0.7}]
    path = tmp_path / "predicted.jsonl"
    path.write_text(json.dumps({"text": TEXT, "entities": spans}) + "\n")
    reading = reading_of(corpus, path)
    assert reading.tags[:3] == ["B-PER", "I-PER", "O"]
    assert reading.p_predicted is not None
    assert reading.p_predicted[:2] == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize("label", ["E-mail", "S-Bahn", "Hepatitis-B", "PER"])
def test_types_that_look_like_tags_are_types(label: str, tmp_path: Path) -> None:
    corpus = corpus_of(written(tmp_path, [(0, 9, label), (10, 13, "O"), (21, 25, "LOC")]))
    assert corpus.types == tuple(sorted((label, "LOC")))
    assert corpus.audit["counts"] == {"spans_labelled_o": 1}


@pytest.mark.parametrize("labels", [("B-PER", "I-PER", "LOC"), ("B-PER", "PER", "LOC")])
def test_tags_among_types_are_refused(labels: tuple[str, ...], tmp_path: Path) -> None:
    spans = [(start, end, label) for (start, end, _), label in zip(SPANS["inside only"], labels, strict=False)]
    with pytest.raises(AnalysisError, match=r'labelled with tags \("B-PER"\) and with types \("LOC"\)'):
        corpus_of(written(tmp_path, spans))
