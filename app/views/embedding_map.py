"""The embedding map of Hunt and Embeddings: base figure, overlay, hover card and gestures."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.projections.map_units import map_coordinates
from analysis.projections.values import PROJECTIONS
from analysis.run.run import Run
from app.frame.needs import what_is_missing
from app.frame.view import View
from app.server.runs import RunCatalog
from app.state import FOCUS, LOOKS, SELECTION, ViewState, intent, skip_invalid_link
from app.view_options import COLOUR, METHOD, POINTS
from app.views.map_data import WordMap, word_map
from app.views.plot_events import PointEvent
from app.views.sentence_parts import context_segments
from app.views.word_facts import word_facts
from components.embedding_map import Category, highlight_traces, map_figure, overlay_figure
from components.panels import data_attributes, empty_state, labelled, pressed
from components.sentence import sentence_html
from components.static_html import static_html

CARD_FLIPS_AT = 200
"""Distance in px from the map's left edge beyond which the hover card is on the left of its point, so that it fits."""

MAP_NEEDS = (PROJECTIONS["umap", "all"],)
"""The run's UMAP projection; the other projections are computed together with it."""

TOOLS = (("pan", "Pan"), ("lasso", "Lasso"), ("select", "Box"), ("reset", "Fit"))


class MapView:
    """An embedding map.

    Args:
        name: Prefix of its element ids.
    """

    def __init__(self, name: str) -> None:
        self.base = f"{name}-map"
        self.overlay = f"{name}-highlight"
        self.legend = f"{name}-legend"
        self.card = f"{name}-card"
        self.traces = f"{name}-traces"
        self.watched = f"{name}-watched"
        self.lassoed = f"{name}-lassoed"
        self._points = View(
            self.base,
            reads=(METHOD, POINTS, COLOUR, LOOKS),
            outputs=(f"{self.base}.figure", self.legend),
            draw=self._draw_points,
            needs=MAP_NEEDS,
        )
        self._highlight = View(
            self.overlay,
            reads=(SELECTION, FOCUS, METHOD, POINTS, LOOKS),
            outputs=(f"{self.traces}.data",),
            draw=highlight,
            needs=MAP_NEEDS,
        )
        self.views = (self._points, self._highlight)

    def layout(self, run: Run) -> Component:
        """The two graphs, one above the other, the legend and the hover card; or why the run has no map."""
        missing = what_is_missing(run, MAP_NEEDS)
        if missing:
            return empty_state(missing)
        config: Any = {"displayModeBar": False, "scrollZoom": True, "doubleClick": False, "responsive": True}
        quiet: Any = {"displayModeBar": False, "staticPlot": True, "responsive": True}
        return html.Div(
            [
                html.Div(
                    [
                        dcc.Graph(
                            id=self.base, config=config, clear_on_unhover=True, className="map-base", responsive=True
                        ),
                        dcc.Graph(
                            id=self.overlay,
                            figure=overlay_figure(),
                            config=quiet,
                            className="map-overlay",
                            responsive=True,
                        ),
                    ],
                    className="map-stack",
                ),
                html.Div(id=self.legend, className="legend"),
                dcc.Tooltip(id=self.card, background_color="var(--panel)", border_color="var(--line)"),
                *(dcc.Store(id=store) for store in (self.traces, self.watched, self.lassoed)),
            ],
            className="map",
        )

    def tools(self) -> Component:
        """Buttons for pan, lasso, box and fit."""
        buttons = [
            html.Button(
                text,
                type="button",
                className="segment",
                **data_attributes(**{"map-tool": tool, "map": self.base}),
                **pressed(tool == "pan"),
            )
            for tool, text in TOOLS
        ]
        return static_html(html.Div(buttons, className="switch", role="group", **labelled("Drag mode of the map")))

    def register(self, app: Dash, catalog: RunCatalog) -> None:
        """Register the callbacks of hovers, clicks, the lasso and the overlay."""

        @app.callback(
            Output(self.card, "show"),
            Output(self.card, "bbox"),
            Output(self.card, "direction"),
            Output(self.card, "children"),
            Input(self.base, "hoverData"),
            State(self._points.store, "data"),
        )
        @skip_invalid_link
        def show_card(hovered: PointEvent | None, query: str | None) -> tuple[bool, Any, Any, Any]:
            state = self._points.state(catalog, query)
            word = _word_of(state, hovered)
            if hovered is None or word is None:
                return False, no_update, no_update, no_update
            box = hovered["points"][0]["bbox"]
            side = "left" if box["x0"] > CARD_FLIPS_AT else "right"
            return True, box, side, static_html(hover_card(state, word))

        @app.callback(
            Output("intent", "data", allow_duplicate=True),
            Input(self.base, "clickData"),
            State(self._points.store, "data"),
            prevent_initial_call=True,
        )
        @skip_invalid_link
        def focus_clicked(clicked: PointEvent | None, query: str | None) -> dict[str, Any]:
            word = _word_of(self._points.state(catalog, query), clicked)
            if word is None:
                raise PreventUpdate
            return intent(focus=word)

        app.clientside_callback(
            ClientsideFunction("map", "highlight"),
            Output(self.overlay, "figure"),
            Input(self.traces, "data"),
            State(self.base, "id"),
            State(self.overlay, "id"),
            prevent_initial_call=True,
        )
        app.clientside_callback(
            ClientsideFunction("map", "watchBase"),
            Output(self.watched, "data"),
            Input(self.base, "figure"),
            State(self.base, "id"),
            State(self.overlay, "id"),
        )
        app.clientside_callback(
            ClientsideFunction("map", "lasso"),
            Output(self.lassoed, "data"),
            Input(self.base, "selectedData"),
            State(self._points.store, "data"),
            State(self.base, "id"),
            prevent_initial_call=True,
        )

    def _draw_points(self, state: ViewState) -> tuple[Any, Any]:
        shown = _shown(state)
        return map_figure(shown.categories, state.theme), self._legend(shown.categories)

    def _legend(self, categories: tuple[Category, ...]) -> list[Any]:
        def entry(number: int, label: str, style: dict[str, str], shape: str, type_class: str = "") -> html.Button:
            return html.Button(
                [
                    html.Span(className=f"dot {shape}", style=style),
                    html.Span(label, className=f"type-name {type_class}"),
                ],
                type="button",
                className="legend-entry",
                title=f"Show or hide {label}",
                **data_attributes(legend=str(number), map=self.base),
                **pressed(True),
            )

        entries = [
            entry(number, category.label, {"background": category.colour}, category.shape, category.type_class)
            for number, category in enumerate(categories)
        ]
        if not entries:
            return [html.P("No word is in a gold or predicted entity. Choose “All words”.", className="note")]
        return [*entries, entry(-1, "misclassified", {}, "ring")]


def _projection(state: ViewState) -> tuple[str, str]:
    return state[METHOD], state[POINTS]


def _shown(state: ViewState) -> WordMap:
    return word_map(state.run, *_projection(state), state[COLOUR], state.palette)


def _word_of(state: ViewState, event: PointEvent | None) -> int | None:
    """Row of the word at a hovered or clicked point."""
    if event is None or not event["points"]:
        return None
    point = event["points"][0]
    return _shown(state).word_at(point["curveNumber"], point["pointNumber"])


def highlight(state: ViewState) -> list[dict[str, object]]:
    """Traces of the overlay: the selected words (none without a selection), the focused word, the lasso."""
    projection = _projection(state)
    points, valid = map_coordinates(state.run, *projection)
    selected = np.flatnonzero(state.masks.words & valid) if state.selection.to_query() else np.zeros(0, np.int64)
    focus = [state.focus] if state.focus is not None and valid[state.focus] else []
    lasso = state.selection.lasso
    polygon = None
    if lasso is not None and (lasso.method, lasso.subset) == projection:
        polygon = np.asarray(
            lasso.polygon, dtype=np.int32
        )  # int32, because it may extend beyond the int16 range of the points
    return highlight_traces(points[selected], points[focus], polygon, state.theme)


def hover_card(state: ViewState, word: int) -> html.Div:
    """The word's figures above its sentence."""
    words = state.run.words
    sentence, position = int(words.sentence[word]), int(words.position[word])
    parts = context_segments(state.run, sentence, position, position + 1, word)
    return html.Div([word_facts(state.run, word), sentence_html(parts)])
