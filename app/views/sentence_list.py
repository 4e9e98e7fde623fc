"""A list of annotated sentences, page by page, with facts and with buttons that open them in other tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.run.figures import has_losses
from analysis.run.run import Run
from app.state import ViewState
from app.view_options import PAGE
from app.views.elsewhere import elsewhere
from app.views.sentence_parts import sentence_segments
from app.views.span_words import worst_word
from components import formats
from components.panels import data_attributes, navigates
from components.sentence import sentence_html

PAGE_SIZE = 20


def paged(
    state: ViewState, sentences: npt.NDArray[np.int64], draw: Callable[[int], Component], page_size: int = PAGE_SIZE
) -> list[Component]:
    """The current page of a list, with buttons to the other pages.

    Args:
        state: The state, with the page.
        sentences: int64, all sentences of the list, in order.
        draw: Draws a sentence.
        page_size: Sentences per page.
    """
    pages = max(-(-len(sentences) // page_size), 1)
    page = min(state[PAGE], pages)
    items = [draw(int(sentence)) for sentence in sentences[(page - 1) * page_size : page * page_size]]
    return [*items, pager(page, pages)] if pages > 1 else items


def sentence_item(
    state: ViewState,
    sentence: int,
    facts: Sequence[str],
    *,
    more: Sequence[Any] = (),
    shades: Sequence[float] | None = None,
    marks: Sequence[str] | None = None,
) -> html.Article:
    """A sentence with its number, facts, buttons to other tabs, and annotated words.

    Args:
        state: The state, with the run.
        sentence: Row of the sentence.
        facts: Short texts above the words.
        more: Elements under the words.
        shades: Strength of each word's background, 0-1 (see components.sentence).
        marks: A CSS class for each word (see components.sentence).
    """
    run = state.run
    rows = run.sentence_words(sentence)
    worst = worst_word(run, sentence)
    number = f"#{int(run.sentences.source_row[sentence])}"
    head = html.Div(
        [html.Span(" · ".join([number, *facts])), html.Div(elsewhere(run, worst), className="elsewhere")],
        className="item-head",
    )
    text: Component = html.P("(sentence without words)", className="note")
    if rows.stop > rows.start:
        text = sentence_html(sentence_segments(run, sentence), shades, marks=marks)
    return html.Article(
        [head, text, *more],
        className="item",
        **({} if worst is None else data_attributes(**{"focus-item": str(worst)})),
    )


def wrong_words(run: Run, sentence: int) -> str:
    """The number of a sentence's misclassified words, as text."""
    return f"{formats.counted(int(run.sentences.wrong_words[sentence]), 'word')} wrong"


def usual_facts(run: Run, sentence: int) -> list[str]:
    """The length of a sentence, its wrong words, and its largest loss if the run has losses."""
    facts = [formats.counted(int(run.sentences.word_count[sentence]), "word"), wrong_words(run, sentence)]
    if has_losses(run):
        facts.append(f"largest loss {formats.loss(float(run.sentences.loss_max[sentence]))}")
    return facts


def pager(page: int, pages: int) -> html.Nav:
    """Buttons to the previous and next page, and the page number."""

    def step(text: str, target: int, usable: bool) -> html.Button:
        changes = {"page": str(target) if target > 1 else None}
        return html.Button(text, type="button", className="quiet-button", disabled=not usable, **navigates(changes))

    return html.Nav(
        [
            step("‹ Previous", page - 1, page > 1),
            html.Span(f"page {page:,} of {pages:,}", className="note"),
            step("Next ›", page + 1, page < pages),
        ],
        className="pager",
    )
