"""PubTator: titles, abstracts and their entities, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from tests.analysis.formats.reading import corpus_of, shown

TWO = """7|t|Aspirin helps .
7|a|It cures fever | pain in Rome .
7\t0\t7\tAspirin\tChemical\tD001241
7\t25\t30\tfever\tDisease\tD005334
7\tCID\tD001241\tD005334

8|t|No abstract .
8\t0\t2\tNo\tWord
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "some.txt"
    path.write_text(text, "utf-8")
    return path


def test_title_and_abstract_are_sentences_of_a_document(tmp_path: Path) -> None:
    corpus = corpus_of(write(tmp_path, TWO))
    assert shown(corpus) == {
        "7#1": "Aspirin/B-Chemical helps .",
        "7#2": "It cures fever/B-Disease | pain in Rome .",
        "8#1": "No/B-Word abstract .",
    }
    assert corpus.documents == ["7", "7", "8"]
    assert corpus.audit["counts"]["ignored_relations"] == 1


def test_an_entity_across_title_and_abstract_keeps_them_together(tmp_path: Path) -> None:
    text = "7|t|Aspirin\n7|a|acid .\n7\t0\t12\tAspirin acid\tChemical\n"
    assert shown(corpus_of(write(tmp_path, text))) == {"7#1": "Aspirin/B-Chemical acid/I-Chemical ."}


def test_documents_need_no_blank_line_between_them(tmp_path: Path) -> None:
    text = "7|t|One .\n7|a|\n8|t|Two .\n8|a|Rome .\n8\t6\t10\tRome\tLOC\n"
    assert shown(corpus_of(write(tmp_path, text))) == {"7#1": "One .", "8#1": "Two .", "8#2": "Rome/B-LOC ."}


def test_an_entity_with_another_text_is_told(tmp_path: Path) -> None:
    text = "7|t|Aspirin helps .\n7\t0\t7\tIbuprofen\tChemical\n"
    audit = corpus_of(write(tmp_path, text)).audit
    assert audit["counts"] == {"misplaced_entities": 1}
    assert any('Chemical "Ibuprofen"' in note and "line 1, offsets 0 to 7" in note for note in audit["notes"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7|t|One .\n8|a|Two .\n", 'line 2: the abstract of "8" does not follow its title'),
        ("7|t|One .\n8\t0\t3\tOne\tX\n", "line 2 .* does not belong to the title before it"),
        ("7|t|One .\n7\t0\t3\n", "line 2 .* is neither an entity"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AnalysisError, match=message):
        corpus_of(write(tmp_path, text))
