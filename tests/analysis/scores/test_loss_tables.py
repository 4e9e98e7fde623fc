"""Loss by group against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.export.formats import export_table
from analysis.run.run import Run
from analysis.scores.loss_tables import (
    FOLDED_FORMS,
    FORMS,
    TAGS,
    TYPES,
    Groups,
    LossTable,
    distinct_tags,
    group_codes,
    group_texts,
    groups_of,
    loss_table,
)
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from analysis.store.store import Store
from tests.conftest import StoredRun
from tests.runs import make_run, random_run

losses = st.one_of(st.just(float("nan")), st.floats(0, 20, width=32))
words = st.lists(st.tuples(st.integers(-1, 5), losses, st.booleans(), st.integers(-1, 3)), max_size=60)


def pandas_says(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """`frame`: key, loss of the words under the mask; a missing key is no group."""
    by = frame.groupby(key).loss
    table = pd.DataFrame({"words": by.size(), "scored": by.count(), "mean": by.mean(), "median": by.median()})
    table["total"] = by.sum()
    table["share"] = table.total / table.total.sum() if table.total.sum() else np.nan
    return table


def assert_same(table: LossTable, groups: Groups, wanted: pd.DataFrame) -> None:
    names = [groups.labels[int(group)].as_py() for group in table.group]
    assert set(names) == set(wanted.index)
    assert len(names) == len(wanted)
    wanted = wanted.loc[names]
    for column in ("words", "scored"):
        assert getattr(table, column).tolist() == wanted[column].tolist()
    for column in ("mean", "median", "total", "share"):
        np.testing.assert_allclose(getattr(table, column), wanted[column], rtol=1e-9, atol=1e-12, err_msg=column)


@settings(max_examples=100)
@given(words)
def test_every_figure_equals_pandas(rows: list[tuple[int, float, bool, int]]) -> None:
    codes, loss, mask, tags = (np.array(column) for column in zip(*rows, strict=True)) if rows else [np.array([])] * 4
    codes, tags, loss = codes.astype(np.int16), tags.astype(np.int16), loss.astype(np.float32)
    mask = mask.astype(bool)
    labels = pa.array([f"g{code}" for code in range(6)])
    groups = group_codes(codes, labels, loss)
    frame = pd.DataFrame({"group": [f"g{code}" for code in codes], "loss": loss.astype(float), "tag": tags})
    frame = frame[mask & (codes >= 0)]
    assert_same(loss_table(groups, mask), groups, pandas_says(frame, "group"))
    distinct = distinct_tags(groups, tags, mask, 4)
    assert {f"g{code}": number for code, number in enumerate(distinct) if number} == (
        frame.groupby("group").tag.nunique().to_dict()
    )
    for code in range(6):
        members = groups.members(code)
        assert sorted(members) == np.flatnonzero(codes == code).tolist()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(max_size=3), losses), max_size=40))
def test_texts_are_grouped_as_pandas_groups_them(rows: list[tuple[str, float]]) -> None:
    frame = pd.DataFrame({"text": [text for text, _ in rows], "loss": [loss for _, loss in rows]}, dtype=object)
    frame["loss"] = frame.loss.astype(np.float32).astype(float)
    groups = group_texts(pa.array(frame.text.tolist(), pa.string()), frame.loss.to_numpy(dtype=np.float32))
    assert_same(loss_table(groups, np.ones(len(rows), dtype=bool)), groups, pandas_says(frame, "text"))
    names = groups.labels.to_pylist()
    assert names == sorted(names, key=str.encode)


def frame_of(run: Run, clauses: dict[str, str] | None = None) -> pd.DataFrame:
    """The words that are exported, with the keys by which the tables group them."""
    exported = export_table(Scene(run), "words", Selection.from_query(clauses or {}, Scene(run)))
    frame = exported.select(["word", "gold_tag", "loss"]).to_pandas()
    frame["loss"] = frame.loss.astype(float)
    kinds = frame.gold_tag.str.split("-", n=1).str[-1]
    return frame.rename(columns={"word": FORMS, "gold_tag": TAGS}).assign(
        **{FOLDED_FORMS: frame.word.str.lower(), TYPES: kinds}
    )


def assert_run_is_as_exported(run: Run, clauses: dict[str, str]) -> None:
    mask = Selection.from_query(clauses, Scene(run)).masks(Scene(run)).words
    frame = frame_of(run, clauses)
    for by in (FORMS, FOLDED_FORMS, TAGS, TYPES):
        groups = groups_of(run, by)
        assert_same(loss_table(groups, mask), groups, pandas_says(frame, by))


@pytest.mark.parametrize("clauses", [{}, {"search": "paris"}, {"outcome": "error"}, {"max-confidence": "0.6"}])
@pytest.mark.parametrize("types", [("LOC", "ORG", "PER"), ("none", "=x", "creative-work")])
def test_a_runs_tables_add_up_what_is_exported(clauses: dict[str, str], types: tuple[str, ...]) -> None:
    assert_run_is_as_exported(random_run(60, seed=5, types=types), clauses)


def test_words_without_a_loss_are_counted_apart_and_never_as_zero() -> None:
    run = make_run(
        [(["a", "a", "a", "b"], ["B-X", None, "O", None], ["B-X", "O", "O", "O"])],
        [[1.0, float("nan"), 3.0, float("nan")]],
    )
    table = loss_table(groups_of(run, FORMS), np.ones(4, dtype=bool))
    assert (table.words.tolist(), table.scored.tolist()) == ([3, 1], [2, 0])
    assert (table.mean[0], table.median[0], table.total[0], table.share[0]) == (2.0, 2.0, 4.0, 1.0)
    assert np.isnan([table.mean[1], table.median[1]]).all()
    tags = loss_table(groups_of(run, TAGS), np.ones(4, dtype=bool))
    assert tags.words.sum() == 2, "an unlabelled word is in no group of labels"


def test_an_empty_selection_and_a_run_without_losses() -> None:
    run = make_run([(["a", "b"], [None, None], ["O", "O"])], [[float("nan")] * 2])
    assert len(loss_table(groups_of(run, FORMS), np.zeros(2, dtype=bool))) == 0
    assert len(loss_table(groups_of(run, TAGS), np.ones(2, dtype=bool))) == 0
    table = loss_table(groups_of(run, FORMS), np.ones(2, dtype=bool))
    assert np.isnan(table.share).all()
    assert table.total.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "high", "low"),
    [
        ([0, 0, 3], True, False),
        ([0, 0, 1.5], True, False),  # a gap of exactly half a nat
        ([0, 0, 1.4], False, False),
        ([0, 3], False, False),  # the mean of two lies in their middle
        ([4, 4, 0], False, True),
        ([4, 4, 4], False, False),
        ([0, 0, float("nan"), 3], True, False),
        ([0, float("nan"), 3], False, False),
    ],
)
def test_a_gap_of_half_a_nat_is_an_outlier(values: list[float], high: bool, low: bool) -> None:
    loss = np.array(values, dtype=np.float32)
    groups = group_codes(np.zeros(len(values), dtype=np.int16), pa.array(["x"]), loss)
    table = loss_table(groups, np.ones(len(values), dtype=bool))
    assert (table.has_high_loss_outliers.tolist(), table.has_low_loss_outliers.tolist()) == ([high], [low])


@pytest.mark.shared
def test_a_real_tagger_on_a_real_corpus(real_run: StoredRun) -> None:
    run = Store(real_run.store).open(real_run.id)
    for clauses in ({}, {"outcome": "error"}, {"max-subwords": "1"}):
        assert_run_is_as_exported(run, clauses)
    flagged = loss_table(groups_of(run, FORMS), np.ones(len(run.words), dtype=bool)).has_high_loss_outliers
    assert flagged.any()
