"""Misclassified: every sentence with an error, as annotated text, filtered by kind of error."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.run.figures import has_confidences, has_losses
from analysis.run.run import Run
from analysis.run.schema import CORRECT, OUTCOMES
from analysis.run.tags import MISSING
from analysis.scores.metrics import outcome_counts, tag_confusion, type_confusion
from analysis.selection.clauses import type_value
from app.frame.controls import nothing_selected, switch_of
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.state import SELECTION, ViewState
from app.view_options import LEVEL, PAGE
from app.views.confusion import TAG_PARAMETERS, TYPE_PARAMETERS
from app.views.sentence_list import paged, sentence_item, usual_facts
from components import formats
from components.palette import type_class
from components.panels import navigates, panel, pressed

SORT = Choice("sort", ("loss", "confidence", "length"))
PAIRS = 40
"""Number of listed confusion pairs; the matrix shows all."""

OUTCOME_MEANINGS = {
    "type": "correct boundaries, wrong type",
    "boundary": "correct type, wrong boundaries",
    "type+boundary": "overlap, wrong type and boundaries",
    "missed": "gold, not predicted",
    "spurious": "predicted, not gold",
}


def _intro(run: Run) -> str:
    pairs = "click the most frequent pair on the left and look for what its sentences have in common."
    if not has_confidences(run):
        return f"Every sentence with an error. To find patterns, {pairs}"
    confident = "Read the most confident errors first: they are often wrong gold labels."
    return f"Every sentence with an error. {confident} Then {pairs}"


def _layout(run: Run) -> Component:
    kinds = panel(
        "Kinds of error",
        html.Div(id="error-kinds", className="kinds"),
        controls=[switch_of(LEVEL, ("Types", "Tags"), "What a pair counts")],
        name="misclassified-kinds",
    )
    sentences = panel(
        "Sentences",
        html.Div(id="misclassified-list", className="sentence-list"),
        note=html.Span(id="misclassified-count"),
        controls=[
            switch_of(
                SORT,
                ("Largest loss" if has_losses(run) else "Corpus order", "Most confident error", "Shortest"),
                "Order of the sentences",
                without=() if has_confidences(run) else ("confidence",),
            ),
        ],
        name="misclassified-sentences",
    )
    return html.Div([kinds, sentences], className="misclassified-grid")


def draw_list(state: ViewState) -> tuple[Any, str]:
    """The sentences, and how many there are."""
    sentences = wrong_sentences(state)
    return sentence_page(state, sentences), formats.counted(len(sentences), "sentence")


def error_kinds(state: ViewState) -> list[Component]:
    """Outcomes and confusion pairs with their counts, each counted under all clauses except its own."""
    run, selection = state.run, state.selection
    clauses = selection.to_query()
    outcomes = outcome_counts(run, selection.without("outcome").masks(state.scene).spans).total
    kinds = [
        _kind(
            [name, html.Span(OUTCOME_MEANINGS[name], className="note")],
            int(outcomes[code]),
            {"outcome": name},
            chosen=clauses.get("outcome") == name,
        )
        for code, name in enumerate(OUTCOMES)
        if code != CORRECT
    ]
    parameters = TYPE_PARAMETERS if state[LEVEL] == "types" else TAG_PARAMETERS
    others = selection.without(*parameters).masks(state.scene)
    if parameters is TYPE_PARAMETERS:
        counts = type_confusion(run, others.spans)
        labels = [*run.tag_set.types, ""]
        values = [*(type_value(name) for name in run.tag_set.types), type_value(None)]
        codes = [*range(len(run.tag_set.types)), MISSING]
    else:
        counts = tag_confusion(run, others.words)
        labels = values = list(run.tag_set.tags)
        codes = [(code - 1) // 2 if code else MISSING for code in range(len(labels))]
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:PAIRS]
    pairs: list[Component] = []
    for gold, predicted in zip(*np.unravel_index(order, counts.shape), strict=True):
        number = int(counts[gold, predicted])
        if not number:
            break
        changes = {parameters[0]: values[gold], parameters[1]: values[predicted]}
        pairs.append(
            _kind(
                [
                    _name(labels[gold] or "spurious", codes[gold]),
                    html.Span("→", className="arrow"),
                    _name(labels[predicted] or "missed", codes[predicted]),
                ],
                number,
                changes,
                chosen=all(clauses.get(name) == value for name, value in changes.items()),
            )
        )
    unit = "gold → predicted, spans" if parameters is TYPE_PARAMETERS else "gold → predicted, words"
    return [
        html.H3(["Outcome", html.Span("spans", className="note")]),
        *kinds,
        html.H3(["Pair", html.Span(unit, className="note")]),
        *(pairs or [html.P("This selection has no confusion pair.", className="note")]),
    ]


def _name(text: str, code: int) -> html.Span:
    return html.Span(text, className=f"tag-label {type_class(code)}")


def _kind(children: list[Any], number: int, changes: dict[str, str], *, chosen: bool) -> html.Button:
    return html.Button(
        [html.Span(children, className="kind-name"), html.Span(formats.count(number), className="kind-count")],
        type="button",
        className="kind" + (" current" if chosen else "") + ("" if number else " none"),
        **pressed(chosen),
        **navigates(changes, toggle=True),
    )


def wrong_sentences(state: ViewState) -> npt.NDArray[np.int64]:
    """Sentences with an error among the selected words or spans, sorted by the `sort` option."""
    run, masks = state.run, state.masks
    words = run.words
    wrong_rows = masks.words & words.is_wrong
    wrong_spans = masks.spans & (run.spans.outcome != CORRECT)
    has_error = np.zeros(len(run.sentences), dtype=bool)
    has_error[words.sentence[wrong_rows]] = True
    has_error[run.spans.sentence[wrong_spans]] = True
    found = np.flatnonzero(has_error)
    sort = state[SORT]
    if sort == "length":
        keys = run.sentences.word_count[found].astype(float)
    elif sort == "loss":
        keys = -np.nan_to_num(run.sentences.loss_max[found], nan=-1.0)
    else:
        confidence = np.zeros(len(run.sentences))
        np.maximum.at(confidence, words.sentence[wrong_rows], np.nan_to_num(words.p_predicted[wrong_rows]))
        keys = -confidence[found]
    return found[np.argsort(keys, kind="stable")]


def sentence_page(state: ViewState, sentences: npt.NDArray[np.int64]) -> Any:
    """One page of the list, with buttons to the other pages."""
    if not len(sentences):
        return nothing_selected(state, "This selection has no sentence with an error.")
    return paged(state, sentences, lambda sentence: sentence_item(state, sentence, usual_facts(state.run, sentence)))


TAB = Tab(
    name="misclassified",
    title="Misclassified",
    group="Errors",
    icon="list",
    intro=_intro,
    layout=_layout,
    views=(
        View("misclassified-kinds", reads=(SELECTION, LEVEL), outputs=("error-kinds",), draw=error_kinds),
        View(
            "misclassified",
            reads=(SELECTION, SORT, PAGE),
            outputs=("misclassified-list", "misclassified-count"),
            draw=draw_list,
        ),
    ),
)
