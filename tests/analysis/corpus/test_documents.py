"""Documents of each format, and what they change in corpus, audit and hash."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError
from analysis.run.tags import TagSet


def load(folder: Path, text: str, name: str = "c.conll", **options: object) -> Corpus:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_corpus(CorpusOptions(str(path), **options))  # type: ignore[arg-type]


def first_words(corpus: Corpus) -> list[str]:
    return [corpus.words[start] for start in corpus.offsets[:-1]]


MARKED = """\
Before O

-DOCSTART- -X- -X- O

Ann B-PER
ran O

Bob B-PER

-DOCSTART- -X- -X- O
-DOCSTART- -X- -X- O

Cid B-PER
-DOCSTART- (7 weather report)
Dan B-PER
"""


def test_document_marks_are_counted_and_are_no_sentences(tmp_path: Path) -> None:
    corpus = load(tmp_path, MARKED)
    assert first_words(corpus) == ["Before", "Ann", "Bob", "Cid", "Dan"]
    assert corpus.documents == [None, "1", "1", "3", "7 weather report"]
    assert corpus.audit["documents"] == 3
    assert corpus.audit["sentences"] == 5
    assert corpus.audit["counts"] == {}


def test_a_mark_behind_a_column_of_numbers(tmp_path: Path) -> None:
    text = "0\t-DOCSTART-\tO\n\n0\tAnn\tB-PER\n1\t-DOCSTART-s\tO\n\n0\t-DOCSTART-\tO\n\n0\tBob\tB-PER\n"
    corpus = load(tmp_path, text, word_column="1")
    assert corpus.words == ["Ann", "-DOCSTART-s", "Bob"]
    assert corpus.documents == ["1", "2"]


COMMENTED = """\
# newdoc id = weblog-juan_cole
# sent_id = 1
# text = Ann
1\tAnn\tB-PER

# sent_id = 2
# newdoc
2\tBob\tB-PER
# newdoc id = Über x
3\tCid\tB-PER

4\tDan\tO

# newdocument is no mark
5\tEve\tO

# sent_id = empty

# newdoc id =
6\tFay\tO
"""


def test_document_comments(tmp_path: Path) -> None:
    corpus = load(tmp_path, COMMENTED, word_column="1")
    assert corpus.sentence_ids == ["1", "2", "2", "3", "4", "empty", "6"]
    named = ["weblog-juan_cole", "2", "Über x", "Über x", "Über x", "Über x", "4"]
    assert corpus.documents == named
    assert corpus.audit["documents"] == 4


def test_a_document_column_of_conll_by_position_and_by_name(tmp_path: Path) -> None:
    text = "d/1\tAnn\tB-PER\nd/1\tran\tO\n\nd/1\tx\tO\n\n-DOCSTART-\td\tO\n\nd/2\tBob\tB-PER\n"
    corpus = load(tmp_path, text, word_column="1", document_column="0")
    assert corpus.documents == ["d/1", "d/1", "d/2"]
    assert corpus.audit["columns"] == {"word": "1", "tag": "2", "id": None, "document": "0"}
    headed = load(tmp_path, "word\tdoc_id\ttag\nAnn\ta\tB-PER\n\nBob\t\tO\n")
    assert headed.documents == ["a", None]
    assert load(tmp_path, "word\tfile\ttag\nAnn\ta\tB-PER\n", document_column="File").documents == ["a"]
    with pytest.raises(AnalysisError, match=r"2 columns, too few for .* document column 2"):
        load(tmp_path, "Ann\tB-PER\n", document_column="2")


ROWS = [("a", ["Ann", "ran"], ["B-PER", "O"]), ("a", ["Hi"], ["O"]), (7, ["Bob"], ["B-PER"]), (None, ["x"], ["O"])]


def write_jsonl(folder: Path, column: str) -> Path:
    path = folder / "c.jsonl"
    path.write_text("\n".join(json.dumps({column: d, "tokens": w, "ner_tags": t}) for d, w, t in ROWS))
    return path


def write_texts(folder: Path, column: str) -> Path:
    path = folder / "c.json"
    rows = [
        {column: d, "text": " ".join(w), "entities": [[0, len(w[0]), "PER"]] if t[0] == "B-PER" else []}
        for d, w, t in ROWS
    ]
    path.write_text(json.dumps(rows))
    return path


def write_word_csv(folder: Path, column: str) -> Path:
    """An empty cell repeats the document above it, so that the last sentence is in the third's document."""
    path = folder / "c.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column, "sentence_id", "word", "tag"])
        for number, (document, words, tags) in enumerate(ROWS):
            for position, (word, tag) in enumerate(zip(words, tags, strict=True)):
                writer.writerow([document or "" if position == 0 else "", number, word, tag])
    return path


def write_parquet(folder: Path, column: str) -> Path:
    path = folder / "c.parquet"
    documents = [None if d is None else str(d) for d, _, _ in ROWS]
    columns = {column: documents, "tokens": [w for _, w, _ in ROWS], "tags": [t for _, _, t in ROWS]}
    pq.write_table(pa.table({**columns, "unused": [1, 2, 3, 4]}), path)
    return path


def write_saved(folder: Path, column: str) -> Path:
    table = pq.read_table(write_parquet(folder, column))
    datasets.Dataset(table).save_to_disk(str(folder / "saved"))
    return folder / "saved"


@pytest.mark.parametrize("column", ["document_id", "Doc", "source file"])
@pytest.mark.parametrize("write", [write_jsonl, write_texts, write_word_csv, write_parquet, write_saved])
def test_a_document_column_of_records(tmp_path: Path, write: Callable[[Path, str], Path], column: str) -> None:
    path = write(tmp_path, column)
    given = None if column != "source file" else column
    corpus = load_corpus(CorpusOptions(str(path), document_column=given))
    assert corpus.words == ["Ann", "ran", "Hi", "Bob", "x"]
    assert corpus.documents == ["a", "a", "7", "7" if write is write_word_csv else None]
    assert corpus.audit["documents"] == 2
    assert corpus.audit["columns"]["document"] == column


def test_sentence_ids_that_begin_again_in_each_document(tmp_path: Path) -> None:
    text = "doc,sent_id,word,tag\nx,1,Ann,B-PER\nx,1,ran,O\ny,1,Bob,B-PER\n,2,Hi,O\n"
    corpus = load(tmp_path, text, "c.csv")
    assert first_words(corpus) == ["Ann", "Bob", "Hi"]
    assert (corpus.sentence_ids, corpus.documents) == (["1", "1", "2"], ["x", "y", "y"])


@pytest.mark.parametrize("content", [["Ann", "ran"], {"id": "a"}, "a long text " * 20])
def test_a_column_that_only_has_the_name_holds_no_documents(tmp_path: Path, content: object) -> None:
    text = json.dumps({"tokens": ["Ann"], "tags": ["B-PER"], "document": content})
    corpus = load(tmp_path, text, "c.jsonl")
    assert (corpus.documents, corpus.audit["documents"]) == ([None], 0)
    with pytest.raises(AnalysisError, match=r'line 1: "document" contains .*, which is not a document id\.'):
        load(tmp_path, text, "c.jsonl", document_column="document")
    with pytest.raises(AnalysisError, match=r'no column "file" .* Correct --document-column'):
        load(tmp_path, text, "c.jsonl", document_column="file")


def test_shards_share_named_documents_and_no_numbered_ones(tmp_path: Path) -> None:
    numbered = "-DOCSTART- O\n\nAnn B-PER\n\n-DOCSTART- O\n\nBob B-PER\n\n"
    for shard in range(2):
        (tmp_path / f"train-0000{shard}-of-00002.conll").write_text(numbered)
        (tmp_path / f"dev-0000{shard}-of-00002.conll").write_text("# newdoc id = 1\nAnn B-PER\n")
    train = load_corpus(CorpusOptions(str(tmp_path), split="train"))
    assert (train.documents, train.audit["documents"]) == (["1", "2", "3", "4"], 4)
    assert load_corpus(CorpusOptions(str(tmp_path), split="dev")).documents == ["1", "1"]


def test_a_sample_has_the_documents_of_its_sentences(tmp_path: Path) -> None:
    text = "".join(f"# newdoc id = d{row // 3}\nw{row} B-X\n\n" for row in range(30))
    corpus = load(tmp_path, text, limit=7, seed=3)
    assert corpus.documents == [f"d{row // 3}" for row in corpus.source_rows]
    assert corpus.audit["documents"] == len(set(corpus.documents))


def test_documents_are_part_of_the_content_hash(tmp_path: Path) -> None:
    plain = load(tmp_path, "a B-X\nb O\n\nc O\n")
    assert plain.documents == [None, None]
    marked = load(tmp_path, "-DOCSTART- O\n\na B-X\nb O\n\nc O\n")
    two = load(tmp_path, "-DOCSTART- O\n\na B-X\nb O\n\n-DOCSTART- O\n\nc O\n")
    assert len({corpus.content_hash() for corpus in (plain, marked, two)}) == 3
    assert replace(marked, documents=[None, None]).content_hash() == plain.content_hash()


def test_broken_characters_of_a_document_are_replaced(tmp_path: Path) -> None:
    corpus = load(tmp_path, '{"tokens": ["a"], "tags": ["B-X"], "doc": "d\\ud83d"}', "c.jsonl")
    assert corpus.documents == ["d\ufffd"]


def test_the_tag_set_is_the_corpus_own(tmp_path: Path) -> None:
    corpus = load(tmp_path, "a B-PER\nb B-LOC\nc B-z\nd I-z\n", label_map={"z": "DATE"})
    assert corpus.tag_set == TagSet(("DATE", "LOC", "PER"))
    assert corpus.tag_set.tags[:3] == ("O", "B-DATE", "I-DATE")
    assert load(tmp_path, "a O\n").tag_set == TagSet(())


def test_the_text_that_offsets_count_in_is_part_of_the_content_hash(tmp_path: Path) -> None:
    """The same words at other offsets: predictions by offset mean other words."""
    entry = '{{"id": "a", "text": "Anna{}saw Bob", "entities": []}}'
    narrow = load(tmp_path, entry.format(" "), "narrow.jsonl")
    wide = load(tmp_path, entry.format("    "), "wide.jsonl")
    assert narrow.words == wide.words
    assert narrow.text.content_hash() == wide.text.content_hash()
    assert narrow.content_hash() != wide.content_hash()


@pytest.mark.parametrize("option", ["word_column", "tag_column", "document_column"])
@pytest.mark.parametrize("column", ["-9", "9", "9" * 5000], ids=["before the first", "after the last", "no number"])
def test_columns_that_no_line_has_are_refused(tmp_path: Path, option: str, column: str) -> None:
    with pytest.raises(AnalysisError, match=r"too few for|has no column"):
        load(tmp_path, "a B-X\nb O\n", **{option: column})


def test_a_number_with_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=r"line 1 contains a number with too many digits\. Correct the number"):
        load(tmp_path, f'{{"tokens": ["a"], "tags": ["O"], "id": {"9" * 5000}}}', "c.jsonl")
