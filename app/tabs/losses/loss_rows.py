"""The rows of the loss table: word forms or gold labels under a selection, sorted, filtered and cut into pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from analysis.run.run import Run
from analysis.run.tags import MISSING, OUTSIDE_CODE
from analysis.scores.loss_tables import (
    FOLDED_FORMS,
    FORMS,
    TAGS,
    TYPES,
    Groups,
    LossTable,
    distinct_tags,
    groups_of,
    loss_table,
)
from analysis.selection.selection import Masks
from app.options import Choice, Text
from app.state import ViewState
from components.glossary import gloss
from components.loss_table import BETTER, WORSE, Column, LossRow, Order
from components.panels import Changes

PAGE_SIZE = 50
TABLE = Choice("table", ("words", "tags", "types"))
CASE = Choice("case", ("written", "folded"))
ORDER = Choice("order", ("total", "label", "tags", "words", "mean", "median", "gap", "share"))
DIRECTION = Choice("direction", ("down", "up"))
AT_LEAST = Choice("at-least", ("1", "3", "10", "30"))
"""Minimum number of words of a row."""
FORMS_CONTAIN = Text("forms")
"""Text that the listed word forms contain."""

WORD_CLAUSES = ("word", "any-case")
LABEL_CLAUSES = ("gold-tag", "gold-words")

NAT = gloss("nat")

COLUMNS = (
    Column("label", "Form", "The word as written in the corpus; in lower case if case is folded", kind=""),
    Column("tags", "Gold tags", "Gold tags of its selected words; sorted by the number of different tags", kind=""),
    Column(
        "words",
        "Words",
        "Number of its words in the selection; a click on the row selects them. Words without a loss (unlabelled, with "
        "a tag that the tagger does not know, or without a prediction) are shown separately and count in no other "
        "column.",
    ),
    Column("mean", "Mean", f"Mean loss of its words. {NAT}"),
    Column("median", "Median", f"Median loss of its words. {NAT}"),
    Column(
        "gap",
        "Gap",
        "Mean minus median. Far above 0: a few words have a much larger loss than the others. Far below 0: a few have "
        f"a much smaller loss. {NAT}",
    ),
    Column("total", "Sum", f"Sum of the losses of its words. {NAT}"),
    Column(
        "share",
        "Share",
        "Share of the total loss in this table. Bars are relative to the largest share on the page",
        kind="loss-share",
    ),
)


@dataclass(frozen=True)
class LossRows:
    """The whole table, before it is split into pages.

    Attributes:
        by: What the words are grouped by (analysis.scores.loss_tables).
        groups: The groups.
        masks: The counted rows: the selection without the clauses that this table sets.
        table: Every group with a counted word.
        shown: Indices into `table` of the rows that pass the filters, sorted.
    """

    by: str
    groups: Groups
    masks: Masks
    table: LossTable
    shown: npt.NDArray[np.int64]


def grouped_by(state: ViewState) -> str:
    """What the words are grouped by."""
    kind = state[TABLE]
    if kind == "words":
        return FOLDED_FORMS if state[CASE] == "folded" else FORMS
    return TAGS if kind == "tags" else TYPES


def own_clauses(by: str) -> tuple[str, ...]:
    """The clauses that a click on a row sets; they do not filter the table."""
    return WORD_CLAUSES if by in (FORMS, FOLDED_FORMS) else LABEL_CLAUSES


def columns_of(by: str) -> tuple[Column, ...]:
    """The table's columns; a table of labels has no column of tags."""
    if by in (FORMS, FOLDED_FORMS):
        return COLUMNS
    head = "Tag" if by == TAGS else "Type"
    return (Column("label", head, "The gold label", kind=""), *COLUMNS[2:])


def order_of(state: ViewState, by: str) -> Order:
    """How the table is sorted; by sum if the URL names a column that the table lacks."""
    names = [column.name for column in columns_of(by)]
    column = state[ORDER]
    return Order(column if column in names else "total", state[DIRECTION] == "down")


def loss_rows(state: ViewState) -> LossRows:
    """All rows, under all clauses except the table's own."""
    run, by = state.run, grouped_by(state)
    groups = groups_of(run, by)
    masks = state.selection.without(*own_clauses(by)).masks(state.scene)
    table = loss_table(groups, masks.words)
    wanted = table.words >= int(state[AT_LEAST])
    text = state[FORMS_CONTAIN]
    if text and by in (FORMS, FOLDED_FORMS):
        matches = pc.match_substring(groups.labels, text, ignore_case=True).to_numpy(zero_copy_only=False)
        wanted &= matches[table.group]
    keys = _keys(run, groups, masks, table, order_of(state, by))
    order = np.lexsort((table.group, -table.total, keys))  # NaN (a group without a loss) comes last in both directions
    return LossRows(by, groups, masks, table, order[wanted[order]])


def _keys(run: Run, groups: Groups, masks: Masks, table: LossTable, order: Order) -> npt.NDArray[np.float64]:
    """The sort key of each row of the table, for an ascending sort."""
    keys: npt.NDArray[Any]
    if order.column == "label":
        keys = table.group
    elif order.column == "tags":
        keys = distinct_tags(groups, run.words.gold_tag, masks.words, len(run.tag_set.tags))[table.group]
    else:
        keys = getattr(table, order.column)
    numbers: npt.NDArray[np.float64] = keys.astype(np.float64)
    return -numbers if order.descending else numbers


def head_changes(state: ViewState, by: str) -> dict[str, Changes]:
    """What a click on each column head writes to the URL: another sort column, or the opposite direction."""
    order = order_of(state, by)
    changes: dict[str, Changes] = {}
    for column in columns_of(by):
        down = not order.descending if column.name == order.column else column.name != "label"
        changes[column.name] = {
            "order": None if column.name == "total" else column.name,
            "direction": None if down else "up",
        }
    return changes


def page_rows(state: ViewState, found: LossRows, page: int) -> list[LossRow]:
    """The rows of a page, from 1."""
    places = found.shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    chosen = state.selection.only(*own_clauses(found.by)).to_query()
    if "any-case" in chosen:
        chosen["any-case"] = pc.utf8_lower(pa.scalar(chosen["any-case"])).as_py()
    return [_row(state.run, found, int(place), chosen, page) for place in places]


def _row(run: Run, found: LossRows, place: int, chosen: dict[str, str], page: int) -> LossRow:
    table = found.table
    group = int(table.group[place])
    label = found.groups.labels[group].as_py()
    is_form = found.by in (FORMS, FOLDED_FORMS)
    tags = _tags(run, found, group) if is_form else []
    flag = WORSE if table.has_high_loss_outliers[place] else BETTER if table.has_low_loss_outliers[place] else ""
    # `O` has no type, but it is a tag.
    outside = found.by == TYPES and group == len(run.tag_set.types)
    clauses = clauses_of(TAGS if outside else found.by, label)
    selected = chosen == {name: value for name, value in clauses.items() if value}
    # Keep the page: by default, a change of the selection goes back to the first page.
    kept = {"page": str(page) if page > 1 else None}
    return LossRow(
        label=label,
        type_code=None if is_form else _type_code(found.by, group, run),
        words=int(table.words[place]),
        scored=int(table.scored[place]),
        mean=float(table.mean[place]),
        median=float(table.median[place]),
        total=float(table.total[place]) if table.scored[place] else float("nan"),
        share=float(table.share[place]),
        flag=flag,
        hint=_hint(flag, tags),
        tags=tags,
        selects={**(dict.fromkeys(clauses) if selected else clauses), **kept} if label else None,
        samples={"tab": "samples", **clauses} if label else None,
        selected=selected,
    )


def clauses_of(by: str, label: str) -> dict[str, str | None]:
    """The clause that selects a row's words, and the clause that it replaces."""
    name, other = {
        FORMS: ("word", "any-case"),
        FOLDED_FORMS: ("any-case", "word"),
        TAGS: ("gold-tag", "gold-words"),
        TYPES: ("gold-words", "gold-tag"),
    }[by]
    return {name: label, other: None}


def _type_code(by: str, group: int, run: Run) -> int:
    if by == TYPES:
        return group if group < len(run.tag_set.types) else MISSING
    return (group - 1) // 2 if group != OUTSIDE_CODE else MISSING


def _tags(run: Run, found: LossRows, group: int) -> list[tuple[str, int, int]]:
    """Gold tags of a form's words as (tag, type code, count), most frequent first."""
    rows = found.groups.members(group)
    codes = run.words.gold_tag[rows[found.masks.words[rows]]]
    names = (*run.tag_set.tags, "unlabelled")  # code -1
    counts = np.bincount(codes % len(names), minlength=len(names))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    last = len(names) - 1
    return [
        (names[code], (code - 1) // 2 if code not in (OUTSIDE_CODE, last) else MISSING, int(counts[code]))
        for code in map(int, order)
    ]


def _hint(flag: str, tags: list[tuple[str, int, int]]) -> str:
    if flag == BETTER:
        return "Most of these words have a large loss: tagger and corpus disagree systematically."
    if len(tags) > 1:
        return f"A few of these words have a large loss, and the form has {len(tags)} gold tags: check those words."
    return "A few of these words have a large loss: check those words."
