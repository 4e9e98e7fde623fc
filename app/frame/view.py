"""The declaration of a view: a part of a tab that is redrawn when the state that it reads changes."""

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
from app.state import Read, ViewState, read_state, skip_invalid_link
from components.panels import empty_state
from components.static_html import Element, static_html

Draw = Callable[..., Any]
"""draw(state, *values of `inputs`) -> the value of the only output, or a tuple with one value for each output."""


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        name: Its part of the URL is in the store `query-<name>`.
        reads: The options and other parts of the URL that it reads; it is redrawn only when one of them changes.
        outputs: Ids of the elements whose children it draws, or `<id>.<property>`.
        draw: Draws the outputs. None if the tab's `register` adds the callback, or if only the browser listens.
        inputs: Callback inputs in addition to the URL.
        has_callbacks: Whether the drawn elements include inputs or outputs of callbacks; otherwise they are sent as
            static HTML.
        needs: What the view needs from the run (app/frame/needs.py).
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
        """Id of the store with the part of the URL that the view reads."""
        return f"query-{self.name}"

    def state(self, catalog: RunCatalog, query: str | None) -> ViewState:
        """Parse the store's query string; raises the errors of `read_state`."""
        return read_state(catalog, query, self.reads)

    def register(self, app: Dash, catalog: RunCatalog, needs: Collection[Need] = (), draw: Draw | None = None) -> None:
        """Register the callback that draws the view.

        Args:
            app: The application.
            catalog: The runs.
            needs: What the tab needs from the run.
            draw: Replaces the view's own function.
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
    """The callback, which calls `draw` with the state from the store's query string."""
    is_static = [not view.has_callbacks and _target(output)[1] == "children" for output in view.outputs]

    @wraps(draw)
    @skip_invalid_link
    def drawn(query: str | None, *values: Any) -> Any:
        state = view.state(catalog, query)
        if what_is_missing(state.run, needs):
            raise PreventUpdate  # the tab or the view's layout shows the message
        try:
            made = draw(state, *values)
        except MissingStageError as error:
            if _target(view.outputs[0])[1] != "children":
                raise  # the output cannot show a message
            made = (empty_state(str(error)), *[None] * (len(view.outputs) - 1))
        parts = made if isinstance(made, tuple) else (made,)
        shown = [_static(part) if static else part for part, static in zip(parts, is_static, strict=True)]
        return shown if len(view.outputs) > 1 else shown[0]

    # Dash and CheckedDash read the signature: it has the query string in place of the state.
    _state, *others = inspect.signature(draw, eval_str=True).parameters.values()
    query = inspect.Parameter("query", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str | None)
    signature = inspect.Signature([query, *others])
    drawn.__signature__ = signature  # type: ignore[attr-defined]
    drawn.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return drawn


def _static(part: Any) -> Any:
    """Elements as one static component; a text, None and `no_update` unchanged."""
    return static_html(part) if isinstance(part, Component | Element | list) else part
