"""GLiNER's training data: words, and entities by the numbers of their words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.files import json_file, json_lines, load, tagged
from tests.analysis.formats.reading import corpus_of, shown

WORDS = ["Mia", "Sorel", "left", "Lyon", "."]


def example(*entities: Any) -> dict[str, Any]:
    return {"tokenized_text": WORDS, "ner": [*entities]}


def test_both_numbers_of_an_entity_are_words_of_it(tmp_path: Path) -> None:
    values = (example([0, 1, "person"], [3, 3, "city"]), example())
    for path in (json_lines(tmp_path, *values), json_file(tmp_path, [*values])):
        corpus = corpus_of(path)
        assert list(shown(corpus).values()) == ["Mia/B-person Sorel/I-person left Lyon/B-city .", " ".join(WORDS)]
        assert corpus.audit["read_as"].startswith("Read as GLiNER's training data: 2 texts")


def test_nested_entities_are_counted(tmp_path: Path) -> None:
    corpus = load(json_lines(tmp_path, example([0, 3, "event"], [3, 3, "city"])))
    assert tagged(corpus) == ["Mia/B-event Sorel/I-event left/I-event Lyon/I-event ./O"]
    assert corpus.audit["counts"] == {"nested_other_type": 1}


@pytest.mark.parametrize("entity", [[0, 5, "x"], [2, 1, "x"], [-1, 1, "x"], [True, 1, "x"], [0, 1], [0, 1, ""], "x"])
def test_other_entities_are_refused(entity: Any, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"line 1: the entity .*(outside the 5 words|does not have the form)"):
        load(json_lines(tmp_path, example(entity)))
