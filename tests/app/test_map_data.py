"""The map's points lead back to their words, and the overlay highlights exactly the words that are selected."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from analysis.projections.map_units import map_coordinates
from analysis.projections.values import PROJECTION_METHODS, PROJECTION_SUBSETS
from analysis.run.run import Run
from analysis.run.schema import OUTCOMES
from app.view_options import COLOUR
from app.views.embedding_map import highlight
from app.views.map_data import word_map, word_outcomes
from components.embedding_map import map_figure
from components.palette import DARK, LIGHT
from components.type_palette import TypePalette
from tests.app.catalog import state_of
from tests.runs import make_run, random_run

RUN = random_run(150, seed=11)


def word_sets(run: Run) -> list[set[int]]:
    """For each ledger row the rows of the words of either of its spans."""
    spans = run.spans
    found = []
    for row in range(len(spans)):
        first = int(run.sentences.first_word[spans.sentence[row]])
        gold = range(first + int(spans.gold_start[row]), first + int(spans.gold_end[row]))
        predicted = range(first + int(spans.predicted_start[row]), first + int(spans.predicted_end[row]))
        found.append(
            (set(gold) if spans.gold_start[row] >= 0 else set())
            | (set(predicted) if spans.predicted_start[row] >= 0 else set())
        )
    return found


def points_of(trace: Any) -> list[tuple[int, int]]:
    """A trace's points as a browser reads them."""
    sides = []
    for axis in ("x", "y"):
        column = trace[axis]
        if isinstance(column, dict):
            column = np.frombuffer(base64.b64decode(column["bdata"]), dtype=f"<{column['dtype']}")
        sides.append([int(value) for value in column])
    return list(zip(*sides, strict=True))


@pytest.mark.parametrize("colour", COLOUR.values)
@pytest.mark.parametrize("subset", PROJECTION_SUBSETS)
def test_every_point_identifies_its_word(colour: str, subset: str) -> None:
    shown = word_map(RUN, "pca", subset, colour, TypePalette(LIGHT))
    places, valid = map_coordinates(RUN, "pca", subset)
    figure = map_figure(shown.categories, LIGHT)
    found = []
    for curve, trace in enumerate(figure.data):
        for point, place in enumerate(zip(trace.x, trace.y, strict=True)):
            word = shown.word_at(curve, point)
            assert word is not None
            assert tuple(places[word]) == place
            found.append(word)
        assert shown.word_at(curve, len(trace.x)) is None
        assert shown.word_at(curve, -1) is None
    assert shown.word_at(len(figure.data), 0) is None
    assert len(set(found)) == len(found)
    assert sorted(found) == np.flatnonzero(valid).tolist()


@pytest.mark.parametrize("colour", COLOUR.values)
def test_bordered_points_are_the_misclassified_words(colour: str) -> None:
    words = RUN.words
    shown = word_map(RUN, "umap", "all", colour, TypePalette(LIGHT))
    for agree, disagree in shown.members:
        assert all(
            words.gold_tag[row] in (-1, words.predicted_tag[row]) or words.predicted_tag[row] == -1 for row in agree
        )
        assert all(-1 != words.gold_tag[row] != words.predicted_tag[row] != -1 for row in disagree)


def label_of(row: int, colour: str) -> str:
    """The legend entry that a word belongs to, worked out one by one."""
    words, types = RUN.words, RUN.tag_set.types
    if colour in ("predicted", "gold"):
        code = int((words.predicted_tag if colour == "predicted" else words.gold_tag)[row])
        return types[(code - 1) // 2] if code > 0 else "O"
    if colour == "outcome":
        codes = [int(RUN.spans.outcome[number]) for number, inside in enumerate(word_sets(RUN)) if row in inside]
        return OUTCOMES[max(codes)] if codes else "no entity"
    value = float((words.loss if colour == "loss" else words.p_predicted)[row])
    if np.isnan(value):
        return f"no {colour}"
    if colour == "loss":
        edges = (0, 0.1, 0.5, 1, 2, 4)
        low = max(edge for edge in edges if value >= edge)
        return "≥ 4" if low == 4 else f"{low:g}–{edges[edges.index(low) + 1]:g}"
    edges = (0, 0.5, 0.75, 0.9, 0.95, 0.99, 1)
    low = max(edge for edge in edges[:-1] if value >= np.float32(edge))
    return f"{low:g}–{edges[edges.index(low) + 1]:g}"


@pytest.mark.parametrize("colour", COLOUR.values)
def test_word_is_in_the_matching_legend_entry(colour: str) -> None:
    shown = word_map(RUN, "svd", "all", colour, TypePalette(DARK))
    random = np.random.default_rng(0)
    for category, (agree, disagree) in zip(shown.categories, shown.members, strict=True):
        rows = np.concatenate([agree, disagree])
        assert len(rows)
        for row in random.permutation(rows)[:25]:
            assert label_of(int(row), colour) == category.label
    assert len({category.colour for category in shown.categories}) == len(shown.categories)


def test_worst_outcome_counts_for_words_of_several_ledger_rows() -> None:
    run = make_run([(["a", "b", "c", "d"], ["B-X", "I-X", "I-X", "O"], ["B-X", "O", "B-Y", "O"])])
    assert [OUTCOMES[code] if code >= 0 else "" for code in word_outcomes(run)] == [
        "boundary",
        "boundary",
        "spurious",
        "",
    ]


PAIRS: list[dict[str, str]] = [
    {"gold-type": "PER"},
    {"gold-type": "LOC", "pred-type": "ORG"},
    {"gold-type": "none"},
    {"pred-type": "none", "gold-type": "ORG"},
    {"outcome": "boundary"},
    {"outcome": "type"},
    {"outcome": "error"},
]


@pytest.mark.parametrize("subset", PROJECTION_SUBSETS)
@pytest.mark.parametrize("clauses", PAIRS, ids=lambda clauses: " ".join(clauses.values()))
def test_the_words_of_the_selected_ledger_rows_are_highlighted_and_no_others(
    clauses: dict[str, str], subset: str
) -> None:
    spans, types = RUN.spans, RUN.tag_set.types

    def meets(row: int) -> bool:
        gold = types[spans.gold_type[row]] if spans.gold_type[row] >= 0 else "none"
        predicted = types[spans.predicted_type[row]] if spans.predicted_type[row] >= 0 else "none"
        outcome = OUTCOMES[spans.outcome[row]]
        return (
            clauses.get("gold-type", gold) == gold
            and clauses.get("pred-type", predicted) == predicted
            and (clauses.get("outcome", outcome) == outcome or (clauses["outcome"] == "error" and outcome != "correct"))
        )

    words = set().union(*(inside for row, inside in enumerate(word_sets(RUN)) if meets(row)))
    assert words
    places, valid = map_coordinates(RUN, "umap", subset)
    first, ring, outline = highlight(state_of(RUN, clauses, method="umap", points=subset))
    assert sorted(points_of(first)) == sorted(tuple(map(int, places[word])) for word in words if valid[word])
    assert points_of(ring) == points_of(outline) == []


def test_nothing_is_highlighted_while_nothing_is_selected() -> None:
    assert [points_of(trace) for trace in highlight(state_of(RUN))] == [[], [], []]


def test_the_focus_is_ringed_where_the_map_shows_it() -> None:
    _, valid = map_coordinates(RUN, "umap", "entities")
    inside, outside = int(np.flatnonzero(valid)[0]), int(np.flatnonzero(~valid)[0])
    places, _ = map_coordinates(RUN, "umap", "entities")

    def ring(word: int, subset: str) -> list[tuple[int, int]]:
        return points_of(highlight(state_of(RUN, focus=word, points=subset))[1])

    assert ring(inside, "entities") == [tuple(map(int, places[inside]))]
    assert ring(outside, "entities") == []
    assert len(ring(outside, "all")) == 1


@pytest.mark.parametrize("corner", [30_000, 33_400, 900_000])
def test_a_lasso_is_outlined_on_its_own_map_even_beyond_the_points(corner: int) -> None:
    lasso = {"lasso": f"pca.all:-{corner},-{corner};{corner},-{corner};0,{corner}"}
    selected = state_of(RUN, lasso, method="pca")
    first, _, outline = highlight(selected)
    assert points_of(outline) == [(-corner, -corner), (corner, -corner), (0, corner), (-corner, -corner)]
    places, _ = map_coordinates(RUN, "pca", "all")
    assert sorted(points_of(first)) == sorted(tuple(map(int, place)) for place in places[selected.masks.words])
    assert points_of(highlight(state_of(RUN, lasso, method="umap"))[2]) == []


def test_every_projection_can_be_drawn() -> None:
    for method in PROJECTION_METHODS:
        for subset in PROJECTION_SUBSETS:
            shown = word_map(RUN, method, subset, "gold", TypePalette(LIGHT))
            total = sum(len(part) for members in shown.members for part in members)
            assert total == map_coordinates(RUN, method, subset).valid.sum()
