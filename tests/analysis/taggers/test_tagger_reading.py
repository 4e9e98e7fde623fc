"""How a tagger reads words: without padding where that matters, joined as in training, by the subwords asked for."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    ConvBertConfig,
    ConvBertForTokenClassification,
    FNetConfig,
    FNetForTokenClassification,
    FunnelConfig,
    FunnelForTokenClassification,
    MobileBertConfig,
    MobileBertForTokenClassification,
    PreTrainedConfig,
    PreTrainedModel,
    YosoConfig,
    YosoForTokenClassification,
)

from analysis.command_line.cli import main
from analysis.probing.tag_texts import tag_texts
from analysis.probing.typed_text import CORPUS_SPACES, TOKENIZER
from analysis.store.store import Store
from analysis.taggers.reload import load_run_tagger
from tests.analysis.taggers.test_predictions import (
    LONG,
    SHORT,
    ZERO_WIDTH,
    Plain,
    assert_like_plain,
    column,
    load,
    make_corpus,
    one_thread,
    run_stage,
    with_batches,
)
from tests.tiny_models import DROPOUT, FAMILIES, MAX_LENGTH, SIZES, build_tagger, build_tokenizer

__all__ = ["one_thread"]  # a fixture of every test here too

LABELS = dict(enumerate(["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]))
LENGTH = {"max_position_embeddings": MAX_LENGTH}
READ_PADDING: dict[str, tuple[type[PreTrainedModel], type[PreTrainedConfig], dict[str, Any]]] = {
    "fnet": (
        FNetForTokenClassification,
        FNetConfig,
        {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64, "pad_token_id": 0, **LENGTH},
    ),
    "convbert": (ConvBertForTokenClassification, ConvBertConfig, {"embedding_size": 32, **SIZES, **DROPOUT, **LENGTH}),
    "mobilebert": (
        MobileBertForTokenClassification,
        MobileBertConfig,
        {"embedding_size": 16, "intra_bottleneck_size": 16, **SIZES, **DROPOUT, **LENGTH},
    ),
    "funnel": (
        FunnelForTokenClassification,
        FunnelConfig,
        {"block_sizes": [1, 1], "num_decoder_layers": 1, "d_model": 32, "n_head": 4, "d_head": 8, "d_inner": 64},
    ),
    "yoso": (YosoForTokenClassification, YosoConfig, {**SIZES, **DROPOUT, "max_position_embeddings": MAX_LENGTH + 2}),
}


def build(folder: Path, kind: str) -> Path:
    architecture, configure, settings = READ_PADDING[kind]
    tokenizer = build_tokenizer("bert-cased")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = architecture(configure(vocab_size=len(tokenizer), id2label=LABELS, **settings))
        for parameter in model.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.1)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


# Padding


@pytest.mark.parametrize("kind", READ_PADDING)
def test_a_tagger_that_reads_padding_is_run_without(kind: str, tmp_path: Path) -> None:
    folder = build(tmp_path / "tagger", kind)
    corpus = make_corpus([*SHORT, [], *SHORT[::-1]])
    tagger, plain = load(folder), Plain(folder)
    assert not tagger.padded
    workspace = run_stage(corpus, tagger, tmp_path / "scratch")
    assert_like_plain(workspace, corpus, plain)
    audit = workspace.values["prediction_audit"]
    assert any("change with the padding" in warning for warning in audit["warnings"])

    texts = [" ".join(sentence) for sentence in SHORT]
    for text, tagged in zip(texts, tag_texts(tagger, texts, CORPUS_SPACES), strict=True):
        said = [torch.softmax(each[0], -1) for each in plain.words(text.split()) if each]
        np.testing.assert_allclose(tagged.probabilities, torch.stack(said), atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_other_taggers_are_run_with_padding(family: str, tmp_path: Path) -> None:
    tagger = load(build_tagger(tmp_path, family))
    assert tagger.padded
    assert not any("padding" in warning for warning in tagger.warnings)


# Joining


@pytest.mark.parametrize("family", FAMILIES)
def test_words_are_joined_as_asked(family: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family)
    corpus = make_corpus([*SHORT, LONG])
    ids, warnings = {}, {}
    for joining, oracle in (("as-words", Plain(folder)), ("spaced", Plain(folder, add_prefix_space=True))):
        workspace = run_stage(make_corpus(SHORT), load(folder, word_joining=joining), tmp_path / f"{joining} short")
        assert_like_plain(workspace, make_corpus(SHORT), oracle)
        workspace = run_stage(corpus, load(folder, word_joining=joining), tmp_path / joining)
        ids[joining] = workspace.values["subwords"]["id"].to_pylist()
        audit = workspace.values["prediction_audit"]
        assert audit["tagger"]["word_joining"] == ("spaced" if family not in ("roberta", "gpt2") else joining)
        warnings[joining] = [warning for warning in audit["warnings"] if "space" in warning]
    assert (ids["as-words"] != ids["spaced"]) == (family in ("roberta", "gpt2"))
    if family in ("roberta", "gpt2"):
        assert "use --word-joining spaced" in warnings["as-words"][0]
        assert "(--word-joining spaced)" in warnings["spaced"][0]
    else:
        assert warnings == {"as-words": [], "spaced": []}


def test_typed_words_are_joined_like_those_of_the_corpus(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "roberta")
    plain, text = Plain(folder), "John Smith, of Acme, flew (3-1) to Paris."
    (tagged,) = tag_texts(load(folder), [text], TOKENIZER)
    words = [word.text for word in tagged.words]
    assert words == ["John", "Smith", ",", "of", "Acme", ",", "flew", "(", "3", "-", "1", ")", "to", "Paris", "."]
    assert [text[word.start : word.end] for word in tagged.words] == words
    said = [torch.softmax(each[0], -1) for each in plain.words(words) if each]
    np.testing.assert_allclose(tagged.probabilities, torch.stack(said), atol=1e-5)


# Aggregation


def by_hand(plain: Plain, sentence: list[str], aggregation: str) -> list[np.ndarray]:
    """The distribution of each word with a subword, from one pass over the whole sentence."""
    encoding = plain.tokenizer(sentence, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        p = torch.softmax(plain.model(**encoding).logits[0], -1).numpy()
    found = []
    for word in range(len(sentence)):
        own = [p[token] for token, number in enumerate(encoding.word_ids()) if number == word]
        if own:
            found.append({"first": own[0], "mean": np.mean(own, axis=0), "max": max(own, key=np.max)}[aggregation])
    return found


@pytest.mark.parametrize("family", ["bert-cased", "roberta", "xlm-roberta"])
@pytest.mark.parametrize("aggregation", ["first", "mean", "max"])
def test_words_are_tagged_by_the_subwords_asked_for(
    family: str, aggregation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_batches(monkeypatch, 40, 80)
    folder = build_tagger(tmp_path / "tagger", family)
    sentences = [*SHORT, ["a", ZERO_WIDTH, "Washington"], ["Washington", "Müller"]]
    corpus = make_corpus(sentences)
    workspace = run_stage(corpus, load(folder, aggregation=aggregation), tmp_path / "scratch")
    plain = Plain(folder)
    expected = np.stack([p for sentence in sentences for p in by_hand(plain, sentence, aggregation)])
    read = column(workspace, "predicted_tag") >= 0
    np.testing.assert_allclose(workspace.values["probabilities"][read], expected, atol=1e-3)
    np.testing.assert_allclose(column(workspace, "p_predicted")[read], expected.max(axis=1), atol=1e-5)
    labels = [plain.model.config.id2label[row.argmax()] for row in expected]
    gold = np.flatnonzero(read)
    losses = [-np.log(row[plain.label2id[corpus.tags[word]]]) for row, word in zip(expected, gold, strict=True)]
    np.testing.assert_allclose(column(workspace, "loss")[read], losses, atol=1e-4)
    assert workspace.values["prediction_audit"]["tagger"]["aggregation"] == aggregation

    (tagged,) = tag_texts(load(folder, aggregation=aggregation), [" ".join(SHORT[2])], CORPUS_SPACES)
    start, stop = list(pairwise(corpus.offsets))[2]
    assert list(tagged.predicted) == labels[start:stop]


def test_a_first_subword_keeps_its_own_tag_where_others_decide(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    first = run_stage(make_corpus(SHORT), load(folder), tmp_path / "first")
    mean = run_stage(make_corpus(SHORT), load(folder, aggregation="mean"), tmp_path / "mean")
    assert (column(first, "predicted_tag") != column(mean, "predicted_tag")).any()
    assert first.values["subwords"]["tag"].equals(mean.values["subwords"]["tag"])


# Both, in a run and its tagger


def test_a_run_keeps_how_words_were_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build_tagger(tmp_path / "tagger", "roberta")
    corpus, store = tmp_path / "corpus.conll", Store(tmp_path / "store")
    corpus.write_text("\n\n".join("\n".join(f"{word} B-PER" for word in sentence) for sentence in SHORT), "utf-8")
    command = ["run", "--model", str(folder), "--dataset", str(corpus), "--store", str(tmp_path / "store")]
    texts = [" ".join(sentence) for sentence in SHORT]
    answers = []
    for options in ([], ["--word-joining", "spaced"], ["--aggregation", "mean"], ["--aggregation", "max"]):
        assert main([*command, "--device", "cpu", *options]) == 0
        run = store.open(capsys.readouterr().out.strip())
        assert " ".join(options) in run.rerun_command
        tagged = tag_texts(load_run_tagger(run), texts, CORPUS_SPACES)
        answers.append(run.words.p_predicted)
        np.testing.assert_allclose(np.concatenate([text.p for text in tagged]), answers[-1], atol=1e-5)
    assert all((one != other).any() for number, one in enumerate(answers) for other in answers[:number])
