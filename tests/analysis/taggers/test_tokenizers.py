"""Tokenizers that do not fit their model, or that are unusual."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForTokenClassification,
    ByT5Tokenizer,
    GPT2Tokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForTokenClassification,
)

from analysis.errors import AnalysisError
from tests.analysis.taggers.test_predictions import (
    SHORT,
    Plain,
    assert_like_plain,
    column,
    load,
    make_corpus,
    one_thread,
    run_stage,
)
from tests.analysis.taggers.test_refused_taggers import edit, folder, refusal, save
from tests.tiny_models import MAX_LENGTH, SIZES, build_tagger

__all__ = ["folder", "one_thread"]  # fixtures of tests here too


def test_tokenizers_of_bytes_have_no_fast_version(tmp_path: Path) -> None:
    settings = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4}
    save(tmp_path, T5ForTokenClassification, T5Config, ByT5Tokenizer(), **settings)
    assert "only a slow tokenizer (ByT5Tokenizer)" in refusal(tmp_path)


@pytest.mark.parametrize("part", ["pre_tokenizer", "model", "normalizer"])
def test_tokenizers_of_a_newer_version_are_told(part: str, folder: Path) -> None:
    edit(folder / "tokenizer.json", **{part: {"type": "NotYetInvented", "vocab": {"a": 0}}})
    message = refusal(folder)
    assert "cannot be loaded" in message
    assert "newer version of tokenizers" in message


@pytest.mark.parametrize(
    ("limit", "length"), [(24.0, 24), (10**30, MAX_LENGTH), (1e30, MAX_LENGTH), (3, 3), ("24", 24), ([], MAX_LENGTH)]
)
def test_any_number_can_limit_the_length(limit: object, length: int, folder: Path, tmp_path: Path) -> None:
    edit(folder / "tokenizer_config.json", model_max_length=limit)
    tagger = load(folder)
    assert tagger.max_length == length
    workspace = run_stage(make_corpus(SHORT), tagger, tmp_path / "scratch")
    assert (column(workspace, "predicted_tag") >= 0).all()


@pytest.mark.parametrize("limit", [2, 1, 0, -5])
def test_lengths_without_room_for_text_are_refused(limit: int, folder: Path) -> None:
    edit(folder / "tokenizer_config.json", model_max_length=limit)
    assert f"reads at most {limit} tokens, of which 2 are special" in refusal(folder)


def test_tokens_without_embeddings_are_refused(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    size = len(tokenizer)
    tokenizer.add_tokens(["Acme", "@USER"])
    tokenizer.save_pretrained(folder)
    message = refusal(folder)
    assert f"has {size + 2} tokens, but the model has only {size} embeddings" in message
    assert '"Acme"' in message


@pytest.mark.parametrize("family", ["gpt2", "bert-cased"])
def test_a_padding_token_needs_no_embedding(family: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family)
    expected = run_stage(make_corpus(SHORT), load(folder), tmp_path / "expected")
    tokenizer: GPT2Tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "<own padding>"})
    tokenizer.save_pretrained(folder)
    tagger = load(folder)
    workspace = run_stage(make_corpus(SHORT), tagger, tmp_path / "scratch")
    np.testing.assert_array_equal(workspace.values["probabilities"], expected.values["probabilities"])
    with pytest.raises(AnalysisError, match=r'"<own padding>".*embeddings for'):
        run_stage(make_corpus([["a", "<own padding>"]]), tagger, tmp_path / "padding")


def test_a_tokenizer_without_unknown_token_is_refused(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    del content["model"]["vocab"]["[UNK]"]
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] != "[UNK]"]
    (folder / "tokenizer.json").write_text(json.dumps(content))
    edit(folder / "tokenizer_config.json", unk_token=None)
    assert "no unknown token" in refusal(folder)


def test_a_tokenizer_without_latin_letters_reads_what_it_knows(tmp_path: Path) -> None:
    letters = ["<s>", "<pad>", "</s>", *"абвгдежз"]
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="<pad>", model_max_length=MAX_LENGTH
    )
    settings = SIZES | {"max_position_embeddings": MAX_LENGTH, "pad_token_id": 1}
    folder = save(tmp_path / "tagger", BertForTokenClassification, BertConfig, tokenizer, **settings)
    corpus = make_corpus([["баг", "где"], ["John", "бег"]])
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    assert_like_plain(workspace, corpus, Plain(folder))
    assert workspace.values["prediction_audit"]["words_without_subword"] == 1


def test_an_empty_tokenizer_is_refused(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"] = {"type": "BPE", "vocab": {}, "merges": []}
    content["added_tokens"], content["post_processor"] = [], None
    (folder / "tokenizer.json").write_text(json.dumps(content))
    assert "vocabulary is empty" in refusal(folder)
