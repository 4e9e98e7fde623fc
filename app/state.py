"""From a route's query string to what a view works with.

Nothing on the server writes state: a callback that wants a change returns it into the `intent` store, and
`assets/state.js`, the one writer, puts it into the URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from dash.exceptions import PreventUpdate

from analysis.duplicates.groups import DEFAULT_THRESHOLD
from analysis.duplicates.similarity import LOWEST
from analysis.errors import AnalysisError
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.selection.selection import CLAUSE_NAMES, Masks, Selection
from app.server.runs import RunCatalog
from components.palette import LIGHT, THEMES, Theme
from components.type_palette import TypePalette, read_palette

P = ParamSpec("P")
R = TypeVar("R")


CHOICES: Mapping[str, tuple[str, ...]] = {
    "level": ("types", "tags"),
    "norm": ("counts", "gold"),
    "share": ("gold", "predicted", "counts"),
    "diagonal": ("shown", "zero"),
    "method": PROJECTION_METHODS,
    "points": PROJECTION_SUBSETS,
    "colour": ("predicted", "gold", "outcome", "loss", "confidence"),
    "sort": ("loss", "confidence", "length"),
    "table": ("words", "tags", "types"),
    "case": ("written", "folded"),
    "order": ("total", "label", "tags", "words", "mean", "median", "gap", "share"),
    "direction": ("down", "up"),
    "at-least": ("1", "3", "10", "30"),
    "by": ("total", "mean", "max"),
    "correct": ("shown", "skipped"),
    "quiet": ("hidden", "shown"),
    "listed": ("all", "marked"),
    "alike": ("all", "exact", "near", "leaked"),
    "activity": ("text", "corpus"),
    "inspected": ("sentence", "corpus"),
    "units": ("subwords", "words"),
    "data": ("loaded", "words", "sentences", "spans"),
    "special": ("without", "with"),
}
"""View options of the URL and their values; the first is the default and is left out of the URL."""


@dataclass(frozen=True)
class Number:
    """A number of the URL: its default, which is left out of the URL, and what it may be."""

    default: float
    least: float
    most: float
    whole: bool = True


NUMBERS: Mapping[str, Number] = {
    "page": Number(1, 1, 10**9),
    "n": Number(20, 1, 200),
    "seed": Number(0, 0, 10**9),
    "flag": Number(0.8, 0, 1, whole=False),
    "line": Number(1, 1, 10**9),
    "from-layer": Number(1, 1, 10**9),
    "to-layer": Number(0, 0, 10**9),
    "layer": Number(0, 0, 10**9),
    "components": Number(6, 2, 10),
    "isolate": Number(0, 0, 10),
    "swaps": Number(0, 0, 10**9),
    "threshold": Number(DEFAULT_THRESHOLD, LOWEST, 1, whole=False),
}
"""View options of the URL that are numbers."""

LONGEST_NUMBER = 18
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class NoRunError(AnalysisError):
    """The URL names no run: the store is empty."""


@dataclass(frozen=True)
class View:
    """What the URL says, checked against the run.

    Attributes:
        scene: The run that is looked at, and the one that it is compared with.
        selection: All its clauses.
        focus: Row of the word in focus, or None.
        options: Every other parameter; CHOICES and NUMBERS are checked.
    """

    scene: Scene
    selection: Selection
    focus: int | None
    options: Mapping[str, str]

    @property
    def run(self) -> Run:
        """The run that is looked at."""
        return self.scene.run

    @property
    def masks(self) -> Masks:
        """The rows that the whole selection lets through."""
        return self.selection.masks(self.scene)

    @property
    def theme(self) -> Theme:
        """The colour scheme that the browser shows."""
        return THEMES.get(self.options.get("theme", ""), LIGHT)

    @property
    def palette(self) -> TypePalette:
        """The entity types as the browser shows them."""
        return read_palette(self.options.get("palette", ""), self.run.tag_set.types, self.theme)

    def choice(self, name: str) -> str:
        """The value of one of CHOICES; the first where the URL gives none."""
        return self.options.get(name, CHOICES[name][0])

    def number(self, name: str) -> float:
        """The value of one of NUMBERS; its default where the URL gives none."""
        return float(self.options.get(name, NUMBERS[name].default))

    @property
    def page(self) -> int:
        """The page of a list, from 1."""
        return int(self.number("page"))


def read_view(catalog: RunCatalog, query: str | None) -> View:
    """Read a route's query string.

    Raises:
        NoRunError: It names no run.
        AnalysisError: The run, a clause, the focus or a view option is unknown.
    """
    parameters = dict(parse_qsl((query or "").lstrip("?"), keep_blank_values=True))
    run_id = parameters.pop("run", "")
    if not run_id:
        raise NoRunError("There is no run yet.")
    scene = Scene(catalog.open(run_id))
    clauses = {name: value for name, value in parameters.items() if name in CLAUSE_NAMES}
    options = {name: value for name, value in parameters.items() if name not in CLAUSE_NAMES}
    selection = Selection.from_query(clauses, scene)
    _check_options(options)
    return View(scene, selection, _focus(options.pop("focus", None), scene.run), options)


def _focus(value: str | None, run: Run) -> int | None:
    if value is None:
        return None
    if not is_whole_number(value) or int(value) >= len(run.words):
        raise AnalysisError(f"The link puts word {value!r} into focus, but the run has {len(run.words):,} words.")
    return int(value)


def _check_options(options: Mapping[str, str]) -> None:
    for name, allowed in CHOICES.items():
        value = options.get(name, allowed[0])
        if value not in allowed:
            raise AnalysisError(f"The link asks for {name}={value!r}, but there are only {', '.join(allowed)}.")
    for name, number in NUMBERS.items():
        _check_number(name, options.get(name), number)


def _check_number(name: str, value: str | None, number: Number) -> None:
    if value is None:
        return
    readable = is_whole_number(value) if number.whole else _DECIMAL.fullmatch(value) is not None
    if not readable or not number.least <= float(value) <= number.most:
        kind = "a whole number" if number.whole else "a number"
        raise AnalysisError(
            f"The link asks for {name}={value!r}, which is not {kind} from {number.least:,.10g} to {number.most:,.10g}."
        )


def is_whole_number(text: str) -> bool:
    """Whether it is written in plain digits, and few enough of them to count with."""
    return text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER


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
