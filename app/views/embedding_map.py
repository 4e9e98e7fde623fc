"""The embedding map: base figure, overlay, hover card and gestures; Hunt and Embeddings each hold one."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.projections.map_units import map_coordinates
from app.routes import FOCUS, MAP, Route
from app.server.runs import RunCatalog
from app.state import View, intent, quiet_on_bad_link, read_view
from app.views.map_data import WordMap, word_map
from app.views.plot_events import PointEvent
from app.views.sentence_parts import context_segments
from app.views.word_facts import word_facts
from components.embedding_map import Category, highlight_traces, map_figure, overlay_figure
from components.panels import data_attributes, labelled, pressed
from components.sentence import sentence_html
from components.still import still

CARD_FLIPS_AT = 200
"""px from the map's left edge beyond which the hover card stands on the left of its point, so that it is never cut."""

TOOLS = (("pan", "Pan"), ("lasso", "Lasso"), ("select", "Box"), ("reset", "Fit"))


class MapView:
    """One embedding map of the page.

    Args:
        name: Prefix of its element ids.
        tab: The tab that holds it.
        selection_route: The route that carries the tab's selection.
    """

    def __init__(self, name: str, tab: str, selection_route: str) -> None:
        self.base = f"{name}-map"
        self.overlay = f"{name}-highlight"
        self.legend = f"{name}-legend"
        self.card = f"{name}-card"
        self.traces = f"{name}-traces"
        self.watched = f"{name}-watched"
        self.lassoed = f"{name}-lassoed"
        self.map_route = f"query-{name}-map"
        self.focus_route = f"query-{name}-focus"
        self.selection_route = selection_route
        self.tab = tab

    def routes(self) -> list[Route]:
        """What the map listens to besides the tab's selection."""
        return [
            Route(self.map_route, self.tab, only=MAP, theme=True),
            Route(self.focus_route, self.tab, only=(*FOCUS, *MAP), theme=True),
        ]

    def layout(self) -> html.Div:
        """The two graphs, one over the other, the legend and the hover card."""
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
        """Pan, lasso, box and fit."""
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
        return still(html.Div(buttons, className="switch", role="group", **labelled("What dragging on the map does")))

    def register(self, app: Dash, catalog: RunCatalog) -> None:
        """Wire the map to its routes."""

        @app.callback(Output(self.base, "figure"), Output(self.legend, "children"), Input(self.map_route, "data"))
        @quiet_on_bad_link
        def draw_base(query: str | None) -> tuple[Any, Any]:
            view = read_view(catalog, query)
            shown = _shown(view)
            return map_figure(shown.categories, view.theme), still(self._legend(shown.categories))

        @app.callback(Output(self.traces, "data"), Input(self.selection_route, "data"), Input(self.focus_route, "data"))
        @quiet_on_bad_link
        def draw_highlight(query: str | None, focus_query: str | None) -> list[dict[str, object]]:
            view, focused = read_view(catalog, query), read_view(catalog, focus_query)
            return highlight(view, focused)

        @app.callback(
            Output(self.card, "show"),
            Output(self.card, "bbox"),
            Output(self.card, "direction"),
            Output(self.card, "children"),
            Input(self.base, "hoverData"),
            State(self.map_route, "data"),
        )
        @quiet_on_bad_link
        def show_card(hovered: PointEvent | None, query: str | None) -> tuple[bool, Any, Any, Any]:
            view = read_view(catalog, query)
            word = _word_of(view, hovered)
            if hovered is None or word is None:
                return False, no_update, no_update, no_update
            box = hovered["points"][0]["bbox"]
            side = "left" if box["x0"] > CARD_FLIPS_AT else "right"
            return True, box, side, still(hover_card(view, word))

        @app.callback(
            Output("intent", "data", allow_duplicate=True),
            Input(self.base, "clickData"),
            State(self.map_route, "data"),
            prevent_initial_call=True,
        )
        @quiet_on_bad_link
        def focus_clicked(clicked: PointEvent | None, query: str | None) -> dict[str, Any]:
            word = _word_of(read_view(catalog, query), clicked)
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
            State(self.map_route, "data"),
            State(self.base, "id"),
            prevent_initial_call=True,
        )

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
            return [html.P("No word is an entity, in gold or prediction: choose “All words”.", className="note")]
        return [*entries, entry(-1, "misclassified", {}, "ring")]


def _projection(view: View) -> tuple[str, str]:
    return view.choice("method"), view.choice("points")


def _shown(view: View) -> WordMap:
    return word_map(view.run, *_projection(view), view.choice("colour"), view.palette)


def _word_of(view: View, event: PointEvent | None) -> int | None:
    """The word behind a hovered or clicked point."""
    if event is None or not event["points"]:
        return None
    point = event["points"][0]
    return _shown(view).word_at(point["curveNumber"], point["pointNumber"])


def highlight(view: View, focused: View) -> list[dict[str, object]]:
    """Traces of the overlay: the selection's words (none while nothing is selected), the focus, the lasso."""
    projection = _projection(focused)
    points, valid = map_coordinates(view.run, *projection)
    selected = np.flatnonzero(view.masks.words & valid) if view.selection.to_query() else np.zeros(0, np.int64)
    focus = [focused.focus] if focused.focus is not None and valid[focused.focus] else []
    lasso = view.selection.lasso
    polygon = None
    if lasso is not None and (lasso.method, lasso.subset) == projection:
        polygon = np.asarray(lasso.polygon, dtype=np.int32)  # it may be drawn beyond the points
    return highlight_traces(points[selected], points[focus], polygon, focused.theme)


def hover_card(view: View, word: int) -> html.Div:
    """The word's figures over its sentence."""
    words = view.run.words
    sentence, position = int(words.sentence[word]), int(words.position[word])
    parts = context_segments(view.run, sentence, position, position + 1, word)
    return html.Div([word_facts(view.run, word), sentence_html(parts)])
