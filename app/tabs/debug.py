"""Debug: what the run says about itself, and how the server and its store are. Only where the settings ask for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from dash import Dash, Input, html
from dash.development.base_component import Component

from analysis.command_line.text_report import audit_text
from analysis.errors import AnalysisError
from analysis.run.run import Run
from analysis.taggers.huggingface.files import CONFIG
from analysis.taggers.reload import tagger_folder
from app.frame.tab import Tab
from app.frame.view import View
from app.server.runs import RunCatalog
from app.server.server_facts import MIB, free_bytes, process_facts, size_of
from app.services import Services
from app.state import ViewState
from components import formats
from components.data_tree import data_tree
from components.panels import panel

SERVER = View(
    "debug-server",
    outputs=("debug-server", "debug-store"),
    inputs=(Input("debug-refresh", "n_clicks"),),
)
RUN = View(
    "debug",
    outputs=tuple(f"debug-{name}" for name in ("timings", "audit", "versions", "config", "manifest")),
)
SERVED_BY = ("dash", "plotly", "dash-ag-grid", "flask", "gunicorn", "diskcache")
"""Libraries of the dashboard, beside those that the run was made with."""

_FOLDERS = re.compile(r"(?<![\w:/.])/[^\s/:,'\"]+(?:/[^\s/:,'\"]+)+")
"""Absolute paths in a text."""

COLUMNS = (
    (("server", "Server"), ("timings", "Stage timings"), ("versions", "Versions")),
    (
        ("store", "Store"),
        ("audit", "Audit of the corpus"),
        ("config", "Tagger's config.json"),
        ("manifest", "Manifest"),
    ),
)
"""Names and titles of the panels, from top to bottom."""


def _layout(_run: Run) -> Component:
    refresh = html.Button("Refresh", id="debug-refresh", type="button", className="quiet-button outlined")
    columns = [
        html.Div(
            [
                panel(
                    title,
                    html.Div(id=f"debug-{name}", className="debug-body"),
                    controls=[refresh] if name == "server" else [],
                )
                for name, title in column
            ],
            className="debug-column",
        )
        for column in COLUMNS
    ]
    return html.Div(columns, className="debug-grid")


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog

    def draw_server(_state: ViewState, _clicks: int | None) -> tuple[Any, Any]:
        return server_panel(catalog), store_panel(catalog)

    def draw_run(state: ViewState) -> tuple[Any, ...]:
        run = state.run
        known = (str(catalog.path.absolute()), str(run.manifest.get("options", {}).get("model", "")))
        return (
            timing_bars(run.manifest["timings"]),
            audit_lines(run),
            version_table(run.manifest["versions"]),
            config_tree(run, known),
            data_tree(without_folders(run.manifest, known), opened=("corpus", "tagger", "options")),
        )

    SERVER.register(app, catalog, draw=draw_server)
    RUN.register(app, catalog, draw=draw_run)


def server_panel(catalog: RunCatalog) -> Component:
    """The process that answers; another worker may answer the next time."""
    process = process_facts()
    opened = ", ".join(run.name for run in catalog.opened)
    return _facts(
        [
            ("process", str(process.pid)),
            ("up for", _duration(process.uptime)),
            ("memory", f"{_size(process.resident)}, at most {_size(max(process.peak, process.resident))} so far"),
            ("threads", str(process.threads)),
            ("workers", formats.NOTHING if process.workers is None else str(process.workers)),
            ("open runs", opened or "none"),
        ]
    )


def store_panel(catalog: RunCatalog) -> list[Component]:
    """The disk under the store, and what each run takes of it."""
    path = catalog.path.absolute()
    asides = [folder for pattern in (".staging-*", ".deleted-*") for folder in path.glob(pattern) if folder.is_dir()]
    facts = [
        ("folder", str(path)),
        ("free on its disk", _size(free_bytes(path))),
        ("unfinished", f"{formats.counted(len(asides), 'folder')}, {_size(sum(map(size_of, asides)))}"),
    ]
    rows = [
        [run.name or formats.NOTHING, run.id, run.problem or "readable", _size(size_of(path / "runs" / run.id))]
        for run in catalog.summaries()
    ]
    return [_facts(facts), _table(("run", "id", "state", "size"), rows, numbers=(3,))]


def timing_bars(timings: Mapping[str, float]) -> list[Component]:
    """Seconds of each stage, those of an earlier run where its values were taken from there."""
    longest = max(timings.values(), default=0) or 1
    bars: list[Component] = [
        html.Div(
            [
                html.Span(name.replace("_", " "), className="debug-stage"),
                html.Span(html.Span(className="score-fill"), className="score-track"),
                html.Span(f"{seconds:,.1f} s", className="figure"),
            ],
            className="debug-bar",
            style={"--value": f"{seconds / longest:.4f}"},
        )
        for name, seconds in timings.items()
    ]
    total = f"{formats.counted(len(timings), 'stage')}, {sum(timings.values()):,.1f} s in all"
    return [*bars, html.P(total, className="note")]


def audit_lines(run: Run) -> Component:
    """What was found in the corpus and how it was read."""
    lines = [line.removeprefix("- ") for line in audit_text(run.manifest["audit"]).split("\n")]
    return html.Ul([html.Li(line, dir="auto") for line in lines], className="debug-lines")


def version_table(made_with: Mapping[str, str]) -> Component:
    """Libraries: what the run was made with, and what this server has."""
    rows = []
    for name in (*made_with, *(name for name in SERVED_BY if name not in made_with)):
        then, now = made_with.get(name), _version(name)
        differs = "≠" if then is not None and now is not None and then != now else ""
        rows.append([name, then or formats.NOTHING, now or formats.NOTHING, differs])
    return _table(("library", "run", "server", ""), rows)


def _version(name: str) -> str | None:
    try:
        return python_version() if name == "python" else version(name)
    except PackageNotFoundError:
        return None


def config_tree(run: Run, known: Sequence[str]) -> Any:
    """The tagger's configuration as it is on this machine now."""
    try:
        config = json.loads((tagger_folder(run) / CONFIG).read_text("utf-8"))
        if not isinstance(config, dict):
            raise ValueError("no object")
    except AnalysisError as error:
        return html.P(str(error), className="note")
    except (OSError, ValueError):
        return html.P("The config.json of this run's tagger cannot be read any more.", className="note")
    return data_tree(without_folders(config, known))


def without_folders(value: Any, known: Sequence[str]) -> Any:
    """JSON with the folders of absolute paths left out, but for those below `known` ones."""
    if isinstance(value, Mapping):
        return {name: without_folders(item, known) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(item, known) for item in value]
    return _FOLDERS.sub(lambda found: _shortened(found[0], known), value) if isinstance(value, str) else value


def _shortened(path: str, known: Sequence[str]) -> str:
    kept = any(folder and Path(path).is_relative_to(folder) for folder in known)
    return path if kept else f"…/{Path(path).name}"


def _facts(pairs: Sequence[tuple[str, str]]) -> html.Dl:
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="debug-facts")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> html.Table:
    def kind(column: int) -> str:
        return "number" if column in numbers else ""

    return html.Table(
        [
            html.Thead(html.Tr([html.Th(name, className=kind(number)) for number, name in enumerate(heads)])),
            html.Tbody(
                [html.Tr([html.Td(cell, className=kind(number)) for number, cell in enumerate(row)]) for row in rows]
            ),
        ],
        className="figures-table debug-table",
    )


def _size(size: int) -> str:
    """In the unit that leaves few digits."""
    if size >= 10_000 * MIB:
        return f"{size / MIB / 1024:,.0f} GiB"
    return f"{size / MIB:,.0f} MiB" if size >= MIB else f"{size / 1024:,.0f} KiB"


def _duration(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


TAB = Tab(
    name="debug",
    title="Debug",
    group="Server",
    icon="debug",
    intro=(
        "What the run was made of and how the server is. Look here when figures surprise: the audit says how the "
        "corpus was read, the versions say with what."
    ),
    layout=_layout,
    views=(SERVER, RUN),
    register=_register,
)
