"""Probing: what the tagger says of texts that a person types, and how it changes when they are edited."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from analysis.probing.typed_text import CORPUS_SPACES, ONLY_SPACES, TOKENIZER
from analysis.run.run import Run
from analysis.selection.selection import CLAUSE_NAMES
from app.frame.tab import Tab
from app.routes import Route
from app.services import Services
from app.state import NUMBERS, ViewState, quiet_on_bad_link, read_state
from app.tabs.probing.probe_results import results, splitting
from app.views.elsewhere import elsewhere
from app.views.sentence_parts import sentence_segments, sentence_title
from app.views.typed_text import KeptText, probed_text
from app.views.word_facts import distribution, word_facts
from components.glossary import GLOSSARY, term
from components.panels import data_attributes, empty_state, intro, labelled, panel, switch
from components.sentence import sentence_html
from components.still import still

RESULTS, TEXT, SENTENCE, TAGGER = "query-probing", "query-probing-text", "query-probing-sentence", "query-probing-run"

SPLITTINGS = {
    CORPUS_SPACES: "Words are split at spaces, as in this corpus, whose words keep their punctuation.",
    ONLY_SPACES: "Words are split at spaces: the tagger's tokenizer splits no texts into words.",
    TOKENIZER: "Words are split as the tagger's tokenizer does; words of the corpus stay whole, in whatever case.",
}
PLACEHOLDER = "One text a line. Ctrl+Enter tags them."


def _layout(run: Run) -> html.Div:
    box = html.Div(
        [
            dcc.Textarea(
                id="probing-text", className="probe-box", placeholder=PLACEHOLDER, spellCheck=False, dir="auto"
            ),
            html.Div(
                [
                    html.P("Loading the tagger …", id="probing-tagger", className="note"),
                    html.Button("Tag", id="probing-tag", type="button", className="main-button", title="Ctrl+Enter"),
                ],
                className="probe-box-foot",
            ),
        ],
        className="probe-typing",
    )
    flag = html.Label(
        [
            term("flag", "Flag"),
            "p <",
            dcc.Input(
                id="probing-flag",
                type="number",
                min=0,
                max=1,
                step=0.01,  # a browser calls values between the steps invalid
                value=NUMBERS["flag"].default,
                debounce=True,
                className="threshold",
            ),
        ],
        className="threshold-label",
    )
    listed = switch("listed", [("all", "All words"), ("marked", "Entities and flagged")], "Which words are listed")
    line = intro(
        "Type texts, or send a sentence here with Probe and edit it: a label that goes with a capital or a full stop "
        "was never understood."
    )
    return html.Div(
        [
            line,
            html.Div(
                [
                    panel("Texts", box, name="probing-texts"),
                    panel(
                        "In the corpus",
                        html.Div(id="probing-sentence", className="probe-corpus"),
                        note=html.Span(id="probing-sentence-title"),
                        name="probing-corpus",
                    ),
                    panel(
                        "What the tagger says",
                        dcc.Loading(
                            html.Div(id="probing-results", className="sentence-list"),
                            delay_show=300,
                            custom_spinner=html.Div("Asking the tagger …", className="skeleton"),
                            parent_className="pane-loading",
                        ),
                        note=html.Span(id="probing-count", title=GLOSSARY["flag"]),
                        controls=[flag, listed],
                        name="probing-answers",
                    ),
                ],
                id="probing-grid",
                className="probing-grid",
                **data_attributes(flag=f"{NUMBERS['flag'].default:g}"),
            ),
            dcc.Store(id="probing-typed"),
            dcc.Store(id="probing-start"),
        ],
        className="probing",
    )


def _register(app: Dash, services: Services) -> None:
    catalog, live = services.catalog, services.live

    @app.callback(Output("probing-tagger", "children"), Input(TAGGER, "data"))
    @quiet_on_bad_link
    def say_splitting(query: str | None) -> str:
        run = read_state(catalog, query).run
        try:
            return SPLITTINGS[splitting(run, live)]
        except AnalysisError as error:
            return str(error)

    @app.callback(Output("probing-start", "data"), Input(TEXT, "data"), Input("probing-typed", "data"))
    @quiet_on_bad_link
    def start(query: str | None, typed: KeptText | None) -> str:
        return probed_text(read_state(catalog, query), typed).text

    @app.callback(
        Output("probing-sentence", "children"), Output("probing-sentence-title", "children"), Input(SENTENCE, "data")
    )
    @quiet_on_bad_link
    def draw_sentence(query: str | None) -> tuple[Any, str]:
        state = read_state(catalog, query)
        return still(corpus_version(state)), sentence_title(state.run, state.focus)

    @app.callback(
        Output("probing-results", "children"),
        Output("probing-count", "children"),
        Input(RESULTS, "data"),
        Input("probing-typed", "data"),
    )
    @quiet_on_bad_link
    def draw_results(query: str | None, typed: KeptText | None) -> tuple[Any, str]:
        state = read_state(catalog, query)
        drawn, said = results(state, live, probed_text(state, typed))
        return still(drawn), said

    app.clientside_callback(
        ClientsideFunction("probing", "show"), Output("probing-text", "value"), Input("probing-start", "data")
    )
    app.clientside_callback(
        ClientsideFunction("probing", "tag"),
        Input("probing-tag", "n_clicks"),
        State("probing-text", "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("probing", "flag"), Input("probing-flag", "value"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction("probing", "showFlag"), Output("probing-flag", "value"), Input(RESULTS, "data")
    )


def corpus_version(state: ViewState) -> list[Component]:
    """The sentence in focus as corpus and run have it."""
    if state.focus is None:
        return [empty_state("A sentence that you send here with Probe, in any tab, stays here beside your edits.")]
    sentence = int(state.run.words.sentence[state.focus])
    return [
        sentence_html(sentence_segments(state.run, sentence, state.focus)),
        html.Div(elsewhere(state.focus, "probing"), className="elsewhere", **labelled("Open the sentence elsewhere")),
        word_facts(state.run, state.focus),
        distribution(state.run, state.focus),
    ]


TAB = Tab(
    name="probing",
    title="Probing",
    group="Model",
    icon="probe",
    routes=(
        Route(TAGGER, "probing", only=()),
        Route(TEXT, "probing", only=("focus", "text", "before")),
        Route(SENTENCE, "probing", only=("focus",)),
        Route(RESULTS, "probing", only=("focus", "text", "before", "flag", "listed", "swaps", *CLAUSE_NAMES)),
    ),
    layout=_layout,
    register=_register,
)
