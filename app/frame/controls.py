"""Controls and sentences that are made from what a view declares."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from app.options import Choice
from app.state import ViewState
from components.panels import empty_state, switch


def switch_of(option: Choice, texts: Sequence[str], label: str) -> Component:
    """A segmented control with a text for each value of a choice."""
    return switch(option.name, list(zip(option.values, texts, strict=True)), label)


def nothing_selected(state: ViewState, sentence: str, *own: str) -> Component:
    """A sentence where a selection leaves nothing to show, with a button that clears it where there is one.

    Args:
        state: Its selection is what is cleared.
        sentence: Says what there is none of.
        own: Clauses that the view makes itself: they do not filter it.
    """
    cleared = dict.fromkeys(state.selection.without(*own).to_query())
    return empty_state(sentence, "Clear the selection" if cleared else None, cleared)


def waits_for_tagger(element: str, css: str) -> Component:
    """An element, and what is shown in its place while the tagger is asked."""
    return dcc.Loading(
        html.Div(id=element, className=css),
        delay_show=300,
        custom_spinner=html.Div("Asking the tagger …", className="skeleton"),
        parent_className="pane-loading",
    )
