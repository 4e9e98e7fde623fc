"""What a tab is."""

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
    """A tab without callbacks of its own."""


@dataclass(frozen=True)
class Tab:
    """One entry of the left rail.

    Attributes:
        name: In the URL and in the element ids `tab-<name>` and `pane-<name>`.
        title: In the rail.
        group: Heading of the rail under which it stands, or "".
        icon: Name of an icon of `assets/styles/icons.css`, shown where the rail is narrow.
        intro: What it is for and what to look out for: a text, or what makes one of the run.
        layout: Draws what is under the intro for a run; called when the tab is first shown and when the run changes.
        views: Its views; what they read of the URL is what the tab listens to.
        needs: What it needs of the run (app/frame/needs.py).
        head: A control beside the intro.
        css: Class of the pane's content, unless it is the name.
        register: Adds callbacks that are none of a view.
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
        """The parts of the URL that its views listen to."""
        return tuple(route_of(view.store, self.name, view.reads) for view in self.views)

    @property
    def options(self) -> tuple[Option[Any], ...]:
        """The options that its views read."""
        read = dict.fromkeys(read for view in self.views for read in view.reads if not isinstance(read, Part))
        return tuple(read)

    def pane(self, run: Run) -> Component:
        """What the tab shows for a run: all of it, or what the run lacks."""
        line = intro(self.intro(run) if callable(self.intro) else self.intro)
        top = line if self.head is None else html.Div([line, self.head], className="tab-head")
        missing = what_is_missing(run, self.needs)
        body = empty_state(missing) if missing else self.layout(run)
        parts = body if isinstance(body, list) else [body]
        css = "tab-missing" if missing else self.css or self.name
        return html.Div([line if missing else top, *parts], className=css)

    def register_all(self, app: Dash, services: Services) -> None:
        """Add the callbacks of its views and its own."""
        for view in self.views:
            view.register(app, services.catalog, self.needs)
        self.register(app, services)


def options_of(tabs: Sequence[Tab]) -> tuple[Option[Any], ...]:
    """Every option that the URL may hold.

    Raises:
        ValueError: Two different options have one name.
    """
    found: dict[str, Option[Any]] = {}
    for tab in tabs:
        for option in tab.options:
            if found.setdefault(option.name, option) != option:
                raise ValueError(f"the tab {tab.name} declares the option {option.name} unlike another tab")
    return tuple(found.values())
