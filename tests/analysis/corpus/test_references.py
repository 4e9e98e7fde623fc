"""How a reference is named and read, and the sentence in which each bad one ends."""

from __future__ import annotations

import re
from pathlib import Path

import datasets
import pytest

from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.corpus.references import load_references, split_of
from analysis.errors import AnalysisError


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_references_are_read_as_the_corpus_is(tmp_path: Path) -> None:
    test = write(tmp_path / "test.conll", "x\tPERSON\tAnna\ny\tO\tsings\n")
    write(tmp_path / "train.conll", "x\tPERSON\tAnna\nz\tO\tsings\n\nq\tO\tno\n")
    options = CorpusOptions(test, word_column="2", tag_column="1", label_map={"PERSON": "PER"}, limit=1)
    corpus = load_corpus(options)
    train, folder = load_references([str(tmp_path / "train.conll"), f"{tmp_path}:train"], options, corpus)
    assert train.words == folder.words == ["Anna", "sings", "no"]
    assert train.tags == ["B-PER", "O", "O"]
    for path in (str(tmp_path / "train.conll"), r"C:\data\train.conll", "C:/data/train.conll"):
        assert split_of(path) == (path, None)


def test_what_is_wrong_with_a_reference_is_said_of_references(tmp_path: Path) -> None:
    for name in ("test", "train"):
        (tmp_path / f"{name}.conll").write_text("Anna\tB-PER\n")
    options = CorpusOptions(str(tmp_path / "test.conll"))
    corpus = load_corpus(options)
    with pytest.raises(AnalysisError, match=rf"write {tmp_path}:SPLIT with one of test, train"):
        load_references([str(tmp_path)], options, corpus)
    with pytest.raises(AnalysisError, match=r"absent\.conll: check --reference"):
        load_references([str(tmp_path / "absent.conll")], options, corpus)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Anna\tB-COLOUR\n", r"other entity types \(COLOUR\) than the corpus \(PER\)"),
        ("", "cannot be used"),
        (None, "cannot be used"),
    ],
)
def test_a_reference_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, reason: str) -> None:
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    corpus = load_corpus(options)
    if text is not None:
        write(tmp_path / "train.conll", text)
    with pytest.raises(AnalysisError, match=rf"The reference .*train\.conll .*{reason}"):
        load_references([str(tmp_path / "train.conll")], options, corpus)


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("splits:", "no split after"),
        (":train", "no source before"),
        (":", "no source before"),
        (" : ", "no source before"),
    ],
)
def test_a_reference_without_a_source_or_a_split_is_looked_up_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, lacks: str
) -> None:
    monkeypatch.chdir(tmp_path)
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    corpus = load_corpus(options)
    (tmp_path / "splits").mkdir()
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: pytest.fail("it was looked up"))
    said = f"The reference {name!r} names {lacks} its colon: write --reference SOURCE:SPLIT, or"
    with pytest.raises(AnalysisError, match=re.escape(said)):
        load_references([name], options, corpus)
    (tmp_path / name).write_text("")  # a file may be called that, and is then said to hold nothing that is known
    assert split_of(name) == (name, None)


def test_two_colons_are_said_of_references(tmp_path: Path) -> None:
    options = CorpusOptions(write(tmp_path / "test.conll", "Anna\tB-PER\n"))
    said = "'a:b', and no dataset of the hub can have that name: check --reference."
    with pytest.raises(AnalysisError, match=re.escape(said)):
        load_references(["a:b:c"], options, load_corpus(options))
