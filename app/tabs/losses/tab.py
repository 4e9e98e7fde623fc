"""Loss by token/label: the word forms and labels that cause the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.run.schema import LOSSES
from analysis.run.tags import MISSING
from analysis.scores.loss_tables import FEWEST_WORDS, LARGE_GAP, TAGS, TYPES
from app.frame.controls import nothing_selected, switch_of
from app.frame.tab import Tab
from app.frame.view import View
from app.services import Services
from app.state import SELECTION, ViewState
from app.tabs.losses.loss_rows import (
    AT_LEAST,
    CASE,
    DIRECTION,
    FORMS_CONTAIN,
    ORDER,
    PAGE_SIZE,
    TABLE,
    LossRows,
    columns_of,
    head_changes,
    loss_rows,
    order_of,
    page_rows,
)
from app.view_options import PAGE
from app.views.sentence_list import pager
from components import formats
from components.glossary import term
from components.loss_table import BETTER, WORSE, loss_table_html
from components.panels import empty_state, panel, switch
from components.static_html import Element

UNITS = {TAGS: "tag", TYPES: "type"}


def _layout(_run: Run) -> Component:
    find = dcc.Input(
        id="losses-find",
        type="search",
        placeholder="Form contains",
        debounce=True,
        className="find",
        autoComplete="off",
    )
    return panel(
        "Loss by",
        html.Div(id="losses-table", className="losses-body"),
        note=html.Span(id="losses-count"),
        controls=[
            switch_of(TABLE, ("Word forms", "Tags", "Types"), "Sum the loss by"),
            switch_of(CASE, ("As written", "Fold case"), "Letter case"),
            switch("max-subwords", [("", "All words"), ("1", "One subword")], "Counted words"),
            switch_of(
                AT_LEAST,
                ["Any count" if number == "1" else f"≥ {number}" for number in AT_LEAST.values],
                "Minimum number of words",
            ),
            find,
            dcc.Store(id="losses-find-asked"),
        ],
        name="losses-panel",
    )


def draw(state: ViewState) -> tuple[Any, str]:
    """The table, and its counts."""
    found = loss_rows(state)
    return table_page(state, found), count_text(state, found)


def found_forms(state: ViewState) -> str:
    """The text of the box for finding forms."""
    return state[FORMS_CONTAIN]


def _register(app: Dash, _services: Services) -> None:
    app.clientside_callback(
        ClientsideFunction("state", "findForms"),
        Output("losses-find-asked", "data"),
        Input("losses-find", "value"),
        prevent_initial_call=True,
    )


def count_text(state: ViewState, found: LossRows) -> str:
    """How many rows are listed, how many words they have, and how many rows are flagged."""
    table, shown = found.table, found.shown
    flagged = int((table.has_high_loss_outliers | table.has_low_loss_outliers)[shown].sum())
    parts = [
        formats.counted(len(shown), UNITS.get(found.by, "form")),
        formats.counted(int(table.words[shown].sum()), "word"),
        f"{formats.count(flagged)} flagged",
        "losses in nats",
    ]
    unlabelled = int(np.count_nonzero(found.masks.words & (found.groups.codes == MISSING)))
    if unlabelled:
        parts.append(f"{formats.counted(unlabelled, 'unlabelled word')} not shown")
    return " · ".join(parts)


def table_page(state: ViewState, found: LossRows) -> list[Component | Element]:
    """A legend of the flags, and the current page of the table."""
    if not len(found.table):
        return [nothing_selected(state, "This selection has no word for this table.")]
    if not len(found.shown):
        unfiltered = {FORMS_CONTAIN.name: None, AT_LEAST.name: None}
        return [empty_state("No row passes the filters of this table.", "Clear these filters", unfiltered)]
    pages = -(-len(found.shown) // PAGE_SIZE)
    page = min(state[PAGE], pages)
    table = loss_table_html(
        page_rows(state, found, page), columns_of(found.by), order_of(state, found.by), head_changes(state, found.by)
    )
    return [_legend(found.by), table, *([pager(page, pages)] if pages > 1 else [])]


def _legend(by: str) -> html.Div:
    hint = "check these words" if by in UNITS else "perhaps labelled inconsistently"

    def entry(flag: str, meaning: str) -> html.Span:
        return html.Span([html.Span(term(flag), className="gap-flag"), f" {meaning}"])

    return html.Div(
        [
            entry(WORSE, f"mean ≥ {LARGE_GAP} nats above the median: {hint}"),
            entry(BETTER, "mean as far below: tagger and corpus disagree systematically"),
        ],
        className="gap-legend note",
        title=f"Only rows with at least {FEWEST_WORDS} losses; with fewer, mean and median differ by chance",
    )


TAB = Tab(
    name="losses",
    title="Loss by token/label",
    group="Errors",
    icon="sum",
    intro=(
        "The words and labels that cause the loss. A form with a mean far above its median and several gold tags is "
        "probably labelled inconsistently."
    ),
    layout=_layout,
    views=(
        View(
            "losses",
            reads=(SELECTION, TABLE, CASE, ORDER, DIRECTION, AT_LEAST, FORMS_CONTAIN, PAGE),
            outputs=("losses-table", "losses-count"),
            draw=draw,
        ),
        View("losses-find", reads=(FORMS_CONTAIN,), outputs=("losses-find.value",), draw=found_forms),
    ),
    needs=(LOSSES,),
    register=_register,
)
