"""Inspect: the subwords of a sentence in their windows, the way between sentences, and the grid of the corpus."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import html

from analysis.errors import AnalysisError
from analysis.export.formats import export_table
from analysis.run.run import Run
from analysis.run.subwords import subwords_of
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.tabs.inspect import subword_rows
from app.tabs.inspect.subword_rows import part_of_word, part_rows, parts_of
from app.tabs.inspect.tab import find_sentence, place_of, step_buttons, subwords_of_sentence
from app.views.table_grid import ORDER, table_block
from components.static_html import static_html
from components.subword_table import SubwordRow, subword_table
from tests.app.catalog import state_of
from tests.components.tree import as_components, attributes, of_type, text_of
from tests.pieces import with_pieces
from tests.runs import make_run, random_run

CAPACITY = 14
RUN = with_pieces(random_run(40, seed=8), capacity=CAPACITY, special=2)
PLAIN = random_run(10, seed=8)
LONG = int(np.argmax(RUN.sentences.word_count))


def rows_of(run: Run, sentence: int) -> list[list[Any]]:
    return [part_rows(run, sentence, part, None) for part in parts_of(run, sentence)]


def test_every_read_subword_is_shown_once() -> None:
    pieces = pd.DataFrame(export_table(Scene(RUN), "subwords", Selection(())).to_pylist())
    for sentence in range(len(RUN.sentences)):
        shown = [row for part in rows_of(RUN, sentence) for row in part if isinstance(row, SubwordRow)]
        real = [row for row in shown if row.word_row is not None]
        mine = pieces[(pieces["sentence_row"] == sentence) & pieces["window"].notna()]
        assert [row.token for row in real] == mine["token"].tolist()
        assert [row.id for row in real] == mine["input_id"].tolist()
        assert [row.position for row in real] == mine["position"].tolist()
        assert [row.window for row in real] == mine["window"].tolist()
        assert [row.label[0] if row.label else "" for row in real] == mine["gold_tag"].fillna("").tolist()
        losses = [row.loss for row in real]
        np.testing.assert_allclose(losses, mine["loss"].to_numpy(float), rtol=1e-6)


def test_window_is_shown_as_the_tagger_reads_it() -> None:
    parts = rows_of(RUN, LONG)
    assert len(parts) > 2
    for number, rows in enumerate(parts):
        specials = [row for row in rows if isinstance(row, SubwordRow) and row.word_row is None]
        assert [row.token for row in specials] == ["[PREFIX 0]", "[PREFIX 1]", "[SUFFIX 0]", "[SUFFIX 1]"]
        assert [row.place for row in specials] == [0, 1, CAPACITY + 2, CAPACITY + 3]
        gaps = [int(row.split()[0]) for row in rows if isinstance(row, str)]
        real = [row for row in rows if isinstance(row, SubwordRow) and row.word_row is not None]
        assert len(real) + sum(gaps) == CAPACITY
        assert [row.place for row in real] == list(range(real[0].place, real[0].place + len(real)))
        assert len(gaps) == (1 if number in (0, len(parts) - 1) else 2)


def test_long_windows_are_shown_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows_of(RUN, LONG)
    monkeypatch.setattr(subword_rows, "LONGEST", 3)
    parts = parts_of(RUN, LONG)
    assert all(len(part.rows) <= 3 for part in parts)
    tokens = [row.token for rows in whole for row in rows if isinstance(row, SubwordRow) and row.word_row is not None]
    in_parts = [
        row.token
        for rows in rows_of(RUN, LONG)
        for row in rows
        if isinstance(row, SubwordRow) and row.word_row is not None
    ]
    assert in_parts == tokens
    for word in range(RUN.sentence_words(LONG).start, RUN.sentence_words(LONG).stop):
        part = part_of_word(RUN, parts, word)
        subwords = subwords_of(RUN)
        if subwords.first[word] < subwords.first[word + 1]:
            assert int(subwords.first[word]) in part.rows


def test_unread_subwords_of_a_word_are_counted() -> None:
    run = with_pieces(make_run([(["a", "x" * 300, "b"], ["O"] * 3, ["O"] * 3)]), capacity=10)
    unread = (subwords_of(run).window < 0).sum()
    unread_rows = [row for rows in rows_of(run, 0) for row in rows if isinstance(row, str) and "not read" in row]
    assert unread > 50
    assert unread_rows == [f"{unread} subwords of the last word do not fit into its window and are not read"]


def test_special_tokens_and_later_subwords_are_marked_and_not_counted() -> None:
    run = with_pieces(make_run([(["Jordan", "x"], ["B-PER", None], ["O", "O"])], [[2.5, np.nan]]))
    table, count, windows = subwords_of_sentence(run, 0, 0)
    assert count == "3 subwords · 2 special tokens marked, not counted"
    assert windows is None
    drawn = as_components(subword_table(part_rows(run, 0, parts_of(run, 0)[0], 0)))
    cells = [[text_of(cell) for cell in row.children] for row in of_type(drawn, html.Tr)][1:]
    assert [row[2] for row in cells] == ["[PREFIX 0]", "Jor", "##dan", "x", "[SUFFIX 0]"]
    assert [row[5] for row in cells] == ["special", "B-PER", "ignored", "unlabelled", "special"]
    assert [row[8] for row in cells] == ["–", "2.50", "–", "–", "–"]
    assert [row[4] for row in cells] == ["–", "0", "0", "1", "–"]
    kinds = [row.className for row in of_type(drawn, html.Tr)[1:]]
    assert kinds == ["special", "wrong current", "later current", "", "special"]
    assert table is not None


def test_run_without_subwords_shows_its_words_and_a_remedy() -> None:
    sentence = int(np.argmax(PLAIN.sentences.word_count))
    drawn, count, _ = subwords_of_sentence(PLAIN, sentence, int(PLAIN.sentences.first_word[sentence]))
    text = json.dumps(static_html(drawn).tree)
    assert "python -m analysis run" in text
    assert "word-table" in text
    assert count == f"{PLAIN.sentences.word_count[sentence]} words"


def test_sentence_without_subwords_shows_a_message() -> None:
    run = with_pieces(make_run([(["a"], ["O"], [None])]))
    drawn, _, _ = subwords_of_sentence(run, 0, 0)
    assert "no subword" in json.dumps(static_html(drawn).tree)


class TestWay:
    def test_without_focus_the_first_selected_sentence_is_shown(self) -> None:
        state = state_of(RUN, {"search": "jordan"})
        place = place_of(state)
        selected = np.flatnonzero(state.masks.sentences)
        assert (place.sentence, place.at, place.inside) == (selected[0], 0, True)
        assert place.selected.tolist() == selected.tolist()

    def test_steps_go_through_the_selection_and_stop_at_its_ends(self) -> None:
        clauses = {"search": "jordan"}
        state = state_of(RUN, clauses)
        seen = []
        while True:
            place = place_of(state)
            seen.append(place.sentence)
            following = step_buttons(RUN, place)[2]
            if following.disabled:
                break
            state = state_of(RUN, clauses, focus=int(json.loads(attributes(following)["data-navigate"])["focus"]))
        assert seen == np.flatnonzero(state.masks.sentences).tolist()
        previous = step_buttons(RUN, place_of(state))[0]
        back = int(json.loads(attributes(previous)["data-navigate"])["focus"])
        assert RUN.words.sentence[back] == seen[-2]

    def test_unselected_focus_is_between_its_selected_neighbours(self) -> None:
        clauses = {"search": "jordan"}
        selected = np.flatnonzero(state_of(RUN, clauses).masks.sentences)
        outside = next(
            sentence
            for sentence in range(int(selected[0]) + 1, int(selected[-1]))
            if sentence not in selected and RUN.sentences.word_count[sentence]
        )
        place = place_of(state_of(RUN, clauses, focus=int(RUN.sentences.first_word[outside])))
        assert (place.sentence, place.inside) == (outside, False)
        steps = [json.loads(attributes(button)["data-navigate"])["focus"] for button in step_buttons(RUN, place)[::2]]
        reached = [int(RUN.words.sentence[int(word)]) for word in steps]
        assert reached == [selected[selected < outside][-1], selected[selected > outside][0]]
        assert "not one of" in text_of(step_buttons(RUN, place)[1])

    def test_an_empty_selection_has_no_place(self) -> None:
        assert place_of(state_of(RUN, {"search": "nowhere"})).sentence is None


class TestGoTo:
    RUN = make_run(
        [(["a"], ["O"], ["O"]), ([], [], []), (["b"], ["O"], ["O"]), (["c"], ["O"], ["O"])],
        ids=["x-1", "empty", "0", "x-1"],
    )

    @pytest.mark.parametrize(("text", "row"), [("x-1", 0), ("0", 2), ("#0", 0), ("#3", 3), ("3", 3)])
    def test_an_id_comes_before_a_number(self, text: str, row: int) -> None:
        assert find_sentence(self.RUN, text)[0] == row

    def test_ambiguous_id_shows_a_message(self) -> None:
        assert find_sentence(self.RUN, "x-1")[1] == "the first of 2 sentences with this id"
        assert find_sentence(self.RUN, "#0")[1] == ""

    @pytest.mark.parametrize("text", ["nope", "4", "#99999999999999999999", "-1", "٣", "<b>"])
    def test_unknown_sentence_is_reported_with_the_valid_numbers(self, text: str) -> None:
        with pytest.raises(AnalysisError, match="Numbers are 0 to 3"):
            find_sentence(self.RUN, text)

    def test_sentence_without_words_is_rejected(self) -> None:
        with pytest.raises(AnalysisError, match="no words"):
            find_sentence(self.RUN, "empty")


class TestGrid:
    def block(self, table: str, sort: str = ORDER, descending: bool = False, **clauses: str) -> dict[str, Any]:
        return table_block(table)(state_of(RUN, clauses), 0, 200, sort, descending)

    def test_windows_are_between_their_special_tokens(self) -> None:
        found = self.block("subwords")
        rows = found["rows"]
        assert len({row["id"] for row in rows}) == len(rows) == 200
        read = [row for row in rows if row.get("window") is not None]
        groups = [list(group) for _, group in groupby(read, key=lambda row: (row["sentence_row"], row["window"]))]
        for group in groups[:-1]:
            kinds = ["special" if row.get("quiet") else "piece" for row in group]
            assert kinds == ["special", "special", *["piece"] * (len(group) - 4), "special", "special"]
            assert [row["token"] for row in group[:2]] == ["[PREFIX 0]", "[PREFIX 1]"]
        assert all("word_row" not in row for row in rows if row.get("quiet"))

    def test_special_tokens_are_shown_and_not_counted(self) -> None:
        found = self.block("subwords")
        subwords = subwords_of(RUN)
        windows = len(
            {(RUN.words.sentence[w], n) for w, n in zip(subwords.word, subwords.window, strict=True) if n >= 0}
        )
        assert found["count"] == len(subwords) + 4 * windows
        assert found["summary"] == f"{len(subwords)} subwords · {4 * windows} special tokens shown, not counted"
        assert self.block("subwords", "loss", True)["count"] == len(subwords)

    def test_partial_windows_have_no_special_tokens(self) -> None:
        found = self.block("subwords", word="Jordan")
        whole = found["count"] - sum(row["word"] == "Jordan" for row in found["rows"] if "word" in row)
        complete = sum(1 for row in found["rows"] if row.get("quiet"))
        assert whole == complete
        assert complete < 4 * len({row["sentence_row"] for row in found["rows"]})

    @pytest.mark.parametrize("table", ["subwords", "words", "sentences", "spans", "loaded"])
    def test_every_column_is_sorted_as_in_pandas(self, table: str) -> None:
        exported = export_table(Scene(RUN), table, Selection(()))
        for name in exported.column_names:
            values = pd.Series(exported[name].to_pylist())
            for descending in (False, True):
                if (name, descending) == (ORDER, False):
                    continue
                found = self.block(table, name, descending)
                wanted = values.sort_values(ascending=not descending, kind="stable", na_position="last").index[:200]
                assert [int(row["id"]) for row in found["rows"]] == wanted.tolist(), (name, descending)
                assert found["count"] == len(values)

    def test_unknown_column_is_reported(self) -> None:
        with pytest.raises(AnalysisError, match="'colour'"):
            self.block("words", "colour")

    def test_run_without_the_table_shows_a_remedy(self) -> None:
        found = table_block("subwords")(state_of(PLAIN), 0, 30, ORDER, False)
        assert (found["rows"], found["count"]) == ([], 0)
        assert "python -m analysis run" in found["summary"]

    def test_rows_have_their_focus_words(self) -> None:
        for table in ("words", "subwords", "loaded", "spans", "sentences"):
            for row in self.block(table)["rows"]:
                if "word_row" in row:
                    assert RUN.words.sentence[row["word_row"]] == row["sentence_row"]
        empty = [row for row in self.block("sentences")["rows"] if row["words"] == 0]
        assert empty
        assert all("word_row" not in row for row in empty)


def test_window_buttons_focus_their_first_words() -> None:
    first = int(RUN.sentences.first_word[LONG])
    _, count, switch = subwords_of_sentence(RUN, LONG, first)
    assert "subwords" in count
    buttons = static_html(switch).tree[0][3][2:]
    assert [button[2] for button in buttons] == [part.label for part in parts_of(RUN, LONG)]
    assert [button[1]["aria-pressed"] for button in buttons] == ["true", *["false"] * (len(buttons) - 1)]
    words = [int(json.loads(button[1]["data-navigate"])["focus"]) for button in buttons]
    parts = parts_of(RUN, LONG)
    assert [part_of_word(RUN, parts, word) for word in words] == parts
