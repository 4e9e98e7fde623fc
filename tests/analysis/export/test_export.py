"""Files of a run's tables: what is changed for spreadsheets, and the tables of subwords and of the source."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.export.formats import FORMATS, ROWS_AT_A_TIME, TABLES, export_table, table_parts
from analysis.run.run import MissingStageError, Run
from analysis.run.schema import SOURCE_TAG_NAMES, SOURCE_TAGS
from analysis.run.subwords import subwords_of
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from tests.pieces import PIECE, with_pieces
from tests.runs import make_run, random_run, with_values

RUN = with_pieces(random_run(60, seed=3), capacity=9)
HOSTILE = ["=1+1", "+1", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "\x00", "=", "-"]
HARMLESS = ["", "a=b", " =1", "'=1", "x", "5", "a\n=b", "–1", "ü-", '"', "a,b;c"]


def written(table: pa.Table, file_format: str) -> bytes:
    return b"".join(table_parts(table, file_format))


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_text_that_looks_like_a_formula_is_made_harmless_in_csv() -> None:
    table = pa.table({"word": HOSTILE + HARMLESS})
    found = [row[0] if row else "" for row in cells(written(table, "csv"))[1:]]
    assert found == [f"'{text}" for text in HOSTILE] + HARMLESS


def test_every_row_of_a_csv_is_read_as_one() -> None:
    awkward = ["a,b", 'say "x"', "two\nlines", "carriage\rreturn", "x\r\n=1", '"', "", "plain"]
    table = pa.table({"number": range(len(awkward)), "word": awkward})
    content = written(table, "csv")
    assert cells(content)[1:] == [[str(number), text] for number, text in enumerate(awkward)]
    assert pd.read_csv(io.BytesIO(content), keep_default_na=False)["word"].tolist() == awkward


def test_numbers_that_are_negative_stay_numbers() -> None:
    table = pa.table({"n": pa.array([-5, None]), "x": pa.array([-0.5, 1e-7], pa.float32()), "b": [True, None]})
    assert cells(written(table, "csv"))[1:] == [["-5", "-0.5", "true"], ["", "1e-7", ""]]


def test_null_is_an_empty_cell_and_empty_text_a_quoted_one() -> None:
    table = pa.table({"word": ["", None], "next": ["a", "b"]})
    assert written(table, "csv").decode() == '"word","next"\n"","a"\n,"b"\n'


@pytest.mark.parametrize("file_format", ["jsonl", "parquet"])
def test_the_other_formats_change_nothing(file_format: str) -> None:
    table = pa.table({"word": HOSTILE + HARMLESS})
    content = written(table, file_format)
    if file_format == "jsonl":
        assert [json.loads(line)["word"] for line in content.decode().split("\n")[:-1]] == HOSTILE + HARMLESS
    else:
        assert pq.read_table(io.BytesIO(content)).equals(table)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_large_table_comes_in_parts_and_whole(file_format: str) -> None:
    rows = 2 * ROWS_AT_A_TIME + 1
    table = pa.table({"number": np.arange(rows), "word": ["=x"] * rows})
    parts = list(table_parts(table, file_format))
    assert len(parts) > 2 or file_format == "parquet"
    content = io.BytesIO(b"".join(parts))
    if file_format == "csv":
        found = pd.read_csv(content)
    else:
        found = pd.read_json(content, lines=True) if file_format == "jsonl" else pd.read_parquet(content)
    assert found["number"].tolist() == list(range(rows))
    assert set(found["word"]) == {"'=x" if file_format == "csv" else "=x"}


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_a_file_too(table: str) -> None:
    empty = export_table(Scene(RUN), table, Selection.from_query({"search": "nowhere"}, Scene(RUN)))
    assert empty.num_rows == 0
    whole = export_table(Scene(RUN), table, Selection(()))
    assert whole.schema == empty.schema
    assert cells(written(empty, "csv")) == [whole.column_names]


def frame(run: Run, table: str, **clauses: str) -> pd.DataFrame:
    return pd.DataFrame(export_table(Scene(run), table, Selection.from_query(clauses, Scene(run))).to_pylist())


def test_a_subword_is_judged_at_the_first_of_its_word_alone() -> None:
    words, pieces = frame(RUN, "words"), frame(RUN, "subwords")
    keys = ["sentence_row", "position"]
    with_pieces_of = words[words["predicted_tag"].notna()]
    assert pieces.groupby(keys, sort=True).size().tolist() == [-(-len(w) // PIECE) for w in with_pieces_of["word"]]
    first = pieces[pieces["subword"] == 0].merge(words, on=keys, suffixes=("", "_word"))
    assert len(first) == len(with_pieces_of) > 100
    for name in ("gold_tag", "predicted_tag", "loss", "p_predicted"):
        pd.testing.assert_series_equal(first[name], first[f"{name}_word"], check_names=False)
    later = pieces[pieces["subword"] > 0]
    assert len(later) > 100
    assert later[["gold_tag", "loss"]].isna().all(axis=None)
    rebuilt = pieces.groupby(keys, sort=True)["token"].agg(lambda tokens: "".join(tokens).replace("##", ""))
    assert rebuilt.tolist() == with_pieces_of["word"].tolist()


def test_subwords_follow_the_words_of_the_selection() -> None:
    pieces = frame(RUN, "subwords", word="Jordan")
    assert set(pieces["word"]) == {"Jordan"}
    assert len(pieces) == 2 * (frame(RUN, "words", word="Jordan")["predicted_tag"].notna()).sum()


def test_converted_tags_are_marked() -> None:
    loaded = frame(RUN, "loaded")
    closing = loaded["written_tag"].str[:2].isin(["S-", "E-"])
    assert (loaded["converted"] == closing).all()
    assert 20 < closing.sum() < len(loaded)
    plain = loaded[~closing]
    assert (plain["written_tag"].fillna("") == plain["gold_tag"].fillna("")).all()
    assert (loaded["sentence_line"] == 7 * loaded["sentence_row"] + 1).all()


def test_a_renamed_type_and_a_number_are_told_apart() -> None:
    run = with_pieces(make_run([(["a", "b", "c"], ["B-X", "O", None], ["O", "O", "O"])]))
    names = [{"written": "7", "named": "B-Y"}, {"written": "0", "named": "O"}]
    codes = np.array([0, 1, -1], np.int32)
    loaded = frame(with_values(run, {SOURCE_TAG_NAMES.key: names, SOURCE_TAGS.key: codes}), "loaded")
    assert loaded["written_tag"].fillna("").tolist() == ["7", "0", ""]
    assert loaded["named_tag"].fillna("").tolist() == ["B-Y", "O", ""]
    assert loaded["converted"].tolist() == [True, False, False]


@pytest.mark.parametrize("table", ["subwords", "loaded"])
def test_a_run_of_an_earlier_version_says_how_to_get_the_table(table: str) -> None:
    with pytest.raises(MissingStageError, match="python -m analysis run"):
        export_table(Scene(random_run(3)), table, Selection(()))


def test_subwords_of_words_are_found_by_their_rows() -> None:
    subwords = subwords_of(RUN)
    for word in range(len(RUN.words)):
        rows = subwords.of_words(slice(word, word + 1))
        assert set(subwords.word[rows]) <= {word}
        assert rows.stop - rows.start == (subwords.word == word).sum()
