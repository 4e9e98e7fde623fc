"""Every format gives the same corpus for the same sentences, and says what it could not take as it was."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from tests.work import calls_in

NAMES = ["O", "B-PER", "I-PER", "B-creative-work", "I-creative-work"]
SENTENCES = [
    ("a", ["Ann", "saw", "Star", "Wars", "."], ["B-PER", "O", "B-creative-work", "I-creative-work", "O"]),
    ("b", ["#", "“", "\u200b", "x\u2028y", "a\u00a0b"], ["O", "O", "O", "B-PER", "I-PER"]),
    ("b", ["'s", '"', ",", "<script>", "مرحبا"], ["O", "O", "O", "O", "B-PER"]),
]


def write_conll(folder: Path) -> Path:
    path = folder / "c.conll"
    blocks = [
        f"# sent_id = {name}\n" + "".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True))
        for name, words, tags in SENTENCES
    ]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return path


def write_spaced_conll(folder: Path) -> Path:
    path = folder / "c.txt"
    blocks = [
        f"# id {name}\tdomain=x\r\n" + "".join(f"{w}  NN _   {t} \r\n" for w, t in zip(words, tags, strict=True))
        for name, words, tags in SENTENCES
    ]
    path.write_bytes(("\ufeff-DOCSTART- -X- O O\r\n \r\n" + " \t\r\n\r\n".join(blocks)).encode())
    return path


def write_json_lines(folder: Path) -> Path:
    path = folder / "c.jsonl"
    rows = [{"id": name, "text": "unused", "tokens": words, "ner_tags": tags} for name, words, tags in SENTENCES]
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def write_json_array(folder: Path) -> Path:
    path = folder / "c.json"
    rows = [{"sent_id": name, "Words": words, "labels": tags} for name, words, tags in SENTENCES]
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return path


def as_dataset(numbered: bool = True) -> datasets.Dataset:
    tag_type = datasets.ClassLabel(names=NAMES) if numbered else datasets.Value("string")
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(tag_type),
        }
    )
    columns = {
        "id": [name for name, _, _ in SENTENCES],
        "tokens": [words for _, words, _ in SENTENCES],
        "ner_tags": [[NAMES.index(tag) if numbered else tag for tag in tags] for _, _, tags in SENTENCES],
    }
    return datasets.Dataset.from_dict(columns, features=features)


def write_parquet(folder: Path) -> Path:
    path = folder / "c.parquet"
    as_dataset().to_parquet(str(path))
    return path


def write_plain_parquet(folder: Path) -> Path:
    path = folder / "c.parquet"
    columns = {"id": [s[0] for s in SENTENCES], "words": [s[1] for s in SENTENCES], "tags": [s[2] for s in SENTENCES]}
    pq.write_table(pa.table(columns), path)
    return path


def write_word_parquet(folder: Path) -> Path:
    path = folder / "c.parquet"
    rows = [
        (name if position == 0 else None, word, tag)
        for name, words, tags in [*SENTENCES[:2], ("b2", *SENTENCES[2][1:])]
        for position, (word, tag) in enumerate(zip(words, tags, strict=True))
    ]
    ids, words, tags = map(list, zip(*rows, strict=True))
    pq.write_table(pa.table({"sentence_id": ids, "word": words, "tag": tags}), path)
    return path


def write_saved(folder: Path) -> Path:
    as_dataset().save_to_disk(str(folder / "saved"))
    return folder / "saved"


def write_saved_splits(folder: Path) -> Path:
    saved = datasets.DatasetDict({"train": as_dataset().select([0]), "test": as_dataset(numbered=False)})
    saved.save_to_disk(str(folder / "saved"))
    return folder / "saved"


def write_word_csv(folder: Path) -> Path:
    path = folder / "c.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Sentence #", "Word", "POS", "Tag"])
        for name, words, tags in [*SENTENCES[:2], ("b2", *SENTENCES[2][1:])]:
            for position, (word, tag) in enumerate(zip(words, tags, strict=True)):
                writer.writerow([name if position == 0 else "", word, "NN", tag])
    return path


def write_list_csv(show: Callable[[list[str]], str]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "c.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["id", "tokens", "ner_tags"])
            writer.writerows([name, show(words), show(tags)] for name, words, tags in SENTENCES)
        return path

    return write


def numpy_style(values: list[str]) -> str:
    return "[" + "\n ".join(map(repr, values)) + "]"


def load(path: Path, **options: object) -> Corpus:
    return load_corpus(CorpusOptions(str(path), **options))  # type: ignore[arg-type]


def sentences_of(corpus: Corpus) -> list[tuple[str, list[str], list[str | None]]]:
    bounds = zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)
    return [
        (name, corpus.words[start:end], corpus.tags[start:end])
        for name, (start, end) in zip(corpus.sentence_ids, bounds, strict=True)
    ]


@pytest.mark.parametrize(
    "write",
    [
        write_conll,
        write_json_lines,
        write_json_array,
        write_parquet,
        write_plain_parquet,
        write_saved,
        write_saved_splits,
        write_list_csv(json.dumps),
        write_list_csv(repr),
        write_list_csv(numpy_style),
    ],
)
def test_every_format_gives_the_same_corpus(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path)
    corpus = load(path, split="test" if write is write_saved_splits else None)
    assert sentences_of(corpus) == SENTENCES
    assert corpus.source_rows.tolist() == [0, 1, 2]
    assert corpus.content_hash() == load(write_conll(tmp_path)).content_hash()
    assert corpus.audit["spans"] == {"PER": 3, "creative-work": 1}
    assert corpus.audit["duplicate_ids"] == {"count": 1, "examples": ["b"]}


@pytest.mark.parametrize("write", [write_word_csv, write_word_parquet])
def test_a_word_a_row(write: Callable[[Path], Path], tmp_path: Path) -> None:
    expected = [*SENTENCES[:2], ("b2", *SENTENCES[2][1:])]
    assert sentences_of(load(write(tmp_path))) == expected


def test_columns_parted_by_spaces_with_document_marks_and_windows_line_ends(tmp_path: Path) -> None:
    corpus = load(write_spaced_conll(tmp_path))
    assert sentences_of(corpus) == SENTENCES
    assert corpus.audit["counts"] == {"comment_lines": 3}


word = st.text(st.characters(exclude_characters="\t\n\r\0 ", exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.lists(st.tuples(word, st.sampled_from(NAMES)), min_size=1, max_size=5), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_word_survives_a_tsv_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[str, str]]]
) -> None:
    rows = [[pair for pair in sentence if not pair[0].startswith("-DOCSTART-")] or [("a", "O")] for sentence in rows]
    path = tmp_path_factory.mktemp("tsv") / "x.tsv"
    text = "\n".join("".join(f"{word}\t{tag}\n" for word, tag in sentence) for sentence in [[("first", "O")], *rows])
    path.write_bytes(text.encode())
    assert load(path).words == ["first", *(word for sentence in rows for word, _ in sentence)]


def conll(tmp_path: Path, text: str, name: str = "x.conll") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_hash_signs_are_words_or_comments(tmp_path: Path) -> None:
    path = conll(tmp_path, "# a comment\n# text = # O\n#\tO\n#ff\tB-PER\n# id 7\nx\tO\n#\n\n# O\ny O\n")
    corpus = load(path)
    assert corpus.words == ["#", "#ff", "x", "#", "y"]
    assert corpus.sentence_ids == ["0", "7", "2"]
    assert corpus.audit["counts"]["comment_lines"] == 4


def test_a_hash_sign_of_a_bare_type_is_a_word(tmp_path: Path) -> None:
    corpus = load(conll(tmp_path, "# PERSONS\n#\tPERSON\nx\tPERSON\n#\tO\n"))
    assert (corpus.words, corpus.tags) == (["#", "x", "#"], ["B-PERSON", "I-PERSON", "O"])


def test_named_sentences_without_words_are_kept_as_empty(tmp_path: Path) -> None:
    corpus = load(conll(tmp_path, "# sent_id = 1\n\n\n\n# sent_id = 2\nx O\n"))
    assert sentences_of(corpus) == [("1", [], []), ("2", ["x"], ["O"])]
    assert corpus.audit["empty_sentences"] == 1


def test_columns_of_conll_by_position_and_by_name(tmp_path: Path) -> None:
    path = conll(tmp_path, "1\tAnn\tB-PER\tann\n2\tran\tO\trun\n")
    assert load(path, word_column="1", tag_column="2").tags == ["B-PER", "O"]
    assert load(path, word_column="-3", tag_column="-2").words == ["Ann", "ran"]
    headed = conll(tmp_path, "n\tform\tentity\tlemma\n1\tAnn\tB-PER\tann\n")
    corpus = load(headed, word_column="form", tag_column="entity")
    assert (corpus.words, corpus.tags) == (["Ann"], ["B-PER"])


def test_a_customary_header_is_no_word(tmp_path: Path) -> None:
    corpus = load(conll(tmp_path, "Token\tpos\tTag\nAnn\tNN\tB-PER\n", "x.tsv"))
    assert corpus.words == ["Ann"]
    assert "header" in corpus.audit["notes"][0]


def test_a_tsv_with_a_column_of_ids(tmp_path: Path) -> None:
    path = conll(tmp_path, "s\tword\ttag\nx\tAnn\tB-PER\nx\tran\tO\ny\tHi\tO\n", "x.tsv")
    assert sentences_of(load(path, id_column="s")) == [("x", ["Ann", "ran"], ["B-PER", "O"]), ("y", ["Hi"], ["O"])]


def test_csv_with_words_parted_by_spaces(tmp_path: Path) -> None:
    path = conll(tmp_path, 'text,labels\n"Hi , Ann","O O B-PER"\nHi,O\n', "x.csv")
    assert sentences_of(load(path)) == [("0", ["Hi", ",", "Ann"], ["O", "O", "B-PER"]), ("1", ["Hi"], ["O"])]


def test_numbers_with_names_given(tmp_path: Path) -> None:
    path = conll(tmp_path, '{"tokens": ["Hi", "Ann", "x", 2008, "y"], "tags": [0, 1, -100, 0, null]}', "x.jsonl")
    corpus = load(path, tag_names=("O", "B-PER"))
    assert corpus.tags == ["O", "B-PER", None, "O", None]
    assert corpus.words[3] == "2008"
    assert corpus.audit["unlabelled_words"] == 2
    assert load(conll(tmp_path, "Hi 0\nAnn 1\n"), tag_names=("O", "B-PER")).tags == ["O", "B-PER"]


def test_character_offsets(tmp_path: Path) -> None:
    rows = [
        {"text": "Dr. Ann O'Hara's from New York-city.", "entities": [{"start": 4, "end": 14, "label": "PER"}]},
        {"text": "Londoners like हिन्दी", "entities": [[0, 6, "LOC"], [15, 21, "MISC"]]},
        {
            "text": "New York City",
            "entities": [{"start": 9, "end": 13, "label": "X"}, {"start": 0, "end": 13, "label": "LOC"}],
        },
        {"text": "a  b", "entities": [[1, 3, "PER"]]},
        {"text": "", "entities": []},
    ]
    corpus = load(conll(tmp_path, "\n".join(map(json.dumps, rows)), "x.jsonl"), split_words=True)
    assert [(words, tags) for _, words, tags in sentences_of(corpus)] == [
        (
            ["Dr", ".", "Ann", "O", "'", "Hara", "'", "s", "from", "New", "York", "-", "city", "."],
            ["O", "O", "B-PER", "I-PER", "I-PER", "I-PER"] + ["O"] * 8,
        ),
        (["London", "ers", "like", "हिन्दी"], ["B-LOC", "O", "O", "B-MISC"]),
        (["New", "York", "City"], ["B-LOC", "I-LOC", "I-LOC"]),
        (["a", "b"], ["O", "O"]),
        ([], []),
    ]
    assert corpus.audit["counts"] == {"cut_words": 1, "nested_other_type": 1, "wordless_entities": 1}
    assert len(corpus.audit["notes"]) == 3
    assert corpus.audit["empty_sentences"] == 1


def test_a_folder_of_splits_and_shards(tmp_path: Path) -> None:
    conll(tmp_path, "a O\nAnn B-PER\n", "test.conll")
    conll(tmp_path, "b O\nAnn B-PER\n", "train-00000-of-00002.conll")
    conll(tmp_path, "c O\n", "train-00001-of-00002.conll")
    conll(tmp_path, "not read", "README.md")
    corpus = load(tmp_path, split="test")
    assert (corpus.words, corpus.label) == (["a", "Ann"], f"{tmp_path.name}/test")
    assert load(tmp_path, split="train").words == ["b", "Ann", "c"]
    with pytest.raises(AnalysisError, match=r"several splits\. Give --split one of: test, train"):
        load(tmp_path)
    with pytest.raises(AnalysisError, match=r'no split "dev"\. Give --split one of: test, train'):
        load(tmp_path, split="dev")


def test_lone_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    corpus = load(conll(tmp_path, '{"tokens": ["a\\ud83d", "\\ud83d\\ude00"], "tags": ["O", "B-X"]}', "x.jsonl"))
    assert corpus.words == ["a\ufffd", "😀"]
    assert "surrogates" in corpus.audit["notes"][0]


def test_reading_takes_steps_in_proportion_to_the_words_however_long_they_are(tmp_path: Path) -> None:
    steps = []
    for count in (1_000, 10_000):
        text = "".join(
            f"{'w' * (i % 9 + 1)}\t{'B-PER' if i % 20 == 0 else 'O'}\n" + "\n" * (i % 15 == 0) for i in range(count)
        )
        path = conll(tmp_path, text + "x" * 10_000 + "\tO\n")
        corpus = load(path)
        steps.append(calls_in(partial(load, path)))
        assert len(corpus.words) == count + 1
        assert len(corpus.words[-1]) == 10_000
    assert steps[1] < 10 * steps[0]
    assert steps[1] < 75 * 10_000
