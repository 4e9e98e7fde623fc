"""The stage `predictions` against plain transformers, one sentence at a time, and its resuming."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from seqeval.metrics.sequence_labeling import get_entities
from transformers import AutoModelForTokenClassification, AutoTokenizer

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.corpus.stage import CORPUS
from analysis.pipeline.pipeline import tag_set_of
from analysis.run.columns import Words
from analysis.run.schema import FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED, WORDS
from analysis.run.tags import TagSet
from analysis.taggers.huggingface import model as tagger_module
from analysis.taggers.huggingface.batching import BatchSize
from analysis.taggers.huggingface.forward import log_probabilities_of_tags
from analysis.taggers.huggingface.model import Tagger, TaggerOptions, load_tagger
from analysis.taggers.labels import TaggerLabels
from analysis.taggers.stage import STAGE
from tests.tiny_models import FAMILIES, MAX_LENGTH, build_tagger
from tests.workspace import LoadedTagger, MemoryWorkspace, perform

ZERO_WIDTH = "\u200b\u200d"
TYPES = ("LOC", "ORG", "PER")
SHORT = [
    ["John", "Smith", "flew", "to", "Paris", "."],
    ["IBM"],
    ["Mr.", "O'Neill", "met", "Zoë", "Müller", "in", "São", "Paulo", "(", "3-1", ")"],
    ["the", "European", "Union", "did", "not"],
    ["nobody", "expected", "what", "happened", "next", "again", "and", "again"],
    ["Amazon", "beat", "Jordan"],
]
LONG = SHORT[0] * 14 + ["IBM", *SHORT[2]] * 9
HUGE_WORD = ["Berlin", "x" * 10_000, "Paris", "London"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small lose more by waiting for a second thread on a busy machine than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def column(workspace: MemoryWorkspace, name: str) -> Any:
    """A column of the words."""
    return getattr(Words.of(workspace), name)


def make_corpus(sentences: Sequence[Sequence[str]], tags: Sequence[str | None] | None = None) -> Corpus:
    """Tags, unless given, go round all that the types allow."""
    words = [word for sentence in sentences for word in sentence]
    every = TagSet(TYPES).tags
    return Corpus(
        label="test",
        sentence_ids=[str(row) for row in range(len(sentences))],
        documents=[None] * len(sentences),
        source_rows=np.arange(len(sentences)),
        offsets=np.array(list(accumulate(map(len, sentences), initial=0)), np.int64),
        words=words,
        tags=list(tags) if tags else [every[(7 * number) % len(every)] for number in range(len(words))],
        audit={},
    )


def load(folder: Path, **options: Any) -> Tagger:
    return load_tagger(TaggerOptions(str(folder), device="cpu", **options))


def run_stage(corpus: Corpus, tagger: Tagger, scratch: Path, progress: Any = lambda *_: None) -> MemoryWorkspace:
    scratch.mkdir(exist_ok=True)
    workspace = MemoryWorkspace(scratch)
    resources = {"corpus": corpus, "tagger": LoadedTagger(tagger)}
    tag_set = tag_set_of(corpus, tagger.labels.tags)
    perform(CORPUS, workspace, tag_set, resources=resources)
    perform(STAGE, workspace, tag_set, options={"dtype": tagger.dtype}, resources=resources, progress=progress)
    assert all(workspace.has(value) for value in STAGE.optional_outputs)
    return workspace


class Plain:
    """The oracle: transformers alone, a sentence at a time."""

    def __init__(self, folder: Path, **of_tokenizer: Any) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder, **of_tokenizer)
        self.model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
        self.label2id = {label: number for number, label in self.model.config.id2label.items()}

    def words(self, sentence: Sequence[str]) -> list[tuple[torch.Tensor, torch.Tensor] | None]:
        """Logits and last hidden state at each word's first subword; None without one."""
        encoding = self.tokenizer(list(sentence), is_split_into_words=True, return_tensors="pt")
        with torch.no_grad():
            output = self.model(**encoding, output_hidden_states=True)
        word_ids = encoding.word_ids()
        at = [word_ids.index(word) if word in word_ids else None for word in range(len(sentence))]
        return [
            None if token is None else (output.logits[0, token], output.hidden_states[-1][0, token]) for token in at
        ]


def assert_like_plain(workspace: MemoryWorkspace, corpus: Corpus, plain: Plain) -> None:
    codes = tag_set_of(corpus, list(plain.label2id)).tag_codes
    sentences = [corpus.words[begin:end] for begin, end in pairwise(corpus.offsets) if begin < end]
    said = [each for sentence in sentences for each in plain.words(sentence)]
    predicted = np.array([each is not None for each in said])
    assert ((column(workspace, "subwords") > 0) == predicted).all()
    assert ((column(workspace, "predicted_tag") >= 0) == predicted).all()

    def seen(name: str) -> np.ndarray:
        return column(workspace, name)[predicted]

    logits = torch.stack([each[0] for each in said if each])
    hidden = torch.stack([each[1] for each in said if each])
    p = torch.softmax(logits, -1)
    best, second = p.argsort(descending=True, stable=True)[:, :2].T.numpy()
    labels = np.array([codes[plain.model.config.id2label[number]] for number in range(p.shape[1])])
    np.testing.assert_array_equal(seen("predicted_tag"), labels[best])
    np.testing.assert_array_equal(seen("second_tag"), labels[second])
    rows = np.arange(len(p))
    np.testing.assert_allclose(seen("p_predicted"), p[rows, best], atol=1e-4)
    np.testing.assert_allclose(seen("p_second"), p[rows, second], atol=1e-4)
    np.testing.assert_allclose(seen("entropy"), torch.distributions.Categorical(probs=p).entropy(), atol=1e-4)
    np.testing.assert_allclose(workspace.values["probabilities"][predicted], p, atol=1e-3)
    np.testing.assert_allclose(workspace.values["hidden"][predicted], hidden, rtol=2e-3, atol=2e-3)

    gold = [tag for tag, has in zip(corpus.tags, predicted, strict=True) if has]
    np.testing.assert_array_equal(seen("gold_tag"), [codes[tag] for tag in gold])
    targets = torch.tensor([plain.label2id[tag] for tag in gold])
    losses = torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    np.testing.assert_allclose(seen("loss"), losses, atol=1e-4)
    np.testing.assert_allclose(seen("p_gold"), p[rows, targets], atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("padding_side", ["left", "right"])
def test_words_are_as_plain_transformers_says(family: str, padding_side: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family, types=("PER", "ORG", "LOC"), padding_side=padding_side)
    corpus = make_corpus([*SHORT, [], *SHORT[::-1]])
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    assert_like_plain(workspace, corpus, Plain(folder))
    assert len(set(column(workspace, "predicted_tag"))) > 2
    assert workspace.values["hidden"].dtype == workspace.values["probabilities"].dtype == np.float16
    assert column(workspace, "sentence").tolist() == [
        s for s, n in enumerate(np.diff(corpus.offsets)) for _ in range(n)
    ]
    assert column(workspace, "position").tolist() == [w for n in np.diff(corpus.offsets) for w in range(n)]
    assert column(workspace, "text").to_pylist() == corpus.words


@pytest.mark.shared
@pytest.mark.parametrize(("model", "data"), [("conll03", "uner-ewt"), ("wnut17", "wnut17")])
def test_real_taggers_on_real_corpora(model: str, data: str, shared_folder: Path, tmp_path: Path) -> None:
    folder = shared_folder / "models" / f"minilm-l6-{model}"
    source = str(shared_folder / "data" / data / "test.conll")
    corpus = load_corpus(CorpusOptions(source, limit=200, seed=3))
    tagger = load(folder)
    workspace = run_stage(corpus, tagger, tmp_path / "scratch")
    assert_like_plain(workspace, corpus, Plain(folder))
    without = workspace.values["prediction_audit"]["words_without_prediction"]
    assert without == (column(workspace, "predicted_tag") == -1).sum() == (2 if data == "wnut17" else 0)


def with_batches(monkeypatch: pytest.MonkeyPatch, batch: int, shard: int) -> None:
    monkeypatch.setitem(tagger_module.BATCH_SIZES, "cpu", BatchSize(batch, shard))


@pytest.mark.parametrize("family", ["bert-cased", "roberta", "xlm-roberta", "deberta-v2", "gpt2"])
def test_batches_and_padding_side_change_no_prediction(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = make_corpus([*SHORT, LONG, *SHORT, HUGE_WORD])
    results = []
    for side in ("left", "right"):
        folder = build_tagger(tmp_path / side, family, padding_side=side)
        for batch, shard in ((1, 1_000), (64, 200), (100_000, 100_000)):
            with_batches(monkeypatch, batch, shard)
            results.append(run_stage(corpus, load(folder), tmp_path / f"{side} {batch}"))
    for other in results[1:]:
        assert (column(other, "predicted_tag") == column(results[0], "predicted_tag")).all()
        np.testing.assert_allclose(column(other, "loss"), column(results[0], "loss"), atol=1e-4)
        np.testing.assert_allclose(other.values["hidden"], results[0].values["hidden"], atol=4e-3)


@pytest.mark.parametrize("family", ["bert-cased", "roberta", "gpt2"])
def test_words_of_long_sentences_are_read_from_the_window_with_most_context(family: str, tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", family)
    corpus = make_corpus([LONG])
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")

    plain = Plain(folder)
    whole = plain.tokenizer(LONG, is_split_into_words=True, add_special_tokens=False)
    around = plain.tokenizer.num_special_tokens_to_add()
    capacity = MAX_LENGTH - around
    ids, word_ids = whole["input_ids"], whole.word_ids()
    cuts = [*range(0, len(ids) - capacity, capacity // 2), len(ids) - capacity]
    assert len(cuts) > 4
    cls, sep = ([plain.tokenizer.cls_token_id], [plain.tokenizer.sep_token_id]) if around else ([], [])
    windows = torch.tensor([[*cls, *ids[cut : cut + capacity], *sep] for cut in cuts])
    with torch.no_grad():
        logits = plain.model(input_ids=windows).logits

    for word in range(len(LONG)):
        token = word_ids.index(word)

        def context(window: int, token: int = token) -> float:
            left = token - cuts[window] if window else len(ids)
            right = cuts[window] + capacity - 1 - token if window < len(cuts) - 1 else len(ids)
            return min(left, right)

        best = max(range(len(cuts)), key=context)
        p = torch.softmax(logits[best, token - cuts[best] + len(cls)], -1).numpy()
        np.testing.assert_allclose(workspace.values["probabilities"][word], p, atol=1e-3)
    assert workspace.values["windows"].tolist() == [len(cuts)]
    assert workspace.values["prediction_audit"]["windowed_sentences"] == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_no_word_is_lost_beside_a_word_longer_than_a_window(family: str, tmp_path: Path) -> None:
    corpus = make_corpus([HUGE_WORD, SHORT[0]])
    workspace = run_stage(corpus, load(build_tagger(tmp_path / "tagger", family)), tmp_path / "scratch")
    assert (column(workspace, "predicted_tag") >= 0).all()
    assert np.isfinite(column(workspace, "loss")).all()
    assert (column(workspace, "flags") == 0).all()


def test_nulls_are_flagged_and_counted(tmp_path: Path) -> None:
    sentences = [["John", ZERO_WIDTH, "Paris"], [ZERO_WIDTH], [], ["IBM", "shares", "rose"]]
    tags = ["B-PER", "O", None, None, "B-MISC", "B-MISC", "O"]
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    workspace = run_stage(make_corpus(sentences, tags), load(folder), tmp_path / "scratch")

    none, unknown, unlabelled = FLAG_NO_PREDICTION, FLAG_UNKNOWN_GOLD, FLAG_UNLABELLED
    assert column(workspace, "flags").tolist() == [0, none, unlabelled, none | unlabelled, unknown, unknown, 0]
    assert column(workspace, "subwords").tolist()[1:4:2] == [0, 0]
    codes = {None: -1, **TagSet(("MISC", "PER")).tag_codes}  # the corpus's, whatever else the tagger knows
    assert column(workspace, "gold_tag").tolist() == [codes[tag] for tag in tags]
    has_loss = [True, False, False, False, False, False, True]
    assert np.isfinite(column(workspace, "loss")).tolist() == has_loss
    assert np.isfinite(column(workspace, "p_gold")).tolist() == has_loss
    predicted = [True, False, True, False, True, True, True]
    for name in ("p_predicted", "p_second", "entropy"):
        assert np.isfinite(column(workspace, name)).tolist() == predicted
    for name in ("predicted_tag", "second_tag"):
        assert (column(workspace, name) >= 0).tolist() == predicted
    assert (~np.isnan(workspace.values["probabilities"]).any(axis=1)).tolist() == predicted
    assert workspace.values["hidden"].any(axis=1).tolist() == predicted
    assert workspace.values["windows"].tolist() == [1, 1, 1, 1]
    audit = workspace.values["prediction_audit"]
    assert audit["words_without_subword"] == audit["words_without_prediction"] == 2
    assert audit["unknown_gold_words"] == 2
    assert audit["windowed_sentences"] == 0


def test_spans_begun_with_inside_are_counted(tmp_path: Path) -> None:
    # Without `O` about every third word begins a span with I-, whatever the random weights.
    labels = [f"{prefix}-{name}" for name in TYPES for prefix in "BI"]
    folder = build_tagger(tmp_path / "tagger", "bert-cased", labels=labels)
    corpus = make_corpus(SHORT * 3)
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    tags = [TagSet(TYPES).tags[code] for code in column(workspace, "predicted_tag")]
    invalid = 0
    for begin, end in pairwise(corpus.offsets):
        previous = "O"
        for tag in tags[begin:end]:
            invalid += tag.startswith("I-") and previous[2:] != tag[2:]
            previous = tag
    assert invalid > 0
    assert workspace.values["prediction_audit"]["spans_begun_with_inside"] == invalid


def test_labels_of_other_schemes_are_summed_into_their_tags(tmp_path: Path) -> None:
    labels = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "X"]
    folder = build_tagger(tmp_path / "tagger", "bert-cased", labels=labels)
    corpus = make_corpus(SHORT, ["B-PER"] * sum(map(len, SHORT)))
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    plain = Plain(folder)
    said = [each for sentence in SHORT for each in plain.words(sentence) if each]
    p = torch.softmax(torch.stack([logits for logits, _ in said]), -1).numpy()
    expected = np.stack([p[:, 0] + p[:, 5], p[:, 1] + p[:, 4], p[:, 2] + p[:, 3]], axis=1)
    np.testing.assert_allclose(workspace.values["probabilities"], expected, atol=1e-3)
    np.testing.assert_allclose(column(workspace, "loss"), -np.log(expected[:, 1]), atol=1e-4)
    of_tags = np.array([[0, 5], [1, 4], [2, 3]])[expected.argmax(axis=1)]
    best = np.take_along_axis(of_tags, np.take_along_axis(p, of_tags, axis=1).argmax(axis=1)[:, None], axis=1)[:, 0]
    read = []
    for begin, end in pairwise(corpus.offsets):
        codes = [0] * int(end - begin)
        for _, first, last in get_entities([labels[label].replace("X", "O") for label in best[begin:end]]):
            codes[first : last + 1] = [1] + [2] * (last - first)
        read += codes
    assert column(workspace, "predicted_tag").tolist() == read


def test_a_tagger_without_begin_tags_begins_its_spans(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased", labels=["O", "I-PER", "I-LOC"])
    corpus = make_corpus(SHORT, ["B-PER"] * sum(map(len, SHORT)))
    workspace = run_stage(corpus, load(folder), tmp_path / "scratch")
    columns = workspace.values["probabilities"].argmax(axis=1)
    begin, inside = {0: 0, 1: 1, 2: 3}, {0: 0, 1: 2, 2: 4}
    for first, stop in pairwise(corpus.offsets):
        for word in range(first, stop):
            continues = word > first and columns[word - 1] == columns[word]
            expected = (inside if continues else begin)[columns[word]]
            assert column(workspace, "predicted_tag")[word] == expected
    assert workspace.values["prediction_audit"]["spans_begun_with_inside"] == 0
    assert np.isfinite(column(workspace, "loss")).all()


def test_losses_stay_exact_where_probabilities_vanish() -> None:
    logits = np.array([[0.0, -300.0, -301.0]], np.float32)
    known = TaggerLabels.from_id2label(["O", "B-PER", "I-PER"])
    np.testing.assert_allclose(log_probabilities_of_tags(known, logits), [[0, -300, -301]])
    merged = TaggerLabels.from_id2label(["O", "B-PER", "S-PER"])
    np.testing.assert_allclose(log_probabilities_of_tags(merged, logits), [[0, -300 + np.log1p(np.exp(-1))]], rtol=1e-6)


def test_bf16_is_near_and_repeatable(tmp_path: Path) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    corpus = make_corpus(SHORT)
    exact = run_stage(corpus, load(folder), tmp_path / "fp32")
    rough = run_stage(corpus, load(folder, dtype="bf16"), tmp_path / "bf16")
    difference = np.abs(column(exact, "loss") - column(rough, "loss"))
    assert 0 < difference.max() < 0.5


# Resuming


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("after", [1, 4, 9])
def test_what_is_stopped_goes_on_and_ends_the_same(after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_batches(monkeypatch, 30, 60)
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    corpus = make_corpus([*SHORT, LONG, *SHORT, ["a", ZERO_WIDTH]])
    calls: list[tuple[int, int]] = []

    def note(done: int, total: int, unit: str) -> None:
        assert unit == "words"
        calls.append((done, total))

    def stop(done: int, total: int, unit: str) -> None:
        note(done, total, unit)
        if len(calls) > after:
            raise StoppedError

    unbroken = run_stage(corpus, load(folder), tmp_path / "unbroken", progress=note)
    every_call = list(calls)
    assert len(every_call) > 12
    assert every_call == sorted(every_call)
    assert every_call[-1] == (len(corpus.words) - 1,) * 2

    calls.clear()
    with pytest.raises(StoppedError):
        run_stage(corpus, load(folder), tmp_path / "broken", progress=stop)
    calls.clear()
    resumed = run_stage(corpus, load(folder), tmp_path / "broken", progress=note)
    assert calls[0] in every_call
    assert (calls[0][0] > 0) == (after > 2)  # a shard is two batches or so; what stands is not done again
    assert_identical(resumed, unbroken)


def assert_identical(one: MemoryWorkspace, other: MemoryWorkspace) -> None:
    for value in (WORDS, *STAGE.outputs, *STAGE.optional_outputs):
        assert value.encode(one.read(value)) == value.encode(other.read(value)), value.key


KILLED_PROCESS = """
import os, signal, sys
from pathlib import Path
from analysis.taggers.huggingface import model as tagger_module
from analysis.taggers.huggingface.batching import BatchSize
from tests.analysis.taggers.test_predictions import LONG, SHORT, load, make_corpus, run_stage

tagger_module.BATCH_SIZES["cpu"] = BatchSize(30, 60)
calls = 0

def die(*_):
    global calls
    calls += 1
    if calls == 8:
        os.kill(os.getpid(), signal.SIGKILL)

run_stage(make_corpus([*SHORT, LONG]), load(Path(sys.argv[1])), Path(sys.argv[2]), progress=die)
"""


def test_a_killed_process_leaves_what_the_next_goes_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    scratch = tmp_path / "scratch"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_PROCESS, str(folder), str(scratch)],
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with_batches(monkeypatch, 30, 60)
    calls: list[int] = []
    corpus = make_corpus([*SHORT, LONG])
    resumed = run_stage(corpus, load(folder), scratch, progress=lambda done, *_: calls.append(done))
    assert calls[0] > 0
    assert_identical(resumed, run_stage(corpus, load(folder), tmp_path / "unbroken"))


def test_shards_of_another_corpus_or_batching_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = build_tagger(tmp_path / "tagger", "bert-cased")
    scratch = tmp_path / "scratch"
    run_stage(make_corpus(SHORT), load(folder), scratch)
    other = make_corpus(SHORT[::-1])
    calls: list[int] = []
    run = run_stage(other, load(folder), scratch, progress=lambda done, *_: calls.append(done))
    assert calls[0] == 0
    assert_identical(run, run_stage(other, load(folder), tmp_path / "fresh"))
    with_batches(monkeypatch, 30, 60)
    calls.clear()
    run_stage(other, load(folder), scratch, progress=lambda done, *_: calls.append(done))
    assert calls[0] == 0
