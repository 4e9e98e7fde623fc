"""Sentences of the corpus that are worth probing, shown before any text is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from analysis.selection.selection import Masks
from app.frame.controls import nothing_selected
from app.state import ViewState
from app.views.sentence_parts import context_segments
from app.views.span_words import span_focus_word
from components import formats
from components.glossary import term
from components.panels import navigates
from components.sentence import sentence_html

SEED = 0
"""Fixed seed of the random sentence, so that it is the same for everyone."""

KINDS = {
    "missed": "A missed entity",
    "spurious": "A spurious entity",
    "type": "An entity with a wrong type",
    "boundary": "An entity with wrong boundaries",
}
"""Outcome -> title of its example, which is the entity with the largest loss."""

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]


class Starter(NamedTuple):
    """A sentence: why it is worth probing, a figure, the figure's unit, and the row of the word to focus."""

    reason: str
    figure: str
    unit: str
    word: int


def starters(state: ViewState) -> tuple[Starter, ...]:
    """One sentence of the selection for each reason, each sentence at most once."""
    return tuple(_distinct(state.run, state.selection.masks(state.scene)))


def _distinct(run: Run, free: Masks) -> Iterator[Starter]:
    for find in (_largest_loss, _least_confident, *(_of_outcome(outcome) for outcome in KINDS), _random):
        found = find(run, free)
        if found is not None:
            free = _without(run, free, int(run.words.sentence[found.word]))
            yield found


def _without(run: Run, free: Masks, sentence: int) -> Masks:
    others = np.arange(len(run.sentences)) != sentence
    return Masks(
        words=free.words & others[run.words.sentence],
        sentences=free.sentences & others,
        spans=free.spans & others[run.spans.sentence],
    )


def _largest_loss(run: Run, free: Masks) -> Starter | None:
    word = _largest(run.words.loss, free.words)
    return None if word is None else Starter("The word with the largest loss", _loss(run.words.loss[word]), "nat", word)


def _least_confident(run: Run, free: Masks) -> Starter | None:
    word = _largest(-run.words.p_predicted, free.words)
    if word is None:
        return None
    p = formats.ratio(float(run.words.p_predicted[word]))
    return Starter("The least confident prediction", f"p {p}", "", word)


def _of_outcome(outcome: str) -> Callable[[Run, Masks], Starter | None]:
    def find(run: Run, free: Masks) -> Starter | None:
        row = _largest(run.spans.loss_max, free.spans & (run.spans.outcome == OUTCOMES.index(outcome)))
        if row is None:
            return None
        return Starter(KINDS[outcome], _loss(run.spans.loss_max[row]), "nat", span_focus_word(run, row))

    return find


def _random(run: Run, free: Masks) -> Starter | None:
    """A random sentence; one with an entity if there is any."""
    with_words = free.sentences & (run.sentences.word_count > 0)
    has_entity = np.zeros(len(with_words), np.bool_)
    has_entity[run.spans.sentence] = True
    candidates = np.flatnonzero(with_words & has_entity if (with_words & has_entity).any() else with_words)
    if not len(candidates):
        return None
    sentence = int(np.random.default_rng(SEED).choice(candidates))
    length = formats.counted(int(run.sentences.word_count[sentence]), "word")
    return Starter("A random sentence", length, "", int(run.sentences.first_word[sentence]))


def _largest(values: Floats, free: Bools) -> int | None:
    """Index of the largest free value; None if there is none or all are NaN."""
    ranked = np.where(free & ~np.isnan(values), values, -np.inf)
    place = int(ranked.argmax()) if len(ranked) else 0
    return place if len(ranked) and ranked[place] > -np.inf else None


def _loss(value: float) -> str:
    return f"loss {formats.loss(float(value))}"


def starting_points(state: ViewState) -> list[Component]:
    """What is shown in place of the tagger's results before any text is typed."""
    has_selection = bool(state.selection.to_query())
    items = [_item(state.run, starter) for starter in starters(state)]
    if has_selection and not items:
        return [nothing_selected(state, "This selection has no sentence to start with. Clear it, or type a text.")]
    text = "Type or paste texts on the left, one per line, and press Tag."
    if items:
        text += f" Or start with a sentence of the {'selection' if has_selection else 'corpus'}:"
    return [html.P(text, className="probe-start"), *items]


def _item(run: Run, starter: Starter) -> Component:
    position = int(run.words.position[starter.word])
    parts = context_segments(run, int(run.words.sentence[starter.word]), position, position + 1, starter.word)
    probe = html.Button(
        "Probe",
        type="button",
        className="quiet-button",
        title="Copy this sentence into the text box",
        **navigates({"focus": str(starter.word), "text": None, "before": None}),
    )
    unit = [term(starter.unit, f"{starter.unit}s")] if starter.unit else []
    head = html.Div(
        [
            html.Span([html.B(starter.reason), f" · {starter.figure} ", *unit]),
            html.Div(probe, className="elsewhere"),
        ],
        className="item-head",
    )
    return html.Article([head, sentence_html(parts)], className="item probe-starter")
