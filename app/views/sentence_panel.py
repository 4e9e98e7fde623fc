"""The panel with the sentence of the focused word, in Hunt and Embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from app.frame.view import View
from app.state import FOCUS, SELECTION, ViewState
from app.view_options import LEVEL
from app.views.elsewhere import elsewhere
from app.views.sentence_detail import focus_or_first, sentence_detail
from app.views.sentence_parts import sentence_title
from components.panels import panel


class SentencePanel:
    """A panel with the focused sentence.

    Args:
        name: Prefix of its element ids.
        tab: Name of the tab with the panel.
    """

    def __init__(self, name: str, tab: str) -> None:
        self.body = f"{name}-detail"
        self.title = f"{name}-title"
        self.elsewhere = f"{name}-elsewhere"
        self.tab = tab
        self.view = View(
            self.body,
            reads=(SELECTION, FOCUS, LEVEL),
            outputs=(self.body, self.title, self.elsewhere),
            draw=self._draw,
        )

    def layout(self, place: str, controls: Sequence[Component] = ()) -> html.Section:
        """The empty panel; `place` is the CSS class that sets its place in the tab's grid."""
        return panel(
            "Sentence",
            html.Div(id=self.body, className="detail"),
            note=html.Span(id=self.title),
            controls=[html.Div(id=self.elsewhere, className="elsewhere"), *controls],
            name=place,
        )

    def _draw(self, state: ViewState) -> tuple[Any, str, Any]:
        word = focus_or_first(state)
        return sentence_detail(state, word), sentence_title(state.run, word), elsewhere(state.run, word, self.tab)
