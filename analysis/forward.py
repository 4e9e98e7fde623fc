"""The forward pass over a corpus, in shards: stopped at any moment, it goes on from the last finished shard."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.format import open_memmap

from analysis.alignment import ABSENT, Int64, Subwords, cut_windows
from analysis.batching import plan_shards
from analysis.stage import ProgressCallback
from analysis.tag_schemes import TaggerLabels
from analysis.tagger import Tagger
from analysis.window_batches import padded, words_read

FLOAT16_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class ForwardResult:
    """What the tagger says about every word.

    Attributes:
        log_probabilities: float32, words x `Tagger.labels.tags`; NaN for words without subword.
        hidden_path: `.npy` file, float16, words x width: last layer at the word's first subword; zeros without subword.
        subword_counts: int64, words.
        windows: int64, sentences: windows that each sentence was cut in, at least 1.
    """

    log_probabilities: npt.NDArray[np.float32]
    hidden_path: Path
    subword_counts: Int64
    windows: Int64


def run_forward(
    tagger: Tagger,
    words: list[str],
    offsets: Int64,
    scratch: Path,
    progress: ProgressCallback,
) -> ForwardResult:
    """Run the tagger over a corpus, or what is left to do of it.

    Args:
        tagger: The tagger.
        words: All words, flat.
        offsets: int64, sentences + 1: first word of each sentence.
        scratch: A folder that keeps the shards done so far from one call to the next.
        progress: Told the number of words done.
    """
    subwords = tagger.encoder.encode(words, offsets)
    windows = cut_windows(subwords, offsets, tagger.max_length - tagger.encoder.special_tokens.count)
    shards = plan_shards(windows.length + tagger.encoder.special_tokens.count, tagger.batch_size)
    ledger = _ShardLedger(scratch, _fingerprint(tagger, subwords, offsets))
    hidden, log_probabilities = ledger.open(len(words), tagger.width, len(tagger.labels.tags))
    total = int(np.count_nonzero(subwords.first != ABSENT))
    done = sum(len(words_read(subwords, windows, batch)[0]) for shard in shards[: ledger.done] for batch in shard)
    progress(done, total, "words")
    with tagger.precision():
        for shard in shards[ledger.done :]:
            for batch in shard:
                read, rows, subword = words_read(subwords, windows, batch)
                columns = subword + len(tagger.encoder.special_tokens.prefix)
                states, logits = tagger.forward(padded(tagger, subwords, windows, batch), rows, columns)
                # A few architectures have outlier dimensions beyond float16's range: they must not become infinite.
                hidden[read] = np.clip(states, -FLOAT16_MAX, FLOAT16_MAX)
                log_probabilities[read] = log_probabilities_of_tags(tagger.labels, logits)
                done += len(read)
                progress(done, total, "words")
            ledger.commit(hidden, log_probabilities)
    return ForwardResult(log_probabilities, ledger.hidden_path, subwords.counts, windows.per_sentence)


def log_probabilities_of_tags(labels: TaggerLabels, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Log-softmax over the labels, with the probabilities of labels that are read as one tag summed.

    Args:
        labels: The tagger's labels.
        logits: float32, words x labels.

    Returns:
        float32, words x tags, in nat.
    """
    exact = logits.astype(np.float64)
    exact -= np.logaddexp.reduce(exact, axis=1, keepdims=True)
    if len(labels.tags) == len(labels.names):
        return exact.astype(np.float32)  # nothing is merged, so tags are in label order
    merged = np.full((len(exact), len(labels.tags)), -np.inf)
    for label, column in enumerate(labels.columns):
        merged[:, column] = np.logaddexp(merged[:, column], exact[:, label])
    return merged.astype(np.float32)


def _fingerprint(tagger: Tagger, subwords: Subwords, offsets: Int64) -> dict[str, Any]:
    """What must be the same for shards of an earlier call to be of use."""
    digest = hashlib.sha256()
    for array in (subwords.ids, subwords.first, offsets):
        digest.update(array.tobytes())
    return {
        "corpus": digest.hexdigest(),
        "tags": list(tagger.labels.tags),
        "width": tagger.width,
        "max_length": tagger.max_length,
        "dtype": tagger.dtype,
        "device": tagger.device.type,
        "batches": asdict(tagger.batch_size),
    }


class _ShardLedger:
    """The arrays of a forward pass on disk, and how many of its shards they hold for certain."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]) -> None:
        self.hidden_path = folder / "hidden.npy"
        self._log_probabilities_path = folder / "log_probabilities.npy"
        self._progress_path = folder / "progress.json"
        self._fingerprint = fingerprint
        self.done = self._read_progress()

    def _read_progress(self) -> int:
        if not self._progress_path.is_file():
            return 0
        progress = json.loads(self._progress_path.read_text("utf-8"))
        return int(progress["done"]) if progress["of"] == self._fingerprint else 0

    def open(self, words: int, width: int, tags: int) -> tuple[np.memmap[Any, Any], np.memmap[Any, Any]]:
        """Hidden states and log-probabilities as they stand, or new ones where no shard is done."""
        if self.done:
            return open_memmap(self.hidden_path, "r+"), open_memmap(self._log_probabilities_path, "r+")
        # An earlier progress file must be gone before its arrays are.
        self._progress_path.unlink(missing_ok=True)
        hidden = open_memmap(self.hidden_path, "w+", np.float16, (words, width))
        log_probabilities = open_memmap(self._log_probabilities_path, "w+", np.float32, (words, tags))
        log_probabilities[:] = np.nan
        return hidden, log_probabilities

    def commit(self, *arrays: np.memmap[Any, Any]) -> None:
        """Count one more shard as done, once its values are on disk."""
        for array in arrays:
            array.flush()
        self.done += 1
        temporary = self._progress_path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump({"done": self.done, "of": self._fingerprint}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._progress_path)
