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
"""Fewest words of a row."""
FORMS_CONTAIN = Text("forms")
"""What listed word forms contain."""

WORD_CLAUSES = ("word", "any-case")
LABEL_CLAUSES = ("gold-tag", "gold-words")

NAT = gloss("nat")

COLUMNS = (
    Column("label", "Form", "As the corpus writes it, or in lower case where case is folded", kind=""),
    Column("tags", "Gold tags", "The tags that the corpus gives it here; sorted by how many different ones", kind=""),
    Column(
        "words",
        "Words",
        "All its words in the selection: what a click on it selects. Those without a loss (unlabelled, labelled with a "
        "tag that the tagger does not know, or without a prediction) are told apart and are in no other figure.",
    ),
    Column("mean", "Mean, nat", f"Mean loss of its words. {NAT}"),
    Column("median", "Median, nat", f"Half of its words have at most this loss. {NAT}"),
    Column(
        "gap",
        "Gap, nat",
        f"Mean less median. Far above 0: a few words are far worse than the others; far below: far better. {NAT}",
    ),
    Column("total", "Sum, nat", f"Loss of all its words together. {NAT}"),
    Column(
        "share",
        "Share",
        "Of the loss of all words that this table counts; the longest bar is the page's largest",
        kind="loss-share",
    ),
)


@dataclass(frozen=True)
class LossRows:
    """The table before it is cut into pages.

    Attributes:
        by: What the words are grouped by (analysis.scores.loss_tables).
        groups: The groups.
        masks: What is counted: the selection less the clauses that this table makes.
        table: Every group with a word there.
        shown: Places in `table` that meet the filters, sorted.
    """

    by: str
    groups: Groups
    masks: Masks
    table: LossTable
    shown: npt.NDArray[np.int64]


def grouped_by(state: ViewState) -> str:
    """What the table's words are grouped by."""
    kind = state[TABLE]
    if kind == "words":
        return FOLDED_FORMS if state[CASE] == "folded" else FORMS
    return TAGS if kind == "tags" else TYPES


def own_clauses(by: str) -> tuple[str, ...]:
    """The clauses that a click on a row makes, which do not filter the table."""
    return WORD_CLAUSES if by in (FORMS, FOLDED_FORMS) else LABEL_CLAUSES


def columns_of(by: str) -> tuple[Column, ...]:
    """The table's columns; a label has no mix of tags."""
    if by in (FORMS, FOLDED_FORMS):
        return COLUMNS
    head = "Tag" if by == TAGS else "Type"
    return (Column("label", head, "Of the gold label", kind=""), *COLUMNS[2:])


def order_of(state: ViewState, by: str) -> Order:
    """How the table is sorted; by sum where the URL names a column that it has not."""
    names = [column.name for column in columns_of(by)]
    asked = state[ORDER]
    return Order(asked if asked in names else "total", state[DIRECTION] == "down")


def loss_rows(state: ViewState) -> LossRows:
    """All rows, under every clause but the table's own."""
    run, by = state.run, grouped_by(state)
    groups = groups_of(run, by)
    masks = state.selection.without(*own_clauses(by)).masks(state.scene)
    table = loss_table(groups, masks.words)
    wanted = table.words >= int(state[AT_LEAST])
    text = state[FORMS_CONTAIN]
    if text and by in (FORMS, FOLDED_FORMS):
        met = pc.match_substring(groups.labels, text, ignore_case=True).to_numpy(zero_copy_only=False)
        wanted &= met[table.group]
    keys = _keys(run, groups, masks, table, order_of(state, by))
    order = np.lexsort((table.group, -table.total, keys))  # NaN, a group without a loss, comes last either way
    return LossRows(by, groups, masks, table, order[wanted[order]])


def _keys(run: Run, groups: Groups, masks: Masks, table: LossTable, order: Order) -> npt.NDArray[np.float64]:
    """One number a row of the table, by which it is sorted upwards."""
    keys: npt.NDArray[Any]
    if order.column == "label":
        keys = table.group
    elif order.column == "tags":
        keys = distinct_tags(groups, run.words.gold_tag, masks.words, len(run.tag_set.tags))[table.group]
    else:
        keys = getattr(table, order.column)
    upwards: npt.NDArray[np.float64] = keys.astype(np.float64)
    return -upwards if order.descending else upwards


def head_changes(state: ViewState, by: str) -> dict[str, Changes]:
    """What a click on each column's head writes into the URL: another column, or the other way round."""
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
    # `O` is of no type, but it is a tag.
    outside = found.by == TYPES and group == len(run.tag_set.types)
    clauses = clauses_of(TAGS if outside else found.by, label)
    selected = chosen == {name: value for name, value in clauses.items() if value}
    # The page is named, so that it stays: a change of the selection begins at the first one else.
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
    """The clause that selects a row's words, and the one whose place it takes."""
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
    """Gold tags of a form's words with their type and count, most frequent first."""
    rows = found.groups.members(group)
    codes = run.words.gold_tag[rows[found.masks.words[rows]]]
    names = (*run.tag_set.tags, "unlabelled")  # which is code -1
    counts = np.bincount(codes % len(names), minlength=len(names))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    last = len(names) - 1
    return [
        (names[code], (code - 1) // 2 if code not in (OUTSIDE_CODE, last) else MISSING, int(counts[code]))
        for code in map(int, order)
    ]


def _hint(flag: str, tags: list[tuple[str, int, int]]) -> str:
    if flag == BETTER:
        return "A few are far better than the others: tagger and corpus differ as a rule."
    if len(tags) > 1:
        return f"The corpus labels it in {len(tags)} ways, and a few are far worse than the others: are those mistakes?"
    return "A few are far worse than the others: read those."
