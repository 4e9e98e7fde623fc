"""Which part of the URL each view listens to.

The URL is the one place where the screen's state lives. The browser (`assets/state.js`) cuts it into the routes below;
a route's store changes only while its tab is shown and only when one of its parameters changed, so that a hidden tab
asks for nothing and a change of focus does not count the matrix anew.
"""

from __future__ import annotations

from dataclasses import dataclass

from dash import dcc

FOCUS = ("focus",)
MAP = ("method", "points", "colour")
EVERYWHERE = "*"
"""The tab of a route that listens whatever tab is shown."""


@dataclass(frozen=True)
class Route:
    """A store that holds part of the URL's query.

    Attributes:
        name: Id of the `dcc.Store`; its value is a query string.
        tab: The tab that it belongs to, or EVERYWHERE.
        only: The parameters that it passes on besides `run`, or None for all of them.
        drops: The parameters that it does not pass on.
        theme: Whether it also carries the colour scheme, as `theme`.
    """

    name: str
    tab: str
    only: tuple[str, ...] | None = None
    drops: tuple[str, ...] = ()
    theme: bool = False

    def as_plain(self) -> dict[str, object]:
        """For the browser."""
        return {"name": self.name, "tab": self.tab, "only": self.only, "drops": self.drops, "theme": self.theme}


def stores(routes: list[Route]) -> list[dcc.Store]:
    """The routes' stores, to be put into the layout."""
    return [dcc.Store(id=route.name) for route in routes]
