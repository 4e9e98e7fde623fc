"""Which part of the URL each view listens to.

The URL is the one place where the screen's state lives. The browser (`assets/state.js`) cuts it into the routes below;
a route's store changes only while its tab is shown and only when one of its parameters changed, so that a hidden tab
asks for nothing and a change of focus does not count the matrix anew.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dash import dcc

from analysis.selection.selection import CLAUSE_NAMES
from app.state import FOCUS, LOOKS, SELECTION, Part, Read

EVERYWHERE = "*"
"""The tab of a route that listens whatever tab is shown."""


@dataclass(frozen=True)
class Route:
    """A store that holds part of the URL's query.

    Attributes:
        name: Id of the `dcc.Store`; its value is a query string.
        tab: The tab that it belongs to, or EVERYWHERE.
        parameters: The parameters that it passes on besides `run`.
        looks: Whether it also carries the colour scheme, as `theme`, and the looks of the types, as `palette`.
    """

    name: str
    tab: str
    parameters: tuple[str, ...] = ()
    looks: bool = False

    def as_plain(self) -> dict[str, object]:
        """For the browser."""
        return {"name": self.name, "tab": self.tab, "parameters": self.parameters, "looks": self.looks}


def route_of(name: str, tab: str, reads: Collection[Read]) -> Route:
    """The route that passes on what is read, and nothing else."""
    parameters = {read.name for read in reads if not isinstance(read, Part)}
    if SELECTION in reads:
        parameters.update(CLAUSE_NAMES)
    if FOCUS in reads:
        parameters.add("focus")
    return Route(name, tab, tuple(sorted(parameters)), LOOKS in reads)


def stores(routes: list[Route]) -> list[dcc.Store]:
    """The routes' stores, to be put into the layout."""
    return [dcc.Store(id=route.name) for route in routes]
