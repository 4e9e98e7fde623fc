"""The panel with the sentence of the word in focus; Hunt and Embeddings each hold one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from app.server.runs import RunCatalog
from app.state import quiet_on_bad_link, read_view
from app.views.elsewhere import elsewhere
from app.views.sentence_detail import focus_or_first, sentence_detail
from app.views.sentence_parts import sentence_title
from components.panels import panel
from components.still import still


class SentencePanel:
    """One such panel.

    Args:
        name: Prefix of its element ids.
        tab: The tab that holds it.
        focus_route: The route that carries the tab's selection with the focus.
    """

    def __init__(self, name: str, tab: str, focus_route: str) -> None:
        self.body = f"{name}-detail"
        self.title = f"{name}-title"
        self.elsewhere = f"{name}-elsewhere"
        self.tab = tab
        self.focus_route = focus_route

    def layout(self, place: str, controls: Sequence[Component] = ()) -> html.Section:
        """The empty panel; `place` is the CSS class of its place in the tab's grid."""
        return panel(
            "Sentence",
            html.Div(id=self.body, className="detail"),
            note=html.Span(id=self.title),
            controls=[html.Div(id=self.elsewhere, className="elsewhere"), *controls],
            name=place,
        )

    def register(self, app: Dash, catalog: RunCatalog) -> None:
        """Wire the panel to its route."""

        @app.callback(
            Output(self.body, "children"),
            Output(self.title, "children"),
            Output(self.elsewhere, "children"),
            Input(self.focus_route, "data"),
        )
        @quiet_on_bad_link
        def draw(query: str | None) -> tuple[Any, str, Any]:
            view = read_view(catalog, query)
            word = focus_or_first(view)
            return still(sentence_detail(view, word)), sentence_title(view.run, word), still(elsewhere(word, self.tab))
