"""Debug: facts about the run, the server and the store; shown only if the settings enable it."""

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
from analysis.taggers.backend import NEURON_ACCESS
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
"""The dashboard's libraries, in addition to those that the run was created with."""

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
        shown = (str(catalog.path.absolute()), str(run.manifest.get("options", {}).get("model", "")))
        return (
            timing_bars(run.manifest["timings"]),
            audit_lines(run),
            version_table(run.manifest["versions"]),
            config_tree(run, shown),
            data_tree(without_folders(run.manifest, shown), opened=("corpus", "tagger", "options")),
        )

    SERVER.register(app, catalog, draw=draw_server)
    RUN.register(app, catalog, draw=draw_run)


def server_panel(catalog: RunCatalog) -> Component:
    """Facts about the current process; the next request may reach another worker."""
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
    """The store's disk, and the size of each run."""
    path = catalog.path.absolute()
    leftovers = [folder for pattern in (".staging-*", ".deleted-*") for folder in path.glob(pattern) if folder.is_dir()]
    facts = [
        ("folder", str(path)),
        ("free on disk", _size(free_bytes(path))),
        (
            "unfinished or deleted",
            f"{formats.counted(len(leftovers), 'folder')}, {_size(sum(map(size_of, leftovers)))}",
        ),
    ]
    rows = [
        [run.name or formats.NOTHING, run.id, run.problem or "readable", _size(size_of(path / "runs" / run.id))]
        for run in catalog.summaries()
    ]
    return [_facts(facts), _table(("run", "id", "state", "size"), rows, numbers=(3,))]


def timing_bars(timings: Mapping[str, float]) -> list[Component]:
    """Seconds of each stage; for a reused stage, the seconds in the run that computed it."""
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
    total = f"{formats.counted(len(timings), 'stage')}, {sum(timings.values()):,.1f} s in total"
    return [*bars, html.P(total, className="note")]


def audit_lines(run: Run) -> Component:
    """What the audit found in the corpus, and how the corpus was read."""
    lines = [line.removeprefix("- ") for line in audit_text(run.manifest["audit"]).split("\n")]
    return html.Ul([html.Li(line, dir="auto") for line in lines], className="debug-lines")


def version_table(made_with: Mapping[str, str]) -> Component:
    """Versions of the libraries: in the run and on this server."""
    rows = []
    for name in (*made_with, *(name for name in SERVED_BY if name not in made_with)):
        in_run, here = made_with.get(name), _version(name)
        differs = "≠" if in_run is not None and here is not None and in_run != here else ""
        rows.append([name, in_run or formats.NOTHING, here or formats.NOTHING, differs])
    return _table(("library", "run", "server", ""), rows)


def _version(name: str) -> str | None:
    try:
        return python_version() if name == "python" else version(name)
    except PackageNotFoundError:
        return None


def config_tree(run: Run, shown: Sequence[str]) -> Any:
    """The current configuration of the run's Hugging Face model on this machine."""
    if (reason := run.why_unable(NEURON_ACCESS)) is not None:
        return html.P(f"This run's tagger has no config.json: {reason}", className="note")
    try:
        config = json.loads((tagger_folder(run) / CONFIG).read_text("utf-8"))
        if not isinstance(config, dict):
            raise ValueError("not an object")
    except AnalysisError as error:
        return html.P(str(error), className="note")
    except (OSError, ValueError):
        return html.P("The config.json of this run's tagger can no longer be read.", className="note")
    return data_tree(without_folders(config, shown))


def without_folders(value: Any, shown: Sequence[str]) -> Any:
    """Replace the folders of absolute paths in JSON with `…`, except for paths inside the `shown` folders."""
    if isinstance(value, Mapping):
        return {name: without_folders(item, shown) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(item, shown) for item in value]
    return _FOLDERS.sub(lambda found: _shortened(found[0], shown), value) if isinstance(value, str) else value


def _shortened(path: str, shown: Sequence[str]) -> str:
    kept = any(folder and Path(path).is_relative_to(folder) for folder in shown)
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
    """A size in KiB, MiB or GiB, in few digits."""
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
        "How the run was created, and the state of the server. If figures surprise you, check how the corpus was read "
        "(audit) and which library versions were used."
    ),
    layout=_layout,
    views=(SERVER, RUN),
    register=_register,
)
