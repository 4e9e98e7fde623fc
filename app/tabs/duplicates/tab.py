"""Duplicates: similar sentences, those with different labels first, and sentences that occur in other splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from analysis.duplicates.groups import DEFAULT_THRESHOLD, KINDS, pair_counts
from analysis.duplicates.leaks import references_of
from analysis.duplicates.values import DUPLICATE_LINKS, LEAKS, REFERENCES, SENTENCE_ENCODER
from analysis.run.run import Run
from analysis.selection.clauses import Duplicates, Leaked
from app.frame.controls import nothing_selected
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.state import SELECTION, ViewState
from app.tabs.duplicates.duplicate_groups import THRESHOLD, group_page, shown_groups, threshold_in
from app.tabs.duplicates.leak_list import leak_page, leaked_in
from app.view_options import PAGE
from components import formats
from components.duplicates import Threshold, threshold_list
from components.glossary import term
from components.panels import empty_state, navigates, panel, pressed

NEEDS = (DUPLICATE_LINKS, LEAKS)
KIND = Choice("alike", (*KINDS, "leaked"))
"""Which sentences are listed: groups of a kind, or those that also occur in a reference."""

NAMES = {
    "all": ("All groups", ""),
    "exact": ("Copies", "of one text"),
    "near": ("Near", "different texts"),
    "leaked": ("Leaked", "sentences in other splits"),
}


def _layout(_run: Run) -> Component:
    kinds = panel("Kinds", html.Div(id="duplicates-kinds", className="kinds"), name="duplicates-kinds")
    groups = panel(
        "Similar sentences",
        html.Div(id="duplicates-list", className="sentence-list"),
        note=html.Span(id="duplicates-count"),
        name="duplicates-groups",
    )
    return html.Div([kinds, groups], className="misclassified-grid")


def draw_kinds(state: ViewState) -> list[Component]:
    """The kinds and the thresholds with their counts, and how similarity was measured."""
    counts = {kind: len(shown_groups(state, kind)[1]) for kind in KINDS}
    if references_of(state.run):
        counts["leaked"] = len(leaked_in(state))
    chosen = state[KIND]
    kinds = [
        html.Button(
            [
                html.Span([NAMES[kind][0], html.Span(NAMES[kind][1], className="note")], className="kind-name"),
                html.Span(formats.count(count), className="kind-count"),
            ],
            type="button",
            className="kind" + (" current" if kind == chosen else "") + ("" if count else " none"),
            **pressed(kind == chosen),
            **navigates({"alike": None if kind == KINDS[0] else kind}),
        )
        for kind, count in counts.items()
    ]
    inside_near = counts["exact"] + counts["near"] - counts["all"]
    return [
        html.H3(["Kind", html.Span(_scope(state), className="note")]),
        *kinds,
        *([html.P(_counted_once(inside_near), className="note counted-once")] if inside_near else []),
        html.H3([html.Span([term("cosine", "Cosine"), " ≥"]), html.Span("pairs, in the whole run", className="note")]),
        html.P(measured_with(state.run), className="note measured-with"),
        _thresholds(state),
    ]


def _thresholds(state: ViewState) -> Component:
    """The thresholds with their numbers of pairs; a sentence if the run has no pairs."""
    counts = pair_counts(state.run)
    if not any(counts.values()) and not references_of(state.run):
        return html.P(f"No two different texts have a cosine of {min(counts):.2f} or more.", className="note")
    threshold = threshold_in(state)
    return threshold_list(
        [
            Threshold(
                text=f"{at:.2f}",
                pairs=pairs,
                changes={THRESHOLD.name: None if at == DEFAULT_THRESHOLD else f"{at:.2f}"},
                chosen=at == threshold,
            )
            for at, pairs in reversed(list(counts.items()))
        ]
    )


def _counted_once(inside_near: int) -> str:
    """Explains why there are fewer groups in total than groups of copies and near groups."""
    if inside_near == 1:
        return "1 group of copies is part of a near group. “All groups” counts it once."
    return f"{formats.count(inside_near)} groups of copies are part of near groups. “All groups” counts them once."


def measured_with(run: Run) -> str:
    """Which vectors the similarity is computed from."""
    encoder = run.read(SENTENCE_ENCODER)
    if encoder["name"] is None:
        return (
            "of the tagger's hidden states, averaged over the words, because no sentence encoder was used: they "
            "reflect the structure of a sentence rather than its meaning"
        )
    return f"of vectors by {encoder['name']}, which reads {_what_is_read(run, encoder)}"


def _what_is_read(run: Run, encoder: Mapping[str, Any]) -> str:
    """How much of a sentence the encoder reads, and how many sentences are longer; early runs did not count them."""
    beginning = f"the first {encoder['max_length']} subwords of a sentence"
    if "cut_sentences" not in encoder:
        return beginning
    here = encoder["cut_sentences"]
    there = sum(reference["cut_sentences"] for reference in run.read(REFERENCES))
    if not here and not there:
        return "every sentence completely"
    longer = f"{here:,} here, {there:,} in the references" if there else f"{here:,}"
    return f"{beginning} (longer: {longer})"


def draw_list(state: ViewState) -> tuple[Any, str]:
    """The list, and its counts."""
    kind = state[KIND]
    return _leaks(state) if kind == "leaked" else _groups(state, kind)


def _groups(state: ViewState, kind: str) -> tuple[Any, str]:
    groups, numbers = shown_groups(state, kind)
    if not len(numbers):
        return _nothing(state, "This selection has no sentences that are so similar.", Duplicates.name), ""
    selected = state.selection.without(Duplicates.name).masks(state.scene).sentences
    listed = np.zeros(len(groups.size) + 1, dtype=bool)
    listed[numbers] = True
    sentences = int(np.count_nonzero(listed[groups.of_sentence] & selected))
    disagreeing = int(np.count_nonzero(groups.disagrees[numbers]))
    parts = [
        formats.counted(len(numbers), "group"),
        formats.counted(sentences, "sentence"),
        f"labels disagree in {formats.count(disagreeing)}",
    ]
    if kind != "exact":
        parts.append(f"cosine {threshold_in(state):.2f} or more")
    return group_page(state, groups, numbers), " · ".join(parts)


def _leaks(state: ViewState) -> tuple[Any, str]:
    if not references_of(state.run):
        command = state.run.rerun_command
        return (
            html.Div(
                [
                    html.P(
                        "No reference split was given. To find sentences that also occur in the training data, run:"
                    ),
                    html.Pre(f"{command} --reference train.conll"),
                ],
                className="empty",
            ),
            "",
        )
    sentences = leaked_in(state)
    if not len(sentences):
        message = (
            f"No sentence of this selection occurs in a reference with a cosine of {threshold_in(state):.2f} or more."
        )
        return _nothing(state, message, Leaked.name), ""
    selected = int(state.selection.without(Leaked.name).masks(state.scene).sentences.sum())
    counts = f"{formats.count(len(sentences))} of {formats.counted(selected, 'sentence')} leaked"
    return leak_page(state, sentences), f"{counts} · cosine {threshold_in(state):.2f} or more"


def _nothing(state: ViewState, sentence: str, own: str) -> Component:
    if state.selection.without(own).to_query():
        return nothing_selected(state, sentence, own)
    counts = pair_counts(state.run)
    lowest = min(counts)
    if threshold_in(state) > lowest and (counts[lowest] or own == Leaked.name):
        return empty_state(sentence, f"Lower the threshold to {lowest:.2f}", {"threshold": f"{lowest:.2f}"})
    return empty_state(sentence)


def _scope(state: ViewState) -> str:
    """Which groups are counted; the selected group does not filter its own list."""
    is_group_selected = Duplicates.name in state.selection.to_query()
    return "groups, selected group ignored" if is_group_selected else "groups in the selection"


TAB = Tab(
    name="duplicates",
    title="Duplicates",
    group="Data",
    icon="copies",
    intro=(
        "Sentences with the same or nearly the same text. If their labels differ, one of them is probably wrong. "
        "Sentences that also occur in the training data inflate the scores."
    ),
    layout=_layout,
    views=(
        View(
            "duplicates-kinds",
            reads=(SELECTION, KIND, THRESHOLD),
            outputs=("duplicates-kinds",),
            draw=draw_kinds,
            needs=NEEDS,
        ),
        View(
            "duplicates",
            reads=(SELECTION, KIND, THRESHOLD, PAGE),
            outputs=("duplicates-list", "duplicates-count"),
            draw=draw_list,
            needs=NEEDS,
        ),
    ),
    needs=NEEDS,
)
