"""Scores as tables, bars and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isnan
from typing import Any, Protocol

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from components import formats
from components.palette import type_class
from components.panels import Changes, navigates
from components.type_palette import TypePalette


class Figure(Protocol):
    """A score with its 95% interval (analysis.scores.metrics.Figure)."""

    @property
    def value(self) -> float:
        """Between 0 and 1."""
        ...

    @property
    def low(self) -> float:
        """Lower end of the interval; NaN without an interval."""
        ...

    @property
    def high(self) -> float:
        """Upper end of the interval; NaN without an interval."""
        ...

    @property
    def defined(self) -> bool:
        """Whether the score is defined, which is false for 0/0."""
        ...


@dataclass(frozen=True)
class ScoreRow:
    """Precision, recall and F1 of a type or an average."""

    label: str
    type_code: int
    precision: Figure
    recall: Figure
    f1: Figure
    support: int
    predicted: int
    changes: Changes | None = None
    selected: bool = False
    hint: str = ""


def score_tiles(rows: Sequence[tuple[Any, Figure, str]]) -> html.Div:
    """Tiles with large figures.

    Args:
        rows: Name (a text, or texts and elements), score, and explanation of each tile.
    """
    return html.Div(
        [
            html.Div(
                [
                    html.Span(name, className="tile-name"),
                    html.Strong(formats.ratio(figure.value) if figure.defined else formats.NOTHING),
                    html.Span(interval(figure), className="note"),
                    html.P(meaning),
                ],
                className="tile",
            )
            for name, figure, meaning in rows
        ],
        className="tiles",
    )


def interval(figure: Figure) -> str:
    """`0.801 to 0.825`, the 95% interval."""
    return "" if isnan(figure.low) or isnan(figure.high) else f"{figure.low:.3f} to {figure.high:.3f}"


def score_table(rows: Sequence[ScoreRow], of: str = "Type") -> html.Table:
    """A table with one row for each type, or for what `of` names; each score has a figure, a bar and an interval."""
    head = html.Thead(
        html.Tr(
            [
                html.Th(of, scope="col"),
                *(html.Th(name, scope="col", className="score-head") for name in ("Precision", "Recall", "F1")),
                html.Th("Support", scope="col", className="number", title="Number of gold entities"),
                html.Th("Predicted", scope="col", className="number", title="Number of predicted entities"),
            ]
        )
    )
    body = html.Tbody([_score_row(row) for row in rows])
    return html.Table([head, body], className="figures-table scores")


def _score_row(row: ScoreRow) -> html.Tr:
    label: Component = html.Span(row.label, className=f"tag-label {type_class(row.type_code)}")
    if row.changes is not None:
        label = html.Button(
            row.label,
            type="button",
            className=f"head {type_class(row.type_code)}",
            title=row.hint or f"Select the entities of type {row.label}",
            **navigates(row.changes, toggle=True),
        )
    return html.Tr(
        [
            html.Th(label, scope="row"),
            *(html.Td(_score_bar(figure)) for figure in (row.precision, row.recall, row.f1)),
            html.Td(formats.count(row.support), className="number"),
            html.Td(formats.count(row.predicted), className="number"),
        ],
        className="current" if row.selected else "",
    )


def _score_bar(figure: Figure) -> html.Div:
    ends = interval(figure)
    if not figure.defined:
        return html.Div(html.Span(formats.NOTHING, className="score-value"), className="score")
    style = {"--value": f"{figure.value:.4f}"}
    whisker = [html.Span(className="whisker")] if ends else []
    if ends:
        style |= {"--low": f"{figure.low:.4f}", "--high": f"{figure.high:.4f}"}
    return html.Div(
        [
            html.Span(formats.ratio(figure.value), className="score-value"),
            html.Span([html.Span(className="score-fill"), *whisker], className="score-track"),
        ],
        className="score",
        style=style,
        title=f"95% interval {ends}" if ends else "no interval",
    )


@dataclass(frozen=True)
class ScorerRow:
    """The scores of the whole run by one scorer; the name is a text, or texts and elements."""

    name: Any
    meaning: str
    precision: float
    recall: float
    f1: float


def scorer_table(rows: Sequence[ScorerRow]) -> html.Table:
    """A table of the common scorers."""
    head = html.Thead(
        html.Tr(
            [
                html.Th("Scorer", scope="col"),
                *(html.Th(name, scope="col", className="number") for name in ("P", "R", "F1")),
            ]
        )
    )
    body = [
        html.Tr(
            [
                html.Th([html.Span(row.name), html.Span(row.meaning, className="note")], scope="row"),
                *(html.Td(formats.ratio(value), className="number") for value in (row.precision, row.recall, row.f1)),
            ]
        )
        for row in rows
    ]
    return html.Table([head, html.Tbody(body)], className="figures-table scorers")


@dataclass(frozen=True)
class OutcomePart:
    """A segment of an outcome bar."""

    outcome: str
    code: int
    number: int
    changes: Changes


@dataclass(frozen=True)
class OutcomeBar:
    """The outcomes of a type's gold entities, and its spurious predictions."""

    label: str
    type_code: int
    parts: Sequence[OutcomePart]


def outcome_bars(bars: Sequence[OutcomeBar], outcomes: Sequence[str]) -> html.Div:
    """One stacked bar for each type, all on one scale; every segment is a button."""
    longest = max((sum(part.number for part in bar.parts) for bar in bars), default=0) or 1
    key = html.Div(
        [
            html.Span([html.Span(className="dot", style={"background": f"var(--outcome-{code})"}), name])
            for code, name in enumerate(outcomes)
        ],
        className="outcome-key",
    )
    rows = [
        html.Div(
            [
                html.Span(bar.label, className=f"tag-label {type_class(bar.type_code)}"),
                html.Div([_outcome_part(bar, part, longest) for part in bar.parts if part.number], className="stack"),
            ],
            className="outcome-row",
        )
        for bar in bars
    ]
    return html.Div([key, *rows], className="outcome-bars")


def _outcome_part(bar: OutcomeBar, part: OutcomePart, longest: int) -> html.Button:
    share = part.number / longest
    text = f"{bar.label}, {part.outcome}: {formats.counted(part.number, 'span')}"
    return html.Button(
        formats.count(part.number) if share > 0.045 else "",
        type="button",
        className="part",
        title=text,
        style={
            "width": f"{100 * share:.2f}%",
            "background": f"var(--outcome-{part.code})",
            "color": f"var(--on-outcome-{part.code})",
        },
        **navigates(part.changes, toggle=True),
    )


def support_figure(rows: Sequence[ScoreRow], palette: TypePalette) -> go.Figure:
    """F1 against support, with one point and interval for each type; shows which types are rare and which are hard."""
    theme = palette.theme
    shown = [row for row in rows if row.support and row.f1.defined]
    trace = go.Scatter(
        x=[row.support for row in shown],
        y=[row.f1.value for row in shown],
        error_y={
            "array": [max(row.f1.high - row.f1.value, 0) for row in shown],
            "arrayminus": [max(row.f1.value - row.f1.low, 0) for row in shown],
            "color": theme.ink_third,
            "thickness": 1,
            "width": 3,
        },
        mode="markers+text" if len(shown) <= 12 else "markers",
        # Plotly interprets markup in texts.
        text=[escape(palette.label(row.type_code, row.label), quote=False) for row in shown],
        textposition="middle right",
        textfont={"color": theme.ink_second, "size": 12},
        marker={
            "size": 11,
            "color": [palette.colour(row.type_code) for row in shown],
            "symbol": [palette.shape(row.type_code) for row in shown],
        },
        customdata=[row.label for row in shown],
        hovertemplate="%{text}: F1 %{y:.3f}, support %{x:,}<extra></extra>",
        cliponaxis=False,
    )
    axis = {
        "gridcolor": theme.line,
        "zeroline": False,
        "linecolor": theme.line,
        "tickfont": {"color": theme.ink_second},
    }
    title = {"font": {"color": theme.ink_second, "size": 12}}
    return go.Figure(
        [trace],
        go.Layout(
            xaxis={**axis, "type": "log", "title": {"text": "support (entities, log)", **title}},
            yaxis={**axis, "range": [0, 1.02], "title": {"text": "F1", **title}},
            margin={"l": 48, "r": 60, "t": 10, "b": 42},
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            showlegend=False,
            dragmode=False,
            hoverlabel={"bgcolor": theme.panel, "font": {"color": theme.ink}},
        ),
    )
