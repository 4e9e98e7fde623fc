"""Metrics: the tagger's scores by type and by scorer, and its errors, for the selection."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from analysis.scores.metrics import EntityScores, entity_scores, outcome_counts
from analysis.selection.clauses import type_value
from app.frame.controls import nothing_selected, switch_of
from app.frame.tab import Tab
from app.frame.view import View
from app.options import Choice
from app.services import Services
from app.state import FOCUS, LOOKS, SELECTION, ViewState, intent
from app.view_options import LEVEL
from app.views.confusion import TAG_PARAMETERS, confusion_view
from app.views.plot_events import NamedPointEvent
from components.glossary import term
from components.panels import panel
from components.scores import (
    OutcomeBar,
    OutcomePart,
    ScoreRow,
    ScorerRow,
    outcome_bars,
    score_table,
    score_tiles,
    scorer_table,
    support_figure,
)

# Normalised by gold by default, so that rows with different support can be compared.
SHARE = Choice("share", ("gold", "predicted", "counts"))
DIAGONAL = Choice("diagonal", ("shown", "zero"))
SPURIOUS = OUTCOMES.index("spurious")

SCORERS = (
    (("strict",), ["ExplaiNER ", term("ledger")], "type and boundaries correct"),
    (("seqeval_default",), "seqeval, default", "reads tags like conlleval"),
    (("seqeval_strict",), ["seqeval, strict ", term("BIO2", "IOB2")], "a span must begin with B-"),
    (("nervaluate", "strict"), "nervaluate, strict", "type and boundaries correct"),
    (("nervaluate", "exact"), "nervaluate, exact", "boundaries correct, any type"),
    (("nervaluate", "partial"), "nervaluate, partial", "an overlap counts half, any type"),
    (("nervaluate", "ent_type"), "nervaluate, type", "overlap with the correct type"),
)


def _layout(run: Run) -> Component:
    panels = [
        panel(
            "Overall",
            html.Div(id="metrics-overall"),
            note=[
                "strict entity scores, 95% ",
                term("bootstrap"),
                " intervals; type and outcome filters are not applied here",
            ],
            name="metrics-overall",
        ),
        panel("By type", html.Div(id="metrics-types"), note="bars with 95% intervals", name="metrics-types"),
        panel("Scorers", scorers(run), note="whole run, no filter applied", name="metrics-scorers"),
        panel(
            "Confusion",
            html.Div(id="metrics-confusion", className="confusion-holder"),
            note="gold × predicted",
            controls=[
                switch_of(LEVEL, ("Types", "Tags"), "What the matrix counts"),
                switch_of(SHARE, ("% of gold", "% of predicted", "Counts"), "How the matrix is normalised"),
                switch_of(DIAGONAL, ("Show diagonal", "Hide diagonal"), "Whether the diagonal is shown"),
            ],
            name="metrics-confusion",
        ),
        panel(
            "Support and F1",
            dcc.Graph(
                id="metrics-support", config={"displayModeBar": False}, responsive=True, style={"height": "330px"}
            ),
            note="low F1 on the left: few examples; low F1 on the right: hard type",
            name="metrics-support",
        ),
        panel(
            "Outcomes",
            html.Div(id="metrics-outcomes"),
            note=[term("outcome"), " of each type's gold spans, then its spurious spans"],
            name="metrics-outcomes",
        ),
    ]
    return html.Div(panels, className="metrics-grid")


def scored_spans(state: ViewState) -> npt.NDArray[np.bool_]:
    """Ledger rows under all clauses except type and outcome, because scores of errors alone are meaningless."""
    return state.selection.without("gold-type", "pred-type", "outcome").masks(state.scene).spans


def scorers(run: Run) -> html.Table:
    """The scores of the whole run by each common scorer, from the manifest."""
    rows = []
    for path, name, meaning in SCORERS:
        score: Any = run.manifest["scores"]
        for key in path:
            score = score[key]
        rows.append(ScorerRow(name, meaning, score["precision"], score["recall"], score["f1"]))
    return scorer_table(rows)


def draw_scores(state: ViewState) -> tuple[Any, Any, Any]:
    """Overall scores, scores by type, and outcomes."""
    if not scored_spans(state).any():
        return nothing_selected(state, "This selection has no gold or predicted entity."), None, None
    scores = entity_scores(state.run, scored_spans(state))
    return overall(scores), score_table(score_rows(state, scores)), outcome_bars(bars(state), OUTCOMES)


def draw_matrix(state: ViewState) -> Any:
    """The confusion matrix."""
    return confusion_view(state, normalise=state[SHARE], zero_diagonal=state[DIAGONAL] == "zero")


def draw_support(state: ViewState) -> go.Figure:
    """F1 against support, by type."""
    return support_figure(score_rows(state, entity_scores(state.run, scored_spans(state))), state.palette)


def _register(app: Dash, _services: Services) -> None:
    @app.callback(
        Output("intent", "data", allow_duplicate=True), Input("metrics-support", "clickData"), prevent_initial_call=True
    )
    def select_type(clicked: NamedPointEvent | None) -> dict[str, Any]:
        if clicked is None or not clicked["points"]:
            raise PreventUpdate
        return intent(gold_type=type_value(clicked["points"][0]["customdata"]))


def overall(scores: EntityScores) -> Any:
    """The main scores."""
    micro = scores.micro
    return score_tiles(
        [
            ("Precision", micro.precision, f"{micro.correct:,} of {micro.predicted:,} predicted entities are correct"),
            ("Recall", micro.recall, f"{micro.correct:,} of {micro.support:,} gold entities are found"),
            (["F1, ", term("micro")], micro.f1, "every entity counts the same"),
            (["F1, ", term("macro")], scores.macro.f1, "every type counts the same"),
            (["F1, ", term("weighted")], scores.weighted.f1, "types weighted by their support"),
        ]
    )


def score_rows(state: ViewState, scores: EntityScores) -> list[ScoreRow]:
    """A row for each type with a gold or predicted entity."""
    chosen = state.selection.to_query().get("gold-type")
    return [
        ScoreRow(
            label=name,
            type_code=code,
            precision=score.precision,
            recall=score.recall,
            f1=score.f1,
            support=score.support,
            predicted=score.predicted,
            changes={"gold-type": type_value(name), **dict.fromkeys(TAG_PARAMETERS)},
            selected=type_value(name) == chosen,
        )
        for code, (name, score) in enumerate(scores.per_type.items())
        if score.support or score.predicted
    ]


def bars(state: ViewState) -> list[OutcomeBar]:
    """For each type, the outcomes of its gold entities, and its spurious predictions."""
    counts = outcome_counts(state.run, scored_spans(state))
    result = []
    for code, name in enumerate(state.run.tag_set.types):
        parts = [
            OutcomePart(
                outcome,
                number,
                int(counts.by_gold_type[code, number]),
                {"gold-type": type_value(name), "outcome": outcome},
            )
            for number, outcome in enumerate(OUTCOMES)
            if number != SPURIOUS
        ]
        spurious = int(counts.by_predicted_type[code, SPURIOUS])
        parts.append(
            OutcomePart("spurious", SPURIOUS, spurious, {"gold-type": type_value(None), "pred-type": type_value(name)})
        )
        if any(part.number for part in parts):
            result.append(OutcomeBar(name, code, parts))
    return result


TAB = Tab(
    name="metrics",
    title="Metrics",
    group="",
    icon="bars",
    intro=(
        "Look for types whose interval is entirely below the others. Compare the scorers: if partial is far above "
        "strict, most errors are boundary errors."
    ),
    layout=_layout,
    views=(
        View(
            "metrics",
            reads=(SELECTION,),
            outputs=("metrics-overall", "metrics-types", "metrics-outcomes"),
            draw=draw_scores,
        ),
        View(
            "metrics-matrix",
            reads=(SELECTION, FOCUS, LEVEL, SHARE, DIAGONAL),
            outputs=("metrics-confusion",),
            draw=draw_matrix,
        ),
        View("metrics-support", reads=(SELECTION, LOOKS), outputs=("metrics-support.figure",), draw=draw_support),
    ),
    register=_register,
)
