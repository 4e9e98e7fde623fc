"""The declaration of a tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analysis.run.run import Run
from app.frame.needs import Need, what_is_missing
from app.frame.view import View
from app.options import Option
from app.routes import Route, route_of
from app.services import Services
from app.state import Part
from components.panels import empty_state, intro


def _nothing(_app: Dash, _services: Services) -> None:
    """Register no callbacks."""


@dataclass(frozen=True)
class Tab:
    """A tab of the dashboard.

    Attributes:
        name: Name in the URL and in the element ids `tab-<name>` and `pane-<name>`.
        title: Title in the rail.
        group: Heading in the rail above the tab, or "".
        icon: Name of an icon in `assets/styles/icons.css`, shown when the rail is collapsed.
        intro: What the tab is for and what to look for; a text, a list of texts and elements, or a function of the run.
        layout: Draws the content under the intro; called when the tab is first shown and when the run changes.
        views: The tab's views; the tab listens to the parts of the URL that they read.
        needs: What the tab needs from the run (app/frame/needs.py).
        head: A control beside the intro.
        css: CSS class of the pane's content; by default the tab's name.
        register: Registers callbacks that belong to no view.
    """

    name: str
    title: str
    group: str
    icon: str
    intro: Any
    layout: Callable[[Run], Any]
    views: tuple[View, ...]
    needs: tuple[Need, ...] = ()
    head: Component | None = None
    css: str = ""
    register: Callable[[Dash, Services], None] = _nothing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The parts of the URL that the views listen to."""
        return tuple(route_of(view.store, self.name, view.reads) for view in self.views)

    @property
    def options(self) -> tuple[Option[Any], ...]:
        """The options that the views read."""
        read = dict.fromkeys(read for view in self.views for read in view.reads if not isinstance(read, Part))
        return tuple(read)

    def pane(self, run: Run) -> Component:
        """The tab's content for a run, or a message about what the run lacks."""
        line = intro(self.intro(run) if callable(self.intro) else self.intro)
        top = line if self.head is None else html.Div([line, self.head], className="tab-head")
        missing = what_is_missing(run, self.needs)
        body = empty_state(missing) if missing else self.layout(run)
        parts = body if isinstance(body, list) else [body]
        css = "tab-missing" if missing else self.css or self.name
        return html.Div([line if missing else top, *parts], className=css)

    def register_all(self, app: Dash, services: Services) -> None:
        """Register the callbacks of the views and of the tab."""
        for view in self.views:
            view.register(app, services.catalog, self.needs)
        self.register(app, services)


def options_of(tabs: Sequence[Tab]) -> tuple[Option[Any], ...]:
    """Every option that the URL can contain.

    Raises:
        ValueError: Two different options have the same name.
    """
    found: dict[str, Option[Any]] = {}
    for tab in tabs:
        for option in tab.options:
            if found.setdefault(option.name, option) != option:
                raise ValueError(f"the tab {tab.name} and another tab declare different options named {option.name}")
    return tuple(found.values())
