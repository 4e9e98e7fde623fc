"""CSV and TSV: no row is lost to a quote, and tables are recognised by their content."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.errors import AnalysisError

TAGS = ["O", "B-PER", "I-PER"]


def load(folder: Path, text: str, name: str = "x.csv", **options: object) -> Corpus:
    path = folder / name
    path.write_bytes(text.encode())
    return load_corpus(CorpusOptions(str(path), **options))  # type: ignore[arg-type]


def sentences(corpus: Corpus) -> list[list[str]]:
    return [corpus.text.sentence(row) for row in range(len(corpus.sentence_ids))]


def lone_quotes(delimiter: str, sentence_count: int) -> str:
    """Sentences of seven words, two of which are a lone quote that is not escaped."""
    words = [("«", "O"), ('"', "O"), ("Eve", "B-PER"), ('"', "O"), ("met", "O"), ("Max", "B-PER"), ("!", "O")]
    rows = [("sent_id", "token", "ner")]
    rows += [(str(number), word, tag) for number in range(sentence_count) for word, tag in words]
    return "\n".join(map(delimiter.join, rows)) + "\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.table", "x"])
def test_lone_quotes_lose_no_rows(delimiter: str, name: str, tmp_path: Path) -> None:
    corpus = load(tmp_path, lone_quotes(delimiter, 5), name)
    assert sentences(corpus) == [["«", '"', "Eve", '"', "met", "Max", "!"]] * 5
    assert corpus.audit["spans"] == {"PER": 10}
    assert corpus.audit["counts"]["lines_read"] == 35
    assert "quotes were read as words" in corpus.audit["notes"][0]


@pytest.mark.parametrize("word", ['"Eve"', '""', '"', '"Eve', 'E"ve'])
def test_a_tsv_is_not_quoted_without_a_reason(word: str, tmp_path: Path) -> None:
    assert load(tmp_path, f"sent_id\ttoken\tner\n0\t{word}\tB-PER\n0\tsang\tO\n", "x.tsv").words == [word, "sang"]
    text = f"text\tlabels\n{word} sang\tB-PER O\n"
    assert load(tmp_path, text, "x.tsv").words == [word, "sang"]


@pytest.mark.parametrize("row", ['0\t"""Eve"""\tB-PER', '"0"\t"""Eve"""\t"B-PER"', '0\t\'\tO\n0\t"""Eve"""\tB-PER'])
def test_a_quoted_tsv_is_read_as_such(row: str, tmp_path: Path) -> None:
    assert load(tmp_path, f"sent_id\ttoken\tner\n{row}\n", "x.tsv").words[-1] == '"Eve"'


def test_lone_quotes_with_the_id_column_given(tmp_path: Path) -> None:
    corpus = load(tmp_path, lone_quotes("\t", 5), "x.tsv", id_column="sent_id")
    assert len(corpus.words) == 35


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(
    rows=st.lists(
        st.lists(
            st.tuples(
                st.text(
                    st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs", "Z", "Cc"]),
                    min_size=1,
                    max_size=4,
                ),
                st.sampled_from(TAGS),
            ),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_what_the_csv_module_writes_is_read_as_it_was(
    quoting: int, delimiter: str, tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[str, str]]]
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["sentence_id", "word", "tag"])
    writer.writerows([number, *pair] for number, sentence in enumerate(rows) for pair in sentence)
    corpus = load(tmp_path_factory.mktemp("csv"), stream.getvalue())
    assert sentences(corpus) == [[word for word, _ in sentence] for sentence in rows]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('id,word,tag\n0,a,O\n0,",O\n0,",",O\n0,",O\n1,b,O\n', r"line 3 has 4 cells .*ends in line 5; write"),
        ('id,text,labels\n0,Hi there,O O\n1,"Hi Max,O B-PER\n2,Max left,B-PER O\n', r"line 3 .*does not end"),
        ('sentence_id,word,tag\n0,a,O\n0,",O\n0,",",O\n0,",O\n1,Max,B-PER\n', r"line 3"),
        ('id,word,tag\n0,a,O\n0,",O\n0,b,O\n0,",O\n0,"x,y",O\n', r"line 3: a quoted cell ends in line 5"),
        ("id,word,tag\n0,a\n", r"line 2 has 2 cells but the header has 3"),
    ],
)
def test_quotes_that_do_not_close_name_their_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=message):
        load(tmp_path, text)


def test_texts_over_several_lines_are_one_row(tmp_path: Path) -> None:
    text = 'id;text;spans\n7;"Hi,\nMax ""M""";"[[4, 7, ""PER""]]"\n'
    corpus = load(tmp_path, text)
    assert (corpus.words, corpus.sentence_ids) == (["Hi", ",", "Max", '"', "M", '"'], ["7"])
    assert corpus.tags[2] == "B-PER"
    assert corpus.audit["counts"]["lines_read"] == 2


def spaced(separator: str, names: Sequence[str]) -> str:
    rows = [names, ["7", "Eve Max sang", "B-PER I-PER O"], ["8", "So !", "O O"], ["9", "Yes", "O"]]
    return "\n".join(map(separator.join, rows)) + "\n"


@pytest.mark.parametrize(("separator", "name"), [(",", "x.csv"), ("\t", "x.tsv"), (";", "x.annotated")])
def test_sentences_as_text_keep_their_ids(separator: str, name: str, tmp_path: Path) -> None:
    corpus = load(tmp_path, spaced(separator, ["id", "text", "labels"]), name)
    assert sentences(corpus) == [["Eve", "Max", "sang"], ["So", "!"], ["Yes"]]
    assert corpus.tags == ["B-PER", "I-PER", "O", "O", "O", "O"]
    assert corpus.sentence_ids == ["7", "8", "9"]


def test_another_number_of_tags_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(
        AnalysisError, match=r'line 3 \(sentence "8"\) has 3 words in "text" but 2 tags .*split at spaces'
    ):
        load(tmp_path, "id,text,labels\n7,Eve sang,B-PER O\n8,So it went,O O\n")


def test_blank_lines_separate_the_sentences_of_a_table_without_ids(tmp_path: Path) -> None:
    assert sentences(load(tmp_path, "word,tag\nEve,B-PER\nsang,O\n\nSo,O\n,\n\nYes,O\n")) == [
        ["Eve", "sang"],
        ["So"],
        ["Yes"],
    ]
    numbered = load(tmp_path, "id,word,tag\n1,Eve,B-PER\n2,sang,O\n\n1,So,O\n2,!,O\n")
    assert sentences(numbered) == [["Eve", "sang"], ["So", "!"]]


def test_numbers_beside_empty_tags_are_named(tmp_path: Path) -> None:
    text = "sentence_id,words,labels\n0,Eve,1.0\n0,x,\n0,sang,0.0\n1,So,0.0\n"
    assert load(tmp_path, text, tag_names=("O", "B-PER")).tags == ["B-PER", None, "O", "O"]


def test_an_index_is_no_sentence_id(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match='a different "id" in every row'):
        load(tmp_path, "id,word,tag\n1,Eve,B-PER\n2,sang,O\n1,So,O\n2,!,O\n")


def test_a_tsv_whose_sentences_have_ids_is_a_table(tmp_path: Path) -> None:
    corpus = load(tmp_path, "sentence_id\twords\tlabels\n3\tEve\tB-PER\n3\tsang\tO\n4\tMax\tB-PER\n", "x.tsv")
    assert sentences(corpus) == [["Eve", "sang"], ["Max"]]
    assert corpus.audit["columns"] == {"word": "words", "tag": "labels", "id": "sentence_id", "document": None}


def test_a_headed_tsv_with_blank_lines_stays_a_conll_file(tmp_path: Path) -> None:
    corpus = load(tmp_path, "token\tpos\ttag\nEve\tNN\tB-PER\n\nMax\tNN\tB-PER\n", "x.tsv")
    assert sentences(corpus) == [["Eve"], ["Max"]]
    assert "lines_read" not in corpus.audit["counts"]


def test_an_empty_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="is empty"):
        load(tmp_path, "")
    with pytest.raises(AnalysisError, match="contains no words"):
        load(tmp_path, "id,text,labels\n")


def test_long_values_are_cut_in_messages(tmp_path: Path) -> None:
    header = ",".join(f"{'x' * 5_000}{number}" for number in range(3))
    with pytest.raises(AnalysisError) as error:
        load(tmp_path, f"{header}\n1,2,3\n")
    assert len(str(error.value)) < 700 + len(str(tmp_path))
    with pytest.raises(AnalysisError) as error:
        load(tmp_path, "id,text,labels\n1,2,3\n", tag_column="y" * 5_000)
    assert len(str(error.value)) < 700 + len(str(tmp_path))


def test_json_is_recognised_before_a_table(tmp_path: Path) -> None:
    row = {"tokens": ["word,tag", ";"], "tags": ["B-PER", "O"]}
    assert load(tmp_path, json.dumps(row), "x.csv").words == ["word,tag", ";"]
