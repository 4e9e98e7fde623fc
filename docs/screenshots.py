"""Draws the pictures of the README from the demo's run: `make screenshots`."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from analysis.run import Run
from analysis.store import Store
from tests.browser.conftest import CHROMIUM_FLAGS, serve

STORE = Path(".demo/store")
PICTURES = Path("docs/images")
LAPTOP = (1366, 768)
WIDE = (1920, 1080)
SETTLED = 2_500
"""Milliseconds after the last request until the map is drawn and every transition is over."""


@dataclass(frozen=True)
class Shot:
    """A picture: the tab it shows, on what screen, and whether an error is selected in it."""

    tab: str
    dark: bool = False
    size: tuple[int, int] = LAPTOP
    selects: bool = False

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return PICTURES / f"{self.tab}{'-wide' if self.size == WIDE else ''}-{'dark' if self.dark else 'light'}.png"


SHOTS = (
    Shot("hunt", selects=True),
    Shot("hunt", selects=True, dark=True),
    Shot("hunt", selects=True, size=WIDE),
    Shot("metrics"),
    Shot("embeddings"),
    Shot("misclassified"),
)


def commonest_confusion(run: Run) -> dict[str, str]:
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
        device_scale_factor=1.5,
        color_scheme="dark" if shot.dark else "light",
    )
    query = {"run": run.id, "tab": shot.tab, **(commonest_confusion(run) if shot.selects else {})}
    page = context.new_page()
    page.goto(f"{address}/?{urlencode(query)}")
    page.wait_for_selector(f"#pane-{shot.tab} .pane-body > *")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=shot.file)
    context.close()
    print(shot.file)


def main() -> None:
    """Draw every picture."""
    store = Store(STORE)
    run = store.open(store.runs()[0].id)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory() as logs,
        contextmanager(serve)(STORE, Path(logs) / "gunicorn.log") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for shot in SHOTS:
            draw(browser, address, run, shot)
        browser.close()


if __name__ == "__main__":
    main()
