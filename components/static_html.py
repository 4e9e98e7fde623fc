"""HTML that no callback reads or writes, sent as one Dash component.

Dash's renderer subscribes once for each component and notifies all subscribers whenever a component is mounted: a
matrix and a sentence with a few hundred elements take half a second. One listener handles the clicks of the whole page
(`assets/state.js`), so these elements need not be Dash components. `assets/static_html.js` draws them with React, which
escapes their text.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

Plain = str | int | float | list[Any] | None


class StaticHtml(Component):
    """A tree of HTML elements. No element in it can be the input or the output of a callback.

    Args:
        tree: The content, as `static_html` converts it.
    """

    _namespace = "explainer_html"
    _type = "StaticHtml"
    _children_props: list[str] = []  # noqa: RUF012 - declared as in Dash's own components
    _base_nodes: list[str] = []  # noqa: RUF012
    _prop_names = ["tree"]  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012


class Element(list[Any]):
    """An element made by `element`."""


def element(tag: str, *children: Any, **attributes: Any) -> Element:
    """An HTML element as a plain list. Much faster than a Dash component; for tables with hundreds of rows.

    Args:
        tag: HTML tag name.
        children: Texts, numbers and other elements made by this function; no Dash components.
        attributes: Named as in React; see `navigates` for names with a hyphen.
    """
    return Element([tag, attributes, *children])


def static_html(content: Any) -> StaticHtml:
    """One component with the given `dash.html` elements.

    Args:
        content: An element, a text, or a list of them.
    """
    return StaticHtml(tree=[_plain(content)])


def _plain(content: Any) -> Plain:
    """Elements become [tag, attributes, children ...], lists [None, {}, items ...]; text and numbers stay unchanged."""
    if isinstance(content, Component):
        attributes = dict(content.to_plotly_json()["props"])
        children = attributes.pop("children", None)
        items = children if isinstance(children, list | tuple) else [] if children is None else [children]
        return [str(content._type).lower(), attributes, *map(_plain, items)]
    if isinstance(content, Element):
        return content
    if isinstance(content, list | tuple):
        return [None, {}, *map(_plain, content)]
    return content  # type: ignore[no-any-return]
