"""Words without a gold tag (-100 in data for transformers) count nowhere, as in transformers' run_ner with seqeval."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2

from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.run.schema import OUTCOMES
from analysis.run.tags import TagSet
from analysis.scores.metrics import entity_scores
from analysis.scores.scores_stage import scores_of
from tests.runs import make_run

TYPES = ("A", "D")
TAGS = TagSet(TYPES).tags
IGNORED = None

Pairs = list[tuple[str | None, str]]


def run_of(tagging: list[Pairs]):
    sentences = [(["w"] * len(pairs), [gold for gold, _ in pairs], [said for _, said in pairs]) for pairs in tagging]
    return make_run(sentences, types=TYPES)


def kept(tagging: list[Pairs]) -> tuple[list[list[str]], list[list[str]]]:
    """What `compute_metrics` of transformers' run_ner gives to seqeval: positions labelled -100 are removed."""
    true_predictions = [[said for gold, said in pairs if gold is not IGNORED] for pairs in tagging]
    true_labels = [[gold for gold, _ in pairs if gold is not IGNORED] for pairs in tagging]
    return true_labels, true_predictions


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from([*TAGS, IGNORED]), st.sampled_from(TAGS)), max_size=8), max_size=4))
def test_scores_are_those_of_seqeval_without_the_ignored_words(tagging: list[Pairs]) -> None:
    gold, said = kept(tagging)
    run = run_of(tagging)
    micro, scores = entity_scores(run).micro, scores_of(run)
    found = (micro.precision.value, micro.recall.value, micro.f1.value)
    expected = (0.0, 0.0, 0.0)
    strict = expected
    if any(gold):
        expected = tuple(score(gold, said, zero_division=0) for score in (precision_score, recall_score, f1_score))
        strict = tuple(
            score(gold, said, zero_division=0, mode="strict", scheme=IOB2)
            for score in (precision_score, recall_score, f1_score)
        )
    assert found == pytest.approx(expected)
    assert tuple(scores["seqeval_default"].values()) == pytest.approx(expected)
    assert tuple(scores["seqeval_strict"].values()) == pytest.approx(strict)
    assert micro.support == sum(len(get_entities(tags)) for tags in gold)
    assert micro.predicted == sum(len(get_entities(tags)) for tags in said)


@pytest.mark.parametrize(
    ("gold", "predicted", "rows"),
    [
        # A prediction on ignored words alone does not exist.
        ("- - O B-A", "B-A I-A O B-A", [((3, 4), (3, 4), "correct")]),
        # A prediction that begins before the gold entity, on an ignored word.
        ("- B-A I-A O", "B-A I-A I-A O", [((1, 3), (1, 3), "correct")]),
        # An ignored word inside an entity: both continue after it.
        ("B-A - I-A", "B-A O I-A", [((0, 3), (0, 3), "correct")]),
        ("B-A - I-A", "B-A B-D I-A", [((0, 3), (0, 3), "correct")]),
        # Entities that only an ignored word separates.
        ("B-A - B-A", "B-A I-A I-A", [((0, 1), (0, 3), "boundary"), ((2, 3), None, "missed")]),
        # The bounds of what is left.
        ("O B-A I-A -", "O B-A O I-A", [((1, 3), (1, 2), "boundary")]),
        ("- - -", "B-A I-A O", []),
    ],
)
def test_worked_examples(gold: str, predicted: str, rows: list[object]) -> None:
    pairs: Pairs = [
        (IGNORED if tag == "-" else tag, said) for tag, said in zip(gold.split(), predicted.split(), strict=True)
    ]
    run = run_of([[("O", "O")], pairs])
    spans = run.spans

    def side(start, end, row):
        return None if start[row] < 0 else (int(start[row]), int(end[row]))

    found = [
        (
            side(spans.gold_start, spans.gold_end, row),
            side(spans.predicted_start, spans.predicted_end, row),
            OUTCOMES[spans.outcome[row]],
        )
        for row in range(len(spans))
    ]
    assert found == rows
    assert (spans.sentence == 1).all()


def test_probabilities_and_losses_of_ignored_words_count_in_no_span() -> None:
    run = make_run([(["w"] * 3, ["B-A", None, "I-A"], ["B-A", "O", "I-A"])], losses=[[1.0, 50.0, 2.0]], types=TYPES)
    p = run.words.p_predicted
    assert run.spans.loss_total.tolist() == [3.0]
    assert run.spans.loss_max.tolist() == [2.0]
    assert run.spans.p_min[0] == pytest.approx(min(p[0], p[2]))
    assert run.spans.p_mean[0] == pytest.approx(np.mean([p[0], p[2]]))


def test_an_entity_of_a_corpus_continues_after_an_ignored_word(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    rows = [{"tokens": ["New", "##er", "York", "x"], "ner_tags": [1, -100, 2, 0]}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    corpus = load_corpus(CorpusOptions(str(path), tag_names=("O", "B-LOC", "I-LOC")))
    assert corpus.tags == ["B-LOC", None, "I-LOC", "O"]
    assert corpus.audit["invalid_transitions"]["count"] == 0
