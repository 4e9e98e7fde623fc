"""Parses a route's query string into the state that a view reads.

The server never writes state. A callback that wants a change returns it to the `intent` store, and `assets/state.js`,
the only writer, writes it to the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from dash.exceptions import PreventUpdate

from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Masks, Selection
from app.options import Option, is_whole_number
from app.server.runs import RunCatalog
from components.palette import LIGHT, THEMES, Theme
from components.type_palette import TypePalette, read_palette

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Part(Enum):
    """The parts of the browser's state that a view declares if it reads them, like its options."""

    SELECTION = "selection"
    """All filter clauses."""
    FOCUS = "focus"
    """The word in focus."""
    LOOKS = "looks"
    """Light or dark theme, and the colours and markers of entity types; for figures, which cannot read style sheets."""


SELECTION, FOCUS, LOOKS = Part

Read = Part | Option[Any]
"""A part of the state, or an option, that a view reads."""


class NoRunError(AnalysisError):
    """The URL names no run, because the store is empty."""


class UndeclaredReadError(LookupError):
    """A view reads something that it does not declare, so it would not be redrawn when that changes."""


class ViewState:
    """The part of the URL that a view reads, checked against the run."""

    def __init__(
        self,
        scene: Scene,
        selection: Selection | None = None,
        focus: int | None = None,
        values: Mapping[str, str] | None = None,
        reads: Collection[Read] | None = None,
    ) -> None:
        """Create a state.

        Args:
            scene: The shown run, and the run that it is compared with.
            selection: All filter clauses.
            focus: Row of the focused word, or None.
            values: The other parameters by name, already checked.
            reads: What the view declares to read; None allows everything.
        """
        self.scene = scene
        self._selection = selection or Selection()
        self._focus = focus
        self._values = dict(values or {})
        self._reads = reads

    @property
    def run(self) -> Run:
        """The shown run."""
        return self.scene.run

    @property
    def selection(self) -> Selection:
        """All filter clauses."""
        self._check(SELECTION)
        return self._selection

    @property
    def masks(self) -> Masks:
        """The rows that pass all clauses of the selection."""
        return self.selection.masks(self.scene)

    @property
    def focus(self) -> int | None:
        """Row of the focused word, or None."""
        self._check(FOCUS)
        return self._focus

    @property
    def theme(self) -> Theme:
        """The colour scheme that the browser shows."""
        self._check(LOOKS)
        return THEMES.get(self._values.get("theme", ""), LIGHT)

    @property
    def palette(self) -> TypePalette:
        """The colours, icons and markers of the entity types in this browser."""
        self._check(LOOKS)
        return read_palette(self._values.get("palette", ""), self.run.tag_set.types, self.theme)

    def __getitem__(self, option: Option[T]) -> T:
        """The value of an option; its default if the URL does not set it."""
        return option.read(self._values[option.name]) if self.is_set(option) else option.default

    def is_set(self, option: Option[Any]) -> bool:
        """Whether the URL sets an option, even if to its default."""
        self._check(option)
        return option.name in self._values

    def _check(self, what: Read) -> None:
        if self._reads is not None and what not in self._reads:
            raise UndeclaredReadError(f"This view reads {what}, but does not declare it. Add it to the view's `reads`.")


def read_state(catalog: RunCatalog, query: str | None, reads: Collection[Read]) -> ViewState:
    """Parse a route's query string.

    Args:
        catalog: The runs.
        query: The query string; parameters that are not read are not checked.
        reads: What the view reads.

    Raises:
        NoRunError: The query string names no run.
        AnalysisError: The run, a clause, the focus or an option is invalid.
    """
    parameters = dict(parse_qsl((query or "").lstrip("?"), keep_blank_values=True))
    run_id = parameters.get("run", "")
    if not run_id:
        raise NoRunError("There is no run yet.")
    scene = Scene(catalog.open(run_id))
    clauses = {name: value for name, value in parameters.items() if name in CLAUSE_NAMES}
    selection = Selection.from_query(clauses, scene) if SELECTION in reads else None
    focus = _focus(parameters.get("focus"), scene.run) if FOCUS in reads else None
    for read in reads:
        if not isinstance(read, Part) and read.name in parameters:
            read.read(parameters[read.name])
    return ViewState(scene, selection, focus, parameters, reads)


def _focus(value: str | None, run: Run) -> int | None:
    if value is None:
        return None
    if not is_whole_number(value) or int(value) >= len(run.words):
        raise AnalysisError(f"The link has the invalid value focus={value!r}: the run has {len(run.words):,} words.")
    return int(value)


def skip_invalid_link(callback: Callable[P, R]) -> Callable[P, R]:
    """Do not update a view if the link is invalid; the page shows the reason once for all views."""

    @wraps(callback)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except AnalysisError as error:
            raise PreventUpdate from error

    return wrapped


def intent(**changes: Any) -> dict[str, Any]:
    """A change for the browser to write to the URL; underscores become hyphens, None removes a parameter."""
    return {name.replace("_", "-"): None if value is None else str(value) for name, value in changes.items()}
