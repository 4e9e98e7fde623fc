"""The tables of subwords against plain transformers: every subword, in windows too, for every kind of tokenizer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from analysis.corpus.corpus import CorpusOptions, load_corpus
from analysis.pipeline.pipeline import tag_set_of
from tests.analysis.taggers.test_predictions import (
    HUGE_WORD,
    LONG,
    SHORT,
    ZERO_WIDTH,
    Plain,
    StoppedError,
    column,
    load,
    make_corpus,
    one_thread,
    run_stage,
    with_batches,
)
from tests.tiny_models import FAMILIES, MAX_LENGTH, build_tagger
from tests.workspace import MemoryWorkspace

__all__ = ["one_thread"]  # a fixture of every test here too

NULL = (-1, -1, None)


def said_of_subwords(plain: Plain, sentence: list[str]) -> list[tuple[int, int, int, int, float | None]]:
    """Id, word, window, label and its probability for every subword, by transformers alone, a window at a time."""
    whole = plain.tokenizer(sentence, is_split_into_words=True, add_special_tokens=False)
    ids, word_ids = whole["input_ids"], whole.word_ids()
    around = plain.tokenizer.num_special_tokens_to_add()
    cls, sep = ([plain.tokenizer.cls_token_id], [plain.tokenizer.sep_token_id]) if around else ([], [])
    capacity = min(plain.tokenizer.model_max_length, plain.model.config.max_position_embeddings) - around
    last = len(ids) - capacity
    cuts = [*range(0, last, capacity // 2), last] if last > 0 else [0]
    p = {}
    for window, cut in enumerate(cuts):
        with torch.no_grad():
            logits = plain.model(input_ids=torch.tensor([[*cls, *ids[cut : cut + capacity], *sep]])).logits[0]
        for token in range(cut, min(cut + capacity, len(ids))):
            p[window, token] = torch.softmax(logits[token - cut + len(cls)], -1)

    def poorer_side(window: int, token: int) -> float:
        left = token - cuts[window] if window else np.inf
        right = cuts[window] + capacity - 1 - token if window < len(cuts) - 1 else np.inf
        return min(left, right)

    rows = []
    for token, word in enumerate(word_ids):
        first = word_ids.index(word)
        window = max(range(len(cuts)), key=lambda window, token=first: poorer_side(window, token))
        if (window, token) in p:
            best = int(p[window, token].argmax())
            rows.append((ids[token], word, window, best, float(p[window, token][best])))
        else:
            rows.append((ids[token], word, *NULL))
    return rows


def assert_like_plain(workspace: MemoryWorkspace, corpus: Any, plain: Plain) -> None:
    table = workspace.values["subwords"]
    codes = tag_set_of(corpus, list(plain.label2id)).tag_codes
    wanted = [
        (number, begin + word, window, codes[plain.model.config.id2label[label]] if window >= 0 else -1, p)
        for begin, end in pairwise(corpus.offsets)
        if begin < end
        for number, word, window, label, p in said_of_subwords(plain, corpus.words[begin:end])
    ]
    assert table.num_rows == len(wanted)
    ids, words, windows, tags, p = zip(*wanted, strict=True)
    assert table["id"].to_pylist() == list(ids)
    assert table["word"].to_pylist() == list(words)
    assert table["window"].to_pylist() == list(windows)
    assert table["tag"].to_pylist() == list(tags)
    np.testing.assert_allclose(
        table["p"].to_numpy().astype(float), [np.nan if each is None else each for each in p], atol=1e-3
    )

    vocabulary = workspace.values["vocabulary"]
    assert vocabulary["id"].to_pylist() == sorted(set(ids))
    assert vocabulary["token"].to_pylist() == plain.tokenizer.convert_ids_to_tokens(sorted(set(ids)))


def assert_agrees_with_words(workspace: MemoryWorkspace) -> None:
    """What the two tables both say of a word's first subword is the same."""
    table = workspace.values["subwords"]
    words, first = np.unique(table["word"].to_numpy(), return_index=True)
    assert words.tolist() == np.flatnonzero(column(workspace, "subwords")).tolist()
    np.testing.assert_array_equal(table["tag"].to_numpy()[first], column(workspace, "predicted_tag")[words])
    np.testing.assert_array_equal(
        table["p"].to_numpy()[first], column(workspace, "p_predicted")[words].astype(np.float16)
    )
    np.testing.assert_array_equal(np.bincount(table["word"].to_numpy()), column(workspace, "subwords")[: words[-1] + 1])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_subword_is_as_plain_transformers_says(family: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family)
    corpus = make_corpus([*SHORT, [], ["a", ZERO_WIDTH, "b"], LONG, *SHORT[::-1]])
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    plain = Plain(folder)
    assert_like_plain(workspace, corpus, plain)
    assert_agrees_with_words(workspace)
    special = workspace.values["special_tokens"]
    empty = plain.tokenizer("")
    assert [each["id"] for each in [*special["prefix"], *special["suffix"]]] == empty["input_ids"]
    assert [each["token"] for each in [*special["prefix"], *special["suffix"]]] == empty.tokens()
    assert special["capacity"] == MAX_LENGTH - len(empty["input_ids"])


@pytest.mark.parametrize("family", ["bert-cased", "gpt2", "xlm-roberta"])
def test_what_of_a_word_lies_beyond_its_window_is_null(family: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family)
    corpus = make_corpus([["Berlin", "xyz" * 40, "Paris", "London"], SHORT[0], HUGE_WORD])
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    assert_like_plain(workspace, corpus, Plain(folder))
    assert_agrees_with_words(workspace)
    table = workspace.values["subwords"]
    unread = table["window"].to_numpy() == -1
    assert (unread == np.isnan(table["p"].to_numpy())).all()
    assert (unread == (table["tag"].to_numpy() == -1)).all()


def test_a_corpus_without_a_subword_has_none(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    workspace = run_stage(make_corpus([[ZERO_WIDTH], [ZERO_WIDTH]]), load(folder), tmp_path / "scratch")
    assert workspace.values["subwords"].num_rows == workspace.values["vocabulary"].num_rows == 0


def test_a_tagger_without_begin_labels_begins_its_spans_as_in_words(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased", labels=["O", "I-PER", "I-LOC", "I-ORG"])
    workspace = run_stage(make_corpus([*SHORT, LONG]), load(folder), tmp_path / "scratch")
    assert_agrees_with_words(workspace)


def test_a_stopped_pass_goes_on_to_the_same_subwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_batches(monkeypatch, 30, 60)
    folder = build_tagger(tmp_path / "tagger", "roberta")
    corpus = make_corpus([*SHORT, LONG, *SHORT])
    calls: list[int] = []

    def stop(done: int, *_: Any) -> None:
        calls.append(done)
        if len(calls) > 7:
            raise StoppedError

    with pytest.raises(StoppedError):
        run_stage(corpus, load(folder), tmp_path / "broken", progress=stop)
    resumed_at: list[int] = []
    resumed = run_stage(corpus, load(folder), tmp_path / "broken", progress=lambda done, *_: resumed_at.append(done))
    assert resumed_at[0] > 0
    unbroken = run_stage(corpus, load(folder), tmp_path / "unbroken")
    columns = (resumed.values["subwords"], unbroken.values["subwords"])
    assert all(columns[0][name].equals(columns[1][name]) for name in ("id", "word", "tag", "window"))
    np.testing.assert_array_equal(*(table["p"].to_numpy() for table in columns))


@pytest.mark.shared
@pytest.mark.parametrize(("model", "data"), [("conll03", "uner-ewt"), ("wnut17", "wnut17")])
def test_real_taggers_on_real_corpora(model: str, data: str, shared_folder: Path, tmp_path: Path) -> None:
    folder = shared_folder / "models" / f"minilm-l6-{model}"
    corpus = load_corpus(CorpusOptions(str(shared_folder / "data" / data / "test.conll"), limit=100, seed=4))
    tagger = load(folder)
    workspace = run_stage(corpus, tagger, tmp_path / "scratch")
    assert_like_plain(workspace, corpus, Plain(folder))
    assert_agrees_with_words(workspace)
