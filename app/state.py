"""From a route's query string to what a view works with.

Nothing on the server writes state: a callback that wants a change returns it into the `intent` store, and
`assets/state.js`, the one writer, puts it into the URL.
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
    """What a view may read of the browser's state besides its options and the run, which every view may."""

    SELECTION = "selection"
    """All clauses."""
    FOCUS = "focus"
    """The word in focus."""
    LOOKS = "looks"
    """Light or dark, and the colours and markers of entity types: for figures, which cannot read style sheets."""


SELECTION, FOCUS, LOOKS = Part

Read = Part | Option[Any]
"""Something that a view reads."""


class NoRunError(AnalysisError):
    """The URL names no run: the store is empty."""


class UndeclaredReadError(LookupError):
    """A view reads what it does not declare: it would not be drawn again when that changes."""


class ViewState:
    """What the URL says, checked against the run, as far as a view reads it."""

    def __init__(
        self,
        scene: Scene,
        selection: Selection | None = None,
        focus: int | None = None,
        values: Mapping[str, str] | None = None,
        reads: Collection[Read] | None = None,
    ) -> None:
        """What a view may read.

        Args:
            scene: The run that is looked at, and the one that it is compared with.
            selection: All clauses.
            focus: Row of the word in focus, or None.
            values: The other parameters by name, already checked.
            reads: What the view declares; None for all there is.
        """
        self.scene = scene
        self._selection = selection or Selection()
        self._focus = focus
        self._values = dict(values or {})
        self._reads = reads

    @property
    def run(self) -> Run:
        """The run that is looked at."""
        return self.scene.run

    @property
    def selection(self) -> Selection:
        """All clauses."""
        self._check(SELECTION)
        return self._selection

    @property
    def masks(self) -> Masks:
        """The rows that the whole selection lets through."""
        return self.selection.masks(self.scene)

    @property
    def focus(self) -> int | None:
        """Row of the word in focus, or None."""
        self._check(FOCUS)
        return self._focus

    @property
    def theme(self) -> Theme:
        """The colour scheme that the browser shows."""
        self._check(LOOKS)
        return THEMES.get(self._values.get("theme", ""), LIGHT)

    @property
    def palette(self) -> TypePalette:
        """The entity types as the browser shows them."""
        self._check(LOOKS)
        return read_palette(self._values.get("palette", ""), self.run.tag_set.types, self.theme)

    def __getitem__(self, option: Option[T]) -> T:
        """The value of an option; its default where the URL gives none."""
        return option.read(self._values[option.name]) if self.gives(option) else option.default

    def gives(self, option: Option[Any]) -> bool:
        """Whether the URL gives an option a value, if only its default."""
        self._check(option)
        return option.name in self._values

    def _check(self, what: Read) -> None:
        if self._reads is not None and what not in self._reads:
            raise UndeclaredReadError(f"This view does not declare that it reads {what}; add it to what it reads.")


def read_state(catalog: RunCatalog, query: str | None, reads: Collection[Read]) -> ViewState:
    """Read a route's query string.

    Args:
        catalog: The runs.
        query: The query string; what is not read of it may be anything.
        reads: What a view reads.

    Raises:
        NoRunError: It names no run.
        AnalysisError: The run, a clause, the focus or an option is unknown.
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
        raise AnalysisError(f"The link puts word {value!r} into focus, but the run has {len(run.words):,} words.")
    return int(value)


def quiet_on_bad_link(callback: Callable[P, R]) -> Callable[P, R]:
    """Leave a view alone when the URL cannot be read; the selection bar says why, once, for all of them."""

    @wraps(callback)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except AnalysisError as error:
            raise PreventUpdate from error

    return wrapped


def intent(**changes: Any) -> dict[str, Any]:
    """A change that the browser is asked to write into the URL; underscores stand for hyphens, None removes."""
    return {name.replace("_", "-"): None if value is None else str(value) for name, value in changes.items()}
