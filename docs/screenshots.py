"""Draws the pictures of README.md and docs/tabs.md from the demo's run: `make screenshots`."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from analysis.run.run import Run
from analysis.store.store import Store
from tests.browser.conftest import CHROMIUM_FLAGS, serve

STORE = Path(".demo/store")
PICTURES = Path("docs/images")
Query = dict[str, str]
LAPTOP = (1366, 768)
WIDE = (1920, 1080)
LOADED = 120_000
"""Milliseconds at most until the tagger has been loaded and has answered."""
SETTLED = 2_500
"""Milliseconds after the last request until the map is drawn and every transition is over."""

WITHOUT_FOLDER = """folder => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(folder, "…");
}"""
"""Takes the folder of this checkout out of what the page says: it means nothing to a reader."""


@dataclass(frozen=True)
class Shot:
    """A picture.

    Attributes:
        tab: The tab that it shows.
        dark: In the dark scheme.
        size: Of the screen, px.
        query: What the URL says besides the run and the tab.
        awaits: CSS selector of what must be there; the tagger is loaded at its first use.
        scale: Pixels of the picture to one of the screen.
    """

    tab: str
    dark: bool = False
    size: tuple[int, int] = LAPTOP
    query: Query = field(default_factory=dict)
    awaits: str | None = None
    scale: float = 1

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return PICTURES / f"{self.tab}{'-wide' if self.size == WIDE else ''}-{'dark' if self.dark else 'light'}.png"


def shots(run: Run) -> list[Shot]:
    """Every picture, with an error of the run in each that can show one."""
    error = commonest_confusion(run)
    focus = {"focus": error["focus"]}
    return [
        Shot("hunt", query=error, scale=1.5),
        Shot("hunt", query=error, dark=True),
        Shot("hunt", query=error, size=WIDE),
        Shot("metrics"),
        Shot("embeddings"),
        Shot("misclassified", query={"sort": "confidence"}),
        Shot("samples"),
        Shot("losses"),
        Shot("activations", query=focus, awaits="#activity-text .sentence"),
        Shot("probing", query=focus, awaits="#probing-results table"),
        Shot("random"),
        Shot("duplicates"),
        Shot("inspect", query=focus),
        Shot("raw"),
        Shot("debug"),
    ]


def commonest_confusion(run: Run) -> Query:
    """The clauses of the commonest pair of two different types, with its worst word in focus."""
    spans, types = run.spans, run.tag_set.types
    confused = np.flatnonzero(
        (spans.gold_type != spans.predicted_type) & (spans.gold_type >= 0) & (spans.predicted_type >= 0)
    )
    pair = spans.gold_type[confused].astype(int) * len(types) + spans.predicted_type[confused]
    gold, predicted = divmod(int(np.bincount(pair).argmax()), len(types))
    rows = confused[pair == gold * len(types) + predicted]
    worst = rows[np.nanargmax(spans.loss_max[rows])]
    focus = int(run.sentences.first_word[spans.sentence[worst]]) + int(spans.gold_start[worst])
    return {"gold-type": types[gold], "pred-type": types[predicted], "focus": str(focus)}


def draw(browser: Browser, address: str, run: Run, shot: Shot) -> None:
    """Open a tab as a visitor would, wait until it rests, and keep the picture."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=shot.scale,
        color_scheme="dark" if shot.dark else "light",
    )
    query = {"run": run.id, "tab": shot.tab, **shot.query}
    page = context.new_page()
    page.goto(f"{address}/?{urlencode(query)}")
    page.wait_for_selector(f"#pane-{shot.tab} .pane-body > *")
    if shot.awaits:
        page.wait_for_selector(shot.awaits, timeout=LOADED)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED)
    page.evaluate(WITHOUT_FOLDER, str(Path.cwd()))
    page.screenshot(path=shot.file)
    context.close()
    print(shot.file)


def main() -> None:
    """Draw every picture."""
    os.environ["EXPLAINER_DEBUG"] = "1"  # or there is no tab Debug
    store = Store(STORE)
    run = store.open(store.runs()[0].id)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as logs,
        serve(STORE, Path(logs) / "gunicorn.log") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for shot in shots(run):
            draw(browser, address, run, shot)
        browser.close()


if __name__ == "__main__":
    main()
