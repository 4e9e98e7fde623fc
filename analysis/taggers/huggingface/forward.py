"""The forward pass over a corpus, in shards. After an interruption it resumes after the last finished shard."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import ABSENT, Int64, Subwords, Windows, cut_windows
from analysis.taggers.huggingface.model import Tagger
from analysis.taggers.huggingface.options import FIRST, MEAN
from analysis.taggers.huggingface.shard_ledger import ShardLedger, StoredValues
from analysis.taggers.huggingface.window_batches import padded, subwords_read, words_read
from analysis.taggers.labels import TaggerLabels

FLOAT16_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class ForwardResult:
    """The output of the tagger for all words and all subwords.

    Attributes:
        log_probabilities: float32, words x `Tagger.labels.tags`, in nats, of the subwords that `Tagger.aggregation`
            says; NaN for words without a subword.
        labels: int16, words: the label of the most probable tag (`most_probable_labels`); ABSENT for words without a
            subword.
        hidden_path: `.npy` file, float16, words x width: last layer at the word's first subword; zeros without one.
        subwords: The subwords of the corpus.
        windows: int64, sentences: number of windows, at least 1.
        best: int16, subwords: index in `Tagger.labels.tags` of the most probable tag (ties: the first); ABSENT for
            subwords of a word outside the window in which the word is read.
        p_best: float16, subwords: its probability; NaN as for `best`.
        window: int64, subwords: the window of its sentence in which it is read; ABSENT as for `best`.
    """

    log_probabilities: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int16]
    hidden_path: Path
    subwords: Subwords
    windows: Int64
    best: npt.NDArray[np.int16]
    p_best: npt.NDArray[np.float16]
    window: Int64


def run_forward(
    tagger: Tagger,
    words: list[str],
    offsets: Int64,
    scratch: Path,
    progress: ProgressCallback,
) -> ForwardResult:
    """Run the tagger over a corpus; shards that are already done are not repeated.

    Args:
        tagger: The tagger.
        words: The words of all sentences.
        offsets: int64, sentences + 1: first word of each sentence.
        scratch: A folder that keeps finished shards between calls.
        progress: Receives the number of words done.
    """
    subwords = tagger.encoder.encode(words, offsets)
    windows = cut_windows(subwords, offsets, tagger.max_length - tagger.encoder.special_tokens.count)
    shards = tagger.shards(windows)
    tags = len(tagger.labels.tags)
    ledger = ShardLedger(scratch, _fingerprint(tagger, subwords, offsets))
    hidden, log_probabilities, labels, best, p_best = ledger.open(
        StoredValues("hidden", (len(words), tagger.width), np.float16, 0),
        StoredValues("log_probabilities", (len(words), tags), np.float32, np.nan),
        StoredValues("labels", (len(words),), np.int16, ABSENT),
        StoredValues("best", (len(subwords.ids),), np.int16, ABSENT),
        StoredValues("p_best", (len(subwords.ids),), np.float16, np.nan),
    )
    total = int(np.count_nonzero(subwords.first != ABSENT))
    done = sum(len(words_read(subwords, windows, batch)[0]) for shard in shards[: ledger.done] for batch in shard)
    progress(done, total, "words")
    with tagger.precision():
        for shard in shards[ledger.done :]:
            for batch in shard:
                read = subwords_read(subwords, windows, batch)
                columns = read.columns + len(tagger.encoder.special_tokens.prefix)
                states, logits = tagger.forward(padded(tagger, subwords, windows, batch), read.rows, columns)
                # A few architectures have outlier dimensions beyond float16's range: they must not become infinite.
                hidden[read.words] = np.clip(states[read.begins], -FLOAT16_MAX, FLOAT16_MAX)
                log_p = log_probabilities_of_tags(tagger.labels, logits)
                scores = word_scores(logits, read.begins, tagger.aggregation)
                log_probabilities[read.words] = log_probabilities_of_tags(tagger.labels, scores)
                labels[read.words] = most_probable_labels(tagger.labels, scores)
                best[read.subwords] = log_p.argmax(axis=1)
                p_best[read.subwords] = np.exp(log_p.max(axis=1))
                done += len(read.words)
                progress(done, total, "words")
            ledger.commit()
    return ForwardResult(
        log_probabilities=log_probabilities,
        labels=labels,
        hidden_path=ledger.path("hidden"),
        subwords=subwords,
        windows=windows.per_sentence,
        best=best,
        p_best=p_best,
        window=_window_of_subwords(subwords, windows),
    )


def _window_of_subwords(subwords: Subwords, windows: Windows) -> Int64:
    """The window of its sentence in which each subword is read; ABSENT for those that are not read."""
    everything = np.arange(len(windows.start))
    read = subwords_read(subwords, windows, everything)
    window = np.full(len(subwords.ids), ABSENT, np.int64)
    window[read.subwords] = windows.number[read.rows]
    return window


def log_probabilities_of_tags(labels: TaggerLabels, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Log-softmax over the labels, with the probabilities of labels that are read as one tag summed.

    Args:
        labels: The tagger's labels.
        logits: float32, words x labels.

    Returns:
        float32, words x tags, in nats.
    """
    exact = logits.astype(np.float64)
    exact -= np.logaddexp.reduce(exact, axis=1, keepdims=True)
    if len(labels.tags) == len(labels.names):
        return _as_float32(exact)  # no labels are merged, so tags are in label order
    merged = np.full((len(exact), len(labels.tags)), -np.inf)
    for label, column in enumerate(labels.columns):
        merged[:, column] = np.logaddexp(merged[:, column], exact[:, label])
    return _as_float32(merged)


def _as_float32(log_p: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """What lies beyond the range of float32 becomes -inf, a probability of 0."""
    with np.errstate(over="ignore"):
        return log_p.astype(np.float32)


def word_scores(logits: npt.NDArray[np.float32], begins: Int64, aggregation: str) -> npt.NDArray[np.float32]:
    """The scores of words from those of their subwords, as `aggregation_strategy` of transformers' pipelines.

    Args:
        logits: float32, subwords x labels.
        begins: int64, words: the first subword of each word; every word has one.
        aggregation: FIRST: those of the first subword. MEAN: of the mean of the subwords' probabilities. MAX: of the
            subword whose most probable label has the highest probability (ties: the first).

    Returns:
        float32, words x labels: logits, or log-probabilities for MEAN.
    """
    if aggregation == FIRST or not len(begins):
        return logits[begins]
    counts = np.diff(begins, append=len(logits))
    log_p = logits - np.logaddexp.reduce(logits.astype(np.float64), axis=1, keepdims=True)
    if aggregation == MEAN:
        means = np.logaddexp.reduceat(log_p, begins, axis=0) - np.log(counts)[:, None]
        return _as_float32(means)
    highest = log_p.max(axis=1)
    is_highest = highest == np.repeat(np.maximum.reduceat(highest, begins), counts)
    candidates = np.where(is_highest, np.arange(len(log_p)), len(log_p))
    return logits[np.minimum.reduceat(candidates, begins)]


def most_probable_labels(labels: TaggerLabels, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    """The most probable label of the most probable tag; it tells where a span ends if `I-X` and `E-X` are one tag.

    Args:
        labels: The tagger's labels.
        logits: float32, words x labels.

    Returns:
        int16, words: index in `labels.names` (ties: the first).
    """
    best = log_probabilities_of_tags(labels, logits).argmax(axis=1)
    within = np.where(labels.columns == best[:, None], logits, -np.inf)
    found: npt.NDArray[np.int16] = within.argmax(axis=1).astype(np.int16)
    return found


def _fingerprint(tagger: Tagger, subwords: Subwords, offsets: Int64) -> dict[str, Any]:
    """Everything that must be equal for the shards of an earlier call to be reused."""
    digest = hashlib.sha256()
    for array in (subwords.ids, subwords.first, offsets):
        digest.update(array.tobytes())
    return {
        "corpus": digest.hexdigest(),
        "tags": list(tagger.labels.tags),
        "width": tagger.width,
        "max_length": tagger.max_length,
        "dtype": tagger.dtype,
        "aggregation": tagger.aggregation,
        "device": tagger.device.type,
        "batches": asdict(tagger.batch_size),
    }
