"""What a view is: a part of a tab that is drawn anew whenever something that it reads changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.run.run import MissingStageError
from app.frame.needs import Need, what_is_missing
from app.server.runs import RunCatalog
from app.state import Read, ViewState, quiet_on_bad_link, read_state
from components.panels import empty_state
from components.static_html import Element, static_html

Draw = Callable[..., Any]
"""draw(state, *values of the further inputs) -> what the outputs get: one value, or a tuple."""


@dataclass(frozen=True)
class View:
    """What is read, what is drawn of it, and where.

    Attributes:
        name: Its part of the URL is in the store `query-<name>`.
        reads: The options, and what else of the URL it reads; it is drawn again only when one of them changes.
        outputs: Ids of the elements whose children it gives, or `<id>.<property>`.
        draw: Makes them. None: the tab's `register` does, or only the browser listens.
        inputs: Elements other than the URL that it is drawn from.
        has_callbacks: Whether what is drawn has elements that callbacks know; else it is sent as plain HTML.
        needs: What it needs of the run (app/frame/needs.py).
    """

    name: str
    reads: tuple[Read, ...] = ()
    outputs: tuple[str, ...] = ()
    draw: Draw | None = None
    inputs: tuple[Input | State, ...] = ()
    has_callbacks: bool = False
    needs: tuple[Need, ...] = ()

    @property
    def store(self) -> str:
        """Id of the store that holds what it reads of the URL."""
        return f"query-{self.name}"

    def state(self, catalog: RunCatalog, query: str | None) -> ViewState:
        """What its store says; raises as `read_state` does."""
        return read_state(catalog, query, self.reads)

    def register(self, app: Dash, catalog: RunCatalog, needs: Collection[Need] = (), draw: Draw | None = None) -> None:
        """Have it drawn.

        Args:
            app: The application.
            catalog: The runs.
            needs: What its tab needs of the run.
            draw: Takes the place of its own.
        """
        draw = draw or self.draw
        if draw is None or not self.outputs:
            return
        outputs = [Output(*_target(output)) for output in self.outputs]
        call = _with_query(draw, self, catalog, (*self.needs, *needs))
        app.callback(outputs if len(outputs) > 1 else outputs[0], Input(self.store, "data"), *self.inputs)(call)


def _target(output: str) -> tuple[str, str]:
    element, _, name = output.partition(".")
    return element, name or "children"


def _with_query(draw: Draw, view: View, catalog: RunCatalog, needs: Collection[Need]) -> Callable[..., Any]:
    """The callback: what `draw` makes of the store's query string."""
    is_static = [not view.has_callbacks and _target(output)[1] == "children" for output in view.outputs]

    @wraps(draw)
    @quiet_on_bad_link
    def drawn(query: str | None, *values: Any) -> Any:
        state = view.state(catalog, query)
        if what_is_missing(state.run, needs):
            raise PreventUpdate  # the tab, or the view's place in it, says so
        try:
            made = draw(state, *values)
        except MissingStageError as error:
            if _target(view.outputs[0])[1] != "children":
                raise  # no place for a sentence
            made = (empty_state(str(error)), *[None] * (len(view.outputs) - 1))
        parts = made if isinstance(made, tuple) else (made,)
        shown = [_static(part) if static else part for part, static in zip(parts, is_static, strict=True)]
        return shown if len(view.outputs) > 1 else shown[0]

    # Dash and CheckedDash go by the signature: the query string stands where `draw` has the state.
    _state, *others = inspect.signature(draw, eval_str=True).parameters.values()
    query = inspect.Parameter("query", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str | None)
    signature = inspect.Signature([query, *others])
    drawn.__signature__ = signature  # type: ignore[attr-defined]
    drawn.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return drawn


def _static(part: Any) -> Any:
    """Elements as one component; a text, nothing, and no update as they are."""
    return static_html(part) if isinstance(part, Component | Element | list) else part
