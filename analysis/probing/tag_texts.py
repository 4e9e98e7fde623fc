"""Tags texts that a user types."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from analysis.probing.tagged_text import Floats, TaggedText, ranking
from analysis.probing.typed_text import CutTexts, Word, cut_texts
from analysis.taggers.huggingface.alignment import cut_windows
from analysis.taggers.huggingface.forward import log_probabilities_of_tags, word_log_probabilities
from analysis.taggers.huggingface.model import Tagger
from analysis.taggers.huggingface.window_batches import padded, subwords_read


def tag_texts(tagger: Tagger, texts: Sequence[str], splitting: str, kept: Collection[str] = ()) -> list[TaggedText]:
    """Tag texts in the same way as the sentences of a corpus: long ones in windows, words by the same subwords.

    Args:
        tagger: The tagger.
        texts: The texts as typed, each one sentence.
        splitting: How to split them into words (analysis.probing.typed_text.splitting_of).
        kept: Words that are not split (analysis.probing.typed_text.cut_texts).
    """
    cut = cut_texts(tagger.encoder, texts, splitting, kept)
    probabilities = np.exp(_log_probabilities(tagger, cut))
    return [
        _tagged(tagger, text, words, probabilities[start:stop])
        for text, words, (start, stop) in zip(texts, cut.words, pairwise(cut.offsets.tolist()), strict=True)
    ]


def _log_probabilities(tagger: Tagger, cut: CutTexts) -> Floats:
    """float32, words of all texts x tags; NaN for words without a subword."""
    special = tagger.encoder.special_tokens
    windows = cut_windows(cut.subwords, cut.offsets, tagger.max_length - special.count)
    found = np.full((int(cut.offsets[-1]), len(tagger.labels.tags)), np.nan, np.float32)
    with tagger.precision():
        for batch in (batch for shard in tagger.shards(windows) for batch in shard):
            read = subwords_read(cut.subwords, windows, batch)
            inputs = padded(tagger, cut.subwords, windows, batch)
            _, logits = tagger.forward(inputs, read.rows, read.columns + len(special.prefix))
            log_p = log_probabilities_of_tags(tagger.labels, logits)
            found[read.words] = word_log_probabilities(log_p, read.begins, tagger.aggregation)
    return found


def _tagged(tagger: Tagger, text: str, words: tuple[Word, ...], probabilities: Floats) -> TaggedText:
    columns = tagger.labels.tags
    best = ranking(probabilities)[:, 0].tolist()
    predicted = (~np.isnan(probabilities[:, 0])).tolist()
    tags = [columns[column] if known else None for column, known in zip(best, predicted, strict=True)]
    return TaggedText(text, words, tuple(tagger.labels.read_predictions(tags)), columns, probabilities)
