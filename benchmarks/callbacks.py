"""How long the server takes for each callback of each tab, under many selections that it has not seen before."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analysis.run.run import Run
from analysis.selection.clauses import type_value
from analysis.selection.selection import CLAUSE_NAMES
from analysis.store.store import Store
from app.factory import create_app
from app.frame.shell import routes
from app.routes import EVERYWHERE, Route
from app.server.rows import rows_path
from app.settings import Settings
from app.tabs import TABS
from app.views.row_grid import BLOCK

HEADERS = {"Accept-Encoding": "gzip, deflate, br, zstd"}
"""What Chromium accepts, so that compression is part of the time."""
FRAME = "frame"
PALETTE = "palette-run"
"""The store that tells the frame which run is shown."""
BASE_MAP = ".figure"
"""Outputs by which the map's first figure is told: it is drawn when a tab opens, not at a click."""

GRIDS = (
    ("hunt", "errors", ("loss", "p", "source_row")),
    ("inspect", "corpus-subwords", ("sentence_row", "loss", "token")),
    ("inspect", "corpus-words", ("sentence_row", "p_predicted", "word")),
    ("raw", "raw-loaded", ("sentence_row", "converted", "written_tag")),
    ("raw", "raw-sentences", ("sentence_row", "loss_total", "text")),
    ("raw", "raw-words", ("sentence_row", "p_predicted", "word")),
    ("raw", "raw-spans", ("sentence_row", "loss_max", "outcome")),
)
"""Tab, name and some columns to sort by, of each grid."""

Query = dict[str, str]


@dataclass
class CallbackTimes:
    """One callback's measurements, one entry a call.

    Attributes:
        tab: The tab that it belongs to, or FRAME.
        output: The properties that it fills.
        milliseconds: From the request's bytes to the response's, compressed.
        cpu: ms of this process's processor time meanwhile: what is left of it on a machine that does nothing else.
        sizes: Bytes of the compressed response.
    """

    tab: str
    output: str
    milliseconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def add(self, call: Callable[[], TestResponse]) -> None:
        """Measure one call."""
        start, start_cpu = time.perf_counter(), time.process_time()
        response = call()
        self.milliseconds.append((time.perf_counter() - start) * 1000)
        self.cpu.append((time.process_time() - start_cpu) * 1000)
        self.sizes.append(len(response.data))
        if response.status_code not in (200, 204):
            sys.exit(f"The server answers {response.status_code} where {self.output} is asked for.")

    @property
    def short_name(self) -> str:
        """The first component that it fills."""
        return self.output.strip(".").split(".")[0]

    @property
    def p95(self) -> float:
        """In ms."""
        return float(np.percentile(self.milliseconds, 95))


def measure_callbacks(store: Path, run_id: str, seed: int = 0) -> list[CallbackTimes]:
    """Call every callback of every tab once for each selection, all selections of a callback in a row.

    There are more selections than the server keeps masks of, so that none is found ready made.
    """
    app = create_app(Settings(store=store))
    client = app.server.test_client()
    dependencies = json.loads(client.get("/_dash-dependencies").data)
    every_route = {route.name: route for route in routes(TABS)}
    queries = varied_queries(Store(store).open(run_id), seed)
    random = np.random.default_rng(seed)
    results = [_rows_of_a_grid(client, queries, run_id, *grid) for grid in GRIDS]
    for callback in dependencies:
        tab = _tab_of(callback, every_route)
        if callback["clientside_function"] or tab is None:
            continue
        times = CallbackTimes(tab, callback["output"])
        for query in queries:
            given = {"tab": tab, "run": run_id, **query}
            payload = _payload(callback, _Browser(every_route, given, random))
            times.add(lambda sent=payload: client.post("/_dash-update-component", json=sent, headers=HEADERS))
        results.append(times)
    return results


def _rows_of_a_grid(
    client: FlaskClient, queries: list[Query], run_id: str, tab: str, name: str, sorts: tuple[str, ...]
) -> CallbackTimes:
    """A grid asks by a route of its own (app/server/rows.py)."""
    times, path = CallbackTimes(tab, f"{name}-grid.rows"), rows_path(name)
    for number, query in enumerate(queries):
        clauses = {name: value for name, value in query.items() if name in (*CLAUSE_NAMES, "level")}
        asked = {"start": "0", "end": str(BLOCK)}
        asked["sort"], asked["order"] = sorts[number % len(sorts)], ("desc", "asc")[number % 2]
        body = urlencode({"run": run_id, **clauses})
        times.add(lambda sent=asked, data=body: client.post(path, query_string=sent, data=data, headers=HEADERS))
    return times


def varied_queries(run: Run, seed: int) -> list[Query]:
    """Selections of every kind, each with a focus and view options of its own, in random order."""
    random = np.random.default_rng(seed)
    types = [*(type_value(name) for name in run.tag_set.types), type_value(None)]
    tags = run.tag_set.tags[:5]
    words = run.words.text.take(random.integers(0, len(run.words), size=8)).to_pylist()
    selections: list[Query] = [
        {},
        *({"gold-type": gold, "pred-type": predicted} for gold, predicted in product(types, types)),
        *({"gold-tag": gold, "pred-tag": predicted, "level": "tags"} for gold, predicted in product(tags, tags)),
        *({"outcome": outcome} for outcome in ("error", "boundary", "missed", "correct")),
        *({"min-loss": f"{limit}"} for limit in (0.1, 1, 3)),
        *({"max-confidence": f"{limit}", "level": "tags"} for limit in (0.5, 0.9)),
        *({"word": word} for word in words),
        *({"search": word} for word in words),
        *({"component": f"6.{number}"} for number in (1, 5, 10)),
        *({"lasso": _lasso(random, size)} for size in (3_000, 8_000, 20_000, 31_000)),
        *({"lasso": _lasso(random, 20_000), "gold-type": name} for name in types),
    ]
    options = {
        "inspected": ("sentence", "corpus"),
        "units": ("subwords", "words"),
        "data": ("loaded", "words", "sentences", "spans"),
        "norm": ("counts", "gold"),
        "share": ("gold", "predicted", "counts"),
        "diagonal": ("shown", "zero"),
        "sort": ("loss", "confidence", "length"),
        "page": ("1", "2"),
        "method": ("umap", "pca", "svd"),
        "points": ("all", "entities"),
        "colour": ("predicted", "gold", "outcome", "loss", "confidence"),
        "theme": ("light", "dark"),
        "flag": ("0.5", "0.8"),
        "listed": ("all", "marked"),
        "table": ("words", "words", "tags", "types"),
        "case": ("written", "folded"),
        "order": ("total", "gap", "tags", "label", "mean"),
        "at-least": ("1", "3"),
        "by": ("total", "mean", "max"),
        "correct": ("shown", "skipped"),
        "quiet": ("hidden", "shown"),
        "activity": ("corpus", "corpus", "text"),
        "layer": ("0", "1"),
        "components": ("6", "10"),
        "n": ("20", "200"),
        "alike": ("all", "exact", "near", "leaked"),
        "threshold": ("0.80", "0.90", "0.95", "1.00"),
        "seed": ("0", "1", "2"),
    }
    random.shuffle(selections)
    return [
        {name: str(random.choice(values)) for name, values in options.items()}
        | {"focus": str(random.integers(len(run.words)))}
        | selection
        for selection in selections
    ]


def _lasso(random: np.random.Generator, size: int) -> str:
    """A wobbly circle of 60 corners, as many as a drawn lasso keeps."""
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = size * random.uniform(0.8, 1.2, size=60)
    centre = random.integers(-12_000, 12_000, size=2)
    corners = np.rint(centre + np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)).astype(int)
    return "umap.all:" + ";".join(f"{x},{y}" for x, y in corners)


def _tab_of(callback: dict[str, Any], every_route: dict[str, Route]) -> str | None:
    """The tab whose view a callback fills, or FRAME; None for downloads and for the poll of new runs."""
    for part in (*callback["inputs"], *callback["state"]):
        if part["id"].startswith("{"):
            return None
        if part["id"] == PALETTE:
            return FRAME
        if part["id"].startswith("run-") and part["property"] == "data":
            return str(part["id"]).removeprefix("run-")
        if part["id"] in every_route:
            tab = every_route[part["id"]].tab
            return FRAME if tab == EVERYWHERE else tab
    return None


@dataclass(frozen=True)
class _Browser:
    """What the page's components hold when the URL says `query`."""

    every_route: dict[str, Route]
    query: Query
    random: np.random.Generator

    def value(self, component: str, prop: str) -> Any:
        if component in self.every_route:
            return self._routed(self.every_route[component])
        if (component == PALETTE or component.startswith("run-")) and prop == "data":
            return self.query["run"]
        if prop in ("hoverData", "clickData"):
            box = {"x0": 300, "x1": 301, "y0": 200, "y1": 201}
            point = {"curveNumber": 1, "pointNumber": int(self.random.integers(500)), "bbox": box, "customdata": "PER"}
            return {"points": [point]}
        if component in ("probing-typed", "activity-kept"):
            return None  # texts too long for a link
        if prop == "value":
            return ""  # the run picker and the search box before they are told
        sys.exit(f"The benchmark does not know what the page holds in {component}.{prop}; tell it in callbacks.py.")

    def _routed(self, route: Route) -> str:
        """As `routed` in assets/state.js."""
        names = {"run", *route.parameters, *(("theme",) if route.looks else ())}
        kept = {name: value for name, value in self.query.items() if name in names}
        return urlencode(sorted(kept.items()))


def _payload(callback: dict[str, Any], browser: _Browser) -> dict[str, Any]:
    """What dash-renderer posts."""

    def filled(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"id": part["id"], "property": part["property"], "value": browser.value(part["id"], part["property"])}
            for part in parts
        ]

    output = callback["output"]
    names = output[2:-2].split("...") if output.startswith("..") else [output]
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    first = callback["inputs"][0]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": filled(callback["inputs"]),
        "state": filled(callback["state"]),
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }
