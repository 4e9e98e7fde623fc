"""A wrong word means the same in every tab: it has a gold tag and a prediction, and the two differ."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.run.run import Run
from analysis.run.tags import is_wrong
from app.tabs.misclassified import wrong_sentences
from app.tabs.samples import sample_page, sentences_by_loss
from app.views.errors_grid import error_rows, grid_rows
from app.views.map_data import word_map
from app.views.row_grid import LARGEST_BLOCK
from app.views.sentence_list import wrong_words
from app.views.table_grid import ORDER, table_block
from components.palette import LIGHT
from components.type_palette import TypePalette
from tests.app.catalog import state_of
from tests.components.tree import as_components, by_class, text_of
from tests.runs import make_run, random_run

BY_HAND = make_run(
    [
        (["right", "wrong", "missed"], ["B-X", "O", "B-X"], ["B-X", "B-X", "O"]),
        (["unlabelled", "tagged"], [None, None], ["O", "B-X"]),
        (["unread", "unread"], ["B-X", "O"], [None, None]),
        (["neither", "wrong"], [None, "B-X"], [None, "B-Y"]),
    ]
)
WRONG = [1, 2, 8]
LARGE = random_run(60, seed=12)


def worked_out(run: Run) -> list[int]:
    """Rows of the wrong words, one by one."""
    tags = zip(run.words.gold_tag.tolist(), run.words.predicted_tag.tolist(), strict=True)
    return [row for row, (gold, predicted) in enumerate(tags) if gold >= 0 and predicted >= 0 and gold != predicted]


def test_a_word_without_a_gold_tag_or_without_a_prediction_is_not_wrong() -> None:
    assert np.flatnonzero(BY_HAND.words.is_wrong).tolist() == WRONG == worked_out(BY_HAND)
    assert is_wrong(np.array([-1, -1, 0, 0, 1]), np.array([-1, 0, -1, 0, 2])).tolist() == [False] * 4 + [True]


@pytest.mark.parametrize("run", [BY_HAND, LARGE], ids=["by hand", "random"])
def test_every_tab_counts_the_same_words(run: Run) -> None:
    wrong = worked_out(run)
    by_sentence = np.bincount(run.words.sentence[wrong], minlength=len(run.sentences)).tolist()
    assert len(wrong) < np.count_nonzero(run.words.gold_tag != run.words.predicted_tag)

    assert run.sentences.wrong_words.tolist() == by_sentence
    counts = [wrong_words(run, sentence).split(" ")[0] for sentence in range(len(run.sentences))]
    assert counts == [str(number) for number in by_sentence]

    shown = word_map(run, "umap", "all", "predicted", TypePalette(LIGHT))
    bordered = [int(row) for _, disagree in shown.members for row in disagree]
    assert sorted(bordered) == wrong

    assert sorted(error_rows(state_of(run, level="tags")).rows.tolist()) == wrong

    marked = [
        row["word_row"]
        for row in table_block("words")(state_of(run), 0, len(run.words), ORDER, False)["rows"]
        if row["predicted_tag"] and "≠" in row["predicted_tag"]
    ]
    assert marked == [row for row in wrong if row < LARGEST_BLOCK]

    listed = as_components(sample_page(state_of(run, quiet="shown"), sentences_by_loss(state_of(run))))
    rows = [row for row in by_class(listed, "wrong") if by_class(row, "word-text")]
    texts = run.words.text.to_pylist()
    page = sentences_by_loss(state_of(run))[: len(by_class(listed, "item"))]
    assert [text_of(by_class(row, "word-text")[0]) for row in rows] == [
        texts[word] for sentence in page for word in wrong if run.words.sentence[word] == sentence
    ]


def test_misclassified_lists_sentences_with_wrong_words() -> None:
    """Gold and predicted spans differ in every sentence, but not in words that have both tags."""
    run = make_run(
        [
            (["wrong"], ["B-X"], ["B-Y"]),
            (["unlabelled"], [None], ["O"]),
            (["unread"], ["O"], [None]),
        ]
    )
    assert wrong_sentences(state_of(run)).tolist() == np.flatnonzero(run.sentences.wrong_words).tolist() == [0]


def test_word_without_gold_tag_or_prediction_has_no_badge() -> None:
    view = state_of(BY_HAND, {"pred-tag": "O"}, level="tags")
    kinds = {row["word_row"]: row["kind"] for row in grid_rows(view, 0, 10, "loss", True)["rows"]}
    assert kinds == {2: "missed", 3: None}
