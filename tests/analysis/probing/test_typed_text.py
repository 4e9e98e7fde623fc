"""Typed text cut into words: every character stays where it was written."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.probing.typed_text import CORPUS_SPACES, ONLY_SPACES, TOKENIZER, cut_texts, splitting_of, vocabulary_of
from analysis.taggers.huggingface.alignment import SubwordEncoder
from tests.runs import make_run
from tests.tiny_models import FAMILIES, build_tokenizer

TEXTS = [
    "John Smith of Acme Corp. flew to São Paulo, he said.",
    "  spaces\t\tand\ttabs   everywhere \u00a0 ",
    "zero\u200bwidth \u200b alone\ufeff \u2060x",
    "emoji 🚀 and 👩‍👩‍👧 families",
    "محمد يعيش في القاهرة.",
    "習近平在北京。",
    "e\u0301 and naïve, O'Neill's “quotes” (3-1) 4.5% a/b",
    "[SEP] [CLS] <s> </s> [UNK] <|endoftext|> ##s ▁x Ġy",
    "x" * 5000,
    ". , !",
    "\x00\x07control\x1fcharacters",
]


def encoder_of(family: str) -> SubwordEncoder:
    return SubwordEncoder(build_tokenizer(family).backend_tokenizer)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("splitting", [TOKENIZER, CORPUS_SPACES])
def test_words_stand_where_they_were_written_and_nothing_that_is_read_is_lost(family: str, splitting: str) -> None:
    encoder = encoder_of(family)
    cut = cut_texts(encoder, TEXTS, splitting)
    assert cut.offsets.tolist() == np.concatenate([[0], np.cumsum([len(words) for words in cut.words])]).tolist()
    assert len(cut.subwords.first) == len(cut.subwords.counts) == cut.offsets[-1]
    for text, words in zip(TEXTS, cut.words, strict=True):
        assert [text[word.start : word.end] for word in words] == [word.text for word in words]
        ends = [0, *(word.end for word in words)]
        assert all(end <= word.start < word.end for end, word in zip(ends, words, strict=False))
        assert not any(word.text != word.text.strip() or len(word.text.split()) != 1 for word in words)
        covered = {at for word in words for at in range(word.start, word.end)}
        left_out = [at for at, char in enumerate(text) if at not in covered and not char.isspace()]
        assert not any(text[at].isalnum() for at in left_out)
        chunks = [match.span() for match in re.finditer(r"\S+", text)]
        for start, end in chunks:
            inside = [at in covered for at in range(start, end)]
            assert all(inside) or not any(inside), "a tokenizer drops a chunk whole, or nothing of it"


@pytest.mark.parametrize("family", FAMILIES)
def test_words_of_the_corpus_stay_whole_in_whatever_case(family: str) -> None:
    kept = vocabulary_of(make_run([(("U.S.", "Paris", "Straße"), ("O",) * 3, ("O",) * 3)]))
    for text in ("the U.S. and Paris, or U.S.A.", "the u.s. and paris, or u.s.a."):
        words = cut_texts(encoder_of(family), [text], TOKENIZER, kept).words[0]
        texts = [word.text for word in words]
        assert texts[:2] == ["the", text[4:8]]
        assert "".join(texts) == text.replace(" ", "")
    assert kept == {"u.s.", "paris", "strasse"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sentence_of_kept_words_has_the_subwords_that_it_has_in_a_corpus(family: str) -> None:
    encoder = encoder_of(family)
    words = ["John", "O'Neill", "of", "the", "U.S.", "said", ":", "“", "4.5%", "”", ",", "São", "Paulo", "."]
    corpus = encoder.encode(words, np.array([0, len(words)]))
    cut = cut_texts(encoder, [" ".join(words)], TOKENIZER, kept={word.casefold() for word in words})
    assert [word.text for word in cut.words[0]] == words
    assert cut.subwords.ids.tolist() == corpus.ids.tolist()
    assert cut.subwords.first.tolist() == corpus.first.tolist()
    assert cut.subwords.counts.tolist() == corpus.counts.tolist()


@pytest.mark.parametrize(
    ("sentences", "wanted"),
    [
        ([["I", "saw", "Paris", ",", "Rome", "and", "Yahoo!", "."]], TOKENIZER),
        ([["I", "saw", "Paris,", "Rome", "and", "Bonn."]], CORPUS_SPACES),
        ([["what", "a", "day"], ["ok", "..."]], TOKENIZER),
        ([["really?!", "yes!", "no"], ["ok", ","]], CORPUS_SPACES),
        ([["مرحبا،", "كيف؟"]], CORPUS_SPACES),
        ([["Mr.", "Smith", "of", "Acme", "Corp.", "in", "D.C."]], TOKENIZER),
        ([[]], TOKENIZER),
    ],
)
def test_the_corpus_decides_how_text_is_split(sentences: list[list[str]], wanted: str) -> None:
    run = make_run([(words, ["O"] * len(words), ["O"] * len(words)) for words in sentences])
    assert splitting_of(run, encoder_of("bert-cased")) == wanted


def test_a_tokenizer_that_splits_no_text_leaves_it_to_spaces() -> None:
    from tokenizers import Tokenizer, models, normalizers

    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -1.0), ("▁", -1.0)], unk_id=0))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    run = make_run([(["a"], ["O"], ["O"])])
    assert splitting_of(run, SubwordEncoder(tokenizer)) == ONLY_SPACES


def test_no_text_is_no_words() -> None:
    for splitting in (TOKENIZER, CORPUS_SPACES):
        cut = cut_texts(encoder_of("bert-cased"), ["", "   ", "\u200b"], splitting)
        assert cut.words[:2] == ((), ())
        assert len(cut.subwords.ids) == 0
