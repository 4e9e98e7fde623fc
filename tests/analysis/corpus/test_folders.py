"""Which files of a folder are data, and which split they belong to."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.corpus.folders import data_files
from analysis.errors import AnalysisError


def write(folder: Path, name: str, word: str = "Eve") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.table({"tokens": [[word]], "ner_tags": [["B-PER"]]}), path)
    else:
        path.write_text(f"{word} B-PER\nsang O\n\nSo O\n", encoding="utf-8")
    return path


def card(folder: Path, metadata: str) -> None:
    folder.joinpath("README.md").write_text(f"---\n{metadata}\n---\n# A corpus\n", encoding="utf-8")


def load(folder: Path, **options: object) -> Corpus:
    return load_corpus(CorpusOptions(str(folder), **options))  # type: ignore[arg-type]


def names(folder: Path, config: str | None = None) -> dict[str, list[str]]:
    found = data_files(folder, config)
    return {split: [str(path.relative_to(folder)) for path in paths] for split, paths in found.items()}


@pytest.mark.parametrize(
    ("files", "split"),
    [
        (["data/test-00000-of-00002.parquet", "data/test-00001-of-00002.parquet", "data/train.parquet"], "test"),
        (["default/test/0000.parquet", "default/test/0001.parquet", "default/train/0000.parquet"], "test"),
        (["test/part.jsonl.conll", "train/part.conll"], "test"),
    ],
)
def test_layouts_of_the_hub(files: list[str], split: str, tmp_path: Path) -> None:
    wanted = [file for file in files if "test" in file]
    for file in files:
        write(tmp_path, file, Path(file).stem)
    card(tmp_path, "license: mit")
    assert [words for words in load(tmp_path, split=split).words if words not in ("sang", "So")] == [
        Path(file).stem for file in wanted
    ]
    with pytest.raises(AnalysisError, match="several splits"):
        load(tmp_path)


def test_a_configuration_is_a_subfolder(tmp_path: Path) -> None:
    write(tmp_path, "de/test.conll", "Max")
    write(tmp_path, "en/test.conll", "Eve")
    assert load(tmp_path, config="de", split="test").words[0] == "Max"
    with pytest.raises(AnalysisError, match=r'several splits "test"\. Give --split one of: de/test, en/test'):
        load(tmp_path, split="test")
    with pytest.raises(AnalysisError, match='no configuration "fr"'):
        load(tmp_path, config="fr")


@pytest.mark.parametrize(
    "metadata",
    [
        "configs:\n- config_name: default\n  data_files:\n  - split: test\n    path: held_out/*.conll",
        "configs:\n- config_name: default\n  data_dir: held_out\n  data_files:\n    test: [a.conll]",
        "configs:\n- config_name: x\n  data_files:\n    test: nowhere/*\n"
        "- config_name: y\n  default: true\n  data_files:\n  - split: test\n    path: [held_out/a.conll]",
    ],
)
def test_metadata_name_the_files_of_a_split(metadata: str, tmp_path: Path) -> None:
    write(tmp_path, "test.conll", "wrong")
    write(tmp_path, "held_out/a.conll", "Max")
    card(tmp_path, metadata)
    assert load(tmp_path, split="test").words[0] == "Max"


@pytest.mark.parametrize("metadata", ["a: [", "configs: 3", "- x", "configs:\n- data_files: ../*", ""])
def test_metadata_that_name_no_files_are_ignored(metadata: str, tmp_path: Path) -> None:
    write(tmp_path, "test.conll", "Max")
    card(tmp_path, metadata)
    assert load(tmp_path).words[0] == "Max"


@pytest.mark.parametrize("name", ["eng.testb", "test.annotated", "corpus.ner", "TEST", "test"])
def test_any_ending_is_opened_by_its_content(name: str, tmp_path: Path) -> None:
    assert load(write(tmp_path, name)).words == ["Eve", "sang", "So"]
    assert load(tmp_path).words == ["Eve", "sang", "So"]


def test_a_split_is_found_by_a_word_of_its_name(tmp_path: Path) -> None:
    for name in ("eng.train", "eng.testa", "eng.testb"):
        write(tmp_path, name, name)
    assert load(tmp_path, split="testb").words[0] == "eng.testb"
    assert load(tmp_path, split="eng.testa").words[0] == "eng.testa"
    with pytest.raises(AnalysisError, match=r"several splits .eng.\. Give --split one of: eng\.testa, eng\.testb"):
        load(tmp_path, split="eng")


def test_files_that_are_no_data_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "test.conll")
    for name in ("README.md", "LICENSE", "convert.py", "run.sh", ".hidden.conll", "license.txt", "config.json"):
        write(tmp_path, name)
    (tmp_path / "notes.txt").write_text("How these sentences were chosen,\nand by whom.\n", encoding="utf-8")
    (tmp_path / "labels.txt").write_text("B-PER\nI-PER\nO\n", encoding="utf-8")
    (tmp_path / "picture").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "empty").touch()
    write(tmp_path, "raw/train.conll")
    assert names(tmp_path) == {"test": ["test.conll"]}


def test_years_are_not_parts_of_a_split(tmp_path: Path) -> None:
    write(tmp_path, "conll/2014.conll")
    write(tmp_path, "conll/2015.conll")
    assert list(names(tmp_path)) == ["conll/2014", "conll/2015"]


def test_compressed_files_are_said(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"tokens": ["Eve"], "tags": ["B-PER"]}'))
    with pytest.raises(AnalysisError, match=r"test\.jsonl\.gz is compressed\. Unpack it"):
        load(path)


def test_a_file_may_be_given_with_its_split(tmp_path: Path) -> None:
    assert load(write(tmp_path, "eng.testb"), split="testb").words[0] == "Eve"
    with pytest.raises(AnalysisError, match='one file and has no split "train"'):
        load(tmp_path / "eng.testb", split="train")


def test_folders_without_data_and_files_that_were_not_downloaded_are_said(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="its subfolders contain no data files"):
        load(tmp_path)
    path = tmp_path / "test.parquet"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", encoding="utf-8")
    with pytest.raises(AnalysisError, match="is a Git LFS pointer"):
        load(tmp_path)


def test_folders_that_are_corpora_are_splits_beside_files(tmp_path: Path) -> None:
    write(tmp_path, "train.conll")
    write(tmp_path, "test.conll")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "a.txt").write_text("Ida", encoding="utf-8")
    (tmp_path / "extra" / "a.ann").write_text("T1\tPER 0 3\tIda\n", encoding="utf-8")
    assert load(tmp_path, split="test").words[0] == "Eve"
    assert load(tmp_path, split="extra").words == ["Ida"]
    assert load(tmp_path, split="Extra").words == ["Ida"]
    with pytest.raises(AnalysisError, match=r"several splits\. Give --split one of: test, train, extra"):
        load(tmp_path)
    for name in ("train", "test"):
        (tmp_path / f"{name}.conll").unlink()
    assert load(tmp_path).words == ["Ida"]


@pytest.mark.parametrize(
    "metadata",
    [
        "configs: [{data_files: 'data/**.conll'}]",
        "configs: [{data_files: ''}]",
        "configs: [{data_files: [\"a\\0b\", '[']}]",
        "date: 2024-13-45",
        "x: " + "[" * 3000,
    ],
)
def test_metadata_that_are_not_valid_tell_no_splits(metadata: str, tmp_path: Path) -> None:
    write(tmp_path, "test.conll")
    (tmp_path / "README.md").write_text(f"---\n{metadata}\n---\n", encoding="utf-8")
    assert names(tmp_path) == {"test": ["test.conll"]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xml", '<?xml version="1.0"?>\n<s><w ner="B-PER">Eve</w></s>\n'),
        ("a.txt", "<doc><s><w ner='B-PER'>Eve</w> sang</s></doc>"),
        ("a.html", "<p>Eve O\n"),
    ],
)
def test_xml_is_said(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(AnalysisError, match=r"is XML or HTML, which is not read\. Convert it"):
        load_corpus(CorpusOptions(str(path)))


def test_words_in_angle_brackets_are_no_xml(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("<s> O\nEve B-PER\n</s> O\n")
    assert load_corpus(CorpusOptions(str(path))).words == ["<s>", "Eve", "</s>"]
