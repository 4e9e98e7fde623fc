"""Tags typed texts with a tagger that gives the tags of words alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from analysis.probing.tagged_text import TaggedText
from analysis.probing.typed_text import TOKENIZER, Word, chunks_of
from analysis.taggers.backend import WordTagger


def tag_by_words(tagger: WordTagger, texts: Sequence[str], splitting: str, kept: Collection[str]) -> list[TaggedText]:
    """Tag texts like sentences of the corpus; arguments as in analysis.probing.tag_texts.

    Returns:
        The texts without probabilities: all of them are NaN.
    """
    split = [_words_of(tagger, text, splitting, kept) for text in texts]
    tagged = tagger.tag([[word.text for word in words] for words in split])
    return [
        TaggedText(text, words, tuple(tags), tagger.tags, np.full((len(words), len(tagger.tags)), np.nan, np.float32))
        for text, words, tags in zip(texts, split, tagged, strict=True)
    ]


def _words_of(tagger: WordTagger, text: str, splitting: str, kept: Collection[str]) -> tuple[Word, ...]:
    chunks = chunks_of(text)
    if splitting != TOKENIZER or all(chunk.text.casefold() in kept for chunk in chunks):
        return chunks
    pieces = tagger.split(text)
    words: list[Word] = []
    for chunk in chunks:
        inside = [(start, min(end, chunk.end)) for start, end in pieces if chunk.start <= start < chunk.end]
        if chunk.text.casefold() in kept or not inside:
            words.append(chunk)
        else:
            words += [Word(text[start:end], start, end) for start, end in inside]
    return tuple(words)
