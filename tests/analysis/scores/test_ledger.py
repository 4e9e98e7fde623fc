"""The ledger against seqeval's reading of tags, the pairing rule told literally, and examples worked by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from analysis.run.schema import OUTCOMES, SPANS
from analysis.run.tags import MISSING, TagSet
from analysis.scores.ledger import build_ledger, read_spans
from tests.runs import make_run, random_run
from tests.work import calls_in

TYPES = ("A", "B-c", "D")
TAGS = TagSet(TYPES).tags
pairs_of_tags = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from([*TAGS, None])), max_size=12)
taggings = st.lists(pairs_of_tags, max_size=6)


def run_of(tagging):
    sentences = [(["w"] * len(pairs), [gold for gold, _ in pairs], [said for _, said in pairs]) for pairs in tagging]
    return make_run(sentences, types=TYPES)


def entities(tag_names):
    """(type, start, end) as seqeval's default mode reads them; end exclusive."""
    return [(name, first, last + 1) for name, first, last in get_entities([tag or "O" for tag in tag_names])]


def rows_of(run):
    spans = run.spans

    def side(kind, start, end):
        return None if kind == MISSING else (TYPES[kind], int(start), int(end))

    return [
        (
            int(spans.sentence[row]),
            side(spans.gold_type[row], spans.gold_start[row], spans.gold_end[row]),
            side(spans.predicted_type[row], spans.predicted_start[row], spans.predicted_end[row]),
            OUTCOMES[spans.outcome[row]],
        )
        for row in range(len(spans))
    ]


def overlap(gold, said):
    shared = min(gold[2], said[2]) - max(gold[1], said[1])
    return max(shared, 0) / (max(gold[2], said[2]) - min(gold[1], said[1]))


def pairing_rule(gold, predicted):
    """DESIGN's rule told literally: go through the classes; in each take the largest IoU, then the leftmost."""
    gold, predicted, rows = list(gold), list(predicted), []
    classes = [
        lambda g, p: g == p,
        lambda g, p: g[1:] == p[1:],
        lambda g, p: overlap(g, p) > 0 and g[0] == p[0],
        lambda g, p: overlap(g, p) > 0,
    ]
    for belongs in classes:
        while True:
            open_pairs = [(g, p) for g in gold for p in predicted if belongs(g, p)]
            if not open_pairs:
                break
            g, p = min(open_pairs, key=lambda pair: (-overlap(*pair), min(pair[0][1], pair[1][1]), pair[1][1]))
            gold.remove(g)
            predicted.remove(p)
            same_type, same_bounds = g[0] == p[0], g[1:] == p[1:]
            names = {(True, True): "correct", (False, True): "type", (True, False): "boundary"}
            rows.append((g, p, names.get((same_type, same_bounds), "type+boundary")))
    rows += [(g, None, "missed") for g in gold] + [(None, p, "spurious") for p in predicted]
    return rows


@settings(max_examples=150, deadline=None)
@given(taggings)
def test_rows_follow_the_pairing_rule(tagging):
    run = run_of(tagging)
    expected = [
        (number, *row)
        for number, pairs in enumerate(tagging)
        for row in pairing_rule(entities([gold for gold, _ in pairs]), entities([said for _, said in pairs]))
    ]
    assert sorted(map(str, rows_of(run))) == sorted(map(str, expected))
    starts = [(row[0], min(span[1] for span in row[1:3] if span is not None)) for row in rows_of(run)]
    assert starts == sorted(starts)


@settings(max_examples=150, deadline=None)
@given(taggings)
def test_every_span_stands_in_exactly_one_row(tagging):
    run = run_of(tagging)
    for side, column in ((0, 1), (1, 2)):
        in_data = [(n, *span) for n, pairs in enumerate(tagging) for span in entities([pair[side] for pair in pairs])]
        in_ledger = [(row[0], *row[column]) for row in rows_of(run) if row[column] is not None]
        assert sorted(in_ledger) == sorted(in_data)
    sentences, spans = run.sentences, run.spans
    for counts, types in (
        (sentences.gold_spans, spans.gold_type),
        (sentences.predicted_spans, spans.predicted_type),
    ):
        assert counts.sum() == np.count_nonzero(types != MISSING)


@pytest.mark.parametrize(
    ("gold", "predicted", "rows"),
    [
        ("B-A I-A O", "B-A I-A O", [("A0:2", "A0:2", "correct")]),
        ("B-A I-A O", "B-D I-D O", [("A0:2", "D0:2", "type")]),
        ("B-A I-A O", "B-A O O", [("A0:2", "A0:1", "boundary")]),
        ("B-A I-A O", "O B-D I-D", [("A0:2", "D1:3", "type+boundary")]),
        ("B-A O O", "O O B-A", [("A0:1", None, "missed"), (None, "A2:3", "spurious")]),
        # A stray I- begins a span; one of another type begins another.
        ("O I-A I-D", "O B-A B-D", [("A1:2", "A1:2", "correct"), ("D2:3", "D2:3", "correct")]),
        # Same bounds of another type go before an overlap of the same type.
        ("B-A B-D I-D", "I-D B-D O", [("A0:1", "D0:1", "type"), ("D1:3", "D1:2", "boundary")]),
        # An overlap of the same type goes before a larger one of another type.
        ("B-A I-A I-A I-A", "B-D I-D I-D B-A", [("A0:4", "A3:4", "boundary"), (None, "D0:3", "spurious")]),
        # Of two of the same type the larger overlap; of two as large the leftmost.
        ("B-A I-A I-A", "B-A B-A I-A", [("A0:3", "A1:3", "boundary"), (None, "A0:1", "spurious")]),
        ("B-A I-A O", "B-A B-A O", [("A0:2", "A0:1", "boundary"), (None, "A1:2", "spurious")]),
    ],
)
def test_worked_examples(gold, predicted, rows):
    def side(span):
        return span and f"{span[0]}{span[1]}:{span[2]}"

    run = make_run([(["w"] * len(gold.split()), gold.split(), predicted.split())], types=TYPES)
    found = {(side(row[1]), side(row[2]), row[3]) for row in rows_of(run)}
    assert found == set(rows)


def test_a_missing_prediction_ends_a_span_and_a_sentence_does_too():
    run = make_run([(["a", "b", "c"], ["O"] * 3, ["B-A", None, "I-A"]), (["d"], ["O"], ["I-A"])], types=TYPES)
    assert [(row[0], row[2]) for row in rows_of(run)] == [(0, ("A", 0, 1)), (0, ("A", 2, 3)), (1, ("A", 0, 1))]


def test_probabilities_and_losses_of_rows():
    # Gold A spans words 1-2, predicted A words 2-3: loss over both, p over the predicted one. Word 5 is missed.
    run = make_run(
        [
            (["x"] * 2, ["O", "O"], ["O", "O"]),
            (["w"] * 6, ["O", "B-A", "I-A", "O", "O", "B-D"], ["O", "O", "B-A", "I-A", "O", "O"]),
            (["v"], ["B-A"], [None]),
        ],
        losses=[[0.1, 0.1], [0.1, 4.0, 1.0, 2.0, 0.3, 7.0], [float("nan")]],
        types=TYPES,
    )
    p, spans = run.words.p_predicted[2:], run.spans
    assert spans.p_min[:2] == pytest.approx([min(p[2], p[3]), p[5]])
    assert spans.p_mean[:2] == pytest.approx([(p[2] + p[3]) / 2, p[5]])
    assert spans.loss_max[:2] == pytest.approx([4.0, 7.0])
    assert spans.loss_total[:2] == pytest.approx([7.0, 7.0])
    assert spans.iou == pytest.approx([1 / 3, 0, 0])
    assert np.isnan([spans.p_min[2], spans.p_mean[2], spans.loss_max[2]]).all()
    assert spans.loss_total[2] == 0


def test_sentences_table():
    run = make_run(
        [
            ([], [], []),
            (["Ada", "in", "<b>", "!"], ["B-A", "O", None, "O"], ["B-D", "O", "B-A", "O"]),
            ([], [], []),
        ],
        losses=[[], [2.5, 0.5, float("nan"), 0.0], []],
        types=TYPES,
    )
    sentences = run.sentences
    assert sentences.text.to_pylist() == ["", "Ada in <b> !", ""]
    assert sentences.first_word.tolist() == [0, 0, 4]
    assert sentences.word_count.tolist() == [0, 4, 0]
    assert sentences.gold_spans.tolist() == [0, 1, 0]
    assert sentences.predicted_spans.tolist() == [0, 1, 0]
    assert sentences.wrong_words.tolist() == [0, 1, 0]
    assert sentences.loss_total.tolist() == [0, 3.0, 0]
    assert sentences.loss_mean[1] == 1.0
    assert sentences.loss_max[1] == 2.5
    assert np.isnan(sentences.loss_mean[[0, 2]]).all()
    assert np.isnan(sentences.loss_max[[0, 2]]).all()


def test_ledger_of_a_corpus_without_a_word():
    table = build_ledger(make_run([([], [], [])], types=TYPES).words)
    assert table.num_rows == 0
    assert table.schema == SPANS.schema


def test_read_spans_gives_rows_of_the_whole_corpus():
    spans = read_spans(np.array([1, 2, 0, 2, -1, 2]), np.array([0, 0, 0, 1, 1, 1]))
    assert list(zip(spans.start, spans.end, spans.type, strict=True)) == [(0, 2, 0), (3, 4, 0), (5, 6, 0)]


def test_a_ledger_of_many_words_takes_as_many_steps_as_one_of_few():
    steps = [calls_in(partial(build_ledger, random_run(sentences).words)) for sentences in (100, 1_000)]
    assert steps[0] == steps[1] < 2_000
