"""Loading taggers, and which subword of which window stands for a word."""

from __future__ import annotations

import json
import shutil
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    CanineConfig,
    CanineForTokenClassification,
    CanineTokenizer,
    LlamaConfig,
    LlamaForTokenClassification,
)

from analysis.errors import AnalysisError
from analysis.taggers.huggingface.alignment import ABSENT, SubwordEncoder, Subwords, cut_windows
from analysis.taggers.huggingface.batching import BatchSize, plan_shards
from analysis.taggers.huggingface.model import TaggerOptions, load_tagger, tagger_hash, tagger_labels
from tests.tiny_models import FAMILIES, MAX_LENGTH, build_tagger, build_tokenizer

ZERO_WIDTH = "\u200b\u200d"
WORDS = ["John", "O'Neill", "flew", "to", "São", "Paulo", ";-)", "x" * 300, "🙂", "PARIS", "."]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_tagger(tmp_path / "tagger", "bert-cased")


def edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def load(folder: Path, **options: object):
    return load_tagger(TaggerOptions(str(folder), device="cpu", **options))


# Alignment


@pytest.mark.parametrize("family", FAMILIES)
def test_first_subwords_are_those_of_word_ids(family: str, tmp_path: Path) -> None:
    build_tokenizer(family).save_pretrained(tmp_path)
    encoder = SubwordEncoder(AutoTokenizer.from_pretrained(tmp_path).backend_tokenizer)
    oracle = AutoTokenizer.from_pretrained(tmp_path, add_prefix_space=True)
    sentences = [WORDS, [], ["Berlin"], WORDS[::-1]]
    offsets = np.cumsum([0, *map(len, sentences)])
    subwords = encoder.encode(list(chain.from_iterable(sentences)), offsets)
    for sentence, start, begin, end in zip(
        sentences, offsets, subwords.sentence_starts, subwords.sentence_starts[1:], strict=False
    ):
        # transformers does not take an empty list of words
        plain = oracle(sentence, is_split_into_words=True, add_special_tokens=False) if sentence else None
        ids = plain["input_ids"] if plain else []
        word_ids = plain.word_ids() if plain else []
        assert subwords.ids[begin:end].tolist() == ids
        for position in range(len(sentence)):
            assert subwords.first[start + position] - begin == word_ids.index(position)
            assert subwords.counts[start + position] == word_ids.count(position)


@pytest.mark.parametrize("family", ["roberta", "gpt2"])
def test_byte_level_words_are_cut_as_inside_a_text(family: str) -> None:
    backend = build_tokenizer(family).backend_tokenizer
    words = ["he", "flew", "from", "Paris"]
    subwords = SubwordEncoder(backend).encode(words, np.array([0, 4]))
    assert subwords.ids.tolist() == backend.encode(" " + " ".join(words), add_special_tokens=False).ids


def test_words_without_subword_are_absent_and_shift_no_other() -> None:
    encoder = SubwordEncoder(build_tokenizer("bert-uncased").backend_tokenizer)
    words = [ZERO_WIDTH, "the", ZERO_WIDTH, "", "union", ZERO_WIDTH]
    subwords = encoder.encode(words, np.array([0, 3, 6]))
    assert subwords.first.tolist() == [ABSENT, 0, ABSENT, ABSENT, 1, ABSENT]
    assert subwords.counts.tolist() == [0, 1, 0, 0, 1, 0]
    assert subwords.sentence_starts.tolist() == [0, 1, 2]


def test_truncation_and_padding_saved_with_the_tokenizer_do_not_matter() -> None:
    backend = build_tokenizer("bert-cased").backend_tokenizer
    backend.enable_truncation(max_length=5)
    backend.enable_padding(length=12)
    subwords = SubwordEncoder(backend).encode(["from"] * 50 + ["Paulo"], np.array([0, 50, 51]))
    assert subwords.sentence_starts.tolist() == [0, 50, 51]
    assert backend.truncation["max_length"] == 5  # what was given is left as it was


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9) | st.sampled_from([0, 0, 25, 60]), max_size=40), min_size=1, max_size=6),
    st.integers(1, 12),
)
def test_every_word_is_read_once_where_it_has_most_context(counts: list[list[int]], capacity: int) -> None:
    flat = np.array(list(chain.from_iterable(counts)), np.int64)
    offsets = np.cumsum([0, *map(len, counts)])
    ends = np.cumsum(flat)
    first = np.where(flat > 0, ends - flat, ABSENT)
    starts = np.cumsum([0, *(sum(sentence) for sentence in counts)])
    subwords = Subwords(np.arange(flat.sum(), dtype=np.int32), starts, first, flat)
    windows = cut_windows(subwords, offsets, capacity)

    read = np.full(len(flat), -1)
    for window, (begin, stop) in enumerate(zip(windows.first_word, windows.stop_word, strict=True)):
        inside = np.arange(begin, stop)
        inside = inside[first[inside] != ABSENT]
        assert (read[inside] == -1).all()
        read[inside] = window
    assert ((read == -1) == (flat == 0)).all()

    assert (windows.length <= capacity).all()
    assert len(windows.per_sentence) == len(counts)
    for sentence, (begin, end) in enumerate(pairwise(starts)):
        length = end - begin
        cuts = [begin + cut for cut in range(0, max(1, length - capacity), max(1, capacity // 2))]
        if length > capacity:
            cuts.append(end - capacity)
        assert windows.per_sentence[sentence] == len(cuts)

        def context(cut: int, subword: int, begin: int = begin, end: int = end) -> float:
            left = subword - cut if cut > begin else np.inf
            right = cut + capacity - 1 - subword if cut + capacity < end else np.inf
            return min(left, right)

        for word in range(offsets[sentence], offsets[sentence + 1]):
            if flat[word]:
                held_by = [cut for cut in cuts if cut <= first[word] < min(cut + capacity, end)]
                chosen = windows.start[read[word]]
                assert chosen in held_by
                assert context(chosen, first[word]) == max(context(cut, first[word]) for cut in held_by)


def test_windows_inside_a_very_long_word_are_not_run() -> None:
    counts = np.array([2, 10_000, 2])
    subwords = Subwords(np.zeros(10_004, np.int32), np.array([0, 10_004]), np.array([0, 2, 10_002]), counts)
    windows = cut_windows(subwords, np.array([0, 3]), 10)
    assert len(windows.start) == 2
    assert windows.per_sentence.tolist() == [2_000]
    assert windows.first_word.tolist() == [0, 2]
    assert windows.stop_word.tolist() == [2, 3]


# Batches


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 70), max_size=80), st.integers(1, 64), st.integers(1, 300), st.booleans())
def test_batches_keep_to_their_budget_and_hold_every_window_once(
    lengths: list[int], batch: int, shard: int, padded: bool
) -> None:
    sizes = np.array(lengths, np.int64)
    shards = plan_shards(sizes, BatchSize(batch, shard), padded)
    assert padded or all(len(set(sizes[each].tolist())) == 1 for one in shards for each in one)
    flat = [window for one in shards for each in one for window in each]
    assert sorted(flat) == list(range(len(lengths)))
    assert (np.diff(sizes[flat]) <= 0).all()
    tokens = [[sizes[each].max() * len(each) for each in one] for one in shards]
    assert all(
        len(each) == 1 or total <= batch
        for one, row in zip(shards, tokens, strict=True)
        for each, total in zip(one, row, strict=True)
    )
    assert all(sum(row) >= shard for row in tokens[:-1])
    assert all(sum(row[:-1]) < shard for row in tokens)


# Loading


@pytest.mark.parametrize("family", FAMILIES)
def test_the_length_limit_is_what_the_model_can_take(family: str, tmp_path: Path) -> None:
    build_tagger(tmp_path, family)
    edit_json(tmp_path / "tokenizer_config.json", model_max_length=10**30)
    tagger = load(tmp_path)
    assert tagger.max_length == MAX_LENGTH
    ids = torch.full((1, MAX_LENGTH), 5)
    with torch.inference_mode():
        assert tagger.model(input_ids=ids).logits.shape == (1, MAX_LENGTH, 7)


def test_the_tokenizer_can_limit_the_length_further(folder: Path) -> None:
    edit_json(folder / "tokenizer_config.json", model_max_length=30)
    assert load(folder).max_length == 30


def test_labels_come_from_the_config(folder: Path) -> None:
    assert tagger_labels(TaggerOptions(str(folder))).names == (
        "O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"
    )  # fmt: skip
    summary = load(folder).summary()
    assert summary["architecture"] == "BertForTokenClassification"
    assert summary["width"] == 32
    assert summary["parameters"] == sum(p.numel() for p in load(folder).model.parameters())


@pytest.mark.shared
def test_half_precision_weights_are_computed_in_float32(shared_folder: Path) -> None:
    tagger = load(shared_folder / "models" / "minilm-l6-wnut17")
    assert {parameter.dtype for parameter in tagger.model.parameters()} == {torch.float32}
    assert tagger.labels.types == ("corporation", "creative-work", "group", "location", "person", "product")


def test_pickled_weights_need_the_flag(folder: Path) -> None:
    safe = load(folder)
    (folder / "model.safetensors").unlink()
    torch.save(safe.model.state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(AnalysisError, match=r"only pickled weights .*--allow-pickle"):
        load(folder)
    pickled = load(folder, allow_pickle=True)
    for name, value in safe.model.state_dict().items():
        assert torch.equal(pickled.model.state_dict()[name], value)


def test_a_pickle_beside_safetensors_is_never_opened(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"not a pickle")
    load(folder, allow_pickle=True)


def expect_refusal(folder: Path, sentence: str, **options: object) -> None:
    with pytest.raises(AnalysisError, match=sentence) as caught:
        load(folder, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "named"), [(BertForSequenceClassification, "a BertForSequence"), (BertModel, "a BertModel")]
)
def test_other_models_are_refused(architecture: type, named: str, folder: Path) -> None:
    size = len(AutoTokenizer.from_pretrained(folder))
    config = BertConfig(
        vocab_size=size, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=8
    )
    architecture(config).save_pretrained(folder)
    expect_refusal(folder, f"is {named}.*not a token classifier")


def test_a_head_that_was_never_trained_is_refused(folder: Path) -> None:
    size = len(AutoTokenizer.from_pretrained(folder))
    labels = {0: "O", 1: "B-PER", 2: "I-PER"}
    config = BertConfig(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=8,
        id2label=labels,
    )
    BertModel(config).save_pretrained(folder)
    edit_json(folder / "config.json", architectures=["BertForTokenClassification"])
    expect_refusal(folder, "do not contain classifier.bias, classifier.weight")


def test_generic_labels_are_refused(tmp_path: Path) -> None:
    expect_refusal(build_tagger(tmp_path, "bert-cased", labels=[f"LABEL_{n}" for n in range(5)]), "no names.*id2label")


def test_a_folder_without_tokenizer_is_refused(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    expect_refusal(folder, "contains no tokenizer")


# transformers keeps its character-level tokenizers in Python: they cannot tell words apart.
def test_slow_tokenizers_are_refused(tmp_path: Path) -> None:
    config = CanineConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=8,
                          num_hash_buckets=64, id2label={0: "O", 1: "B-PER", 2: "I-PER"})  # fmt: skip
    CanineForTokenClassification(config).save_pretrained(tmp_path)
    CanineTokenizer().save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("a\n")
    expect_refusal(tmp_path, "only a slow tokenizer .CanineTokenizer")


def test_missing_and_broken_files_are_named(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "model.safetensors").unlink()
    expect_refusal(copy, "contains no weights")
    (copy / "model.safetensors").write_bytes(b"garbage garbage")
    expect_refusal(copy, "The weights of .* are damaged or incomplete")
    (copy / "tokenizer.json").write_text("{")
    expect_refusal(copy, "The tokenizer of .* cannot be loaded")
    edit_json(copy / "config.json", model_type="unheard-of")
    expect_refusal(copy, "The config.json of .* is not valid")
    (copy / "config.json").write_text("{")
    expect_refusal(copy, "is not valid JSON")
    (copy / "config.json").unlink()
    expect_refusal(copy, "contains no config.json")
    expect_refusal(folder / "model.safetensors", "is a file. Give the folder")


def test_models_that_are_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(
        AnalysisError, match=r"no folder someone/tagger\. As a hub model at revision v1 .*cannot be reached"
    ):
        load_tagger(TaggerOptions("someone/tagger", model_revision="v1"))
    with pytest.raises(AnalysisError, match=r"none/such is neither an existing folder nor a valid hub id"):
        load_tagger(TaggerOptions("../none/such"))


def test_devices_and_dtypes_that_are_not_there(folder: Path) -> None:
    with pytest.raises(AnalysisError, match='Device "nowhere" is not available'):
        load_tagger(TaggerOptions(str(folder), device="nowhere"))
    if not torch.cuda.is_available():
        with pytest.raises(AnalysisError, match='Device "cuda" is not available'):
            load_tagger(TaggerOptions(str(folder), device="cuda"))
    with pytest.raises(AnalysisError, match=r'"fp16" is not a valid dtype\. Choose one of fp32, bf16'):
        load_tagger(TaggerOptions(str(folder), dtype="fp16"))


def test_models_without_stated_limit_get_512(tmp_path: Path) -> None:
    tokenizer = build_tokenizer("gpt2")
    tokenizer.model_max_length = 10**30
    tokenizer.save_pretrained(tmp_path)
    config = LlamaConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=4,
                         intermediate_size=8, id2label={0: "O", 1: "B-PER", 2: "I-PER"})  # fmt: skip
    LlamaForTokenClassification(config).save_pretrained(tmp_path)
    edit_json(tmp_path / "config.json", max_position_embeddings=-1)
    assert load(tmp_path).max_length == 512


# Hash


def test_the_hash_is_of_contents(folder: Path, tmp_path: Path) -> None:
    before = tagger_hash(TaggerOptions(str(folder)))
    moved = shutil.copytree(folder, tmp_path / "another name")
    (moved / "README.md").write_text("a model card changes nothing")
    assert tagger_hash(TaggerOptions(str(moved), dtype="bf16")) == before

    hashes = {before}
    for name in ("model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"):
        changed = shutil.copytree(folder, tmp_path / f"changed {name}")
        content = bytearray((changed / name).read_bytes())
        content[-10] ^= 1
        (changed / name).write_bytes(content)
        hashes.add(tagger_hash(TaggerOptions(str(changed))))
    assert len(hashes) == 5


def test_the_hash_covers_every_shard(folder: Path) -> None:
    tagger = load(folder)
    (folder / "model.safetensors").unlink()
    tagger.model.save_pretrained(folder, max_shard_size="30KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    before = tagger_hash(TaggerOptions(str(folder)))
    content = bytearray(shards[-1].read_bytes())
    content[-1] ^= 1
    shards[-1].write_bytes(content)
    assert tagger_hash(TaggerOptions(str(folder))) != before
    shards[0].unlink()
    expect_refusal(folder, f"names {shards[0].name}, which is missing")
