"""Controls and empty states that are built from a view's options and selection."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from app.options import Choice
from app.state import ViewState
from components.panels import empty_state, switch


def switch_of(option: Choice, texts: Sequence[str], label: str, without: Collection[str] = ()) -> Component:
    """A segmented control with one text for each value of a choice, except the values that a run has no data for."""
    segments = [(value, text) for value, text in zip(option.values, texts, strict=True) if value not in without]
    return switch(option.name, segments, label)


def nothing_selected(state: ViewState, sentence: str, *own: str) -> Component:
    """The empty state of a view when the selection leaves nothing to show, with a button that clears the selection.

    Without a selection there is no button.

    Args:
        state: The view's state.
        sentence: Says what is missing.
        own: Names of the clauses that the view sets itself; they do not filter it and are kept.
    """
    cleared = dict.fromkeys(state.selection.without(*own).to_query())
    return empty_state(sentence, "Clear the selection" if cleared else None, cleared)


def waits_for_tagger(element: str, css: str) -> Component:
    """An element, with a placeholder that is shown while the tagger runs."""
    return dcc.Loading(
        html.Div(id=element, className=css),
        delay_show=300,
        custom_spinner=html.Div("The tagger is running …", className="skeleton"),
        parent_className="pane-loading",
    )
