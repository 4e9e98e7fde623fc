"""The corpus and its audit on real data and by hand, and the sentence in which each bad input ends."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import datasets
import huggingface_hub
import numpy as np
import pytest
from huggingface_hub.hf_api import RepoFile, RepoFolder

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus, match_labels
from analysis.errors import AnalysisError
from analysis.taggers.labels import TaggerLabels

WNUT_TO_CONLL = {"person": "PER", "location": "LOC", "corporation": "ORG", "group": "ORG"}


def write(folder: Path, text: str, name: str = "c.conll") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def load(dataset: str, **options: object) -> Corpus:
    return load_corpus(CorpusOptions(dataset, **options))  # type: ignore[arg-type]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["uner-ewt/dev", "uner-ewt/test", "wnut17/train", "wnut17/dev", "wnut17/test"])
def test_real_corpora_are_read_whole(shared_folder: Path, name: str) -> None:
    path = shared_folder / "data" / f"{name}.conll"
    blocks = [block for block in path.read_bytes().split(b"\n\n") if block.strip()]
    rows = [line.split(b"\t") for block in blocks for line in block.split(b"\n") if line]
    corpus = load(str(path))
    assert corpus.label == name
    assert corpus.words == [word.decode() for word, _ in rows]
    assert corpus.tags == [tag.decode() for _, tag in rows]
    assert np.diff(corpus.offsets).tolist() == [block.strip(b"\n").count(b"\n") + 1 for block in blocks]
    assert corpus.source_rows.tolist() == list(range(len(blocks)))
    assert corpus.audit["spans"] == Counter(tag[2:].decode() for _, tag in rows if tag.startswith(b"B-"))
    assert corpus.types == tuple(sorted(corpus.audit["spans"]))
    assert (corpus.audit["sentences"], corpus.audit["words"]) == (len(blocks), len(rows))
    assert corpus.audit["scheme"] == "IOB2"
    assert corpus.audit["invalid_transitions"]["count"] == 0
    assert corpus.audit["notes"] == []


@pytest.mark.shared
def test_real_labels_meet_the_tagger_under_a_label_map(shared_folder: Path) -> None:
    path = str(shared_folder / "data" / "wnut17" / "dev.conll")
    config = json.loads((shared_folder / "models" / "minilm-l6-conll03" / "config.json").read_text())
    tags = TaggerLabels.from_id2label({int(index): name for index, name in config["id2label"].items()}).tags
    with pytest.raises(AnalysisError, match=r"corporation, .*LOC, MISC, ORG, PER.*--label-map location=LOC"):
        match_labels(load(path), tags)
    corpus = load(path, label_map=WNUT_TO_CONLL)
    assert corpus.audit["spans"] == {"LOC": 74, "ORG": 73, "PER": 470, "creative-work": 105, "product": 114}
    assert match_labels(corpus, tags) == {
        "labels_only_in_data": ["creative-work", "product"],
        "labels_only_in_model": ["MISC"],
    }


def test_the_audit_is_json_and_tells_what_was_found(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "# sent_id = a\nAnn I-PER\nLee I-PER\nran O\n\n# sent_id = a\nx _\ny B-LOC\nz I-ORG\n\n# sent_id = e\n\n",
    )
    corpus = load(path)
    assert corpus.tags == ["B-PER", "I-PER", "O", None, "B-LOC", "B-ORG"]
    assert corpus.offsets.tolist() == [0, 3, 6, 6]
    audit = json.loads(json.dumps(corpus.audit))
    assert audit.pop("invalid_transitions") == {
        "count": 2,
        "read_as": "An I-X that does not follow a span of type X begins a new span, as in conlleval.",
        "examples": [
            {"sentence_id": "a", "position": 0, "previous": None, "tag": "I-PER", "read_as": "B-PER"},
            {"sentence_id": "a", "position": 2, "previous": "B-LOC", "tag": "I-ORG", "read_as": "B-ORG"},
        ],
    }
    assert audit == {
        "sentences": 3,
        "documents": 0,
        "words": 6,
        "unlabelled_words": 1,
        "spans": {"LOC": 1, "ORG": 1, "PER": 1},
        "empty_sentences": 1,
        "duplicate_ids": {"count": 1, "examples": ["a"]},
        "scheme": "IOB2",
        "read_as": 'Read as CoNLL: words from column 0 ("Ann", "Lee"), tags from column 1 ("I-PER", "B-LOC"), '
        "counted from 0.",
        "sampled": None,
        "label_map": {},
        "columns": {"word": "0", "tag": "1", "id": None, "document": None},
        "counts": {"comment_lines": 3},
        "notes": [],
    }


def test_a_sample_is_seeded_and_keeps_file_order_and_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join(f"w{row} B-X\n" for row in range(50)))
    sample = load(path, limit=10, seed=7)
    rows = sample.source_rows.tolist()
    assert len(rows) == 10
    assert rows == sorted(set(rows))
    assert sample.words == [f"w{row}" for row in rows]
    assert sample.sentence_ids == [str(row) for row in rows]
    assert sample.audit["sampled"] == {"limit": 10, "seed": 7, "of": 50}
    assert sample.audit["words"] == 10
    assert load(path, limit=10, seed=7).content_hash() == sample.content_hash()
    assert load(path, limit=10, seed=8).source_rows.tolist() != rows
    whole = load(path, limit=99)
    assert len(whole.words) == 50
    assert "exceeds the 50 sentences" in whole.audit["notes"][0]


def test_the_audit_of_a_sample_speaks_of_the_sample(tmp_path: Path) -> None:
    path = write(tmp_path, "\n".join(["a B-X\n"] + [f"w{row} I-X\n" for row in range(19)]))
    sample = load(path, limit=4)
    assert sample.audit["scheme"] == "IOB2"
    assert sample.audit["invalid_transitions"]["count"] == 4 - (0 in sample.source_rows)


def test_the_content_hash_sees_all_content_and_nothing_else(tmp_path: Path) -> None:
    base = load(write(tmp_path, "a B-X\nb O\n\nc O\n")).content_hash()
    assert load(write(tmp_path, "a\t B-X\nb\tO\n \nc O", "other.txt")).content_hash() == base
    for text in (
        "a B-X\n\nb O\nc O\n",
        "a B-X\nb O\n\nd O\n",
        "a B-Y\nb O\n\nc O\n",
        "# id 0\na B-X\nb O\n\n# id x\nc O\n",
    ):
        assert load(write(tmp_path, text)).content_hash() != base
    corpus = load(write(tmp_path, "a B-X\nb O\n\nc O\n"))
    assert replace(corpus, label="y", audit={}).content_hash() == base
    assert replace(corpus, source_rows=corpus.source_rows + 1).content_hash() != base
    assert replace(corpus, documents=["one", "two"]).content_hash() != base


def test_a_label_map_merges_types_and_notes_entries_without_use(tmp_path: Path) -> None:
    path = write(tmp_path, "a B-group\nb I-group\nc B-corporation\nd B-b-c\n")
    corpus = load(path, label_map={"group": "ORG", "corporation": "ORG", "b-c": "X-Y", "nobody": "PER"})
    assert corpus.tags == ["B-ORG", "I-ORG", "B-ORG", "B-X-Y"]
    assert corpus.types == ("ORG", "X-Y")
    assert "does not have: nobody" in corpus.audit["notes"][0]


def test_single_tags_that_the_tagger_lacks_are_reported(tmp_path: Path) -> None:
    corpus = load(write(tmp_path, "a B-PER\nb I-PER\nc B-LOC\n"))
    assert match_labels(corpus, ["O", "B-PER", "B-ORG", "I-LOC"]) == {
        "labels_only_in_data": ["I-PER"],
        "labels_only_in_model": ["ORG"],
    }
    assert match_labels(corpus, ["O", "I-PER", "I-LOC"]) == {"labels_only_in_data": [], "labels_only_in_model": []}


def test_a_corpus_without_entities_is_kept(tmp_path: Path) -> None:
    corpus = load(write(tmp_path, "a O\nb O\n"))
    assert corpus.types == ()
    assert "No word" in corpus.audit["notes"][0]
    assert match_labels(corpus, ["O", "B-PER"])["labels_only_in_model"] == ["PER"]


@pytest.mark.parametrize(
    ("name", "text", "options", "message"),
    [
        ("c.conll", "a O\n\nb\n", {}, r'c\.conll, line 3 has one column \("b"\)'),
        ("c.conll", "a O\n", {"tag_column": "2"}, r"line 1 has 2 columns, too few .* tag column 2"),
        ("c.conll", "a\tO\n", {"tag_column": "ner"}, r'no column "ner" in its first line \(a, o\)'),
        ("c.conll", "", {}, r"c\.conll is empty"),
        ("c.conll", "\n-DOCSTART- O\n\n", {}, r"c\.conll contains no words"),
        (
            "c.conll",
            "a B-LOC\n\n# sent_id = s\nAnn PERSON\n",
            {},
            r'sentence "s" at line 4: the word "Ann" has the invalid tag "PERSON" \(other tags: B-LOC\)\.',
        ),
        ("c.conll", "a -100\n", {}, r"No word of .*c\.conll has a tag"),
        ("c.conll", "a 0\nb 3\n", {}, r"are numbers without names.*--tag-names"),
        (
            "c.conll",
            "a 0\nb 3\n",
            {"tag_names": ("O", "B-X")},
            r'sentence 0 at line 1: the word "b" has the tag number 3, but only 2 tags',
        ),
        ("c.conll", "a O\n", {"split": "dev"}, r'c\.conll is one file and has no split "dev"'),
        ("c.conll", "a O\n", {"limit": 0}, r"--limit 0 is not valid"),
        ("c.conll", "a B-X\n", {"label_map": {"Y": "Z"}}, r"renames Y, but the types of .* are X"),
        ("c.conll", "a B-X\n", {"label_map": {"X": ""}}, r"--label-map X= has no entity type"),
        ("c.conll", "a O\n", {"format": "word"}, r'There is no format "word"\. Give one of: .*conll'),
        (
            "c.jsonl",
            '{"tokens": ["a"], "tags": ["O"]}\n{"tokens": \n',
            {},
            r"c\.jsonl, line 2 is not valid JSON: .* column 12",
        ),
        ("c.jsonl", "5\n", {}, r"line 1 is not a JSON object"),
        (
            "c.jsonl",
            '{"id": 7, "tokens": ["a", "b"], "tags": ["O"]}',
            {},
            r'line 1 \(sentence "7"\) has 2 words .* 1 tags',
        ),
        (
            "c.jsonl",
            '{"tokens": ["a"], "y": ["O"]}',
            {},
            r"no column with a usual name for tags .* --tag-column one of: tokens, y",
        ),
        (
            "c.jsonl",
            '{"tokens": ["a"], "tags": ["O"]}',
            {"word_column": "w"},
            r'no column "w" \(columns: tokens, tags\)\. Correct --word',
        ),
        (
            "c.jsonl",
            '{"tokens": ["a", null], "tags": ["O", "O"]}',
            {},
            r'line 1: "tokens" contains None, which is not a word',
        ),
        (
            "c.jsonl",
            '{"tokens": ["a"], "tags": [["O"]]}',
            {},
            r'line 1: "tags" contains \[.O.\], which is not the name or number',
        ),
        (
            "c.jsonl",
            '{"tokens": ["a"], "tags": ["O"]}\n{"tokens": "a", "tags": "O"}',
            {},
            r'line 2: "tokens" contains "a", but other rows',
        ),
        (
            "c.jsonl",
            '{"text": "Ann", "entities": [[0, 9, "PER"]]}',
            {},
            r"\"PER\" \[0, 9\) is empty or outside the text of 3",
        ),
        ("c.jsonl", '{"text": "Ann", "entities": ["PER"]}', {}, r'line 1: the entity "PER" does not have the form'),
        ("c.csv", "id,word,tag\n1,a,O\n1,b\n", {}, r"c\.csv, line 3 has 2 cells but the header has 3"),
        ("c.csv", "word,tag\na,O\nb,O\n", {}, r"one word per row and no column .* --id-column one of: word, tag"),
        ("c.csv", "id,word,tag\n1,a,O\n2,b,O\n", {}, r'a different "id" in every row'),
        ("c.csv", 'id,tokens,tags\n1,"[a b]","[1 2]"\n', {}, r'line 2 .*: the list "\[a b\]" cannot be read'),
        ("c.parquet", "no parquet", {}, r"c\.parquet cannot be read as Parquet"),
    ],
)
def test_bad_input_ends_in_one_sentence(
    tmp_path: Path, name: str, text: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(AnalysisError, match=message) as caught:
        load(write(tmp_path, text, name), **options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\tO\ncaf\xe9\tO\n", r"not UTF-8: byte 0xe9 in line 2 \(byte 7 of the file\)"),
        ("a\tO\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\0\0", r"not a text file \(byte 4 is NUL\)"),
    ],
)
def test_files_that_are_no_utf8_text(tmp_path: Path, content: bytes, message: str) -> None:
    for name in ("c.conll", "c.csv", "c.jsonl"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AnalysisError, match=message):
            load(str(tmp_path / name))


@pytest.mark.parametrize("dataset", ["missing.conll", "./missing", "/no/such/folder", "a/b/c"])
def test_missing_files(dataset: str) -> None:
    with pytest.raises(AnalysisError, match=f'no file or folder "{dataset}". Check --dataset'):
        load(dataset)


@pytest.mark.parametrize(
    ("dataset", "remedy"),
    [
        (":", "Check --dataset, and give the split with --split"),
        (":train", "Check --dataset, and give the split with --split"),
        ("splits:", "Check --dataset, and give the split with --split"),
        ("owner/name:train", "Check --dataset, and give the split with --split"),
        ("my corpus", "Check --dataset"),
        ("", "Check --dataset"),
        ("owner/", "Check --dataset"),
    ],
)
def test_what_can_be_no_name_is_not_looked_up_on_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str, remedy: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: pytest.fail("it was looked up"))
    (tmp_path / "splits").mkdir()
    if dataset:
        said = f'There is no file or folder "{dataset}", and the name is not valid for a hub dataset. {remedy}.'
    else:
        said = "contain no data files"  # the folder that the process is in
    with pytest.raises(AnalysisError, match=re.escape(said)):
        load(dataset)


def test_folders_without_splits(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="its subfolders contain no data files"):
        load(str(tmp_path))
    write(tmp_path, "a O\n", "test.conll")
    write(tmp_path, "a O\n", "test.tsv")
    with pytest.raises(AnalysisError, match=r'"test" more than once \(test\.conll, test\.tsv\)'):
        load(str(tmp_path))


def test_saved_splits_that_are_not_there(tmp_path: Path) -> None:
    one = datasets.Dataset.from_dict({"tokens": [["a"]], "tags": [["O"]]}, split="test")
    one.save_to_disk(str(tmp_path / "one"))
    assert load(str(tmp_path / "one"), config="en").label == "one/test"
    with pytest.raises(AnalysisError, match=r'contains only the split "test"\. Omit --split dev'):
        load(str(tmp_path / "one"), split="dev")
    datasets.DatasetDict({"train": one, "test": one}).save_to_disk(str(tmp_path / "both"))
    for split, message in ((None, "has several splits"), ("dev", 'has no split "dev"')):
        with pytest.raises(AnalysisError, match=f"{message}. Give --split one of: train, test"):
            load(str(tmp_path / "both"), split=split)


class Hub:
    """Stands in for the hub: a dataset that is a script, with its conversion to Parquet."""

    def __init__(self, configs: list[str]) -> None:
        self.configs = configs

    def load_dataset(
        self,
        name: str,
        config: str | None = None,
        *,
        data_dir: str | None = None,
        split: str | None = None,
        revision: str | None = None,
    ) -> datasets.Dataset:
        if name != "conll":
            raise datasets.exceptions.DatasetNotFoundError(f"Dataset '{name}' doesn't exist on the Hub.\nMore.")
        if revision != "refs/convert/parquet":
            raise RuntimeError("Dataset scripts are no longer supported, but found conll.py")
        features = datasets.Features(
            {
                "tokens": datasets.List(datasets.Value("string")),
                "pos_tags": datasets.List(datasets.ClassLabel(names=["NN"])),
                "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "B-PER"])),
            }
        )
        columns = {"tokens": [[str(data_dir), "Ann"]], "pos_tags": [[0, 0]], "ner_tags": [[0, 1]]}
        return datasets.Dataset.from_dict(columns, features=features, split=split)

    def list_repo_tree(self, name: str, *, repo_type: str, revision: str) -> list[RepoFile | RepoFolder]:
        assert (name, repo_type, revision) == ("conll", "dataset", "refs/convert/parquet")
        return [RepoFile(path=".gitattributes", size=1, oid="1"), *(RepoFolder(path=c, oid="1") for c in self.configs)]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    fake = Hub(["en"])
    monkeypatch.setattr(datasets, "load_dataset", fake.load_dataset)
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: fake)
    return fake


def test_a_dataset_script_falls_back_to_its_conversion_and_says_so(hub: Hub) -> None:
    corpus = load("conll", split="test")
    assert (corpus.words, corpus.tags, corpus.label) == (["en", "Ann"], ["O", "B-PER"], "conll/test")
    assert "refs/convert/parquet" in corpus.audit["notes"][0]
    hub.configs = ["de", "en"]
    assert load("conll", split="test", config="de").label == "conll/de/test"
    for config, message in ((None, "several configurations"), ("fr", 'no configuration "fr"')):
        with pytest.raises(AnalysisError, match=f"{message}. Give --config one of: de, en"):
            load("conll", split="test", config=config)


@pytest.mark.usefixtures("hub")
def test_what_the_hub_refuses_is_one_sentence() -> None:
    with pytest.raises(
        AnalysisError, match=r"\"nobody/x\" is not on this .*\(Dataset 'nobody/x' doesn't exist on the Hub\)\. Check"
    ):
        load("nobody/x")
    with pytest.raises(AnalysisError, match="scripts are no longer supported"):
        load("conll", split="test", revision="abc")
