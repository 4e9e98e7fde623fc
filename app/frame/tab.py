"""What a tab is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from analysis.run.run import Run
from app.routes import Route
from app.services import Services


@dataclass(frozen=True)
class Tab:
    """One entry of the left rail.

    Attributes:
        name: In the URL and in the element ids `tab-<name>` and `pane-<name>`.
        title: In the rail.
        group: Heading of the rail under which it stands, or "".
        icon: Name of an icon of `assets/styles/icons.css`, shown where the rail is narrow.
        routes: The parts of the URL that its views listen to.
        layout: Draws the pane for a run; called when the tab is first shown and when the run changes.
        register: Adds the callbacks of its views.
    """

    name: str
    title: str
    group: str
    icon: str
    routes: tuple[Route, ...]
    layout: Callable[[Run], Component]
    register: Callable[[Dash, Services], None]
