"""Tagging of typed texts, against a plain forward pass of transformers and against published runs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from analysis.command_line.cli import main
from analysis.probing.tag_texts import tag_texts
from analysis.probing.typed_text import CORPUS_SPACES, TOKENIZER
from analysis.store.store import Store
from analysis.taggers.huggingface.model import Tagger, TaggerOptions, load_tagger
from analysis.taggers.reload import load_run_tagger
from tests.tiny_models import FAMILIES, build_tagger

TEXTS = [
    "John Smith of Acme Corp. flew to Paris, he said.",
    "mr. o'neill\tmet  Zoë Müller",
    "",
    "IBM's 4.5%",
]
EACH = pytest.mark.parametrize("family", FAMILIES)


def plain_pass(folder: Path, text: str, leading_space: str) -> tuple[list[str], np.ndarray]:
    """Label and distribution at the first token of each piece that the tokenizer splits a text into."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    encoded = tokenizer(leading_space + text, return_tensors="pt")
    with torch.no_grad():
        p = torch.softmax(model(**encoded).logits[0].double(), dim=-1).numpy()
    ids, tokens = encoded.word_ids(), encoded.tokens()
    blank = {
        word for word in set(ids) if all(token in "▁Ġĉ" for token, i in zip(tokens, ids, strict=True) if i == word)
    }
    firsts = [ids.index(word) for word in sorted({word for word in ids if word is not None} - blank)]
    return [model.config.id2label[row.argmax()] for row in p[firsts]], p[firsts]


@EACH
def test_words_are_tagged_as_transformers_tags_the_text(tmp_path: Path, family: str) -> None:
    folder = build_tagger(tmp_path / "model", family)
    tagger = load_tagger(TaggerOptions(str(folder), device="cpu", word_joining="spaced"))
    for text, tagged in zip(TEXTS, tag_texts(tagger, TEXTS, TOKENIZER), strict=True):
        assert tagged.text == text
        if not text:
            assert (tagged.words, tagged.predicted, tagged.spans) == ((), (), ())
            continue
        labels, p = plain_pass(folder, text, tagger.encoder.leading_space)
        assert list(tagged.predicted) == labels
        np.testing.assert_allclose(tagged.probabilities, p, atol=2e-5)
        np.testing.assert_allclose(tagged.p, p.max(axis=1), atol=2e-5)
        np.testing.assert_allclose(tagged.p_second, np.sort(p, axis=1)[:, -2], atol=2e-5)
        np.testing.assert_allclose(tagged.margin, tagged.p - tagged.p_second)
        seconds = [tagger.labels.tags[row.argsort()[-2]] for row in p]
        assert [tagged.second(word) for word in range(len(labels))] == seconds


CORPUS = """John B-PER
Smith I-PER
of O
Acme B-ORG
Corp. I-ORG
( O
U.S. B-LOC
) O
\u200b O
left O
, O
he O
said O
. O

{long}

Paris B-LOC
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    words = ["the", "united", "nations", "met", "in", "Berlin", ",", "again", "and", "again"] * 15
    path = tmp_path / "corpus.conll"
    path.write_text(CORPUS.format(long="\n".join(f"{word} O" for word in words)), "utf-8")
    return path


@pytest.mark.parametrize("family", ["bert-uncased", "roberta", "xlm-roberta", "gpt2"])
def test_a_sentence_of_the_corpus_is_tagged_as_the_run_has_it(tmp_path: Path, corpus: Path, family: str) -> None:
    folder = build_tagger(tmp_path / "model", family)
    store = tmp_path / "store"
    arguments = ["--model", str(folder), "--dataset", str(corpus), "--store", str(store), "--device", "cpu"]
    assert main(["run", *arguments]) == 0
    (summary,) = Store(store).runs()
    run = Store(store).open(summary.id)
    tagger = load_run_tagger(run)
    assert int(run.sentences.windows.max()) > 1, "one sentence is long enough to be cut in windows"
    for sentence, splitting in product(range(len(run.sentences)), (TOKENIZER, CORPUS_SPACES)):
        rows = run.sentence_words(sentence)
        words = run.words.text.slice(rows.start, rows.stop - rows.start).to_pylist()
        (tagged,) = tag_texts(tagger, [" ".join(words)], splitting, kept={word.casefold() for word in words})
        assert [word.text for word in tagged.words] == words
        codes = {None: -1, **run.tag_set.tag_codes}
        assert [codes[tag] for tag in tagged.predicted] == run.words.predicted_tag[rows].tolist()
        assert [codes[tagged.second(at)] for at in range(len(words))] == run.words.second_tag[rows].tolist()
        np.testing.assert_allclose(tagged.p, run.words.p_predicted[rows], atol=1e-5)
        np.testing.assert_allclose(tagged.p_second, run.words.p_second[rows], atol=1e-5)
        spans, ledger = run.spans, (run.spans.sentence == sentence) & (run.spans.predicted_type >= 0)
        bounds = zip(spans.predicted_start[ledger].tolist(), spans.predicted_end[ledger].tolist(), strict=True)
        types = [run.tag_set.types[code] for code in spans.predicted_type[ledger]]
        assert set(tagged.spans) == {(*bound, name) for bound, name in zip(bounds, types, strict=True)}


def test_texts_do_not_influence_each_other(tmp_path: Path) -> None:
    tagger: Tagger = load_tagger(TaggerOptions(str(build_tagger(tmp_path / "model", "bert-cased")), device="cpu"))
    together = tag_texts(tagger, TEXTS, TOKENIZER)
    for text, tagged in zip(TEXTS, together, strict=True):
        (alone,) = tag_texts(tagger, [text], TOKENIZER)
        assert alone.predicted == tagged.predicted
        np.testing.assert_allclose(alone.probabilities, tagged.probabilities, atol=1e-5)


def test_a_tagger_without_begin_tags_begins_its_spans_all_the_same(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "model", "bert-cased", labels=["O", "I-PER", "I-LOC"])
    (tagged,) = tag_texts(load_tagger(TaggerOptions(str(folder), device="cpu")), [TEXTS[0]], CORPUS_SPACES)
    assert tagged.columns == ("O", "I-PER", "I-LOC")
    assert tagged.spans, "random weights find something"
    for span in tagged.spans:
        assert tagged.predicted[span.start] == f"B-{span.type}"
        assert set(tagged.predicted[span.start + 1 : span.end]) <= {f"I-{span.type}"}


def test_a_word_that_the_tokenizer_does_not_read_has_no_prediction(tmp_path: Path) -> None:
    tagger = load_tagger(TaggerOptions(str(build_tagger(tmp_path / "model", "bert-cased")), device="cpu"))
    (tagged,) = tag_texts(tagger, ["Paris \u200b said"], CORPUS_SPACES)
    assert [word.text for word in tagged.words] == ["Paris", "\u200b", "said"]
    assert tagged.predicted[1] is None
    assert tagged.second(1) is None
    assert np.isnan([tagged.p[1], tagged.p_second[1], tagged.margin[1]]).all()
    assert not np.isnan(tagged.p[[0, 2]]).any()
