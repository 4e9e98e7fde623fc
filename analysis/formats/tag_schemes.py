"""Tag schemes of corpora and taggers, and their conversion to BIO2."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from analysis.run.tags import OUTSIDE

Tags = Sequence[str | None]
"""The tags of a sentence, one per word; None: unlabelled, or no prediction."""

IOB1, IOB2, IOBES, BILOU, IO = "IOB1", "IOB2", "IOBES", "BILOU", "IO"

UNTYPED = "ENTITY"
"""The type of tags that consist of a prefix only: `B` is read as `B-ENTITY`."""

MAX_STRAY_B_RATIO = 0.05
"""Maximum ratio in IOB1 of `B-` after no span of their type to spans that begin with `I-`; above it: IOB2."""

BEGIN = frozenset("BSUW")
_INSIDE = frozenset("IMEL")
CLOSING = frozenset("ESLUW")
PREFIXES = BEGIN | _INSIDE


def split_tag(tag: str) -> tuple[str, str]:
    """The prefix (one of BIESLUMW; "" for a bare type and for `O`) and the type ("" for `O`) of a tag."""
    if tag == OUTSIDE:
        return "", ""
    if tag in PREFIXES:
        return tag, UNTYPED
    prefix, hyphen, name = tag.partition("-")
    return (prefix, name) if hyphen and prefix in PREFIXES else ("", tag)


def bare_types(tags: Collection[str]) -> bool:
    """Whether the tags are types without prefixes. `E-mail` is a type next to `PERSON`, a tag next to `B-PERSON`."""
    prefixes = [split_tag(tag)[0] for tag in tags if tag != OUTSIDE]
    return not all(prefixes) and not {"B", "I"} & set(prefixes)


def malformed_tags(tags: Collection[str]) -> set[str]:
    """The tags of a corpus that are invalid given the others: `PERSON` next to `B-LOC`, `B-`, an empty one."""
    if bare_types(tags):
        return {tag for tag in tags if not tag.strip()}
    return {tag for tag in tags if tag != OUTSIDE and not all(split_tag(tag))}


def detect_scheme(sequences: Iterable[Tags]) -> str:
    """Detect the tag scheme of a whole corpus.

    Args:
        sequences: Sentences of tags without `malformed_tags`.

    Returns:
        IOB1, IOB2, IOBES, BILOU or IO (`I-` alone, or bare types). Without any entity tag: IOB2.
    """
    sequences = list(sequences)
    distinct = {tag for tags in sequences for tag in tags if tag is not None}
    by_prefixes = scheme_of_names(distinct)
    return _iob1_or_iob2(sequences) if by_prefixes == IOB2 and any(tag[0] == "I" for tag in distinct) else by_prefixes


def scheme_of_names(tags: Collection[str]) -> str:
    """The scheme of a set of tags according to their prefixes: IOBES (BMEWO too), BILOU, IO or IOB2."""
    if bare_types(tags):
        return IO
    prefixes = {split_tag(tag)[0] for tag in tags} - {""}
    if prefixes & {"U", "L"}:
        return BILOU
    if prefixes & {"S", "E", "M", "W"}:
        return IOBES
    return IO if prefixes == {"I"} else IOB2


def _iob1_or_iob2(sequences: Iterable[Tags]) -> str:
    """IOB1 if spans begin with `I-` and `B-` only separates two spans of one type; else IOB2."""
    begun_inside = begun_free = 0
    for tags in sequences:
        previous = ""
        for tag in tags:
            if tag is None:
                continue
            prefix, name = split_tag(tag)
            if prefix and name != previous:
                begun_inside += prefix == "I"
                begun_free += prefix == "B"
            previous = name
    return IOB1 if begun_inside and begun_free <= MAX_STRAY_B_RATIO * begun_inside else IOB2


@dataclass(frozen=True)
class InvalidTransition:
    """A tag that its scheme does not allow after the one before it.

    Attributes:
        sentence: Row of the sentence.
        position: Position of the word in the sentence; the length of the sentence if a span is still open at its end.
        previous: Original tag of the labelled word before; None at the start of the sentence.
        tag: The original tag; None at the end of the sentence.
        read_as: The BIO2 tag that it was read as; None at the end of the sentence.
    """

    sentence: int
    position: int
    previous: str | None
    tag: str | None
    read_as: str | None


INVALID_TRANSITIONS_NOTE = {
    IO: "Every transition is valid.",
    IOB1: "A B-X that does not follow a span of type X begins a new span, like any B-X.",
    IOB2: "An I-X that does not follow a span of type X begins a new span, as in conlleval.",
    IOBES: "An I-X or E-X that does not continue a span of type X begins a new span; a span without E-X is kept.",
    BILOU: "An I-X or L-X that does not continue a span of type X begins a new span; a span without L-X is kept.",
}
"""Scheme -> one sentence: how `to_bio2` reads invalid transitions."""


def to_bio2(sequences: Iterable[Tags], scheme: str) -> tuple[list[list[str | None]], list[InvalidTransition]]:
    """Convert tags of any scheme to BIO2.

    Spans are those that conlleval finds (Tjong Kim Sang and Buchholz 2000; seqeval's default mode): a span begins at
    B, S or U, and at any other tag that does not continue a span of its type; it ends where no word continues it.
    Unlabelled words are skipped: a span may continue after them, as in the ledger.

    Args:
        sequences: Sentences of tags, None for unlabelled words.
        scheme: A scheme as returned by `detect_scheme`.

    Returns:
        The sentences in BIO2, and the transitions that the scheme does not allow, in order.
    """
    parts: dict[str, tuple[str, str]] = {}
    closes = scheme in (IOBES, BILOU)
    read: list[list[str | None]] = []
    invalid: list[InvalidTransition] = []
    for row, tags in enumerate(sequences):
        sentence: list[str | None] = []
        open_type = ""
        previous: str | None = None
        for position, tag in enumerate(tags):
            if tag is None or ((not open_type) and tag == OUTSIDE):
                sentence.append(tag)
                previous = tag or previous
                continue
            prefix, name = parts.get(tag) or parts.setdefault(tag, split_tag(tag))
            continues = bool(name) and name == open_type and prefix not in BEGIN
            bio2 = f"{'I' if continues else 'B'}-{name}" if name else tag
            sentence.append(bio2)
            if scheme == IOB1:
                wrong_start = prefix == "B" and name != open_type
            else:
                wrong_start = prefix in _INSIDE and not continues and scheme != IO
            if wrong_start or (closes and open_type and not continues):
                invalid.append(InvalidTransition(row, position, previous, tag, bio2))
            open_type = "" if closes and prefix in CLOSING else name
            previous = tag
        if closes and open_type:
            invalid.append(InvalidTransition(row, len(tags), previous, None, None))
        read.append(sentence)
    return read, invalid
