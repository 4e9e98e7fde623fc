"""Loss by token/label: which word forms and which labels the loss comes from."""

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
            switch_of(TABLE, ("Word forms", "Tags", "Types"), "What the loss is added up by"),
            switch_of(CASE, ("As written", "Fold case"), "Letter case of the forms"),
            switch("max-subwords", [("", "All words"), ("1", "One subword")], "Which words are counted"),
            switch_of(
                AT_LEAST,
                ["Any count" if number == "1" else f"≥ {number}" for number in AT_LEAST.values],
                "Fewest words of a row",
            ),
            find,
            dcc.Store(id="losses-find-asked"),
        ],
        name="losses-panel",
    )


def draw(state: ViewState) -> tuple[Any, str]:
    """The table, and what it counts."""
    found = loss_rows(state)
    return table_page(state, found), count_text(state, found)


def found_forms(state: ViewState) -> str:
    """What the box for finding forms holds."""
    return state[FORMS_CONTAIN]


def _register(app: Dash, _services: Services) -> None:
    app.clientside_callback(
        ClientsideFunction("state", "findForms"),
        Output("losses-find-asked", "data"),
        Input("losses-find", "value"),
        prevent_initial_call=True,
    )


def count_text(state: ViewState, found: LossRows) -> str:
    """How many rows there are, how many words they hold, and how many of them are flagged."""
    table, shown = found.table, found.shown
    flagged = int((table.few_far_worse | table.few_far_better)[shown].sum())
    parts = [
        formats.counted(len(shown), UNITS.get(found.by, "form")),
        formats.counted(int(table.words[shown].sum()), "word"),
        f"{formats.count(flagged)} flagged",
    ]
    in_no_row = int(np.count_nonzero(found.masks.words & (found.groups.codes == MISSING)))
    if in_no_row:
        parts.append(f"{formats.counted(in_no_row, 'unlabelled word')} in no row")
    return " · ".join(parts)


def table_page(state: ViewState, found: LossRows) -> list[Component | Element]:
    """What the flags mean, and the page of the table that the URL asks for."""
    if not len(found.table):
        return [nothing_selected(state, "No word is selected that this table could count.")]
    if not len(found.shown):
        unfiltered = {FORMS_CONTAIN.name: None, AT_LEAST.name: None}
        return [empty_state("No row meets the filters of this table.", "Remove these filters", unfiltered)]
    pages = -(-len(found.shown) // PAGE_SIZE)
    page = min(state[PAGE], pages)
    table = loss_table_html(
        page_rows(state, found, page), columns_of(found.by), order_of(state, found.by), head_changes(state, found.by)
    )
    return [_legend(found.by), table, *([pager(page, pages)] if pages > 1 else [])]


def _legend(by: str) -> html.Div:
    hint = "read these few" if by in UNITS else "labelled in two ways, perhaps"

    def entry(flag: str, meaning: str) -> html.Span:
        return html.Span([html.Span(term(flag), className="gap-flag"), f" {meaning}"])

    return html.Div(
        [
            entry(WORSE, f"mean ≥ {LARGE_GAP} nat above the median: {hint}"),
            entry(BETTER, "as far below it: tagger and corpus differ as a rule"),
        ],
        className="gap-legend note",
        title=f"Of rows with at least {FEWEST_WORDS} losses; with fewer, mean and median differ by chance",
    )


TAB = Tab(
    name="losses",
    title="Loss by token/label",
    group="Errors",
    icon="sum",
    intro=(
        "Which words and labels the loss comes from. A mean far above the median and several gold tags hint at a form "
        "that is labelled in two ways."
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
