"""Creates the dashboard application."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from dash import Dash
from flask import Response, abort

from app.checked_dash import CheckedDash
from app.frame import shell
from app.frame.browser_facts import browser_facts
from app.server import downloads, health
from app.server.live import LiveTagger
from app.server.runs import RunCatalog
from app.services import Services
from app.settings import Settings
from app.tabs import TABS, debug
from components.palette import css_variables

ASSETS = Path(__file__).resolve().parents[1] / "assets"

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>ExplaiNER</title>
<link rel="icon" href="assets/icon.svg" type="image/svg+xml">
<link rel="preload" href="vendor/bootstrap.min.css" as="style">
<style>PALETTE</style>
{%css%}
<script>
window.explainer = { facts: FACTS };
(() => {
  let theme = null;
  try { theme = window.localStorage.getItem(window.explainer.facts.themeKey); } catch { /* the system's theme */ }
  const dark = window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = theme || (dark ? "dark" : "light");
})();
</script>
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""


def create_app(settings: Settings) -> Dash:
    """Create the dashboard for a store.

    This server serves every script and style sheet, including Bootstrap's, which comes from an installed package.

    Args:
        settings: The store, and whether to show the Debug tab.
    """
    catalog = RunCatalog(settings.store)
    app = CheckedDash(
        "explainer",
        assets_folder=str(ASSETS),
        title="ExplaiNER",
        update_title="",
        suppress_callback_exceptions=True,
        compress=True,
        index_string=PAGE.replace("PALETTE", css_variables()).replace("FACTS", _facts()),
    )
    app.server.config["SEND_FILE_MAX_AGE_DEFAULT"] = 86_400  # s; an asset's URL changes with its contents
    tabs = (*TABS, debug.TAB) if settings.debug else TABS
    app.layout = lambda: shell.layout(tabs, catalog.summaries())
    shell.register(app, Services(settings, catalog, LiveTagger()), tabs)
    downloads.register(app.server, catalog)
    health.register(app.server, settings.store)
    _serve_bootstrap(app)
    return app


def _facts() -> str:
    """JSON that is safe inside a script element."""
    return json.dumps(browser_facts(), separators=(",", ":")).replace("<", "\\u003c")


def _serve_bootstrap(app: Dash) -> None:
    sheet = files("flask_bootstrap") / "static" / "bootstrap5" / "css"

    @app.server.route("/vendor/<name>")
    def vendor(name: str) -> Response:
        if name != "bootstrap.min.css":
            abort(404)
        response = Response((sheet / name).read_bytes(), mimetype="text/css")
        response.cache_control.max_age = 86400
        return response
