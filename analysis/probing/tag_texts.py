"""Tags texts that a user types."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analysis.probing.tagged_text import Floats, TaggedText
from analysis.probing.typed_text import CutTexts, Word, cut_texts, splitting_of
from analysis.probing.word_taggers import tag_by_words
from analysis.run.run import Run
from analysis.taggers.backend import WordTagger
from analysis.taggers.huggingface.alignment import ABSENT, cut_windows
from analysis.taggers.huggingface.forward import log_probabilities_of_tags, most_probable_labels, word_scores
from analysis.taggers.huggingface.model import Tagger
from analysis.taggers.huggingface.window_batches import padded, subwords_read


def text_splitting(run: Run, tagger: Tagger | WordTagger) -> str:
    """How to split texts into words for the run's tagger (analysis.probing.typed_text.splitting_of)."""
    return splitting_of(run, tagger.encoder if isinstance(tagger, Tagger) else None)


def tag_texts(
    tagger: Tagger | WordTagger, texts: Sequence[str], splitting: str, kept: Collection[str] = ()
) -> list[TaggedText]:
    """Tag texts in the same way as the sentences of a corpus: long ones in windows, words by the same subwords.

    Args:
        tagger: The tagger.
        texts: The texts as typed, each one sentence.
        splitting: How to split them into words (`text_splitting`).
        kept: Words that are not split (analysis.probing.typed_text.cut_texts).
    """
    if not isinstance(tagger, Tagger):
        return tag_by_words(tagger, texts, splitting, kept)
    cut = cut_texts(tagger.encoder, texts, splitting, kept)
    log_probabilities, labels = _read(tagger, cut)
    probabilities = np.exp(log_probabilities)
    names = [*tagger.labels.standard, None]  # ABSENT, -1, selects the last entry
    tags = [names[label] for label in labels]
    return [
        _tagged(tagger, text, words, tags[start:stop], probabilities[start:stop])
        for text, words, (start, stop) in zip(texts, cut.words, pairwise(cut.offsets.tolist()), strict=True)
    ]


def _read(tagger: Tagger, cut: CutTexts) -> tuple[Floats, npt.NDArray[np.int16]]:
    """Log-probabilities (float32, words x tags; NaN for words without a subword) and labels of the words of all texts.

    Labels are ABSENT for words without a subword.
    """
    special = tagger.encoder.special_tokens
    windows = cut_windows(cut.subwords, cut.offsets, tagger.max_length - special.count)
    found = np.full((int(cut.offsets[-1]), len(tagger.labels.tags)), np.nan, np.float32)
    labels = np.full(len(found), ABSENT, np.int16)
    with tagger.precision():
        for batch in (batch for shard in tagger.shards(windows) for batch in shard):
            read = subwords_read(cut.subwords, windows, batch)
            inputs = padded(tagger, cut.subwords, windows, batch)
            _, logits = tagger.forward(inputs, read.rows, read.columns + len(special.prefix))
            scores = word_scores(logits, read.begins, tagger.aggregation)
            found[read.words] = log_probabilities_of_tags(tagger.labels, scores)
            labels[read.words] = most_probable_labels(tagger.labels, scores)
    return found, labels


def _tagged(
    tagger: Tagger, text: str, words: tuple[Word, ...], tags: Sequence[str | None], probabilities: Floats
) -> TaggedText:
    return TaggedText(text, words, tuple(tagger.labels.read_predictions(tags)), tagger.labels.tags, probabilities)
