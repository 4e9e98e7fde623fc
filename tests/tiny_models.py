"""Small real taggers, made in a second: random weights of a seed, and the real algorithms of tokenizers.

The trainers of WordPiece and Unigram break ties at random; so that a test sees the same tagger every time, their
vocabularies are made here: letters, words, and halves of words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlbertConfig,
    AlbertForTokenClassification,
    BertConfig,
    BertForTokenClassification,
    DebertaV2Config,
    DebertaV2ForTokenClassification,
    DistilBertConfig,
    DistilBertForTokenClassification,
    GPT2Config,
    GPT2ForTokenClassification,
    GPT2Tokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForTokenClassification,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForTokenClassification,
)

TEXT = (
    "John Smith of Acme Corp. flew from Washington to Paris on Monday, he said.",
    "the united nations and the european union met in geneva; mr. o'neill did not.",
    "Jordan beat Amazon at home (3-1) while Zoë Müller watched the naïve crowd in São Paulo.",
    "IBM's shares rose 4.5% after Angela Merkel spoke to Reuters in Berlin & London.",
    "nobody expected what happened next: a very long sentence about nothing in particular, again and again.",
)
LETTERS = sorted(set("".join(TEXT)) | set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'\"-()"))
VOCABULARY = 400
MAX_LENGTH = 40
"""Tokens that every family takes, special ones included; short, so that sentences of tests are cut in windows."""

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def _words_and_halves(tokenizer: Tokenizer, begins: str, goes_on: str) -> list[str]:
    """Of the distinct words of TEXT every other one whole, the rest as two halves, each marked as its place asks."""
    assert tokenizer.pre_tokenizer is not None
    normal = TEXT if tokenizer.normalizer is None else [tokenizer.normalizer.normalize_str(line) for line in TEXT]
    words = {
        word.removeprefix("▁") for line in normal for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(line)
    } - {""}
    pieces: dict[str, None] = {}
    for number, word in enumerate(sorted(words)):
        middle = len(word) if number % 2 else (len(word) + 1) // 2
        pieces |= dict.fromkeys([begins + word[:middle], *([goes_on + word[middle:]] if word[middle:] else [])])
    return list(pieces)


@cache
def _wordpiece(lowercase: bool) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [f"{mark}{letter}" for mark in ("", "##") for letter in LETTERS if letter != " "]
    pieces = dict.fromkeys([*special, *letters, *_words_and_halves(tokenizer, "", "##")])
    tokenizer.model = models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]")
    tokenizer.add_special_tokens(special)
    _surround(tokenizer, "[CLS]", "[SEP]")
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


@cache
def _byte_level(special: tuple[str, ...]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _rebuilt(tokenizer: Tokenizer) -> dict[str, Any]:
    """What transformers' own classes for BPE models are made of."""
    model = json.loads(tokenizer.to_str())["model"]
    return {"vocab": model["vocab"], "merges": [tuple(merge) for merge in model["merges"]]}


@cache
def _unigram(special: tuple[str, ...], unknown: str, begin: str, end: str) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    scores = dict.fromkeys(special, 0.0)
    scores |= {letter: -9.0 for letter in ("▁", *LETTERS) if letter != " "}
    scores |= {piece: -5.0 for piece in _words_and_halves(tokenizer, "▁", "") if piece not in scores}
    tokenizer.model = models.Unigram(list(scores.items()), unk_id=special.index(unknown))
    tokenizer.add_special_tokens(list(special))
    _surround(tokenizer, begin, end)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def _surround(tokenizer: Tokenizer, begin: str, end: str) -> None:
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} $B:1 {end}:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (begin, end)],
    )


BERT_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
ROBERTA_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
ROBERTA_SPECIAL = {
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}
UNIGRAM_CLS = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
UNIGRAM_CLS_SPECIAL = BERT_SPECIAL | {"pad_token": "<pad>", "unk_token": "<unk>"}
WITH_SEGMENTS = ["input_ids", "token_type_ids", "attention_mask"]
WITHOUT_SEGMENTS = ["input_ids", "attention_mask"]

Labels = dict[int, str]
Family = tuple[
    Callable[..., PreTrainedTokenizerFast],
    dict[str, str],
    list[str],
    type[PreTrainedModel],
    Callable[[int, Labels], PreTrainedConfig],
]

FAMILIES: dict[str, Family] = {
    "bert-cased": (
        lambda **options: PreTrainedTokenizerFast(tokenizer_object=_wordpiece(lowercase=False), **options),
        BERT_SPECIAL,
        WITH_SEGMENTS,
        BertForTokenClassification,
        lambda size, labels: BertConfig(
            vocab_size=size, id2label=labels, max_position_embeddings=MAX_LENGTH, **SIZES, **DROPOUT
        ),
    ),
    "bert-uncased": (
        lambda **options: PreTrainedTokenizerFast(tokenizer_object=_wordpiece(lowercase=True), **options),
        BERT_SPECIAL,
        WITH_SEGMENTS,
        BertForTokenClassification,
        lambda size, labels: BertConfig(
            vocab_size=size, id2label=labels, max_position_embeddings=MAX_LENGTH, **SIZES, **DROPOUT
        ),
    ),
    "distilbert": (
        lambda **options: PreTrainedTokenizerFast(tokenizer_object=_wordpiece(lowercase=True), **options),
        BERT_SPECIAL,
        WITHOUT_SEGMENTS,
        DistilBertForTokenClassification,
        lambda size, labels: DistilBertConfig(
            vocab_size=size,
            id2label=labels,
            max_position_embeddings=MAX_LENGTH,
            dim=32,
            n_layers=2,
            n_heads=4,
            hidden_dim=64,
            dropout=0.0,
        ),
    ),
    "roberta": (
        lambda **options: RobertaTokenizer(**_rebuilt(_byte_level(ROBERTA_TOKENS)), **options),
        ROBERTA_SPECIAL,
        WITHOUT_SEGMENTS,
        RobertaForTokenClassification,
        # Its positions begin after the padding number, 1: two rows of the table are never used.
        lambda size, labels: RobertaConfig(
            vocab_size=size,
            id2label=labels,
            max_position_embeddings=MAX_LENGTH + 2,
            pad_token_id=1,
            type_vocab_size=1,
            **SIZES,
            **DROPOUT,
        ),
    ),
    "xlm-roberta": (
        lambda **options: PreTrainedTokenizerFast(
            tokenizer_object=_unigram(ROBERTA_TOKENS, "<unk>", "<s>", "</s>"), **options
        ),
        ROBERTA_SPECIAL,
        WITHOUT_SEGMENTS,
        XLMRobertaForTokenClassification,
        lambda size, labels: XLMRobertaConfig(
            vocab_size=size,
            id2label=labels,
            max_position_embeddings=MAX_LENGTH + 2,
            pad_token_id=1,
            type_vocab_size=1,
            **SIZES,
            **DROPOUT,
        ),
    ),
    "deberta-v2": (
        lambda **options: PreTrainedTokenizerFast(
            tokenizer_object=_unigram(UNIGRAM_CLS, "<unk>", "[CLS]", "[SEP]"), **options
        ),
        UNIGRAM_CLS_SPECIAL,
        WITH_SEGMENTS,
        DebertaV2ForTokenClassification,
        lambda size, labels: DebertaV2Config(
            vocab_size=size,
            id2label=labels,
            max_position_embeddings=MAX_LENGTH,
            relative_attention=True,
            pos_att_type=["p2c", "c2p"],
            position_biased_input=False,
            type_vocab_size=0,
            **SIZES,
            **DROPOUT,
        ),
    ),
    "albert": (
        lambda **options: PreTrainedTokenizerFast(
            tokenizer_object=_unigram(UNIGRAM_CLS, "<unk>", "[CLS]", "[SEP]"), **options
        ),
        UNIGRAM_CLS_SPECIAL,
        WITH_SEGMENTS,
        AlbertForTokenClassification,
        lambda size, labels: AlbertConfig(
            vocab_size=size,
            id2label=labels,
            embedding_size=16,
            max_position_embeddings=MAX_LENGTH,
            classifier_dropout_prob=0.0,
            **SIZES,
            **DROPOUT,
        ),
    ),
    # Byte-level, causal, without special tokens around the sentence.
    "gpt2": (
        lambda **options: GPT2Tokenizer(**_rebuilt(_byte_level(("<|endoftext|>",))), **options),
        {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"},
        WITHOUT_SEGMENTS,
        GPT2ForTokenClassification,
        lambda size, labels: GPT2Config(
            vocab_size=size,
            id2label=labels,
            bos_token_id=0,
            eos_token_id=0,
            n_positions=MAX_LENGTH,
            n_embd=32,
            n_layer=2,
            n_head=4,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
        ),
    ),
}


def build_tokenizer(family: str, padding_side: str = "right") -> PreTrainedTokenizerFast:
    """A tokenizer of the family's algorithm, trained on TEXT."""
    make, special, inputs, _, _ = FAMILIES[family]
    return make(
        model_max_length=MAX_LENGTH,
        padding_side=padding_side,
        model_input_names=inputs,
        **special,
    )


def build_tagger(
    folder: Path,
    family: str,
    types: Sequence[str] = ("PER", "ORG", "LOC"),
    seed: int = 0,
    padding_side: str = "right",
    *,
    labels: Sequence[str] | None = None,
) -> Path:
    """Save a tagger of one of FAMILIES with random weights, whose predictions vary between words.

    Args:
        folder: Where to; made if it is absent.
        family: A key of FAMILIES.
        types: Entity types; its labels are `O` and their BIO2 tags.
        seed: Of the weights.
        padding_side: Of the tokenizer.
        labels: Its label names, instead of those made from `types`.
    """
    tokenizer = build_tokenizer(family, padding_side)
    names = labels or ["O", *(f"{prefix}-{name}" for name in types for prefix in "BI")]
    _, _, _, architecture, configure = FAMILIES[family]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = architecture(configure(len(tokenizer), dict(enumerate(names))))
        for parameter in model.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.2)
        torch.nn.init.normal_(model.get_input_embeddings().weight)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder
