"""The `spans` and `scores` stages, and the strict score against the field's own scorers."""

from __future__ import annotations

import json

import nervaluate
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2

from analysis.run.schema import (
    CONFUSION,
    LOSSES,
    PREDICTIONS,
    SCORES,
    SENTENCE_SCORES,
    SENTENCES,
    SPANS,
    WINDOWS,
    WORDS,
)
from analysis.run.tags import TagSet
from analysis.scores import scorers, scores_stage, spans_stage
from analysis.scores.metrics import entity_scores
from analysis.scores.scores_stage import confusion_of, scores_of
from tests.runs import make_run, random_run
from tests.workspace import MemoryWorkspace, perform

TYPES = ("A", "creative-work", "D")
TAGS = TagSet(TYPES).tags
sequences = st.lists(
    st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), max_size=10), min_size=1, max_size=15
)


def tags_of(tagging):
    return [[gold for gold, _ in pairs] for pairs in tagging], [[said for _, said in pairs] for pairs in tagging]


def run_of(tagging):
    sentences = [(["w"] * len(pairs), [gold for gold, _ in pairs], [said for _, said in pairs]) for pairs in tagging]
    return make_run(sentences, types=TYPES)


def seqeval_of(gold, said, **mode):
    scorers_of = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
    return {name: scorer(gold, said, zero_division=0, **mode) for name, scorer in scorers_of.items()}


def nervaluate_of(gold, said):
    """By another door than the product's: entities read by seqeval, given as dictionaries."""

    def entities(tags):
        return [{"label": kind, "start": first, "end": last} for kind, first, last in get_entities(tags)]

    evaluator = nervaluate.Evaluator(
        [entities(tags) for tags in gold], [entities(tags) for tags in said], tags=list(TYPES), loader="dict"
    )
    overall = evaluator.evaluate()["overall"]
    return {
        schema: {name: getattr(overall[schema], name) for name in ("precision", "recall", "f1")}
        for schema in ("strict", "exact", "partial", "ent_type")
    }


@settings(max_examples=250, deadline=None)
@given(sequences)
def test_strict_score_is_seqevals_default_mode(tagging):
    micro = entity_scores(run_of(tagging)).micro
    found = {"precision": micro.precision.value, "recall": micro.recall.value, "f1": micro.f1.value}
    assert found == pytest.approx(seqeval_of(*tags_of(tagging)))


@settings(max_examples=60, deadline=None)
@given(sequences)
def test_scores_of_the_fields_scorers(tagging):
    gold, said = tags_of(tagging)
    scores = scores_of(run_of(tagging))
    assert scores["seqeval_default"] == pytest.approx(seqeval_of(gold, said))
    assert scores["seqeval_strict"] == pytest.approx(seqeval_of(gold, said, mode="strict", scheme=IOB2))
    for schema, expected in nervaluate_of(gold, said).items():
        assert scores["nervaluate"][schema] == pytest.approx(expected), schema


def test_strict_modes_differ_on_a_stray_tag():
    scores = scores_of(make_run([(["w", "w"], ["I-A", "O"], ["B-A", "O"]), (["w"], ["B-A"], ["B-A"])]))
    assert scores["strict"]["f1"] == scores["seqeval_default"]["f1"] == 1
    assert scores["seqeval_strict"]["precision"] == 0.5
    assert scores["seqeval_strict"]["recall"] == 1


def test_words_without_a_prediction_are_read_as_outside():
    run = make_run([(["a", "b", "c"], ["B-A", "O", "I-A"], [None, "O", "I-A"])], types=TYPES)
    assert scorers.tag_sequences(run) == ([["B-A", "O", "I-A"]], [["O", "O", "I-A"]])
    scores = scores_of(run)
    assert scores["strict"]["recall"] == scores["seqeval_default"]["recall"] == 0.5
    assert scores["strict"]["precision"] == scores["nervaluate"]["strict"]["precision"] == 1


def test_a_type_with_hyphens_is_one_type():
    scores = scores_of(make_run([(["w"] * 2, ["B-creative-work", "I-creative-work"], ["B-creative-work", "O"])]))
    assert list(scores["per_type"]) == ["creative-work"]
    assert scores["nervaluate"]["ent_type"]["f1"] == 1
    assert scores["nervaluate"]["partial"]["f1"] == 0.5


@pytest.mark.parametrize("sentences", [[], [([], [], [])], [(["w"], ["O"], ["O"]), ([], [], [])]])
def test_nothing_to_score_is_zero_and_valid_json(sentences):
    run = make_run(sentences, types=("A",))
    scores, confusion = scores_of(run), confusion_of(run)
    json.dumps([scores, confusion], allow_nan=False)
    for part in (scores["strict"], scores["seqeval_default"], scores["seqeval_strict"], *scores["nervaluate"].values()):
        assert part["f1"] == 0
    assert scores["strict"]["intervals"]["f1"] is None
    assert confusion["types"] == {"labels": ["A"], "counts": [[0, 0], [0, 0]]}


def test_stages_write_what_the_run_then_says():
    run = random_run(40, seed=7)
    windows = np.arange(40, dtype=np.int16)
    given = {value.key: run.read(value) for value in (WORDS, SENTENCES, PREDICTIONS, LOSSES)} | {WINDOWS.key: windows}
    workspace = MemoryWorkspace(values=dict(given))
    perform(spans_stage.STAGE, workspace, run.tag_set)
    assert_frame_equal(workspace.read(SPANS).to_pandas(), run.read(SPANS).to_pandas())  # NaN equals NaN
    assert workspace.read(SENTENCE_SCORES)["windows"].to_pylist() == windows.tolist()
    perform(scores_stage.STAGE, workspace, run.tag_set)
    assert workspace.read(SCORES) == scores_of(run)
    assert workspace.read(CONFUSION) == confusion_of(run)


def test_spans_of_a_tagger_that_tells_neither_losses_nor_windows():
    run = random_run(10, seed=7)
    workspace = MemoryWorkspace(values={value.key: run.read(value) for value in (WORDS, SENTENCES, PREDICTIONS)})
    perform(spans_stage.STAGE, workspace, run.tag_set)
    spans, known = workspace.read(SPANS).to_pandas(), run.read(SPANS).to_pandas()
    losses = ["loss_max", "loss_total"]
    assert_frame_equal(spans.drop(columns=losses), known.drop(columns=losses))
    sentences = workspace.read(SENTENCE_SCORES).to_pandas()
    assert sentences["loss_mean"].isna().all()
    assert (sentences["windows"] == 1).all()
    perform(scores_stage.STAGE, workspace, run.tag_set)
    assert workspace.read(SCORES) == scores_of(run)


def test_json_of_a_run_holds_the_contract():
    run = random_run(40, seed=7)
    scores, confusion = json.loads(json.dumps([scores_of(run), confusion_of(run)], allow_nan=False))
    strict, types = scores["strict"], confusion["types"]
    for part in (
        *(strict, strict["macro"], strict["weighted"], scores["seqeval_default"], scores["seqeval_strict"]),
        *(scores["nervaluate"][schema] for schema in ("strict", "exact", "partial", "ent_type")),
        *scores["per_type"].values(),
        *scores["tags"].values(),
    ):
        assert {"precision", "recall", "f1"} <= set(part)
    assert list(scores["per_type"]) == types["labels"] == list(run.tag_set.types)
    assert list(scores["tags"]) == confusion["tags"]["labels"] == list(run.tag_set.tags)
    counts = np.array(types["counts"])
    assert [scores["per_type"][name]["support"] for name in types["labels"]] == counts[:-1].sum(axis=1).tolist()
    assert [scores["per_type"][name]["predicted"] for name in types["labels"]] == counts[:, :-1].sum(axis=0).tolist()
    assert counts[-1].sum() == scores["outcomes"]["spurious"]
    assert counts[:, -1].sum() == scores["outcomes"]["missed"]
    low, high = strict["intervals"]["f1"]
    assert low < strict["f1"] < high


@pytest.mark.shared
def test_real_tagger_on_a_real_corpus(shared_folder):
    gold, said, words = predictions_on_uner(shared_folder)
    run = make_run(list(zip(words, gold, said, strict=True)))
    scores = scores_of(run)
    assert 0.4 < scores["strict"]["f1"] < 0.7
    assert {name: scores["strict"][name] for name in ("precision", "recall", "f1")} == pytest.approx(
        seqeval_of(gold, said)
    )
    assert scores["seqeval_strict"] == pytest.approx(seqeval_of(gold, said, mode="strict", scheme=IOB2))
    assert scores["nervaluate"]["strict"]["f1"] == pytest.approx(scores["strict"]["f1"])
    assert sum(run.sentences.gold_spans) == sum(len(get_entities(tags)) for tags in gold)
    assert sum(run.sentences.predicted_spans) == sum(len(get_entities(tags)) for tags in said)


def predictions_on_uner(folder):
    """Gold tags, first-subword predictions and words of a part of uner-ewt/test, with transformers alone."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    text = (folder / "data/uner-ewt/test.conll").read_text(encoding="utf-8")
    sentences = [[line.split("\t") for line in part.splitlines()] for part in text.strip().split("\n\n")[:600]]
    words = [[line[0] for line in lines] for lines in sentences]
    gold = [[line[1] for line in lines] for lines in sentences]
    tokenizer = AutoTokenizer.from_pretrained(folder / "models/minilm-l6-conll03")
    model = AutoModelForTokenClassification.from_pretrained(folder / "models/minilm-l6-conll03").eval()
    said: list[list[str]] = [[] for _ in words]
    order = sorted(range(len(words)), key=lambda row: len(words[row]))
    for first in range(0, len(order), 64):
        rows = order[first : first + 64]
        batch = tokenizer([words[row] for row in rows], is_split_into_words=True, padding=True, return_tensors="pt")
        with torch.inference_mode():
            best = model(**batch).logits.argmax(-1)
        for place, row in enumerate(rows):
            word_ids = batch.word_ids(place)
            firsts = [word_ids.index(word) if word in word_ids else None for word in range(len(words[row]))]
            said[row] = ["O" if at is None else model.config.id2label[int(best[place, at])] for at in firsts]
    return gold, said, words
