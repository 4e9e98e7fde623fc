"""Dash components as plain trees, which tests inspect instead of a browser's elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.static_html import Element

Node = list[Any]
"""[tag, CSS classes, children]; texts are strings, and adjacent texts are joined."""


def as_components(content: Any) -> Any:
    """Static elements (components.static_html.element) as Dash components, which the functions below read."""
    if isinstance(content, Element):
        tag, attributes, *children = content
        return getattr(html, tag.capitalize())([as_components(child) for child in children], **attributes)
    if isinstance(content, list | tuple):
        return [as_components(one) for one in content]
    if isinstance(content, Component):
        content.children = [as_components(child) for child in children_of(content)]
    return content


def children_of(component: Component) -> list[Any]:
    inner = getattr(component, "children", None)
    if inner is None:
        return []
    return list(inner) if isinstance(inner, list | tuple) else [inner]


def walk(component: Any) -> Iterator[Component]:
    """A component or list, and all descendants, in the order of the page."""
    if isinstance(component, list | tuple):
        for one in component:
            yield from walk(one)
    elif isinstance(component, Component):
        yield component
        yield from walk(children_of(component))


def by_class(component: Any, name: str) -> list[Component]:
    """The descendants with a CSS class."""
    return [one for one in walk(component) if name in (getattr(one, "className", None) or "").split()]


def of_type(component: Any, kind: type[Component]) -> list[Any]:
    return [one for one in walk(component) if isinstance(one, kind)]


def text_of(component: Any) -> str:
    if component is None:
        return ""
    if isinstance(component, Component):
        return text_of(children_of(component))
    if isinstance(component, list | tuple):
        return "".join(text_of(one) for one in component)
    return str(component)


def plain(component: Component) -> Node:
    """Tag, classes and children, with adjacent texts joined as in a browser."""
    inner: list[Any] = []
    for child in children_of(component):
        one = plain(child) if isinstance(child, Component) else str(child)
        if isinstance(one, str) and inner and isinstance(inner[-1], str):
            inner[-1] += one
        else:
            inner.append(one)
    return [type(component).__name__.lower(), getattr(component, "className", None) or "", inner]


def attributes(component: Component) -> dict[str, Any]:
    """`data-` and `aria-` attributes."""
    return {name: value for name, value in component.to_plotly_json()["props"].items() if "-" in name}
