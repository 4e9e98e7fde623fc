"""The buttons that open a sentence in another tab."""

from __future__ import annotations

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.taggers.backend import LIVE_TAGGING, NEURON_ACCESS
from app.frame.needs import Need, what_is_missing
from components.panels import Changes, navigates

ELSEWHERE: tuple[tuple[str, str, tuple[Need, ...]], ...] = (
    ("Hunt", "hunt", ()),
    ("Inspect", "inspect", ()),
    ("Neurons", "activations", (LIVE_TAGGING, NEURON_ACCESS)),
    ("Probe", "probing", (LIVE_TAGGING,)),
)
"""Tabs that can open a sentence: text of the button, name of the tab in the URL, and what the tab needs."""

CLEARED_ON_OPEN: Mapping[str, Changes] = {
    "probing": {"text": None, "before": None},
    "activations": {"text": None, "before": None, "line": None, "activity": None},
}
"""Tab -> what else a sentence that is opened there changes: it takes the place of typed text."""


def elsewhere(run: Run, word: int | None, here: str = "") -> list[Component]:
    """Buttons that open a word's sentence in the run's other tabs.

    Args:
        run: The run.
        word: Row of the word; None for a sentence without words, which has no buttons.
        here: Name of the current tab, or "".
    """
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
        for name, tab, needs in ELSEWHERE
        if tab != here and not what_is_missing(run, needs)
    ]
