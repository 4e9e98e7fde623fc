"""BRAT: pairs of a text and its annotations, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.formats.registry import format_of
from tests.analysis.formats.reading import corpus_of, shown

TEXT = "Ada Lovelace saw Rome .\nNorth and South Korea met .\n"
ANNOTATIONS = """T1\tPER 0 12\tAda Lovelace
T2\tLOC 17 21\tRome
T3\tLOC 24 29;40 45\tNorth Korea
R1\tVisits Arg1:T1 Arg2:T2
E1\tMeet:T3 Who:T1
A1\tNegation E1
#1\tAnnotatorNotes T1\tcheck this
N1\tReference T1 Wikipedia:1\tAda
*\tAlias T1 T2
"""
EXPECTED = {
    "one#1": "Ada/B-PER Lovelace/I-PER saw Rome/B-LOC .",
    "one#2": "North/B-LOC and/I-LOC South/I-LOC Korea/I-LOC met .",
}


def pair(folder: Path, name: str = "one", text: str = TEXT, annotations: str = ANNOTATIONS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ann").write_text(annotations, "utf-8")
    path = folder / f"{name}.txt"
    path.write_text(text, "utf-8")
    return path


def test_a_pair_is_read_from_either_of_its_files_and_from_its_folder(tmp_path: Path) -> None:
    path = pair(tmp_path)
    for dataset in (path, path.with_suffix(".ann"), tmp_path):
        corpus = corpus_of(dataset)
        assert shown(corpus) == EXPECTED
        assert corpus.documents == ["one", "one"]


def test_what_is_not_an_entity_is_counted_and_a_discontinuous_one_is_read_whole(tmp_path: Path) -> None:
    audit = corpus_of(pair(tmp_path)).audit
    assert audit["counts"]["discontinuous_entities"] == 1
    assert audit["counts"]["ignored_relations"] == 2
    notes = " ".join(audit["notes"])
    assert "1 attributes, 1 events, 1 normalizations, 1 notes, 2 relations" in notes
    assert "split into sentences at line breaks" in notes


def test_a_folder_is_a_corpus_of_documents_in_order(tmp_path: Path) -> None:
    pair(tmp_path, "b", "Rome fell .", "T1\tLOC 0 4\tRome\n")
    pair(tmp_path, "a", "Nothing .", "")
    (tmp_path / "README.txt").write_text("about", "utf-8")
    corpus = corpus_of(tmp_path)
    assert shown(corpus) == {"a#1": "Nothing .", "b#1": "Rome/B-LOC fell ."}
    assert corpus.audit["counts"]["texts_without_annotations"] == 1


def test_splits_are_folders(tmp_path: Path) -> None:
    pair(tmp_path / "train", "a", "Rome fell .", "T1\tLOC 0 4\tRome\n")
    pair(tmp_path / "test")
    assert shown(corpus_of(tmp_path, split="test")) == EXPECTED
    with pytest.raises(AnalysisError, match="--split one of: test, train"):
        corpus_of(tmp_path)


def test_offsets_count_code_points_and_line_breaks_of_windows(tmp_path: Path) -> None:
    path = pair(tmp_path, text="", annotations="T1\tLOC 9 13\tRome\n")
    path.write_bytes("Hi 😀 to\r\nRome".encode())
    assert shown(corpus_of(path)) == {"one#1": "Hi 😀 to", "one#2": "Rome/B-LOC"}


def test_words_in_columns_are_not_taken_for_brat(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("Rome B-LOC\nfell O\n", "utf-8")
    assert format_of(path).name == "conll"
    path.with_suffix(".ann").write_text("Rome B-LOC\n", "utf-8")
    assert format_of(path).name == "conll"


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ("T1\tPER zero 3\tAda\n", r"one\.ann, line 1: the entity .* does not have the form"),
        ("T1\tPER 0 3\tAda\n?\n", r"one\.ann, line 2 .* is not an annotation of BRAT"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, annotations: str, message: str) -> None:
    path = pair(tmp_path, annotations=annotations)
    with pytest.raises(AnalysisError, match=message):
        corpus_of(path)


def test_annotations_without_their_text_are_named(tmp_path: Path) -> None:
    path = pair(tmp_path)
    path.unlink()
    with pytest.raises(AnalysisError, match=r"one\.txt is missing"):
        corpus_of(path.with_suffix(".ann"))
