"""Generates sentences from patterns: fills slots with names and fillers, splits words, and tags entities in BIO2.

In a pattern, `{city}` is a name of that kind, `{CITY}` the same in capitals, `{#city}` a hashtag, `{@person}` a handle,
`{=Jordan/PER}` a fixed name, `{weekday}` a filler, and `[said|told]` a choice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random

from analysis.demo import (
    patterns_chat,
    patterns_everyday,
    patterns_headlines,
    patterns_long,
    patterns_news,
    patterns_reviews,
)
from analysis.demo.fillers import FILLER_KINDS, fill
from analysis.demo.names import NAMES, TYPE_OF_KIND, is_unseen
from analysis.run.tags import OUTSIDE

SEED = 20240
SIZES = {"train": 3200, "test": 1400}
LONG_SENTENCES = {"train": 14, "test": 8}
UNSEEN_NAMES_IN_TEST = 0.25
DUPLICATES = 0.015
"""Proportion of exact duplicates in each split; that of near-duplicates is the same."""
LEAKED = 0.02
"""Proportion of the test split that also occurs in the training split; half of it is identical."""

PATTERNS: tuple[tuple[str, str], ...] = tuple(
    (register, pattern)
    for register, module in (
        ("news", patterns_news),
        ("chat", patterns_chat),
        ("review", patterns_reviews),
        ("headline", patterns_headlines),
        ("everyday", patterns_everyday),
    )
    for pattern in module.PATTERNS
)
"""Register and text of every pattern except the long ones. Every fifth is reserved for the test split."""

_CHOICE = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{([^}]+)\}")
_FIXED_NAME = re.compile(r"\{=([^/}]+)/")
_MARK = "\ue000"
"""Placeholder for an entity while the text is split into words; a private character that does not occur in texts."""

_WORD = re.compile(
    rf"""{_MARK}
    | 's\b
    | :\)|:D|<3
    | \.\.\.
    | [!?]+
    | [$€£¥]?\d+(?:[.,:/-]\d+)*(?:%|[a-z]+)?
    | [\#@]?[^\W_](?:\w|[-.'’](?!s\b)(?=[^\W_]))*
    | \S\ufe0f?
    """,
    re.VERBOSE,
)
_TYPING_ERRORS = 0.12
"""Proportion of chat sentences with a typing error."""


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence with their BIO2 tags, and the name of its pattern."""

    sentence_id: str
    register: str
    pattern: str
    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass
class _Draft:
    """A sentence being generated: the names used so far, and the entities that its marks stand for."""

    split: str
    register: str
    random: Random
    used: set[str] = field(default_factory=set)
    entities: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def write(self, pattern: str) -> tuple[list[str], list[str]]:
        """The words and tags of a sentence generated from a pattern."""
        text = _CHOICE.sub(lambda choice: self.random.choice(choice[1].split("|")), pattern)
        self.used.update(_FIXED_NAME.findall(text))
        text = _SLOT.sub(lambda slot: self._slot(slot[1]), text)
        words: list[str] = []
        tags: list[str] = []
        entities = iter(self.entities)
        for word in _WORD.findall(text):
            if word != _MARK:
                words.append(word)
                tags.append(OUTSIDE)
                continue
            entity_words, entity_tags = next(entities)
            if words and words[-1] in {"a", "A"} and entity_words[0][0] in "AEIOi":
                words[-1] += "n"
            words += entity_words
            tags += entity_tags
        return words, tags

    def _slot(self, slot: str) -> str:
        if slot in FILLER_KINDS:
            return fill(slot, self.random)
        if slot[0] == "=":
            name, entity_type = slot[1:].rsplit("/", 1)
            return self._entity(name, entity_type)
        kind = slot.lstrip("#@").lower()
        name = self._name(kind)
        entity_type = TYPE_OF_KIND["first" if kind == "person" else kind]
        if slot[0] == "#":
            return self._entity("#" + "".join(re.findall(r"\w+", name.removeprefix("the "))), entity_type)
        if slot[0] == "@":
            return self._entity("@" + _handle(name), entity_type)
        return self._entity(name.upper() if slot.isupper() else name, entity_type)

    def _entity(self, name: str, entity_type: str) -> str:
        words = name.split()
        tags = [f"B-{entity_type}", *[f"I-{entity_type}"] * (len(words) - 1)]
        if words[0] == "the":
            tags = [OUTSIDE, *[tag.replace("I-", "B-") for tag in tags[1:2]], *tags[2:]]
        if words[0] == "the" and self.register == "headline":
            words, tags = words[1:], tags[1:]
        self.entities.append((words, tags))
        return f" {_MARK} "

    def _name(self, kind: str) -> str:
        if kind == "person":
            initial = [f"{self.random.choice('ABCDEFGHJKLMNPRSTW')}."] if self.random.random() < 0.08 else []
            return " ".join([self._name("first"), *initial, self._name("surname")])
        known, unseen = _pools(kind)
        pool = unseen if self.split == "test" and unseen and self.random.random() < UNSEEN_NAMES_IN_TEST else known
        name = self.random.choice([name for name in pool if name not in self.used] or pool)
        self.used.add(name)
        return name


@cache
def _pools(kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a kind that both splits use, and those that only the test split uses."""
    names = NAMES[kind]
    return tuple(name for name in names if not is_unseen(name)), tuple(name for name in names if is_unseen(name))


def _handle(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "_".join(re.findall(r"[a-z0-9]+", letters))


def _typing_error(word: str, random: Random) -> str:
    place = random.randrange(1, len(word) - 2)
    if random.random() < 0.5:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _in_style(words: list[str], register: str, random: Random) -> list[str]:
    """The words in the letter case of their register; chat sentences sometimes with a typing error."""
    draw = random.random()
    if register == "headline":
        if draw < 0.4:
            return [word.upper() for word in words]
        return list(map(_capitalised, words)) if draw < 0.65 else words
    if register == "chat":
        long = [place for place, word in enumerate(words) if word.isalpha() and len(word) > 4]
        if long and draw < _TYPING_ERRORS:
            place = random.choice(long)
            words = [*words[:place], _typing_error(words[place], random), *words[place + 1 :]]
        return [word.lower() for word in words] if random.random() < 0.6 else words
    return [_capitalised(words[0]), *words[1:]]


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]


def _long_sentence(split: str, number: int, random: Random) -> Sentence:
    pattern = patterns_long.PATTERNS[number]
    units = "; ".join([pattern.unit] * random.randint(pattern.minimum, pattern.maximum))
    return _written(split, "everyday", f"{pattern.opening} {units}; {pattern.closing}", f"long/{number}", random)


def _written(split: str, register: str, pattern: str, name: str, random: Random) -> Sentence:
    words, tags = _Draft(split, register, random).write(pattern)
    return Sentence("", register, name, tuple(_in_style(words, register, random)), tuple(tags))


def _plain_sentences(split: str, random: Random) -> Iterator[Sentence]:
    """An endless series of sentences; each round uses every pattern of the split once, in random order."""
    patterns = [
        (number, register, text)
        for number, (register, text) in enumerate(PATTERNS)
        if split == "test" or number % 5 != 4
    ]
    while True:
        random.shuffle(patterns)
        for number, register, text in patterns:
            yield _written(split, register, text, f"{register}/{number}", random)


def _near_duplicate(sentence: Sentence, random: Random) -> Sentence:
    """The sentence with a different ending: full stop removed or replaced by dots, or exclamation mark added."""
    if sentence.words[-1] == ".":
        if random.random() < 0.5:
            return replace(sentence, words=(*sentence.words[:-1], "..."))
        return replace(sentence, words=sentence.words[:-1], tags=sentence.tags[:-1])
    return replace(sentence, words=(*sentence.words, "!"), tags=(*sentence.tags, OUTSIDE))


def _leaked_sentences(count: int, random: Random, seed: int) -> list[Sentence]:
    """Sentences of the training split; every second one gets a different ending."""
    sampled = random.sample(generate("train", seed), count)
    return [_near_duplicate(sentence, random) if place % 2 else sentence for place, sentence in enumerate(sampled)]


def generate(split: str, seed: int = SEED) -> list[Sentence]:
    """The sentences of a split ("train" or "test") with correct tags, in random order; reproducible by the seed."""
    random = Random(f"{seed}/{split}")
    size = SIZES[split]
    copies = round(size * DUPLICATES)
    leaked = _leaked_sentences(round(size * LEAKED), random, seed) if split == "test" else []
    long = [
        _long_sentence(split, number % len(patterns_long.PATTERNS), random) for number in range(LONG_SENTENCES[split])
    ]
    plain = _plain_sentences(split, random)
    sentences = [next(plain) for _ in range(size - len(long) - len(leaked) - 2 * copies)]
    repeated = random.sample(sentences, 2 * copies)
    sentences += repeated[:copies]
    sentences += [_near_duplicate(sentence, random) for sentence in repeated[copies:]]
    sentences += leaked + long
    random.shuffle(sentences)
    return [
        replace(sentence, sentence_id=f"{split}-{number:04}-{sentence.register}")
        for number, sentence in enumerate(sentences, start=1)
    ]
