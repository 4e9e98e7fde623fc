"""Counts and scores against scikit-learn, seqeval and a bootstrap that really draws sentences."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from sklearn.metrics import classification_report, confusion_matrix

from analysis.run.schema import OUTCOMES
from analysis.run.tags import MISSING, TagSet
from analysis.scores.metrics import entity_scores, outcome_counts, tag_confusion, tag_report, type_confusion
from tests.runs import make_run, random_run
from tests.work import calls_in

TYPES = ("A", "B-c", "D")
TAGS = TagSet(TYPES).tags
tag_pairs = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=12)
taggings = st.lists(tag_pairs, min_size=1, max_size=5)


def run_of(tagging, types=TYPES):
    sentences = [(["w"] * len(pairs), [gold for gold, _ in pairs], [said for _, said in pairs]) for pairs in tagging]
    return make_run(sentences, types=types)


def three(score):
    return score.precision.value, score.recall.value, score.f1.value


@settings(max_examples=100, deadline=None)
@given(taggings)
def test_averages_and_types_equal_seqeval(tagging):
    gold = [[pair[0] for pair in pairs] for pairs in tagging]
    said = [[pair[1] for pair in pairs] for pairs in tagging]
    scores = entity_scores(run_of(tagging))
    occurring = sorted({kind for tags in (*gold, *said) for kind, _, _ in get_entities(tags)})

    def seqeval(average):
        return precision_recall_fscore_support(gold, said, average=average, zero_division=0)

    if occurring:
        for average in ("micro", "macro", "weighted"):
            assert three(getattr(scores, average)) == pytest.approx(seqeval(average)[:3]), average
    each = list(zip(*seqeval(None), strict=True))
    for name in TYPES:
        *expected, support = each[occurring.index(name)] if name in occurring else (0, 0, 0, 0)
        assert three(scores.per_type[name]) == pytest.approx(expected)
        assert scores.per_type[name].support == support


@pytest.mark.parametrize("seed", range(3))
def test_tag_report_and_confusion_equal_scikit_learn(seed):
    run = random_run(60, seed=seed)
    words, names = run.words, run.tag_set.tags
    mask = np.random.default_rng(seed).random(len(words)) < 0.6
    for word_mask in (None, mask):
        both = (words.gold_tag != MISSING) & (words.predicted_tag != MISSING)
        both &= True if word_mask is None else word_mask
        gold = [names[code] for code in words.gold_tag[both]]
        said = [names[code] for code in words.predicted_tag[both]]
        assert (tag_confusion(run, word_mask) == confusion_matrix(gold, said, labels=names)).all()
        expected = classification_report(gold, said, labels=names, output_dict=True, zero_division=0)
        for tag, score in tag_report(run, word_mask).items():
            row = expected[tag]
            assert three(score) == pytest.approx((row["precision"], row["recall"], row["f1-score"]))
            assert score.support == row["support"]


def test_every_word_lacks_a_tag_somewhere():
    run = make_run([(["a", "b"], ["B-A", None], [None, "O"])], types=TYPES)
    assert tag_confusion(run).shape == (7, 7)
    assert not tag_confusion(run).any()
    assert not tag_report(run)["B-A"].recall.defined


@settings(max_examples=100, deadline=None)
@given(taggings, st.randoms(use_true_random=False))
def test_margins_of_the_type_matrix_are_gold_and_predicted_counts(tagging, random):
    run = run_of(tagging)
    mask = np.array([random.random() < 0.5 for _ in range(len(run.spans))], dtype=bool)
    for span_mask in (None, mask):
        rows = slice(None) if span_mask is None else span_mask
        gold, said = run.spans.gold_type[rows], run.spans.predicted_type[rows]
        counts = type_confusion(run, span_mask)
        assert counts.shape == (4, 4)
        for code in range(3):
            assert counts[code].sum() == (gold == code).sum()
            assert counts[:, code].sum() == (said == code).sum()
        assert counts[3].sum() == (gold == MISSING).sum()
        assert counts[:, 3].sum() == (said == MISSING).sum()
        assert counts[3, 3] == 0
        outcomes = outcome_counts(run, span_mask)
        assert outcomes.total.sum() == counts.sum()
        assert (outcomes.by_gold_type.sum(axis=1) == counts.sum(axis=1)).all()
        assert (outcomes.by_predicted_type.sum(axis=1) == counts.sum(axis=0)).all()


def test_outcomes_worked_by_hand():
    run = make_run(
        [
            (["w"] * 4, ["B-A", "O", "B-D", "O"], ["B-A", "O", "B-A", "O"]),  # correct, type
            (["w"] * 4, ["B-A", "I-A", "O", "B-D"], ["B-A", "O", "B-A", "O"]),  # boundary, spurious, missed
        ],
        types=TYPES,
    )
    counts = outcome_counts(run)
    assert dict(zip(OUTCOMES, counts.total.tolist(), strict=True)) == {
        "correct": 1, "type": 1, "boundary": 1, "type+boundary": 0, "missed": 1, "spurious": 1,
    }  # fmt: skip
    assert counts.by_gold_type.tolist() == [[1, 0, 1, 0, 0, 0], [0] * 6, [0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]
    assert counts.by_predicted_type.tolist() == [[1, 1, 1, 0, 0, 1], [0] * 6, [0] * 6, [0, 0, 0, 0, 1, 0]]


def test_scores_under_a_mask_are_those_of_a_corpus_of_what_is_left():
    tagging = [
        [("B-A", "B-A"), ("O", "B-D")],
        [("B-D", "O"), ("B-A", "B-D")],
        [("B-A", "B-A"), ("B-D", "B-D")],
    ]
    run, part = run_of(tagging), run_of([tagging[0], tagging[2]])
    scores, expected = entity_scores(run, run.spans.sentence != 1), entity_scores(part)
    for average in ("micro", "macro", "weighted"):
        assert three(getattr(scores, average)) == three(getattr(expected, average))
        assert getattr(scores, average).support == getattr(expected, average).support


def test_nothing_to_divide_by():
    run = make_run([(["w"] * 2, ["B-A", "O"], ["O", "B-D"])], types=TYPES)
    scores = entity_scores(run)
    a, d, never = (scores.per_type[name] for name in ("A", "D", "B-c"))
    assert [figure.defined for figure in (a.precision, a.recall, a.f1)] == [False, True, True]
    assert [figure.defined for figure in (d.precision, d.recall, d.f1)] == [True, False, True]
    assert [figure.defined for figure in (never.precision, never.recall, never.f1)] == [False] * 3
    assert three(a) == three(d) == three(never) == (0, 0, 0)
    assert np.isnan([a.precision.low, a.precision.high]).all()
    assert (a.recall.low, a.recall.high) == (0, 0)


@pytest.mark.parametrize("types", [(), TYPES])
def test_a_corpus_without_a_span(types):
    scores = entity_scores(make_run([(["w"], ["O"], ["O"]), ([], [], [])], types=types))
    assert three(scores.micro) == three(scores.macro) == three(scores.weighted) == (0, 0, 0)
    assert not scores.micro.f1.defined
    assert list(scores.per_type) == list(types)


def test_a_selection_without_a_row():
    run = random_run(5)
    scores = entity_scores(run, np.zeros(len(run.spans), dtype=bool))
    assert scores.micro.support == scores.micro.predicted == 0
    assert not scores.micro.f1.defined


def sentence_counts(run):
    """Correct, predicted and gold spans of type ORG and of all types in each sentence, counted by seqeval.

    Words without a gold tag are removed first.
    """
    names = [*run.tag_set.tags, "O"]
    counts = []
    for sentence in range(len(run.sentences)):
        rows = np.flatnonzero((run.words.sentence == sentence) & (run.words.gold_tag != MISSING))
        gold = set(get_entities([names[code] for code in run.words.gold_tag[rows]]))
        said = set(get_entities([names[code] for code in run.words.predicted_tag[rows]]))
        of_all = (len(gold & said), len(said), len(gold))
        counts.append((*of_all, *(sum(kind == "ORG" for kind, _, _ in part) for part in (gold & said, said, gold))))
    return np.array(counts)


def test_intervals_are_those_of_drawing_sentences_again():
    run = random_run(250, seed=5)
    scores = entity_scores(run)
    counts = sentence_counts(run)
    random = np.random.default_rng(1)
    drawn = [counts[random.integers(0, len(counts), len(counts))].sum(axis=0) for _ in range(4000)]
    correct, predicted, gold, correct_org, predicted_org, gold_org = np.array(drawn).T
    for figure, samples in (
        (scores.micro.precision, correct / predicted),
        (scores.micro.recall, correct / gold),
        (scores.micro.f1, 2 * correct / (predicted + gold)),
        (scores.per_type["ORG"].precision, correct_org / predicted_org),
        (scores.per_type["ORG"].recall, correct_org / gold_org),
    ):
        low, high = np.percentile(samples, [2.5, 97.5])
        tolerance = 0.06 * (high - low)  # what 1,000 resamples leave to chance
        assert (figure.low, figure.high) == pytest.approx((low, high), abs=tolerance)
        assert figure.low < figure.value < figure.high


def test_intervals_do_not_change_from_call_to_call():
    assert entity_scores(random_run(40)) == entity_scores(random_run(40))


@pytest.mark.parametrize(("function", "rows"), [(tag_confusion, "words"), (type_confusion, "spans")])
def test_counting_takes_as_many_steps_for_many_words_as_for_few(function, rows):
    few, many = (random_run(sentences) for sentences in (100, 1_000))
    masks = {run: np.arange(len(getattr(run, rows))) % 3 > 0 for run in (few, many)}
    steps = [calls_in(partial(function, run, mask)) for run, mask in masks.items()]
    assert steps[0] == steps[1] < 50


def test_entity_scores_take_as_many_steps_for_many_words_as_for_few():
    few, many = (random_run(sentences) for sentences in (100, 1_000))
    steps = [calls_in(partial(entity_scores, run, np.arange(len(run.spans)) % 3 > 0)) for run in (few, many)]
    assert abs(steps[0] - steps[1]) < 50
    assert max(steps) < 1_000


def test_memory_grows_with_the_types_and_not_with_their_square():
    types = tuple(f"T{number}" for number in range(300))
    run = make_run([([name], [f"B-{name}"], [f"B-{types[0]}"]) for name in types], types=types)
    tracemalloc.start()
    scores = entity_scores(run)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scores.micro.correct == 1
    assert peak < 100 * 2**20
