"""Loss by token/label: its rows against pandas on the exported words, and what a click on each selects."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import html

from analysis.export.formats import export_table
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Selection
from app.state import ViewState
from app.tabs.losses.loss_rows import (
    DIRECTION,
    ORDER,
    PAGE_SIZE,
    columns_of,
    grouped_by,
    head_changes,
    loss_rows,
    page_rows,
)
from app.tabs.losses.tab import count_text, table_page
from components.loss_table import WORSE, LossRow
from tests.app.catalog import state_of
from tests.components.tree import as_components, attributes, by_class, of_type, text_of
from tests.runs import make_run, random_run

RUNS = [random_run(80, seed=31), random_run(60, seed=32, types=("none", "O", "creative-work"))]
EACH = pytest.mark.parametrize("run", RUNS, ids=["usual types", "unusual types"])
TABLES = pytest.mark.parametrize(
    "options",
    [{}, {"case": "folded"}, {"table": "tags"}, {"table": "types"}],
    ids=["forms", "folded", "tags", "types"],
)
FILTERS = pytest.mark.parametrize(
    "clauses",
    [{}, {"search": "日本"}, {"min-loss": "1.5"}, {"outcome": "error"}, {"word": "Jordan"}, {"gold-tag": "O"}],
    ids=lambda clauses: "-".join(clauses) or "all",
)
OWN = {"words": ["word", "any-case"], "tags": ["gold-tag", "gold-words"], "types": ["gold-tag", "gold-words"]}


def all_rows(state: ViewState) -> list[LossRow]:
    found = loss_rows(state)
    pages = -(-len(found.shown) // PAGE_SIZE)
    return [row for page in range(1, pages + 1) for row in page_rows(state, found, page)]


def exported(run: Run, clauses: dict[str, str]) -> pd.DataFrame:
    return export_table(Scene(run), "words", Selection.from_query(clauses, Scene(run))).to_pandas()


def grouped(frame: pd.DataFrame, options: dict[str, str]) -> Any:
    keys = {
        "tags": frame.gold_tag,
        "types": frame.gold_tag.str.replace("^[BI]-", "", regex=True).where(frame.gold_tag != "O", "(outside)"),
        "words": frame.word.str.lower() if options.get("case") == "folded" else frame.word,
    }
    return frame.groupby(keys[options.get("table", "words")])


def name_of(row: LossRow, options: dict[str, str]) -> str:
    """A type that is called O is not what lies outside of all types."""
    outside = options.get("table") == "types" and row.samples is not None and row.samples.get("gold-tag") == "O"
    return "(outside)" if outside else row.label


@EACH
@FILTERS
@TABLES
def test_rows_match_pandas_on_the_export(run: Run, clauses: dict[str, str], options: dict[str, str]) -> None:
    others = {name: value for name, value in clauses.items() if name not in OWN[options.get("table", "words")]}
    frame = exported(run, others)
    by = grouped(frame, options)
    rows = {name_of(row, options): row for row in all_rows(state_of(run, clauses, **options))}
    assert {name: row.words for name, row in rows.items()} == by.size().to_dict()
    assert {name: row.scored for name, row in rows.items()} == by.loss.count().to_dict()
    for figure, wanted in (("mean", by.loss.mean()), ("median", by.loss.median()), ("total", by.loss.sum(min_count=1))):
        got = [getattr(rows[name], figure) for name in wanted.index]
        np.testing.assert_allclose(got, wanted.astype(float), rtol=1e-5, err_msg=figure)
    wanted = by.loss.sum() / by.loss.sum().sum()
    np.testing.assert_allclose([rows[name].share for name in wanted.index], wanted.astype(float), rtol=1e-5)


@EACH
@FILTERS
@TABLES
def test_click_selects_as_many_words_as_the_row_counts(
    run: Run, clauses: dict[str, str], options: dict[str, str]
) -> None:
    for row in all_rows(state_of(run, clauses, **options)):
        for changes in (row.selects, row.samples):
            assert changes is not None
            clicked = {name: value for name, value in {**clauses, **changes}.items() if name in CLAUSE_NAMES and value}
            if row.selected and changes is row.selects:
                assert not set(clicked) & set(OWN[options.get("table", "words")]), "a second click clears it"
            else:
                assert state_of(run, clicked).masks.words.sum() == row.words


@pytest.mark.parametrize(
    ("options", "clauses", "label"),
    [
        ({}, {"word": "Jordan"}, "Jordan"),
        ({"case": "folded"}, {"any-case": "JORDAN"}, "jordan"),
        ({"table": "tags"}, {"gold-tag": "B-PER"}, "B-PER"),
        ({"table": "types"}, {"gold-words": "PER"}, "PER"),
        ({"table": "types"}, {"gold-tag": "O"}, "O"),
    ],
)
def test_selected_row_is_marked_and_hides_no_other_row(
    options: dict[str, str], clauses: dict[str, str], label: str
) -> None:
    rows = all_rows(state_of(RUNS[0], clauses, **options))
    assert [row.label for row in rows if row.selected] == [label]
    assert len(rows) == len(all_rows(state_of(RUNS[0], **options)))
    drawn = as_components(table_page(*both(state_of(RUNS[0], clauses, **options))))
    (current,) = by_class(drawn, "current")
    (button,) = by_class(current, "head")
    assert (text_of(button), attributes(button)["aria-pressed"]) == (label, "true")


def both(state: ViewState) -> Any:
    return state, loss_rows(state)


def test_clauses_of_the_other_table_filter() -> None:
    frame = exported(RUNS[0], {"gold-words": "PER"})
    rows = all_rows(state_of(RUNS[0], {"gold-words": "PER"}))
    assert {row.label: row.words for row in rows} == frame.word.value_counts().to_dict()


@EACH
@pytest.mark.parametrize("order", ORDER.values)
@pytest.mark.parametrize("direction", DIRECTION.values)
def test_every_column_sorts_both_ways_with_rows_without_a_loss_last(run: Run, order: str, direction: str) -> None:
    rows = all_rows(state_of(run, order=order, direction=direction))
    if order == "label":
        keys = [row.label.encode() for row in rows]
    else:
        values = [len(row.tags) if order == "tags" else getattr(row, order) for row in rows]
        known = [value for value in values if not np.isnan(value)]
        assert all(np.isnan(value) for value in values[len(known) :])
        keys = known
    assert keys == sorted(keys, reverse=direction == "down")


@TABLES
def test_heads_show_the_order_and_change_it(options: dict[str, str]) -> None:
    state = state_of(RUNS[0], order="mean", **options)
    drawn = as_components(table_page(*both(state)))
    (sorted_head,) = [head for head in of_type(drawn, html.Th) if attributes(head).get("aria-sort")]
    assert attributes(sorted_head)["aria-sort"] == "descending"
    assert text_of(sorted_head) == "Mean▼"
    changes = head_changes(state, grouped_by(state))
    assert changes["mean"] == {"order": "mean", "direction": "up"}
    assert changes["total"] == {"order": None, "direction": None}
    assert changes["label"] == {"order": "label", "direction": "up"}
    shown = [json.loads(attributes(button)["data-navigate"]) for button in by_class(drawn, "sort-head")]
    assert shown == [changes[column.name] for column in columns_of(grouped_by(state))]


def test_labels_are_sorted_by_sum_if_the_url_names_a_missing_column() -> None:
    totals = [row.total for row in all_rows(state_of(RUNS[0], table="tags", order="tags"))]
    assert totals == sorted(totals, reverse=True)


def test_a_forms_tags_are_counted_under_the_selection() -> None:
    run = RUNS[0]
    frame = exported(run, {"max-confidence": "0.7"})
    for row in all_rows(state_of(run, {"max-confidence": "0.7"})):
        wanted = frame[frame.word == row.label].gold_tag.fillna("unlabelled").value_counts().to_dict()
        assert {name: number for name, _, number in row.tags} == wanted
        numbers = [number for _, _, number in row.tags]
        assert numbers == sorted(numbers, reverse=True)


def test_filters_hide_rows_and_change_no_figure() -> None:
    run = RUNS[0]
    whole = {row.label: row for row in all_rows(state_of(run))}
    shown = all_rows(state_of(run, forms="A"))
    assert {row.label for row in shown} == {label for label in whole if "a" in label.lower()}
    assert all(row.share == whole[row.label].share for row in shown)
    assert len(all_rows(state_of(run, forms="A", table="types"))) == len(all_rows(state_of(run, table="types")))
    few = make_run([(["a"] * 3 + ["b"] * 2, ["O"] * 5, ["O"] * 5)])
    state = state_of(few, **{"at-least": "3"})
    assert [row.label for row in all_rows(state)] == ["a"]
    assert count_text(*both(state)) == "1 form · 3 words · 0 flagged · losses in nats"
    assert all_rows(state_of(run, forms="a+b"))[0].label == "a+b", "no regular expression"


def test_pages_hold_every_row_once_and_a_click_stays_on_its_page() -> None:
    words = [f"w{number:03}" for number in range(PAGE_SIZE * 2 + 5)]
    run = make_run([(words, ["O"] * len(words), ["O"] * len(words))])
    seen: list[str] = []
    for page in ("1", "2", "3"):
        drawn = as_components(table_page(*both(state_of(run, page=page))))
        buttons = by_class(drawn, "head")
        seen += [text_of(button) for button in buttons]
        kept = json.loads(attributes(buttons[0])["data-navigate"])["page"]
        assert kept == (None if page == "1" else page)
    assert sorted(seen) == words
    assert text_of(as_components(table_page(*both(state_of(run, page="99"))))).endswith("page 3 of 3Next ›")


def test_inconsistently_labelled_form_is_flagged_with_a_hint() -> None:
    run = make_run([(["May", "May", "May", "x"], ["O", "O", "B-PER", "O"], ["O"] * 4)], [[0.01, 0.02, 6.0, 0.0]])
    (may,) = [row for row in all_rows(state_of(run)) if row.flag]
    assert (may.label, may.flag, may.gap) == ("May", WORSE, pytest.approx(2.01 - 0.02))
    assert "has 2 gold tags" in may.hint
    drawn = as_components(table_page(*both(state_of(run))))
    (row,) = [row for row in of_type(drawn, html.Tr) if "May" in text_of(row)]
    assert text_of(by_class(row, "gap-flag")) == WORSE
    assert count_text(*both(state_of(run))) == "2 forms · 4 words · 1 flagged · losses in nats"


def test_words_without_a_loss_are_counted_separately() -> None:
    run = make_run([(["a", "a", "b"], ["O", None, None], ["O", "O", "O"])])
    drawn = as_components(table_page(*both(state_of(run))))
    rows = {text_of(by_class(row, "head")): text_of(row) for row in of_type(drawn, html.Tr)}
    assert "21 no loss" in rows["a"]
    assert "11 no loss" in rows["b"]
    assert rows["b"].count("–") == 5, "no mean, median, gap, sum; and no share of a loss of nothing"
    text = count_text(*both(state_of(run, table="tags")))
    assert text == "1 tag · 1 word · 0 flagged · losses in nats · 2 unlabelled words not shown"


@TABLES
@pytest.mark.parametrize(
    "run",
    [
        make_run([(["alone"], ["O"], ["O"])]),
        make_run([(["a", "b"], ["B-X", "O"], ["B-X", "O"])]),
        random_run(20, seed=3, types=[f"type{number:02}" for number in range(60)]),
        make_run([(["a", "b"], [None, None], ["O", "B-X"])]),
    ],
    ids=["one sentence", "no errors", "60 types", "unlabelled"],
)
def test_any_run_can_be_drawn(run: Run, options: dict[str, str]) -> None:
    state = state_of(run, **options)
    drawn = as_components(table_page(*both(state)))
    assert by_class(drawn, "loss-table") or by_class(drawn, "empty")


def test_empty_table_shows_a_message_and_a_clear_button() -> None:
    run = RUNS[0]
    for state, remedy in (
        (state_of(run, {"search": "nowhere at all"}), {"search": None}),
        (state_of(run, forms="zzz"), {"forms": None, "at-least": None}),
    ):
        drawn = as_components(table_page(*both(state)))
        (button,) = of_type(by_class(drawn, "empty"), html.Button)
        assert json.loads(attributes(button)["data-navigate"]) == remedy
