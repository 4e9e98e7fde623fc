"""The buttons that open a sentence in another tab."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from components.panels import Changes, navigates

ELSEWHERE = (("Hunt", "hunt"), ("Inspect", "inspect"), ("Neurons", "activations"), ("Probe", "probing"))
"""Where a sentence can be opened: what the button says, and the tab's name in the URL."""

CLEARED_ON_OPEN: Mapping[str, Changes] = {
    "probing": {"text": None, "before": None},
    "activations": {"text": None, "before": None, "line": None, "activity": None},
}
"""Tab -> what else a sentence that is opened there changes: it takes the place of typed text."""


def elsewhere(word: int | None, here: str = "") -> list[Component]:
    """Buttons that open a word's sentence in other tabs than `here`; none for a sentence without words."""
    if word is None:
        return []
    return [
        html.Button(
            name,
            type="button",
            className="quiet-button",
            title=f"Open this sentence in {name}",
            **navigates({"tab": tab, "focus": str(word), **CLEARED_ON_OPEN.get(tab, {})}),
        )
        for name, tab in ELSEWHERE
        if tab != here
    ]
