"""Names of the tags of a source: names of integer tags, and the label map that renames entity types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, RawTag
from analysis.formats.tag_forms import are_brackets, from_brackets, read_forms
from analysis.messages import in_order, listed, quoted, shown
from analysis.run.tags import OUTSIDE, type_of

NULL_TAGS: frozenset[RawTag] = frozenset({None, "", "_", "-100", -100, -1})
"""Values in sources for a word without a tag; -1 is that of `datasets` for an unknown class."""

_PLACEHOLDERS = ("_", "")
_NUMBER = re.compile(r"[0-9]+(?:\.0+)?")
_NO_NAME = re.compile(r"(?:LABEL_)?\d+")


def parse_tag_names(text: str) -> tuple[str, ...]:
    """Parse tag names in the format `O,B-PER,I-PER`."""
    return tuple(name.strip() for name in text.split(","))


def parse_label_map(text: str) -> dict[str, str]:
    """Parse a label map in the format `person=PER,location=LOC`.

    Raises:
        AnalysisError: A part does not have the format old=new.
    """
    label_map: dict[str, str] = {}
    for pair in text.split(","):
        old, _, new = (part.strip() for part in pair.partition("="))
        if not old or not new:
            raise AnalysisError(f"The label map {quoted(text)} is not valid. Write it as old=new,old=new.")
        label_map[old] = new
    return label_map


def example_pair(types: Iterable[str], wanted: Iterable[str]) -> str:
    """A plausible entry of a label map: names with the same beginning (`person=PER`), else the first of each."""
    pairs = [(name, other) for name in sorted(types) for other in sorted(wanted)]
    similar = [(name, other) for name, other in pairs if name.lower().startswith(other.lower())]
    return "=".join(in_order([name]) for name in [*similar, *pairs][0])


def names_of_tags(
    annotations: Annotations, given: tuple[str, ...] | None, suggested: tuple[str, ...] | None = None
) -> dict[RawTag, str | None]:
    """The name of each tag of the source in the form `B-PER`; None: unlabelled.

    If no word has the tag `O`, `_` and empty tags are read as `O`, with a note.

    Args:
        annotations: The source. Notes are added to it if tags have another form, and if `given` has no effect. Brackets
            are replaced by the tags that they stand for.
        given: Names for integer tags, in order; they replace those of the source.
        suggested: Names for integer tags if neither `given` nor the source has any.

    Raises:
        AnalysisError: No word has a tag, an integer tag has no name, or a name is not a valid tag.
    """
    _replace_brackets(annotations)
    written = set(chain.from_iterable(annotations.tags))
    distinct = written - NULL_TAGS
    if not distinct:
        raise AnalysisError(f"No word of {annotations.source} has a tag. Give a labelled split, or --tag-column.")
    names: dict[RawTag, str | None] = dict.fromkeys(NULL_TAGS)
    if all(isinstance(tag, int) or _is_integer(tag) for tag in distinct):
        names |= _names_of_numbers(annotations, distinct, given or annotations.tag_names or suggested)
    else:
        names |= {tag: str(tag) for tag in distinct}
        placeholders = [tag for tag in _PLACEHOLDERS if tag in written and OUTSIDE not in written]
        if placeholders:
            names |= dict.fromkeys(placeholders, OUTSIDE)
            tags = " and ".join(quoted(tag) for tag in placeholders)
            count = sum(tag in placeholders for tag in chain.from_iterable(annotations.tags))
            annotations.notes.append(f"No word has the tag O, so the tag {tags} was read as O: {count:,} words.")
        if given:
            annotations.notes.append("--tag-names has no effect: the tags are names, not numbers.")
    forms = read_forms({name for name in names.values() if name is not None})
    if forms.malformed:
        tag = next(tag for tag in chain.from_iterable(annotations.tags) if names[tag] in forms.malformed)
        others = {name for name in names.values() if name} - forms.malformed
        raise AnalysisError(
            f"{_place_of(annotations, tag)} has the invalid tag {shown(names[tag])} (other tags: {listed(others)}). "
            "Correct it, or give --tag-column."
        )
    if forms.note:
        annotations.notes.append(forms.note)
    if forms.several:
        several = {tag for tag, name in names.items() if name in forms.several}
        annotations.counts["words_with_several_tags"] += sum(
            tag in several for tag in chain.from_iterable(annotations.tags)
        )
    return {tag: None if name is None else forms.names[name] for tag, name in names.items()}


def _replace_brackets(annotations: Annotations) -> None:
    """Replace the brackets of CoNLL-2012 by BIO2 tags, and add a note."""
    written = [tag for sentence in annotations.tags for tag in sentence if tag not in NULL_TAGS]
    if not all(isinstance(tag, str) for tag in written) or not are_brackets(map(str, set(written))):
        return
    sentences = [[OUTSIDE if tag in NULL_TAGS else str(tag) for tag in sentence] for sentence in annotations.tags]
    tags, counts = from_brackets(sentences)
    annotations.tags[:] = [[*sentence] for sentence in tags]
    annotations.counts.update(counts)
    annotations.notes.append("Tags are written as brackets, such as (PER* and *), which are read as B-PER and I-PER.")
    if counts["unopened_brackets"] or counts["unclosed_brackets"]:
        annotations.notes.append(
            f"Brackets without a counterpart in their sentence: {counts['unopened_brackets']:,} that close nothing, "
            f"left out, and {counts['unclosed_brackets']:,} that are not closed, read up to the end of the sentence."
        )


def _names_of_numbers(
    annotations: Annotations, numbers: Iterable[RawTag], names: tuple[str, ...] | None
) -> dict[RawTag, str]:
    if names is None:
        raise AnalysisError(
            f"The tags of {annotations.source} are numbers without names. "
            "Give --tag-names O,B-PER,I-PER,... in the order of the numbers."
        )
    if all(map(_NO_NAME.fullmatch, names)):
        raise AnalysisError(
            f"The tags of {annotations.source} are numbers, and their names are numbers too ({listed(names)}). "
            "Give --tag-names O,B-PER,I-PER,... in the order of the numbers."
        )
    by_number = dict(enumerate(names))
    named: dict[RawTag, str] = {}
    for number in numbers:
        index = number if isinstance(number, int) else int(str(number).partition(".")[0])
        if index not in by_number:
            raise AnalysisError(
                f"{_place_of(annotations, number)} has the tag number {number}, but only {len(names)} tags have names "
                f"({listed(names)}). Give all names with --tag-names."
            )
        named[number] = by_number[index]
    return named


def _is_integer(tag: RawTag) -> bool:
    """Whether a text is a whole number, perhaps as written by programs that have numbers and no tag in one column."""
    return isinstance(tag, str) and _NUMBER.fullmatch(tag) is not None


def _place_of(annotations: Annotations, tag: RawTag) -> str:
    """The first sentence and word with this tag, for messages."""
    row = next(row for row, tags in enumerate(annotations.tags) if tag in tags)
    word = annotations.words[row][annotations.tags[row].index(tag)]
    return f"{annotations.where(row)}: the word {shown(word)}"


def types_of_label_map(label_map: Mapping[str, str], names: Mapping[RawTag, str | None]) -> dict[str, str]:
    """A label map with types for the tags of the source in it: `B_PER=person` is read as `PER=person`.

    Args:
        label_map: Type, or tag as written -> new type.
        names: Tag as written -> its name.

    Raises:
        AnalysisError: Two entries give different names to one type.
    """
    types = {type_of(name) for name in names.values() if name is not None and "-" in name}
    read: dict[str, str] = {}
    for old, new in label_map.items():
        name = names.get(old)
        key = (name and "-" in name and type_of(name)) or old
        key = old if old in types else key
        if read.setdefault(key, new) != new:
            raise AnalysisError(f"--label-map gives two names to {quoted(key)}: {read[key]} and {new}. Give one.")
    return read


def check_label_map(
    label_map: Mapping[str, str], tags: Sequence[Sequence[str | None]], source: str, notes: list[str]
) -> None:
    """Check a label map against the tags that it renames, and add a note on entries without effect.

    Raises:
        AnalysisError: A new name is empty or `O`, or the map renames none of the types.
    """
    bad = [f"{old}={new}" for old, new in label_map.items() if not new or new == OUTSIDE]
    if bad:
        raise AnalysisError(f"--label-map {in_order(bad)} has no entity type after the equals sign. Give one.")
    types = {name for sentence in tags for tag in sentence if tag is not None and (name := type_of(tag)) is not None}
    unknown = sorted(set(label_map) - types)
    if types and len(unknown) == len(label_map):
        raise AnalysisError(
            f"--label-map renames {listed(unknown)}, but the types of {source} are {listed(types)}. "
            "Write the type of the corpus to the left of the equals sign."
        )
    if unknown:
        notes.append(f"--label-map renames types that the corpus does not have: {in_order(unknown)}.")


def renamed(tags: Sequence[Sequence[str | None]], label_map: Mapping[str, str]) -> list[list[str | None]]:
    """BIO2 tags with renamed types; types that are not in the map keep their names."""
    names: dict[str | None, str | None] = {None: None, OUTSIDE: OUTSIDE}
    for tag in {tag for sentence in tags for tag in sentence if tag is not None} - {OUTSIDE}:
        prefix, _, name = tag.partition("-")
        names[tag] = f"{prefix}-{label_map.get(name, name)}"
    return [[names[tag] for tag in sentence] for sentence in tags]
