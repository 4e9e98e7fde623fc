"""Loss by token/label: which word forms and which labels the loss comes from."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.run.tags import MISSING
from analysis.scores.loss_tables import FEWEST_WORDS, LARGE_GAP, TAGS, TYPES
from app.frame.tab import Tab
from app.routes import FOCUS, MAP, Route
from app.services import Services
from app.state import CHOICES, ViewState, quiet_on_bad_link, read_state
from app.tabs.losses.loss_rows import (
    PAGE,
    LossRows,
    columns_of,
    head_changes,
    loss_rows,
    order_of,
    page_rows,
)
from app.views.sentence_list import pager
from components import formats
from components.glossary import term
from components.loss_table import BETTER, WORSE, loss_table_html
from components.panels import empty_state, intro, panel, switch
from components.still import Element, still

SELECTION = "query-losses"
UNITS = {TAGS: "tag", TYPES: "type"}


def _layout(_run: Run) -> html.Div:
    find = dcc.Input(
        id="losses-find",
        type="search",
        placeholder="Form contains",
        debounce=True,
        className="find",
        autoComplete="off",
    )
    table = panel(
        "Loss by",
        html.Div(id="losses-table", className="losses-body"),
        note=html.Span(id="losses-count"),
        controls=[
            switch(
                "table", [("words", "Word forms"), ("tags", "Tags"), ("types", "Types")], "What the loss is added up by"
            ),
            switch("case", [("written", "As written"), ("folded", "Fold case")], "Letter case of the forms"),
            switch("max-subwords", [("", "All words"), ("1", "One subword")], "Which words are counted"),
            switch(
                "at-least",
                [(number, "Any count" if number == "1" else f"≥ {number}") for number in CHOICES["at-least"]],
                "Fewest words of a row",
            ),
            find,
            dcc.Store(id="losses-find-asked"),
        ],
        name="losses-panel",
    )
    line = intro(
        "Which words and labels the loss comes from. A mean far above the median and several gold tags hint at a form "
        "that is labelled in two ways."
    )
    return html.Div([line, table], className="losses")


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog

    @app.callback(Output("losses-table", "children"), Output("losses-count", "children"), Input(SELECTION, "data"))
    @quiet_on_bad_link
    def draw(query: str | None) -> tuple[Any, str]:
        state = read_state(catalog, query)
        found = loss_rows(state)
        return still(table_page(state, found)), said_of(state, found)

    @app.callback(Output("losses-find", "value"), Input(SELECTION, "data"))
    @quiet_on_bad_link
    def show_found(query: str | None) -> str:
        return read_state(catalog, query).options.get("forms", "")

    app.clientside_callback(
        ClientsideFunction("state", "findForms"),
        Output("losses-find-asked", "data"),
        Input("losses-find", "value"),
        prevent_initial_call=True,
    )


def said_of(state: ViewState, found: LossRows) -> str:
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
        cleared = dict.fromkeys(state.selection.to_query())
        return [empty_state("No word is selected that this table could count.", "Clear the selection", cleared)]
    if not len(found.shown):
        unfiltered = {"forms": None, "at-least": None}
        return [empty_state("No row meets the filters of this table.", "Remove these filters", unfiltered)]
    pages = -(-len(found.shown) // PAGE)
    page = min(state.page, pages)
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
    routes=(Route(SELECTION, "losses", drops=(*FOCUS, *MAP)),),
    layout=_layout,
    register=_register,
)
