"""States of words against a plain forward pass of transformers; resuming, and the stage that writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from analysis.encoder.files import read_encoder_files
from analysis.encoder.sentence_encoder import SentenceEncoder, load_encoder
from analysis.encoder.stage import STAGE
from analysis.encoder.word_states import word_states
from analysis.errors import AnalysisError
from analysis.run.schema import HIDDEN, WORDS
from analysis.run.stage import ProgressCallback
from analysis.run.tags import TagSet
from analysis.taggers.huggingface.batching import BatchSize
from tests.duplicate_runs import corpus_of
from tests.tiny_models import FAMILIES, MAX_LENGTH, build_tagger
from tests.workspace import MemoryWorkspace, perform

ZERO_WIDTH = "\u200b\u200d"
"""Characters of which the tokenizers of BERT make no subword."""
SHORT = [
    ["John", "Smith", "flew", "to", "Paris", "."],
    ["IBM"],
    [],
    ["Mr.", "O'Neill", "met", "Zoë", "Müller", "in", "São", "Paulo", "(", "3-1", ")"],
    ["nobody", "expected", "what", "happened", "next", "again"],
]
LONG = [SHORT[0] * 14, [*SHORT[3], "IBM"] * 9]


class StoppedError(Exception):
    pass


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models this small lose more by waiting for a second thread on a busy machine than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of few windows and shards of few batches, so that there are many of them."""
    monkeypatch.setattr("analysis.encoder.sentence_encoder.BATCH_SIZES", {"cpu": BatchSize(batch=30, shard=60)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tagger(tmp_path_factory.mktemp("encoders") / "bert", "bert-cased")


def load(folder: Path) -> SentenceEncoder:
    return load_encoder(read_encoder_files("toy", folder), "cpu")


def states_of(
    encoder: SentenceEncoder,
    sentences: Sequence[Sequence[str]],
    scratch: Path,
    progress: ProgressCallback = lambda *_: None,
) -> np.ndarray:
    """float16, words x width."""
    scratch.mkdir(exist_ok=True)
    offsets = np.array(list(accumulate(map(len, sentences), initial=0)), np.int64)
    states = word_states(encoder, list(chain.from_iterable(sentences)), offsets, scratch, progress)
    hidden = np.load(states.path)
    assert hidden.dtype == np.float16
    assert (hidden.any(axis=1) == states.read).all()
    return hidden


class Plain:
    """The oracle: transformers alone, one sequence at a time."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
        self._model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def subwords(self, sentence: Sequence[str]) -> tuple[list[int], list[int]]:
        """Ids without special tokens, and the word of each."""
        encoding = self._tokenizer(list(sentence), is_split_into_words=True, add_special_tokens=False, verbose=False)
        return encoding["input_ids"], encoding.word_ids()

    def token_states(self, ids: list[int]) -> np.ndarray:
        """float32, subwords x width: last hidden states, of special tokens left out."""
        before, after = self._special()
        with torch.no_grad():
            states = self._model(torch.tensor([[*before, *ids, *after]])).last_hidden_state[0]
        return states[len(before) : len(before) + len(ids)].numpy()

    def capacity(self) -> int:
        return MAX_LENGTH - sum(map(len, self._special()))

    def words(self, sentence: Sequence[str]) -> np.ndarray:
        """float32, words x width: of each word the mean over its subwords, read in the window of most context."""
        ids, word_of = self.subwords(sentence)
        wanted = np.zeros((len(sentence), self._model.config.hidden_size), np.float32)
        if not ids:
            return wanted
        starts = self._window_starts(len(ids))
        windows = {start: self.token_states(ids[start : start + self.capacity()]) for start in starts}
        for word in set(word_of):
            first, count = word_of.index(word), word_of.count(word)
            start = max(starts, key=lambda start: (self._context(start, first, len(ids)), -start))
            wanted[word] = windows[start][first - start : first - start + count].mean(axis=0)
        return wanted

    def _special(self) -> tuple[list[int], list[int]]:
        ids = self._tokenizer(["a"], is_split_into_words=True)["input_ids"]
        (inside,) = self._tokenizer(["a"], is_split_into_words=True, add_special_tokens=False)["input_ids"]
        return ids[: ids.index(inside)], ids[ids.index(inside) + 1 :]

    def _window_starts(self, length: int) -> list[int]:
        """Windows overlap by half, and the last ends with the sentence."""
        last = max(0, length - self.capacity())
        return sorted({*range(0, last, self.capacity() // 2), last})

    def _context(self, start: int, position: int, length: int) -> int:
        """Subwords between a position and the nearer end of the window; -1 outside of it."""
        stop = start + self.capacity()
        return min(position - start, stop - 1 - position) if start <= position < min(stop, length) else -1


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.usefixtures("small_batches")
def test_a_words_state_is_the_mean_over_its_subwords(tmp_path: Path, family: str) -> None:
    folder = build_tagger(tmp_path / "encoder", family)
    plain = Plain(folder)
    assert any(max(map(word_of.count, word_of), default=0) > 1 for _, word_of in map(plain.subwords, SHORT))
    hidden = states_of(load(folder), SHORT, tmp_path / "scratch")
    np.testing.assert_allclose(hidden, np.concatenate([*map(plain.words, SHORT)]), rtol=2e-3, atol=2e-3)


@pytest.mark.usefixtures("small_batches")
def test_a_word_of_a_long_sentence_is_read_where_it_has_most_context(folder: Path, tmp_path: Path) -> None:
    plain = Plain(folder)
    assert all(len(plain.subwords(sentence)[0]) > 2 * MAX_LENGTH for sentence in LONG)
    hidden = states_of(load(folder), [*SHORT, *LONG], tmp_path / "scratch")
    wanted = np.concatenate([*map(plain.words, [*SHORT, *LONG])])
    np.testing.assert_allclose(hidden, wanted, rtol=2e-3, atol=2e-3)


def test_of_a_word_longer_than_a_window_its_beginning_counts(folder: Path, tmp_path: Path) -> None:
    hidden = states_of(load(folder), [["x" * 90]], tmp_path / "scratch")
    plain = Plain(folder)
    ids, _ = plain.subwords(["x" * 90])
    assert len(ids) > plain.capacity()
    np.testing.assert_allclose(hidden[0], plain.token_states(ids[: plain.capacity()]).mean(axis=0), atol=2e-3)


def test_words_without_a_subword_are_zeros(folder: Path, tmp_path: Path) -> None:
    sentences = [["John", ZERO_WIDTH, "Smith"], [ZERO_WIDTH], ["Paris"]]
    hidden = states_of(load(folder), sentences, tmp_path / "scratch")
    assert hidden.any(axis=1).tolist() == [True, False, True, False, True]
    plain = Plain(folder)
    np.testing.assert_allclose(hidden[[0, 2]], plain.words(["John", "Smith"]), rtol=2e-3, atol=2e-3)


def test_a_corpus_without_words_has_no_states(folder: Path, tmp_path: Path) -> None:
    assert states_of(load(folder), [[], []], tmp_path / "scratch").shape == (0, 32)


def test_values_beyond_float16_stay_finite(folder: Path, tmp_path: Path) -> None:
    encoder = load(folder)
    norm = encoder.transformer.get_submodule("encoder.layer.1.output.LayerNorm")
    with torch.no_grad():
        norm.weight *= 1e6
    hidden = states_of(encoder, SHORT, tmp_path / "scratch")
    assert np.isfinite(hidden).all()
    assert np.abs(hidden).max() == np.finfo(np.float16).max


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("after", [1, 6])
def test_what_was_stopped_goes_on(folder: Path, tmp_path: Path, after: int) -> None:
    sentences = [*SHORT, *LONG, ["a", ZERO_WIDTH]]
    calls: list[tuple[int, int, str]] = []

    def note(*call: object) -> None:
        calls.append(call)

    def stop(*call: object) -> None:
        calls.append(call)
        if len(calls) > after:
            raise StoppedError

    unbroken = states_of(load(folder), sentences, tmp_path / "unbroken", note)
    every_call = list(calls)
    words = sum(map(len, sentences)) - 1
    assert len(every_call) > 8
    assert every_call == sorted(every_call)
    assert (every_call[0], every_call[-1]) == ((0, words, "words encoded"), (words, words, "words encoded"))

    calls.clear()
    with pytest.raises(StoppedError):
        states_of(load(folder), sentences, tmp_path / "stopped", stop)
    calls.clear()
    resumed = states_of(load(folder), sentences, tmp_path / "stopped", note)
    assert calls[0] in every_call
    assert (calls[0][0] > 0) == (after == 6), "a shard is two batches; what is done is not repeated"
    assert calls[-1] == every_call[-1]
    np.testing.assert_array_equal(resumed, unbroken)


@pytest.mark.usefixtures("small_batches")
def test_shards_of_another_corpus_or_encoder_are_not_used(folder: Path, tmp_path: Path) -> None:
    other = build_tagger(tmp_path / "other", "bert-cased", seed=1)
    scratch = tmp_path / "scratch"
    states_of(load(folder), SHORT, scratch)
    for number, (encoder, sentences) in enumerate([(load(folder), SHORT[::-1]), (load(other), SHORT[::-1])]):
        done: list[int] = []
        hidden = states_of(encoder, sentences, scratch, lambda *call, done=done: done.append(call[0]))
        assert done[0] == 0
        np.testing.assert_array_equal(hidden, states_of(encoder, sentences, tmp_path / f"fresh-{number}"))


def test_a_slow_tokenizer_is_refused(folder: Path, tmp_path: Path) -> None:
    encoder = load(folder)
    slow = SimpleNamespace(files=encoder.files, model=SimpleNamespace(tokenizer=SimpleNamespace(is_fast=False)))
    with pytest.raises(AnalysisError, match=r'encoder "toy" has only a slow tokenizer'):
        states_of(slow, SHORT, tmp_path / "scratch")


def test_the_stage_writes_the_states_of_all_words(folder: Path, tmp_path: Path) -> None:
    encoder = load(folder)
    corpus = corpus_of([(words, ["O"] * len(words)) for words in SHORT])
    workspace = MemoryWorkspace(tmp_path, {WORDS.key: None})
    resources = {"text": corpus.text, "encoder": SimpleNamespace(load=lambda: encoder)}
    perform(STAGE, workspace, TagSet(()), resources=resources)
    plain = Plain(folder)
    wanted = np.concatenate([*map(plain.words, SHORT)])
    np.testing.assert_allclose(workspace.read(HIDDEN), wanted, rtol=2e-3, atol=2e-3)
