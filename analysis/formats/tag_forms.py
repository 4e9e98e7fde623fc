"""The forms in which sources write tags, such as `B_PER`, `PER-B` or `b-PER`, and how they are read as `B-PER`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.formats.tag_schemes import PREFIXES, UNTYPED, bare_types, malformed_tags, split_tag
from analysis.messages import listed
from analysis.run.tags import OUTSIDE

Split = Callable[[str], tuple[str, str] | None]
"""A tag -> its prefix in upper case and its type; None: the tag does not have the form."""

_SURE_SEPARATORS = "-_:\u2010\u2011\u2013"
_OTHER_SEPARATORS = "./ "
_LETTER = re.compile(r"[^\W\d_]")
_SEVERAL = re.compile(r"\s*[|,;/&+#]\s*")
_LETTERS = "".join(sorted(PREFIXES))
_MAY_HAVE_PREFIX = re.compile(rf"[{_LETTERS}]|.*[{_LETTERS}]$", re.IGNORECASE)
_WITH_PREFIX = re.compile(rf"[{_LETTERS}][-_:].+|.+[-_:][{_LETTERS}]", re.IGNORECASE)
OUTSIDE_NAMES = ("NONE", "OUTSIDE", "OUT", "NULL", "NIL", "OTHER")
"""Tags for words outside entities, in any case, where no tag is `O`; of several in one source, the first."""
_OUTSIDE_MARKS = ("-", "\u2013", "_", ".", "0", "*")
"""Likewise, after the names, if all other tags have letters."""
_BRACKETED = re.compile(r"((?:[(\[][^()\[\]*]+)*)\*?((?:\*?[^()\[\]*]*[)\]])*)")
_OPENING, _CLOSING = re.compile(r"[(\[]"), re.compile(r"[)\]]")
_BRACKET = re.compile(r"[()\[\]]")
_NO_BRACKETS = frozenset((OUTSIDE, *_OUTSIDE_MARKS))
"""What words without brackets may have, besides `*`."""


@dataclass(frozen=True)
class TagForms:
    """How the distinct tags of a source are read.

    Attributes:
        names: Tag as written -> `B-PER`, `O`, or a type without a prefix.
        malformed: Tags as written that are not valid beside the others.
        example: A tag in an unusual form and how it is read; None: there is none.
        several: Tags as written that consist of several tags; the first one is read.
        outside: Other tags than `O` that are read as `O`: `B-O`, or `NONE` where no tag is `O`.
    """

    names: Mapping[str, str]
    malformed: frozenset[str]
    example: tuple[str, str] | None
    several: frozenset[str]
    outside: frozenset[str]

    @property
    def note(self) -> str | None:
        """Sentences on the form and on tags read as `O`, for the audit; None: the tags are as usual."""
        notes = []
        if self.example:
            notes.append(f"Tags are written in the form {self.example[0]}, which is read as {self.example[1]}.")
        if self.outside:
            notes.append(f"Tags that are read as O: {listed(self.outside)}.")
        return " ".join(notes) or None


def read_forms(tags: Collection[str]) -> TagForms:
    """Recognise the form of the tags of a corpus, a tagger or a file of predictions.

    A form is accepted if all tags have it. If most tags have it, the others are malformed. A tag is never taken for a
    type because its form is unusual.
    """
    firsts = {tag: _first_of_several(tag.strip()) for tag in tags}
    outside = outside_tags(set(firsts.values()))
    entities = set(firsts.values()) - outside
    split, malformed = _form_of(entities)
    malformed |= set(filter(_is_single_bracket, entities))
    names = {}
    for tag, first in firsts.items():
        parts = None if split is None else split(first)
        is_outside = first in outside or (parts is not None and parts[1].upper() == OUTSIDE)
        names[tag] = OUTSIDE if is_outside else f"{parts[0]}-{parts[1]}" if parts else first
    unusual = sorted(tag for tag in tags if tag.strip() == firsts[tag] and names[tag] not in (firsts[tag], OUTSIDE))
    return TagForms(
        names=names,
        malformed=frozenset(tag for tag, first in firsts.items() if first in malformed),
        example=(unusual[0], names[unusual[0]]) if unusual else None,
        several=frozenset(tag for tag, first in firsts.items() if first != tag.strip()),
        outside=frozenset(tag for tag in tags if names[tag] == OUTSIDE and firsts[tag].upper() != OUTSIDE),
    )


def outside_tags(tags: Collection[str]) -> set[str]:
    """The tags for words outside entities: `O` in any case, a prefix of it, else the first of the usual names."""
    outside = {tag for tag in tags if tag.upper() == OUTSIDE or split_tag(tag)[1].upper() == OUTSIDE}
    if outside:
        return outside
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for tag in tags:
        by_name[tag.upper()].add(tag)
    named = next((by_name[name] for name in OUTSIDE_NAMES if name in by_name), None)
    if named is not None:
        return named
    mark = next((mark for mark in _OUTSIDE_MARKS if mark in by_name), None)
    others = [tag for tag in tags if tag != mark]
    is_mark = mark is not None and bool(others) and all(map(_LETTER.search, others))
    return {str(mark)} if is_mark else set()


def is_prefixed(tag: str) -> bool:
    """Whether a tag by itself looks like `B-PER` or `PER-B`, in any case and with any usual separator."""
    return _WITH_PREFIX.fullmatch(tag) is not None


def joined_tag(prefix: str, name: str) -> str:
    """The tag whose prefix and type stand in two columns; without a prefix, what stands there instead (`O`, `_`)."""
    return f"{prefix}-{name}" if _is_prefix(prefix) else prefix


def have_prefixes(tags: Collection[str]) -> bool:
    """Whether all tags, none of which is `O`, have prefixes in one form."""
    if not all(map(_MAY_HAVE_PREFIX.match, tags)):
        return False
    split, malformed = _form_of(tags)
    return bool(tags) and not malformed and (split is not None or not bare_types(tags))


def tags_among_labels(labels: Collection[str]) -> dict[str, tuple[str, str]]:
    """The prefix and the type of each label, if all labels of spans are tags in one form; empty: they are types.

    In another form than `B-PER` a type with several prefixes is needed as evidence: `Hepatitis-B` is a type.
    """
    split = _form_of(labels)[0] or _in_usual_form
    parts = {label: found for label in labels if (found := split(label)) and found[1] != UNTYPED}
    prefixes = {prefix for prefix, _ in parts.values()}
    is_sure = bool({"B", "I"} & prefixes) if split is _in_usual_form else bool(_paired_types(parts.values()))
    return parts if is_sure and len(parts) == len(labels) else {}


def mixed_with_types(labels: Collection[str]) -> tuple[str, str] | None:
    """A label of spans that is a tag, and one that is not; None: labels are all tags or all types.

    Labels such as `B-PER` are certainly tags if there is also `I-PER`, or `PER`.
    """
    parts = {label: found for label in sorted(labels) if (found := _in_usual_form(label)) and found[1] != UNTYPED}
    types = sorted(set(labels) - parts.keys())
    certain = _paired_types(parts.values()) | set(types)
    tag = next((label for label, (_, name) in parts.items() if name in certain), None)
    return None if tag is None or not types else (tag, types[0])


def _paired_types(parts: Iterable[tuple[str, str]]) -> set[str]:
    """The types that have `B` and another prefix."""
    prefixes_of: defaultdict[str, set[str]] = defaultdict(set)
    for prefix, name in parts:
        prefixes_of[name].add(prefix)
    return {name for name, prefixes in prefixes_of.items() if "B" in prefixes and len(prefixes) > 1}


def _first_of_several(tag: str) -> str:
    """The first of several tags, such as `B-ORG|O`; a tag of its own is returned as it is."""
    parts = _SEVERAL.split(tag)
    if len(parts) > 1 and all(part == OUTSIDE or _WITH_PREFIX.fullmatch(part) for part in parts):
        return parts[0]
    return tag


def _form_of(entities: Collection[str]) -> tuple[Split | None, set[str]]:
    """How to split tags that are not in the usual form (None: they are), and the malformed ones."""
    malformed = malformed_tags(entities)
    if not entities or not (malformed or bare_types(entities)):
        return None, set()
    partly: tuple[Split | None, set[str]] = (None, malformed)
    for split, is_sure in _FORMS:
        parts = [found for tag in entities if (found := split(tag))]
        paired = bool(_paired_types(parts))
        if len(parts) == len(entities) and (paired or (is_sure and {"B", "I"} & {prefix for prefix, _ in parts})):
            return split, set()
        if paired and 2 * len(parts) > len(entities) and split is not _in_usual_form:
            partly = (split, {tag for tag in entities if not split(tag)})
    return partly


def _in_usual_form(tag: str) -> tuple[str, str] | None:
    prefix, name = split_tag(tag)
    return (prefix, name) if prefix and name else None


def _prefixed(separator: str) -> Split:
    def split(tag: str) -> tuple[str, str] | None:
        prefix, found, name = tag.partition(separator)
        return (prefix.upper(), name.strip()) if found and name.strip() and _is_prefix(prefix) else None

    return split


def _suffixed(separator: str) -> Split:
    def split(tag: str) -> tuple[str, str] | None:
        name, found, prefix = tag.rpartition(separator)
        return (prefix.upper(), name.strip()) if found and name.strip() and _is_prefix(prefix) else None

    return split


def _prefix_before_parentheses(tag: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"([A-Za-z])\(([^()]+)\)", tag)
    return (found[1].upper(), found[2].strip()) if found and found[2].strip() and _is_prefix(found[1]) else None


def _prefix_in_parentheses(tag: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"([^()]+)\(([A-Za-z])\)", tag)
    return (found[2].upper(), found[1].strip()) if found and found[1].strip() and _is_prefix(found[2]) else None


def _joined(tag: str) -> tuple[str, str] | None:
    return (tag[0], tag[1:]) if tag[:1] in PREFIXES and tag[1:2].isalpha() else None


def _untyped(tag: str) -> tuple[str, str] | None:
    return (tag.upper(), UNTYPED) if _is_prefix(tag) else None


def _is_prefix(text: str) -> bool:
    return len(text) == 1 and text.upper() in PREFIXES


_FORMS: tuple[tuple[Split, bool], ...] = (
    (_in_usual_form, True),
    (_untyped, True),
    *((form(separator), True) for separator in _SURE_SEPARATORS for form in (_prefixed, _suffixed)),
    (_prefix_before_parentheses, True),
    (_prefix_in_parentheses, True),
    *((form(separator), False) for separator in _OTHER_SEPARATORS for form in (_prefixed, _suffixed)),
    (_joined, False),
)
"""The forms in the order in which they are tried, and whether they need no type with several prefixes as evidence."""


def are_brackets(tags: Iterable[str]) -> bool:
    """Whether the tags are brackets, as in CoNLL-2012 (`(PER*`, `*`, `*)`, `(PER)`), or `[PER`, `O` and `PER]`."""
    tags = set(tags)
    return any(tag.startswith(("(", "[")) for tag in tags) and all(
        tag in _NO_BRACKETS or (tag and _BRACKETED.fullmatch(tag)) for tag in tags
    )


def _is_single_bracket(tag: str) -> bool:
    """Whether a tag without a prefix has a bracket without its counterpart: `[PER`, which is no type."""
    brackets = "".join(_BRACKET.findall(tag))
    while (shorter := brackets.replace("()", "").replace("[]", "")) != brackets:
        brackets = shorter
    return bool(brackets) and not is_prefixed(tag)


def from_brackets(sentences: Sequence[Sequence[str]]) -> tuple[list[list[str]], Counter[str]]:
    """Brackets as BIO2 tags; of nested spans, the outermost is kept.

    Args:
        sentences: Tags for which `are_brackets` holds.

    Returns:
        The tags, and counts for the audit: nested_entities that were left out, and the brackets without a counterpart
        in their sentence: unopened_brackets, which have no effect, and unclosed_brackets, which close at its end.
    """
    read: list[list[str]] = []
    counts: Counter[str] = Counter()
    for sentence in sentences:
        tags: list[str] = []
        depth = 0
        name = ""
        for written in sentence:
            found = _BRACKETED.fullmatch(written)
            opened = _OPENING.split(found[1])[1:] if found else []
            begins = depth == 0 and bool(opened)
            name = opened[0] if begins else name
            depth += len(opened)
            counts["nested_entities"] += len(opened) - begins
            tags.append(f"{'B' if begins else 'I'}-{name}" if depth else OUTSIDE)
            closed = len(_CLOSING.findall(found[2])) if found else 0
            counts["unopened_brackets"] += max(closed - depth, 0)
            depth = max(depth - closed, 0)
        counts["unclosed_brackets"] += depth
        read.append(tags)
    return read, +counts
