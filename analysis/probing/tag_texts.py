"""Tags texts that a user types."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from analysis.probing.tagged_text import Floats, TaggedText, ranking
from analysis.probing.typed_text import CutTexts, Word, cut_texts, splitting_of
from analysis.probing.word_taggers import tag_by_words
from analysis.run.run import Run
from analysis.taggers.backend import WordTagger
from analysis.taggers.huggingface.alignment import cut_windows
from analysis.taggers.huggingface.batching import plan_shards
from analysis.taggers.huggingface.forward import log_probabilities_of_tags
from analysis.taggers.huggingface.model import Tagger
from analysis.taggers.huggingface.window_batches import padded, words_read


def text_splitting(run: Run, tagger: Tagger | WordTagger) -> str:
    """How to split texts into words for the run's tagger (analysis.probing.typed_text.splitting_of)."""
    return splitting_of(run, tagger.encoder if isinstance(tagger, Tagger) else None)


def tag_texts(
    tagger: Tagger | WordTagger, texts: Sequence[str], splitting: str, kept: Collection[str] = ()
) -> list[TaggedText]:
    """Tag texts in the same way as the sentences of a corpus: long ones in windows, each word at its first subword.

    Args:
        tagger: The tagger.
        texts: The texts as typed, each one sentence.
        splitting: How to split them into words (`text_splitting`).
        kept: Words that are not split (analysis.probing.typed_text.cut_texts).
    """
    if not isinstance(tagger, Tagger):
        return tag_by_words(tagger, texts, splitting, kept)
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
        for shard in plan_shards(windows.length + special.count, tagger.batch_size):
            for batch in shard:
                words, rows, subword = words_read(cut.subwords, windows, batch)
                inputs = padded(tagger, cut.subwords, windows, batch)
                _, logits = tagger.forward(inputs, rows, subword + len(special.prefix))
                found[words] = log_probabilities_of_tags(tagger.labels, logits)
    return found


def _tagged(tagger: Tagger, text: str, words: tuple[Word, ...], probabilities: Floats) -> TaggedText:
    columns = tagger.labels.tags
    best = ranking(probabilities)[:, 0].tolist()
    predicted = (~np.isnan(probabilities[:, 0])).tolist()
    tags = [columns[column] if known else None for column, known in zip(best, predicted, strict=True)]
    return TaggedText(text, words, tuple(tagger.labels.read_predictions(tags)), columns, probabilities)
