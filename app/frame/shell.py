"""The page around the tabs: header, selection bar, rail and panes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.errors import AnalysisError
from analysis.run.tags import MISSING
from analysis.store.store import RunSummary
from analysis.taggers.capabilities import limits_text
from app.frame import export, palette_dialog
from app.frame.browser_facts import KEPT_KEY
from app.frame.needs import what_is_missing
from app.frame.problems import check_complete, invalid_link, no_runs
from app.frame.tab import Tab, options_of
from app.routes import EVERYWHERE, Route, route_of, stores
from app.server.runs import RunCatalog
from app.services import Services
from app.state import FOCUS, SELECTION, NoRunError, Read, ViewState, read_state, skip_invalid_link
from components import formats
from components.glossary import glossary, term
from components.panels import data_attributes, labelled, navigates
from components.static_html import static_html

STATE = "query-selection"
"""The store of the whole URL, for the selection bar and the message about an invalid link."""
POLL_SECONDS = 10
RUN_LIST_HEIGHT = 640
"""Of the open run picker, at most, in pixels. Dash keeps it within the window."""

KEYS = (
    ("j  k", "next and previous item of the list"),
    ("Esc", "clear the clicked filters"),
    ("u", "undo the last step"),
    ("c", "clear the selection"),
    ("/", "search"),
    ("d", "switch between light and dark"),
    ("?", "show this help"),
)


def routes(tabs: Sequence[Tab]) -> list[Route]:
    """Every route of the page: the selection bar's, then the tabs'."""
    whole = route_of(STATE, EVERYWHERE, all_reads(tabs))
    # The selection bar is also updated when the tab changes, because the run may have been deleted. A key is in a
    # route only if what it stands for was kept in another page.
    whole = replace(whole, parameters=(*whole.parameters, "tab", KEPT_KEY))
    return [whole, *(route for tab in tabs for route in tab.routes)]


def all_reads(tabs: Sequence[Tab]) -> tuple[Read, ...]:
    """Everything that the URL can contain."""
    return (SELECTION, FOCUS, *options_of(tabs))


def layout(tabs: Sequence[Tab], summaries: Sequence[RunSummary]) -> html.Div:
    """The page; built for every visit, so that it names the newest run."""
    newest = next((summary.id for summary in summaries if not summary.problem), "")
    return html.Div(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            html.Div(id="page-facts", hidden=True, **data_attributes(run=newest)),
            dcc.Store(id="intent"),
            dcc.Store(id="theme"),
            dcc.Store(id="routes", data=[route.as_plain() for route in routes(tabs)]),
            dcc.Store(id="tabs", data=[tab.name for tab in tabs]),
            *stores(routes(tabs)),
            *(dcc.Store(id=f"run-{tab.name}") for tab in tabs),
            dcc.Interval(id="run-poll", interval=POLL_SECONDS * 1000),
            _header(summaries, newest),
            _selection_bar(),
            html.Div([_rail(tabs), _main(tabs)], className="house"),
            _help(),
            palette_dialog.dialog(),
        ],
        className="page",
    )


def _header(summaries: Sequence[RunSummary], newest: str) -> html.Header:
    def tool(icon: str, name: str, **extra: Any) -> html.Button:
        return html.Button(
            html.Span(className=f"icon icon-{icon}"), title=name, type="button", **labelled(name), **extra
        )

    return html.Header(
        [
            html.A(["Explai", html.Strong("NER")], href="?", className="brand"),
            html.Div(
                dcc.Dropdown(
                    id="run-picker",
                    options=run_options(summaries),
                    value=newest or None,
                    clearable=False,
                    maxHeight=RUN_LIST_HEIGHT,
                    placeholder="No run in the store",
                ),
                className="run-picker-holder",
            ),
            dcc.Input(
                id="search",
                type="search",
                placeholder="Search sentences",
                debounce=True,
                className="search",
            ),
            html.Div(
                [
                    tool("link", "Copy a link to this screen", className="tool", **data_attributes(do="link")),
                    tool("palette", "Colours and icons of entity types", className="tool", id=palette_dialog.BUTTON),
                    tool("help", "Help and keyboard shortcuts", className="tool", id="help-button"),
                    tool("theme", "Switch between light and dark", className="tool", **data_attributes(do="theme")),
                ],
                className="tools",
            ),
        ],
        className="top",
    )


def run_options(summaries: Sequence[RunSummary]) -> list[dict[str, Any]]:
    """Entries of the run picker; unreadable runs are listed as disabled, with the reason."""
    options = []
    for summary in summaries:
        if summary.problem:
            text = f"{summary.name}: {summary.problem}"
        else:
            figures = f"{formats.count(summary.words)} words · F1 {formats.ratio(summary.f1)}"
            title = summary.name if summary.corpus in summary.name else f"{summary.name} on {summary.corpus}"
            text = " · ".join(filter(None, [title, figures, limits_text(summary.lacks)]))
        title = f"{text} · {summary.id}"
        options.append({"label": text, "value": summary.id, "disabled": bool(summary.problem), "title": title})
    return options


def _selection_bar() -> html.Div:
    return html.Div(
        [
            html.Span("Selection", className="bar-title"),
            html.Div(id="selection-bar", className="chips"),
            html.Div(
                [
                    html.Button("Undo", type="button", className="quiet-button", **data_attributes(do="undo")),
                    html.Button(
                        "Clear",
                        id="selection-clear",
                        type="button",
                        className="quiet-button",
                        **data_attributes(do="clear"),
                    ),
                    export.menu(),
                ],
                className="bar-actions",
            ),
        ],
        className="bar",
    )


def _rail(tabs: Sequence[Tab]) -> html.Nav:
    children: list[Component] = []
    for group, members in groupby(tabs, lambda tab: tab.group):
        if group:
            children.append(html.H2(group, id=_heading(group)))
        children += [
            html.A(
                [html.Span(className=f"icon icon-{tab.icon}"), html.Span(tab.title, className="tab-title")],
                id=f"tab-{tab.name}",
                href=f"?tab={tab.name}",
                title=tab.title,
                className="tab-link",
                **navigates({"tab": tab.name}),
            )
            for tab in members
        ]
    children.append(html.P(id="rail-note", className="rail-note note", hidden=True))
    fold = html.Button(
        html.Span(className="icon icon-fold"),
        type="button",
        className="fold",
        title="Collapse or expand the list of tabs",
        **data_attributes(do="rail"),
        **labelled("Collapse or expand the list of tabs"),
    )
    return html.Nav([html.Div(children), fold], className="rail", **labelled("Tabs"))


def _heading(group: str) -> str:
    return f"rail-{group.lower()}"


def _main(tabs: Sequence[Tab]) -> html.Main:
    panes = [
        html.Div(
            dcc.Loading(
                html.Div(id=f"pane-body-{tab.name}", className="pane-body"),
                delay_show=300,
                custom_spinner=html.Div(className="skeleton"),
                parent_className="pane-loading",
                target_components=_children_of(f"pane-body-{tab.name}"),
            ),
            id=f"pane-{tab.name}",
            className="pane",
            hidden=True,
        )
        for tab in tabs
    ]
    return html.Main([html.P(id="link-note", className="note", role="status"), html.Div(id="problem"), *panes])


def _children_of(element: str) -> Any:
    return {element: "children"}


def _help() -> dbc.Modal:
    keys = html.Dl([html.Div([html.Dt(html.Kbd(key)), html.Dd(what)]) for key, what in KEYS], className="keys")
    symbols = html.Ul(
        [
            html.Li("An underline marks a predicted entity, with its type at the start."),
            html.Li("A dashed outline marks words of a gold entity that the tagger missed."),
            html.Li("A filled label after an entity marks an error. It shows the gold type or the kind of error."),
            html.Li(
                [
                    "Loss is the cross-entropy of the gold tag, in ",
                    term("nat", "nats"),
                    ". Below 0.1 the tagger is confident and correct; above 3 it is confident and wrong.",
                ]
            ),
        ]
    )
    return dbc.Modal(
        [
            dbc.ModalHeader(dbc.ModalTitle("Help")),
            dbc.ModalBody([html.H3("Symbols"), symbols, html.H3("Keys"), keys, html.H3("Glossary"), glossary()]),
        ],
        id="help",
        is_open=False,
        size="lg",
        scrollable=True,
    )


def register(app: Dash, services: Services, tabs: Sequence[Tab]) -> None:
    """Register the callbacks of the page and of every tab."""
    catalog, reads = services.catalog, all_reads(tabs)
    app.clientside_callback(
        ClientsideFunction("state", "route"),
        Input("url", "search"),
        Input("theme", "data"),
        Input(palette_dialog.CHOSEN, "data"),
        State("routes", "data"),
        State("tabs", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("state", "applyIntent"), Input("intent", "data"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("state", "pickRun"), Input("run-picker", "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("state", "searchFor"), Input("search", "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        "function (clicks, open) { return !open; }",
        Output("help", "is_open"),
        Input("help-button", "n_clicks"),
        State("help", "is_open"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("selection-bar", "children"),
        Output("problem", "children"),
        Output("run-picker", "value"),
        Output("search", "value"),
        Input(STATE, "data"),
        State("run-picker", "value"),
        State("search", "value"),
    )
    def show_selection(query: str | None, picked: str | None, searched: str | None) -> tuple[Any, Any, Any, Any]:
        try:
            state = read_state(catalog, query, reads)
            check_complete(query)
        except NoRunError:
            return [], no_runs(catalog), None, ""
        except AnalysisError as error:
            return [], invalid_link(str(error)), _openable(catalog, query), no_update
        search = state.selection.to_query().get("search", "")
        # Dash treats an assigned value as a change even if it is equal to the old one.
        return (
            static_html(chips(state)),
            None,
            no_update if picked == state.run.id else state.run.id,
            no_update if (searched or "") == search else search,
        )

    @app.callback(Output("run-picker", "options"), Input("run-poll", "n_intervals"), prevent_initial_call=True)
    def list_runs(_ticks: int) -> list[dict[str, Any]]:
        return run_options(catalog.summaries())

    export.register(app)
    palette_dialog.register(app, catalog)
    _register_rail(app, catalog, tabs)
    for tab in tabs:
        _register_pane(app, catalog, tab)
        tab.register_all(app, services)


def _openable(catalog: RunCatalog, query: str | None) -> str | None:
    """Id of the run in the link; None if it cannot be opened, so that picking any run is a change."""
    try:
        return catalog.open(dict(parse_qsl(query or "")).get("run", "")).id
    except AnalysisError:
        return None


def _register_pane(app: Dash, catalog: RunCatalog, tab: Tab) -> None:
    @app.callback(
        Output(f"pane-body-{tab.name}", "children"), Input(f"run-{tab.name}", "data"), prevent_initial_call=True
    )
    @skip_invalid_link
    def lay_out(run_id: str | None) -> Any:
        return tab.pane(catalog.open(run_id)) if run_id else no_update


def _register_rail(app: Dash, catalog: RunCatalog, tabs: Sequence[Tab]) -> None:
    """Register the callback that hides tabs whose needs the shown run does not meet."""
    groups = list(dict.fromkeys(tab.group for tab in tabs if tab.group))

    @app.callback(
        *(Output(f"tab-{tab.name}", "hidden") for tab in tabs),
        *(Output(_heading(group), "hidden") for group in groups),
        Output("rail-note", "hidden"),
        Output("rail-note", "children"),
        Output("rail-note", "title"),
        Input(palette_dialog.RUN, "data"),
        prevent_initial_call=True,
    )
    @skip_invalid_link
    def show_tabs(run_id: str | None) -> tuple[Any, ...]:
        if not run_id:
            raise PreventUpdate
        run = catalog.open(run_id)
        missing = {tab.name: what_is_missing(run, tab.needs) for tab in tabs}
        hidden = [tab for tab in tabs if missing[tab.name]]
        return (
            *(tab in hidden for tab in tabs),
            *(all(tab in hidden for tab in tabs if tab.group == group) for group in groups),
            not hidden,
            f"Not available for this run: {', '.join(tab.title for tab in hidden)}" if hidden else "",
            "\n".join(dict.fromkeys(missing[tab.name] for tab in hidden)),
        )


def chips(state: ViewState) -> list[Component]:
    """A removable chip for each clause, and the number of selected words, sentences and spans."""
    masks = state.masks
    shown: list[Component] = [
        html.Button(
            [clause.label, html.Span("×", className="remove")],
            type="button",
            className="chip",
            title=f"Remove this filter: {clause.label}",
            **navigates({clause.name: None}),
        )
        for clause in state.selection.clauses
    ]
    numbers = [
        (int(masks.words.sum()), "word"),
        (int(masks.sentences.sum()), "sentence"),
        (int(masks.spans.sum()), "span"),
    ]
    gold = int((masks.spans & (state.run.spans.gold_start != MISSING)).sum())
    spurious = int(masks.spans.sum()) - gold
    made_of = {"span": f"{formats.counted(gold, 'gold span')} and {formats.count(spurious)} spurious"}
    counts = html.Span(
        [
            html.Span([html.B(formats.count(number)), f" {unit}{'' if number == 1 else 's'}"], title=made_of.get(unit))
            for number, unit in numbers
        ],
        className="counts",
    )
    return [*(shown or [html.Span("everything", className="chip-none")]), counts]
