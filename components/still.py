"""HTML that no callback reads or writes, as one Dash component however many elements it has.

Dash's renderer keeps a subscription for each component and calls all of them whenever one is mounted, so that a matrix
and a sentence of some hundred elements cost it half a second. Their clicks are heard by one listener for the whole page
(`assets/state.js`), so the elements need not be Dash components: `assets/still.js` draws them, escaped, with React.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

Plain = str | int | float | list[Any] | None


class Still(Component):
    """A drawn tree. Nothing in it can be the input or the output of a callback.

    Args:
        tree: What `still` makes of a Dash component.
    """

    _namespace = "explainer_html"
    _type = "Still"
    _children_props: list[str] = []  # noqa: RUF012 - as Dash's own components declare it
    _base_nodes: list[str] = []  # noqa: RUF012
    _prop_names = ["tree"]  # noqa: RUF012
    _valid_wildcard_attributes: list[str] = []  # noqa: RUF012


class Element(list[Any]):
    """What `element` makes."""


def element(tag: str, *children: Any, **attributes: Any) -> Element:
    """An element that is plain from the start, for tables of hundreds of rows: a Dash component takes much longer.

    Args:
        tag: Of HTML.
        children: Texts, numbers and other such elements; no Dash components.
        attributes: As React names them; see `navigates` for those with a hyphen.
    """
    return Element([tag, attributes, *children])


def still(content: Any) -> Still:
    """Elements of `dash.html`, or a list of them, as one component."""
    return Still(tree=[_plain(content)])


def _plain(content: Any) -> Plain:
    """An element as [tag, attributes, children ...], a list as [None, {}, items ...], text and numbers as they are."""
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
