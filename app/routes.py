"""Which part of the URL each view listens to.

The URL holds the whole state of the screen. The browser (`assets/state.js`) splits it into the routes below. A route's
store changes only while its tab is shown and one of its parameters changed. So a hidden tab requests nothing, and a
change of focus does not recompute the matrix.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dash import dcc

from analysis.selection.selection import CLAUSE_NAMES
from app.state import FOCUS, LOOKS, SELECTION, Part, Read

EVERYWHERE = "*"
"""The tab of a route that listens no matter which tab is shown."""


@dataclass(frozen=True)
class Route:
    """A store that holds part of the URL's query.

    Attributes:
        name: Id of the `dcc.Store`, which holds a query string.
        tab: The tab of the route, or EVERYWHERE.
        parameters: The URL parameters in the query string, in addition to `run`.
        looks: Whether the query string also contains the colour scheme (`theme`) and the colours, icons and markers of
            the entity types (`palette`).
    """

    name: str
    tab: str
    parameters: tuple[str, ...] = ()
    looks: bool = False

    def as_plain(self) -> dict[str, object]:
        """As JSON for the browser."""
        return {"name": self.name, "tab": self.tab, "parameters": self.parameters, "looks": self.looks}


def route_of(name: str, tab: str, reads: Collection[Read]) -> Route:
    """The route with exactly the parameters that are read."""
    parameters = {read.name for read in reads if not isinstance(read, Part)}
    if SELECTION in reads:
        parameters.update(CLAUSE_NAMES)
    if FOCUS in reads:
        parameters.add("focus")
    return Route(name, tab, tuple(sorted(parameters)), LOOKS in reads)


def stores(routes: list[Route]) -> list[dcc.Store]:
    """The routes' stores, for the layout."""
    return [dcc.Store(id=route.name) for route in routes]
