"""The building blocks of every tab: panels, switches, empty states, and attributes of elements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.static_html import static_html

Changes = Mapping[str, str | None]
"""What a click writes to the URL: parameter -> value, or None to remove the parameter."""


def navigates(changes: Changes, *, toggle: bool = False) -> dict[str, Any]:
    """Attributes that make a click on an element write to the URL.

    Args:
        changes: The parameters to write.
        toggle: Whether a click removes the parameters if they already have these values.
    """
    return {"data-toggle" if toggle else "data-navigate": json.dumps(changes)}


def data_attributes(**values: str) -> dict[str, Any]:
    """`data-` attributes of an element."""
    return {f"data-{name}": value for name, value in values.items()}


def pressed(state: bool) -> dict[str, Any]:
    """The attribute for the state of a toggle button, for style sheets and screen readers."""
    return {"aria-pressed": "true" if state else "false"}


def labelled(text: str) -> dict[str, Any]:
    """The name of an element for screen readers."""
    return {"aria-label": text}


def panel(
    title: str,
    body: Any,
    *,
    note: Any = None,
    controls: Sequence[Component] = (),
    name: str = "",
) -> html.Section:
    """A panel with a title; `name` becomes a CSS class that sets its place in the tab's grid."""
    heading: list[Component] = [html.H2(title)]
    if note is not None:
        heading.append(html.Span(note, className="note"))
    return html.Section(
        [
            html.Header([html.Div(heading, className="heading"), html.Div(list(controls), className="controls")]),
            html.Div(body, className="body"),
        ],
        className=f"panel {name}".strip(),
    )


def switch(parameter: str, options: Sequence[tuple[str, str]], label: str) -> Component:
    """A segmented control for a URL parameter; the first option is the default and is left out of the URL.

    The browser sets the pressed state from the URL (`assets/state.js`).
    """
    default = options[0][0]
    buttons = [
        html.Button(
            text,
            className="segment",
            type="button",
            **navigates({parameter: None if value == default else value}),
            **data_attributes(option=parameter, value=value, default=default),
        )
        for value, text in options
    ]
    return static_html(html.Div(buttons, className="switch", role="group", **labelled(label)))


def intro(text: Any) -> html.P:
    """A tab's first line: what it is for and what to look for."""
    return html.P(text, className="intro")


def prose(sentence: str) -> list[Any]:
    """A sentence with the parts between backticks as code."""
    return [html.Code(part) if place % 2 else part for place, part in enumerate(sentence.split("`"))]


def empty_state(sentence: str, remedy: str | None = None, changes: Changes | None = None) -> html.Div:
    """A sentence that says why there is nothing to show, with an optional button that changes the URL."""
    children: list[Component] = [html.P(prose(sentence))]
    if remedy is not None and changes is not None:
        children.append(html.Button(remedy, className="quiet-button", type="button", **navigates(changes)))
    return html.Div(children, className="empty")
