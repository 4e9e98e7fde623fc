"""Probing: the tagging of typed texts, and how it changes when they are edited."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from analysis.probing.typed_text import CORPUS_SPACES, ONLY_SPACES, TOKENIZER
from analysis.run.figures import has_confidences
from analysis.run.run import Run
from analysis.taggers.backend import LIVE_TAGGING
from app.frame.controls import switch_of, waits_for_tagger
from app.frame.tab import Tab
from app.frame.view import View
from app.services import Services
from app.state import FOCUS, SELECTION, ViewState
from app.tabs.probing.probe_results import FLAG, LISTED, SWAPS, results, splitting
from app.view_options import TEXT
from app.views.elsewhere import elsewhere
from app.views.sentence_parts import sentence_segments, sentence_title
from app.views.typed_text import BEFORE, KeptText, probed_text
from app.views.word_facts import distribution, word_facts
from components.glossary import GLOSSARY, term
from components.panels import data_attributes, empty_state, labelled, panel
from components.sentence import sentence_html

TAGGER = View("probing-run", outputs=("probing-tagger",))
START = View(
    "probing-text",
    reads=(FOCUS, TEXT, BEFORE),
    outputs=("probing-start.data",),
    inputs=(Input("probing-typed", "data"),),
)
RESULTS = View(
    "probing",
    reads=(SELECTION, FOCUS, TEXT, BEFORE, FLAG, LISTED, SWAPS),
    outputs=("probing-results", "probing-count"),
    inputs=(Input("probing-typed", "data"),),
)

SPLITTINGS = {
    CORPUS_SPACES: "Words are split at spaces, because words of this corpus include punctuation.",
    ONLY_SPACES: "Words are split at spaces, because the tagger's tokenizer does not split texts into words.",
    TOKENIZER: "Words are split by the tagger's tokenizer, except words that occur in the corpus, in any case.",
}
PLACEHOLDER = "One text per line. Press Ctrl+Enter to tag."


def _layout(run: Run) -> list[Component]:
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
                step=0.01,  # browsers reject values between the steps
                value=FLAG.default,
                debounce=True,
                className="threshold",
            ),
        ],
        className="threshold-label",
        hidden=not has_confidences(run),
    )
    marked = "Entities and flagged" if has_confidences(run) else "Entities"
    listed = switch_of(LISTED, ("All words", marked), "Listed words")
    return [
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
                    "Results",
                    waits_for_tagger("probing-results", "sentence-list"),
                    note=html.Span(id="probing-count", title=GLOSSARY["flag"] if has_confidences(run) else None),
                    controls=[flag, listed],
                    name="probing-answers",
                ),
            ],
            id="probing-grid",
            className="probing-grid",
            **data_attributes(flag=f"{FLAG.default:g}"),
        ),
        dcc.Store(id="probing-typed"),
        dcc.Store(id="probing-start"),
    ]


def _register(app: Dash, services: Services) -> None:
    live, needs = services.live, (LIVE_TAGGING,)

    def describe_splitting(state: ViewState) -> str:
        try:
            return SPLITTINGS[splitting(state.run, live)]
        except AnalysisError as error:
            return str(error)

    def start(state: ViewState, typed: KeptText | None) -> str:
        return probed_text(state, typed).text

    def draw_results(state: ViewState, typed: KeptText | None) -> tuple[Any, str]:
        return results(state, live, probed_text(state, typed))

    TAGGER.register(app, services.catalog, needs, describe_splitting)
    START.register(app, services.catalog, needs, start)
    RESULTS.register(app, services.catalog, needs, draw_results)
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
        ClientsideFunction("probing", "showFlag"), Output("probing-flag", "value"), Input(RESULTS.store, "data")
    )


def draw_sentence(state: ViewState) -> tuple[Any, str]:
    """The focused sentence, and its title."""
    return corpus_version(state), sentence_title(state.run, state.focus)


def corpus_version(state: ViewState) -> list[Component]:
    """The focused sentence with its annotation and predictions in the run."""
    if state.focus is None:
        return [empty_state("Click “Probe” at a sentence in any tab: it is shown here, beside your edits.")]
    sentence = int(state.run.words.sentence[state.focus])
    return [
        sentence_html(sentence_segments(state.run, sentence, state.focus)),
        html.Div(
            elsewhere(state.run, state.focus, "probing"),
            className="elsewhere",
            **labelled("Open the sentence in another tab"),
        ),
        word_facts(state.run, state.focus),
        distribution(state.run, state.focus),
    ]


TAB = Tab(
    name="probing",
    title="Probing",
    group="Model",
    icon="probe",
    intro=(
        "Type texts, or click “Probe” at a sentence in any tab and edit it here. If a label disappears when you "
        "lower-case a word, the tagger relied on surface form."
    ),
    layout=_layout,
    views=(
        TAGGER,
        START,
        View(
            "probing-sentence",
            reads=(FOCUS,),
            outputs=("probing-sentence", "probing-sentence-title"),
            draw=draw_sentence,
        ),
        RESULTS,
    ),
    needs=(LIVE_TAGGING,),
    register=_register,
)
