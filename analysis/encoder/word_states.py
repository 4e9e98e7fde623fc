"""A vector for each word from an encoder: the mean of its subwords' hidden states."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from analysis.encoder.sentence_encoder import SentenceEncoder
from analysis.errors import AnalysisError
from analysis.run.stage import ProgressCallback
from analysis.taggers.huggingface.alignment import ABSENT, Int64, SubwordEncoder, Subwords, cut_windows
from analysis.taggers.huggingface.batching import plan_shards
from analysis.taggers.huggingface.shard_ledger import ShardLedger, StoredValues
from analysis.taggers.huggingface.window_batches import Batch, padded, subwords_read

FLOAT16_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class WordStates:
    """The states of all words of a corpus.

    Attributes:
        path: `.npy` file, float16, words x width; zeros for words that were not read.
        read: bool, words: the word has at least one subword.
    """

    path: Path
    read: npt.NDArray[np.bool_]


def word_states(
    encoder: SentenceEncoder, words: list[str], offsets: Int64, scratch: Path, progress: ProgressCallback
) -> WordStates:
    """Compute the mean last hidden state over the subwords of each word; finished shards are not repeated.

    Sentences longer than the encoder's input are split into windows that overlap by half. A word is read in the window
    in which it has the most context; subwords of a very long word outside this window are ignored. The model's prompt
    is not used.

    Args:
        encoder: The encoder.
        words: All words, flat.
        offsets: int64, sentences + 1: first word of each sentence.
        scratch: A folder that keeps finished shards between calls.
        progress: Receives the number of words done.

    Raises:
        AnalysisError: The encoder's tokenizer cannot map subwords to words.
    """
    reader = _TokenReader.of(encoder)
    subwords = reader.encoder.encode(words, offsets)
    special = reader.encoder.special_tokens
    windows = cut_windows(subwords, offsets, encoder.max_length - special.count)
    shards = plan_shards(windows.length + special.count, encoder.batch_size)
    width = int(encoder.transformer.config.hidden_size)
    ledger = ShardLedger(scratch, _fingerprint(encoder, subwords, offsets))
    (states,) = ledger.open(StoredValues("word_states", (len(words), width), np.float16, 0))
    read = subwords.first != ABSENT
    total = int(np.count_nonzero(read))
    done = sum(len(subwords_read(subwords, windows, batch).words) for shard in shards[: ledger.done] for batch in shard)
    progress(done, total, "words encoded")
    for shard in shards[ledger.done :]:
        for batch in shard:
            tokens = subwords_read(subwords, windows, batch)
            columns = tokens.columns + len(special.prefix)
            of_subwords = reader.states(padded(reader, subwords, windows, batch), tokens.rows, columns)
            counts = np.diff(tokens.begins, append=len(of_subwords))
            means = np.add.reduceat(of_subwords, tokens.begins) / counts[:, None]
            # A few architectures have outlier dimensions beyond float16's range: they must not become infinite.
            states[tokens.words] = np.clip(means, -FLOAT16_MAX, FLOAT16_MAX)
            done += len(tokens.words)
            progress(done, total, "words encoded")
        ledger.commit()
    return WordStates(ledger.path("word_states"), read)


@dataclass(frozen=True)
class _TokenReader:
    """The transformer of an encoder; implements window_batches.WindowReader."""

    transformer: torch.nn.Module
    encoder: SubwordEncoder
    pad_id: int
    device: torch.device
    takes_segments: bool

    @classmethod
    def of(cls, encoder: SentenceEncoder) -> _TokenReader:
        tokenizer: Any = encoder.model.tokenizer
        if not tokenizer.is_fast:
            raise AnalysisError(
                f'The encoder "{encoder.files.name}" has only a slow tokenizer, which cannot map subwords to words. '
                "Choose an --encoder with a fast tokenizer (tokenizer.json)."
            )
        return cls(
            transformer=encoder.transformer,
            encoder=SubwordEncoder(tokenizer.backend_tokenizer),
            pad_id=tokenizer.pad_token_id or 0,
            device=encoder.model.device,
            takes_segments="token_type_ids" in tokenizer.model_input_names
            and "token_type_ids" in inspect.signature(encoder.transformer.forward).parameters,
        )

    def states(self, batch: Batch, rows: Int64, columns: Int64) -> npt.NDArray[np.float32]:
        """float32, tokens x width: the last hidden states at some tokens of a batch."""
        tensors = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
        if self.takes_segments:
            tensors["token_type_ids"] = batch.segments
        with torch.inference_mode():
            inputs = {name: torch.from_numpy(array).to(self.device) for name, array in tensors.items()}
            hidden = self.transformer(**inputs).last_hidden_state
            at = (torch.from_numpy(rows).to(self.device), torch.from_numpy(columns).to(self.device))
            states: npt.NDArray[np.float32] = hidden[at].float().cpu().numpy()
        return states


def _fingerprint(encoder: SentenceEncoder, subwords: Subwords, offsets: Int64) -> dict[str, Any]:
    """Everything that must be equal for the shards of an earlier call to be reused."""
    digest = hashlib.sha256()
    for array in (subwords.ids, subwords.first, offsets):
        digest.update(array.tobytes())
    return {
        "corpus": digest.hexdigest(),
        "encoder": encoder.files.hash,
        "max_length": encoder.max_length,
        "device": encoder.model.device.type,
        "batches": asdict(encoder.batch_size),
    }
