"""Variants of a text that differ in one respect: letter case, final punctuation, or one replaced entity."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from analysis.probing.tagged_text import TaggedText
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.scores.ledger import read_spans

_ABBREVIATION = re.compile(r"(?<!\S)(?:[^\W\d]+\.)+[^\W\d]+\.$")

_ENTITIES: RunCache[Mapping[str, tuple[str, ...]]] = RunCache(1)


class Swap(NamedTuple):
    """A text with one entity replaced: `old` by `new`."""

    text: str
    old: str
    new: str


def without_final_punctuation(text: str) -> str:
    """The text without its final punctuation and the spaces before it; abbreviations (`D.C.`) keep their full stop."""
    end = len(text.rstrip())
    while end and (unicodedata.category(text[end - 1])[0] == "P" or text[end - 1].isspace()):
        end -= 1
    if abbreviation := _ABBREVIATION.search(text[:end] + text[end : end + 1]):
        end = abbreviation.end()
    return text[:end] or text


PLAIN: Mapping[str, Callable[[str], str]] = {
    "lower case": str.lower,
    "UPPER CASE": str.upper,
    "no final punctuation": without_final_punctuation,
}
"""Name of a variant -> the function that makes it; it returns a text unchanged if there is nothing to change."""


def corpus_entities(run: Run) -> Mapping[str, tuple[str, ...]]:
    """Type -> the distinct texts of its entities, sorted: gold entities, or predicted ones in unlabelled data."""

    def collect() -> Mapping[str, tuple[str, ...]]:
        words = run.words
        gold = read_spans(words.gold_tag, words.sentence)
        spans = gold if len(gold) else read_spans(words.predicted_tag, words.sentence)
        found: dict[str, set[str]] = {}
        for start, end, kind in zip(spans.start.tolist(), spans.end.tolist(), spans.type.tolist(), strict=True):
            text = " ".join(words.text.slice(start, end - start).to_pylist())
            found.setdefault(run.tag_set.types[kind], set()).add(text)
        return {kind: tuple(sorted(texts)) for kind, texts in found.items()}

    return _ENTITIES.get(run, None, collect)


def swapped(run: Run, tagged: TaggedText, turn: int) -> Swap | None:
    """The text with one of its predicted entities replaced by another of its type from the corpus.

    Args:
        run: The run that provides the replacements.
        tagged: The text.
        turn: Seed of the choice: the same number gives the same replacement.

    Returns:
        The variant; None if no entity of the text has another entity of its type in the corpus.
    """
    choices = [
        (tagged.characters(span), others)
        for span in tagged.spans
        if (others := corpus_entities(run).get(span.type, ()))
        and (len(others) > 1 or others[0] != tagged.text[slice(*tagged.characters(span))])
    ]
    if not choices:
        return None
    random = np.random.default_rng([turn, zlib.crc32(tagged.text.encode("utf-8", "surrogatepass"))])
    (start, end), others = choices[random.integers(len(choices))]
    old = tagged.text[start:end]
    at = int(random.integers(len(others)))
    new = others[at] if others[at] != old else others[(at + 1) % len(others)]
    return Swap(tagged.text[:start] + new + tagged.text[end:], old, new)
