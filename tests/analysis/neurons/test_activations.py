"""Neuron activity of every family of architectures, against what each one's own modules compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertForTokenClassification,
    ElectraConfig,
    ElectraForTokenClassification,
    GemmaConfig,
    MobileBertConfig,
    ModernBertConfig,
    ModernBertForTokenClassification,
    PreTrainedModel,
    Qwen3Config,
    SqueezeBertConfig,
    SqueezeBertForTokenClassification,
    T5Config,
)

from analysis.errors import AnalysisError
from analysis.neurons.activations import MAX_SUBWORDS, neurons_of_layers, read_activity, text_activity
from analysis.neurons.feed_forward import NeuronListener, NoFeedForwardError
from analysis.taggers.huggingface.alignment import cut_windows
from analysis.taggers.huggingface.model import Tagger, TaggerOptions, load_tagger
from tests.tiny_models import DROPOUT, FAMILIES, MAX_LENGTH, SIZES, build_tagger, build_tokenizer

WORDS = ["John", "met", "Zoë", "in", "Bratislava", "."]
LONG = WORDS * 15
LABELS = {0: "O", 1: "B-PER", 2: "I-PER"}

ModelOf = Callable[[int], PreTrainedModel]
MORE_FAMILIES: dict[str, ModelOf] = {
    "electra": lambda size: ElectraForTokenClassification(
        ElectraConfig(vocab_size=size, embedding_size=16, id2label=LABELS, **SIZES, **DROPOUT)
    ),
    "modernbert": lambda size: ModernBertForTokenClassification(
        ModernBertConfig(
            vocab_size=size, id2label=LABELS, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2,
            eos_token_id=3, max_position_embeddings=MAX_LENGTH, reference_compile=False, **SIZES,
        )
    ),
    "squeezebert": lambda size: SqueezeBertForTokenClassification(
        SqueezeBertConfig(vocab_size=size, embedding_size=32, id2label=LABELS, **SIZES, **DROPOUT)
    ),
}  # fmt: skip

OWN_MODULES = {
    "bert-cased": "intermediate",
    "bert-uncased": "intermediate",
    "distilbert": "ffn.activation",
    "roberta": "intermediate",
    "xlm-roberta": "intermediate",
    "deberta-v2": "intermediate",
    "albert": "activation",
    "gpt2": "mlp.act",
    "electra": "intermediate",
    "modernbert": "mlp.drop",
}
"""Family -> end of the name of the module whose output is its neurons' activity, as its authors call it."""

LAYERS = 2


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small lose more by waiting for a second thread on a busy machine than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def build(folder: Path, family: str) -> Path:
    if family in FAMILIES:
        return build_tagger(folder, family)
    tokenizer = build_tokenizer("bert-cased")
    torch.manual_seed(0)
    model = MORE_FAMILIES[family](len(tokenizer))
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    folder.mkdir(exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def load(folder: Path) -> Tagger:
    return load_tagger(TaggerOptions(str(folder), device="cpu"))


def activity_of(tagger: Tagger, words: Sequence[str]) -> Any:
    return text_activity(tagger, words, tagger.encoder.encode(words, np.array([0, len(words)])))


def heard(model: PreTrainedModel, tokens: int = 8) -> list[np.ndarray]:
    """What the listener hears of two windows of made-up tokens."""
    ids = torch.arange(2 * tokens).reshape(2, tokens) % 30 + 4
    found: list[np.ndarray] = []

    def keep(layer: int, values: torch.Tensor) -> None:
        assert layer == len(found)
        found.append(values.numpy().copy())

    with NeuronListener(model.eval(), tokens, keep), torch.inference_mode():
        model(input_ids=ids, attention_mask=torch.ones_like(ids))
    return found


class Plain:
    """The oracle: transformers alone, with the outputs of the modules that the architecture's authors made."""

    def __init__(self, folder: Path, family: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
        self.outputs: list[torch.Tensor] = []
        for name, module in self.model.named_modules():
            if f".{name}".endswith(f".{OWN_MODULES[family]}"):
                module.register_forward_hook(lambda _module, _input, output: self.outputs.append(output[0]))

    def run(self, ids: Sequence[int]) -> list[np.ndarray]:
        """Tokens x neurons of each layer, negative values as they are."""
        self.outputs.clear()
        with torch.no_grad():
            self.model(input_ids=torch.tensor([list(ids)]))
        return [output.numpy() for output in self.outputs]

    def words(self, words: Sequence[str]) -> tuple[list[int | None], list[np.ndarray]]:
        """Word of each token, and the clipped activity of each layer at each token."""
        encoding = self.tokenizer(list(words), is_split_into_words=True)
        return encoding.word_ids(), [np.maximum(layer, 0) for layer in self.run(encoding["input_ids"])]


@pytest.mark.parametrize("family", OWN_MODULES)
def test_activity_is_that_of_the_architectures_own_modules(family: str, tmp_path: Path) -> None:
    folder = build(tmp_path / family, family)
    tagger, plain = load(folder), Plain(folder, family)
    activity = activity_of(tagger, WORDS)
    word_of, layers = plain.words(WORDS)
    assert len(layers) == len(activity.layers) == LAYERS
    assert neurons_of_layers(tagger) == tuple(layer.shape[1] for layer in layers)
    tokens = np.array([-1 if word is None else word for word in word_of])
    assert max(np.bincount(tokens[tokens >= 0])) > 1, "some word must have several subwords"
    for found, wanted in zip(activity.layers, layers, strict=True):
        means = np.array([wanted[tokens == word].mean(axis=0) for word in range(len(WORDS))])
        assert means.std() > 1e-3
        assert np.allclose(found[~activity.is_special], means, atol=1e-4)
        assert np.allclose(found[activity.is_special], wanted[tokens == -1], atol=1e-4)
    names = [name for name, special in zip(activity.names, activity.is_special, strict=True) if not special]
    assert names == WORDS
    ids = plain.tokenizer(WORDS, is_split_into_words=True)["input_ids"]
    around = [number for number, word in zip(ids, word_of, strict=True) if word is None]
    special = plain.tokenizer.convert_ids_to_tokens(around)
    assert [name for name in activity.names if name not in WORDS] == special


def test_activity_of_bert_is_the_non_linearity_of_its_first_product(tmp_path: Path) -> None:
    """By hand from hidden states: gelu(x W + b), x being what attention makes of the layer's input."""
    folder = build(tmp_path / "bert", "bert-cased")
    activity = activity_of(load(folder), ["IBM"])
    model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
    ids = AutoTokenizer.from_pretrained(folder)(["IBM"], is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**ids, output_hidden_states=True).hidden_states
        for number, layer in enumerate(model.bert.encoder.layer):
            x = layer.attention(states[number])[0][0]
            product = x @ layer.intermediate.dense.weight.T + layer.intermediate.dense.bias
            neurons = product * 0.5 * (1 + torch.erf(product / 2**0.5))
            wanted = neurons.clamp(min=0).numpy()[1:-1].mean(axis=0)
            assert np.allclose(activity.layers[number][1], wanted, atol=1e-4)


def test_a_long_text_is_read_in_windows(tmp_path: Path) -> None:
    folder = build(tmp_path / "bert", "bert-cased")
    tagger, plain = load(folder), Plain(folder, "bert-cased")
    activity = activity_of(tagger, LONG)
    offsets = np.array([0, len(LONG)])
    subwords = tagger.encoder.encode(LONG, offsets)
    windows = cut_windows(subwords, offsets, MAX_LENGTH - 2)
    assert len(windows.start) > 3
    cls, sep = plain.tokenizer.cls_token_id, plain.tokenizer.sep_token_id
    for number, (start, length) in enumerate(zip(windows.start, windows.length, strict=True)):
        layers = plain.run([cls, *subwords.ids[start : start + length].tolist(), sep])
        for found, layer in zip(activity.layers, layers, strict=True):
            clipped = np.maximum(layer, 0)
            for word in range(windows.first_word[number], windows.stop_word[number]):
                first = subwords.first[word] - start + 1
                stop = min(first + subwords.counts[word], length + 1)
                assert np.allclose(found[1 + word], clipped[first:stop].mean(axis=0), atol=1e-4)
            if number == 0:
                assert np.allclose(found[0], clipped[0], atol=1e-4)
            if number == len(windows.start) - 1:
                assert np.allclose(found[-1], clipped[-1], atol=1e-4)


@pytest.mark.parametrize("family", ["bert-cased", "albert", "gpt2"])
def test_a_corpus_in_batches_is_read_as_its_sentences_alone(family: str, tmp_path: Path) -> None:
    tagger = load(build(tmp_path / family, family))
    sentences = [WORDS, ["IBM"], LONG, [], ["\u200b"], WORDS[:4]]
    offsets = np.cumsum([0, *map(len, sentences)])
    words = [word for sentence in sentences for word in sentence]
    subwords = tagger.encoder.encode(words, offsets)
    widths = neurons_of_layers(tagger)
    arrays = {1: np.full((len(words), widths[1]), -1, np.float32)}
    told: list[tuple[int, int, str]] = []
    read_activity(tagger, subwords, offsets, arrays, lambda *progress: told.append(progress))
    read = subwords.counts > 0
    assert told[-1] == (read.sum(), read.sum(), "words")
    for number, sentence in enumerate(sentences):
        rows = slice(offsets[number], offsets[number + 1])
        if read[rows].any():
            alone = activity_of(tagger, sentence)
            assert np.allclose(arrays[1][rows], alone.layers[1][~alone.is_special], atol=1e-4)
        else:
            assert (arrays[1][rows] == -1).all()


def test_a_tagger_without_feed_forward_layers_says_so(tmp_path: Path) -> None:
    tagger = load(build(tmp_path / "squeezebert", "squeezebert"))  # its layers are convolutions
    with pytest.raises(NoFeedForwardError, match="SqueezeBertForTokenClassification"):
        neurons_of_layers(tagger)
    with pytest.raises(NoFeedForwardError, match="no neuron activity"):
        activity_of(tagger, WORDS)


def test_a_text_that_is_too_long_or_nothing_is_refused(tmp_path: Path) -> None:
    tagger = load(build(tmp_path / "bert", "bert-cased"))
    with pytest.raises(AnalysisError, match=rf"This text has 600 subwords\. At most {MAX_SUBWORDS}"):
        activity_of(tagger, [".", ","] * 300)
    with pytest.raises(AnalysisError, match="finds no subwords"):
        activity_of(tagger, ["\u200b"])


SMALL = {"vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 96}


@pytest.mark.parametrize(
    ("config", "layers", "neurons"),
    [
        # Attention that is wider than the states: its projections widen and narrow as well.
        (T5Config(vocab_size=50, d_model=32, d_kv=24, d_ff=80, num_layers=3, num_heads=4), 3, 80),
        (GemmaConfig(**SMALL, head_dim=24, num_key_value_heads=4), 3, 96),
        (Qwen3Config(**SMALL, head_dim=24, num_key_value_heads=2), 3, 96),
        # Bottlenecks between layers narrow what the layer before widened, and each layer has several.
        (
            MobileBertConfig(
                vocab_size=50, hidden_size=64, embedding_size=16, num_hidden_layers=3, intermediate_size=96,
                intra_bottleneck_size=32, num_attention_heads=4, num_feedforward_networks=2,
            ),
            6,
            96,
        ),
    ],
    ids=["t5", "gemma", "qwen3", "mobilebert"],
)  # fmt: skip
def test_other_layers_that_widen_and_narrow_are_not_mistaken(config: Any, layers: int, neurons: int) -> None:
    found = heard(AutoModelForTokenClassification.from_config(config))
    assert [values.shape for values in found] == [(2, 8, neurons)] * layers


def test_layers_computed_in_chunks_are_heard_whole() -> None:
    torch.manual_seed(0)
    model = BertForTokenClassification(BertConfig(**SMALL, **DROPOUT))
    whole = heard(model)
    for layer in model.bert.encoder.layer:
        layer.chunk_size_feed_forward = 2
    for one, other in zip(heard(model), whole, strict=True):
        assert np.allclose(one, other, atol=1e-6)
