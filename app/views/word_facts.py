"""The figures of a word, and the tagger's distribution over its tags."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import html

from analysis.run.figures import has_confidences
from analysis.run.run import Run
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED, LOSSES, PROBABILITIES
from analysis.run.tags import MISSING, type_codes_of
from analysis.run.values import Value
from components import formats
from components.glossary import term
from components.palette import type_class

MOST_PROBABLE = 5


def tag_label(run: Run, code: int, missing: str = formats.NOTHING) -> html.Span:
    """A tag in its type's colour."""
    if code == MISSING:
        return html.Span(missing, className="tag-label t-none")
    return html.Span(
        run.tag_set.tags[code],
        className=f"tag-label {type_class(int(type_codes_of(np.array([code]))[0]))}",
    )


def word_facts(run: Run, word: int) -> html.Dl:
    """Gold tag, prediction, runner-up and loss of a word; without figures that no word of the run has."""
    words = run.words
    flags = int(words.flags[word])
    gold: Any = tag_label(run, int(words.gold_tag[word]), "unlabelled" if flags & FLAG_UNLABELLED else formats.NOTHING)
    predicted = tag_label(run, int(words.predicted_tag[word]), "none" if flags & FLAG_NO_PREDICTION else "–")
    second = int(words.second_tag[word])
    p_second = html.Span(formats.ratio(float(words.p_second[word])), className="figure")
    runner_up = [tag_label(run, second), p_second] if second >= 0 else "–"
    loss = "none (unknown gold tag)" if flags & FLAG_UNKNOWN_GOLD else formats.loss(float(words.loss[word]))
    p_predicted = html.Span(formats.ratio(float(words.p_predicted[word])), className="figure")
    facts: list[tuple[Any, Any]] = [
        ("word", html.Span(words.text[word].as_py(), className="word-text", dir="auto")),
        ("gold", gold),
        ("predicted, p", [predicted, p_predicted]) if has_confidences(run) else ("predicted", predicted),
    ]
    if run.has(LOSSES):
        facts += [("runner-up, p", runner_up), (["loss (", term("nat", "nats"), ")"], loss)]
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts")


def not_known(run: Run, value: Value[Any]) -> html.P:
    """A note in place of content for which the run lacks a value; its tooltip says why."""
    return html.P("Not available in this run.", className="note", title=run.why_missing(value))


def distribution(run: Run, word: int, most: int | None = MOST_PROBABLE) -> html.Div:
    """The most probable tags of a word, as bars.

    Args:
        run: The run.
        word: Row of the word.
        most: Maximum number of tags; None for all.
    """
    heading = html.H3("Predicted distribution")
    if not run.has(PROBABILITIES):
        return html.Div([heading, not_known(run, PROBABILITIES)])
    shares = run.probabilities[word].astype(np.float32)
    if np.isnan(shares).any():
        return html.Div([heading, html.P("The tagger has no prediction for this word.", className="note")])
    names = run.manifest["tagger_tags"]
    codes = run.tag_set.tag_codes
    bars = [
        html.Div(
            [
                tag_label(run, codes[names[column]]),
                html.Span(html.Span(className="score-fill"), className="score-track"),
                html.Span(formats.ratio(float(shares[column])), className="figure"),
            ],
            className="tag-share",
            style={"--value": f"{shares[column]:.4f}"},
        )
        for column in np.argsort(-shares, kind="stable")[:most]
    ]
    return html.Div([heading, *bars])
