"""Inspect: one sentence as the tagger sees it, subword by subword, or all subwords of the selection in a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from analysis.run.run import MissingStageError, Run
from analysis.run.schema import PROBABILITIES, SUBWORDS
from app.frame.controls import nothing_selected, switch_of
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.services import Services
from app.state import FOCUS, SELECTION, ViewState, intent, skip_invalid_link
from app.tabs.inspect.subword_rows import Part, part_of_word, part_rows, parts_of
from app.views.elsewhere import elsewhere
from app.views.row_grid import RowGrid
from app.views.sentence_parts import sentence_segments, sentence_title
from app.views.span_words import worst_word
from app.views.table_grid import ORDER, empty_text, table_block, table_columns
from app.views.word_facts import distribution, word_facts
from app.views.word_table import word_figures, word_rows
from components import formats
from components.panels import data_attributes, empty_state, labelled, navigates, panel, pressed, prose
from components.sentence import sentence_html
from components.subword_table import subword_table
from components.word_table import word_table

INSPECTED = Choice("inspected", ("sentence", "corpus"))
UNITS = Choice("units", ("subwords", "words"))

GRIDS = {
    "subwords": RowGrid("corpus-subwords", (SELECTION,), table_block("subwords"), ORDER, False, marks_focus=True),
    "words": RowGrid("corpus-words", (SELECTION,), table_block("words"), ORDER, False, marks_focus=True),
}


def _intro(run: Run) -> str:
    if not run.has(SUBWORDS):
        return "One sentence at a time, word by word, or all words in a table."
    return (
        "The tagger's input and output, subword by subword. Look for names that are split into odd subwords, labels "
        "that change inside a word, and long sentences that are split into windows."
    )


def _layout(_run: Run) -> Component:
    return html.Div(id="inspect-body", className="inspect-body")


def _sentence_layout(run: Run) -> html.Div:
    jump = dcc.Input(
        id="inspect-jump",
        type="text",
        placeholder="sentence id or number",
        debounce=True,
        className="find",
        autoComplete="off",
        spellCheck="false",
    )
    sentence = panel(
        "Sentence",
        html.Div(id="inspect-sentence", className="detail"),
        note=html.Span(id="inspect-title"),
        controls=[
            html.Span(id="inspect-said", className="inspect-said", role="status"),
            html.Div(id="inspect-elsewhere", className="elsewhere"),
            html.Label(["Go to", jump]),
            html.Div(id="inspect-steps", className="inspect-steps", **data_attributes(walk="steps")),
        ],
        name="inspect-sentence-panel",
    )
    table = panel(
        "Subwords" if run.has(SUBWORDS) else "Words",
        html.Div(id="inspect-subwords", className="subwords-holder"),
        note=html.Span(id="inspect-subwords-count"),
        controls=[html.Div(id="inspect-windows")],
        name="inspect-table",
    )
    word = panel("Focused word", html.Div(id="inspect-word", className="detail"), name="inspect-word-panel")
    return html.Div(
        [sentence, table, word, dcc.Store(id="inspect-scrolled")],
        className="inspect-sentence-grid",
    )


def _corpus_layout(run: Run, units: str) -> html.Section:
    grid = GRIDS[units]
    try:
        body: Component = grid.layout(table_columns(units, run), empty_text(units), row_height=30)
    except MissingStageError as error:
        body = empty_state(str(error), "Show the words", {"units": "words"})
    return panel(
        "Subwords" if units == "subwords" else "Words",
        body,
        note=html.Span(id=grid.count_id),
        controls=[switch_of(UNITS, ("Subwords", "Words"), "Rows")],
        name="inspect-corpus",
    )


def draw_body(state: ViewState) -> Component:
    """The layout for one sentence or for the whole corpus."""
    return _corpus_layout(state.run, state[UNITS]) if state[INSPECTED] == "corpus" else _sentence_layout(state.run)


def draw_sentence(state: ViewState) -> tuple[Any, ...]:
    """The focused sentence, else the first sentence of the selection, with all details."""
    place = place_of(state)
    if place.sentence is None:
        return (
            nothing_selected(state, "This selection has no sentence with words."),
            "",
            None,
            None,
            None,
            "",
            None,
            None,
        )
    word = place.word(state)
    return (
        sentence_html(sentence_segments(state.run, place.sentence, word)),
        sentence_title(state.run, word),
        elsewhere(state.run, word, "inspect"),
        step_buttons(state.run, place),
        *subwords_of_sentence(state.run, place.sentence, word),
        [
            word_facts(state.run, word),
            *([distribution(state.run, word, most=None)] if state.run.has(PROBABILITIES) else []),
        ],
    )


SENTENCE = View(
    "inspect",
    reads=(SELECTION, FOCUS),
    outputs=(
        "inspect-sentence",
        "inspect-title",
        "inspect-elsewhere",
        "inspect-steps",
        "inspect-subwords",
        "inspect-subwords-count",
        "inspect-windows",
        "inspect-word",
    ),
    draw=draw_sentence,
)


def _register(app: Dash, services: Services) -> None:
    catalog = services.catalog
    for grid in GRIDS.values():
        grid.register(app, catalog)

    @app.callback(
        Output("intent", "data", allow_duplicate=True),
        Output("inspect-said", "children"),
        Output("inspect-jump", "value"),
        Input("inspect-jump", "value"),
        State(SENTENCE.store, "data"),
        prevent_initial_call=True,
    )
    @skip_invalid_link
    def jump(text: str | None, query: str | None) -> tuple[Any, str, str]:
        run = SENTENCE.state(catalog, query).run
        if not (text or "").strip():
            return None, "", ""
        try:
            sentence, message = find_sentence(run, str(text).strip())
        except AnalysisError as error:
            return None, str(error), str(text)
        return intent(focus=worst_word(run, sentence)), message, ""

    app.clientside_callback(
        ClientsideFunction("inspect", "showFocus"),
        Output("inspect-scrolled", "data"),
        Input("inspect-subwords", "children"),
    )


@dataclass(frozen=True)
class Place:
    """A sentence, and its position in the selection.

    Attributes:
        sentence: Row of the sentence, or None if there is nothing to show.
        selected: int64, rows of the selected sentences with words, ascending.
        at: Index of the sentence in `selected`, or of the first later one.
        inside: Whether the sentence is selected.
    """

    sentence: int | None
    selected: npt.NDArray[np.int64]
    at: int
    inside: bool

    def word(self, state: ViewState) -> int:
        """The focused word, else the sentence's word with the largest loss."""
        if state.focus is not None:
            return state.focus
        worst = None if self.sentence is None else worst_word(state.run, self.sentence)
        if worst is None:
            raise ValueError("a place without a sentence has no word")
        return worst


def place_of(state: ViewState) -> Place:
    """The sentence of the focused word, else the first sentence of the selection."""
    run = state.run
    selected = np.flatnonzero(state.masks.sentences & (run.sentences.word_count > 0))
    if state.focus is not None:
        sentence = int(run.words.sentence[state.focus])
    elif len(selected):
        sentence = int(selected[0])
    else:
        return Place(None, selected, 0, False)
    at = int(np.searchsorted(selected, sentence))
    return Place(sentence, selected, at, bool(at < len(selected) and selected[at] == sentence))


def step_buttons(run: Run, place: Place) -> list[Component]:
    """Buttons to the previous and next selected sentence, and the position in the selection."""

    def step(text: str, name: str, number: int, key: str) -> html.Button:
        exists = 0 <= number < len(place.selected)
        changes = {"focus": str(worst_word(run, int(place.selected[number])))} if exists else {}
        return html.Button(
            text,
            type="button",
            className="quiet-button outlined",
            disabled=not exists,
            title=f"{name} sentence of the selection ({key})",
            **labelled(f"{name} sentence"),
            **data_attributes(step=name.lower()),
            **navigates(changes),
        )

    total = formats.count(len(place.selected))
    where = f"{formats.count(place.at + 1)} of {total}" if place.inside else f"not one of the {total} selected"
    return [
        step("‹", "Previous", place.at - 1, "k"),
        html.Span(where, className="note"),
        step("›", "Next", place.at + 1 if place.inside else place.at, "j"),
    ]


def find_sentence(run: Run, text: str) -> tuple[int, str]:
    """The sentence with an id, else with a number, with or without `#`; and a message if the id is ambiguous.

    Raises:
        AnalysisError: There is no such sentence, or it has no words.
    """
    named = np.flatnonzero(pc.equal(run.sentences.id, text).to_numpy(zero_copy_only=False))
    number = text.removeprefix("#")
    numbered = np.zeros(0, np.int64)
    if number.isascii() and number.isdigit() and len(number) < 18:
        numbered = np.flatnonzero(run.sentences.source_row == int(number))
    found = numbered if text.startswith("#") and len(numbered) else np.concatenate([named, numbered])
    if not len(found):
        last = int(run.sentences.source_row[-1]) if len(run.sentences) else 0
        raise AnalysisError(f"No sentence has the id or number {text[:40]!r}. Numbers are 0 to {last:,}.")
    with_words = found[run.sentences.word_count[found] > 0]
    if not len(with_words):
        raise AnalysisError(f"The sentence {text[:40]!r} has no words.")
    message = f"the first of {formats.count(len(named))} sentences with this id" if len(named) > 1 else ""
    return int(with_words[0]), message


def subwords_of_sentence(run: Run, sentence: int, word: int) -> tuple[Any, str, Any]:
    """The table, its counts, and the buttons of the sentence's windows."""
    try:
        parts = parts_of(run, sentence)
    except MissingStageError as error:
        words = run.sentence_words(sentence)
        table = word_table(word_rows(run, range(words.start, words.stop)), word_figures(run))
        counted = formats.counted(words.stop - words.start, "word")
        return [html.P(prose(str(error)), className="note missing"), table], counted, None
    if not parts:
        return empty_state("The tokenizer produces no subword for the words of this sentence."), "", None
    part = part_of_word(run, parts, word)
    rows = part_rows(run, sentence, part, word)
    specials = sum(not isinstance(row, str) and row.word_row is None for row in rows)
    counted = formats.counted(sum(len(one.rows) for one in parts), "subword")
    marked = f" · {formats.counted(specials, 'special token')} marked, not counted" if specials else ""
    return subword_table(rows), counted + marked, _window_buttons(parts, part)


def _window_buttons(parts: list[Part], shown: Part) -> Component | None:
    """A switch between the parts of a long sentence; a button focuses the first word of its part."""
    if len(parts) == 1:
        return None
    buttons = [
        html.Button(
            part.label,
            type="button",
            className="segment",
            **pressed(part == shown),
            **navigates({"focus": str(part.word)}),
        )
        for part in parts
    ]
    return html.Div(
        [
            html.Span("Window", className="note"),
            html.Div(buttons, className="switch", role="group", **labelled("Window")),
        ],
        className="window-switch",
    )


TAB = Tab(
    name="inspect",
    title="Inspect",
    group="Data",
    icon="inspect",
    intro=_intro,
    head=switch_of(INSPECTED, ("Sentence", "Corpus"), "One sentence or the whole corpus"),
    layout=_layout,
    views=(
        View("inspect-body", reads=(INSPECTED, UNITS), outputs=("inspect-body",), draw=draw_body, has_callbacks=True),
        SENTENCE,
        *(view for grid in GRIDS.values() for view in grid.views),
    ),
    register=_register,
)
