"""Labelled data in: sentences of words with BIO2 tags from any source, and the audit of how they were read."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.options import SEED
from analysis.corpus.readers.annotations import Annotations, Columns, RawTag
from analysis.corpus.readers.sources import read_source
from analysis.corpus.source_tags import SourceTags
from analysis.corpus.tag_schemes import READING_OF_INVALID, InvalidTransition, detect_scheme, malformed_tags, to_bio2
from analysis.errors import AnalysisError
from analysis.run.tags import OUTSIDE, TagSet, type_of

EXAMPLES = 5
"""So many examples of a finding are kept in the audit."""

NULL_TAGS: frozenset[RawTag] = frozenset({None, "", "_", "-100", -100, -1})
"""What sources write where a word has no tag; -1 is what `datasets` writes for an unknown class."""

_SHOWN = 12
"""So many names are listed in a message."""


@dataclass(frozen=True)
class Corpus:
    """The labelled sentences of one split.

    Attributes:
        label: What the run picker shows, such as `uner-ewt/test`.
        sentence_ids: As in the data, else the source row as text; n.
        source_rows: Row of each sentence in the source, in file order from 0, also where it is a sample; int64, n.
        offsets: First word of each sentence, and the number of words at the end; int64, n + 1.
        words: All words in order.
        tags: BIO2 names under the label map, one a word; None: unlabelled.
        audit: What was found and how it was read, as JSON: sentences, words, unlabelled_words, spans {type: n},
            empty_sentences, duplicate_ids {count, examples}, invalid_transitions {count, read_as, examples}, scheme,
            sampled {limit, seed, of} or None, label_map, counts {what readers passed over: n}, notes [sentences].
            All but scheme and counts speak of the sentences that are kept.
        source: The tags as they are written where the corpus was read; None where it was not read but made.
        documents: Id of each sentence's document, n; empty where no sentence has one.
    """

    label: str
    sentence_ids: list[str]
    source_rows: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    words: list[str]
    tags: list[str | None]
    audit: dict[str, Any]
    source: SourceTags | None = None
    documents: list[str | None] = field(default_factory=list)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The gold entity types, sorted."""
        return tuple(sorted({name for tag in set(self.tags) if tag is not None and (name := type_of(tag)) is not None}))

    @cached_property
    def tag_set(self) -> TagSet:
        """The tags of its types: the codes of gold tags."""
        return TagSet(self.types)

    def content_hash(self) -> str:
        """sha256 (hex) of all that the stage `corpus` stores; label, audit and source do not count."""
        rows, offsets = self.source_rows.tolist(), self.offsets.tolist()
        content = [self.sentence_ids, rows, self.documents, offsets, self.words, self.tags]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class CorpusOptions:
    """What to read, and how: the fields are options of analysis.corpus.options.

    Attributes:
        dataset: A file, a folder of splits, a folder of `save_to_disk`, or a dataset of the hub.
        split: Which split; may be left out where there is one.
        config: Configuration of a hub dataset.
        revision: Revision of a hub dataset.
        word_column: Name, or position in a CoNLL file (from 0); None: found.
        tag_column: Likewise.
        id_column: Name; None: found.
        tag_names: What integer tags stand for, in order.
        label_map: Gold type -> the name to give it.
        limit: Sample so many sentences; None: all.
        seed: Of the sample.
    """

    dataset: str
    split: str | None = None
    config: str | None = None
    revision: str | None = None
    word_column: str | None = None
    tag_column: str | None = None
    id_column: str | None = None
    tag_names: tuple[str, ...] | None = None
    label_map: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    seed: int = SEED.default


def load_corpus(options: CorpusOptions) -> Corpus:
    """Reads a corpus whole, puts its tags into BIO2, renames its types, and samples it.

    Raises:
        AnalysisError: The source cannot be read as labelled sentences.
    """
    if options.limit is not None and options.limit < 1:
        raise AnalysisError(f"--limit {options.limit} leaves no sentence: give 1 or more.")
    columns = Columns(options.word_column, options.tag_column, options.id_column)
    annotations, label = read_source(options.dataset, options.config, options.split, options.revision, columns)
    if not any(annotations.words):
        raise AnalysisError(f"{annotations.source} holds no words: give a source of labelled sentences.")
    notes = annotations.notes
    names = _tag_names(annotations, options.tag_names)
    named = [[names[tag] for tag in sentence] for sentence in annotations.tags]
    scheme = detect_scheme(named)
    tags, invalid = to_bio2(named, scheme)
    tags = _renamed(tags, options.label_map, annotations.source, notes)
    _mend_surrogates(annotations)
    rows = _sample(len(annotations), options.limit, options.seed, notes)
    kept = set(rows)
    sentence_ids = [str(row) if (given := annotations.ids[row]) is None else given for row in rows]
    sentences = [annotations.words[row] for row in rows]
    flat_tags = list(chain.from_iterable(tags[row] for row in rows))
    spans = Counter(type_of(tag) for tag in flat_tags if tag is not None and tag[0] == "B")
    documents: list[str | None] = [None] * len(rows)
    if not spans:
        notes.append("No word of the corpus is tagged as part of an entity.")
    audit = {
        "sentences": len(rows),
        "words": len(flat_tags),
        "unlabelled_words": flat_tags.count(None),
        "spans": dict(sorted(spans.items())),
        "empty_sentences": sum(not sentence for sentence in sentences),
        "duplicate_ids": _duplicates(sentence_ids),
        "invalid_transitions": _invalid([one for one in invalid if one.sentence in kept], scheme, annotations),
        "scheme": scheme,
        "sampled": None
        if options.limit is None
        else {"limit": options.limit, "seed": options.seed, "of": len(annotations)},
        "label_map": dict(options.label_map),
        "counts": dict(annotations.counts),
        "notes": notes,
    }
    return Corpus(
        label=label,
        sentence_ids=sentence_ids,
        source_rows=np.array(rows, dtype=np.int64),
        offsets=np.array([0, *accumulate(map(len, sentences))], dtype=np.int64),
        words=list(chain.from_iterable(sentences)),
        tags=flat_tags,
        audit=audit,
        source=SourceTags.of(annotations.tags, annotations.lines, rows, names),
        documents=documents,
    )


def match_labels(corpus: Corpus, tagger_tags: Sequence[str]) -> dict[str, list[str]]:
    """Compares gold tags with the tagger's by name.

    Args:
        corpus: The gold side.
        tagger_tags: BIO2 tags that the tagger can give (`TaggerLabels.tags`).

    Returns:
        For the audit, sorted: `labels_only_in_data`, types that the tagger does not know and single tags that it lacks
        of types that it knows; `labels_only_in_model`, types that the corpus does not have.

    Raises:
        AnalysisError: Corpus and tagger both name types, and not one is the same.
    """
    tagger_types = {name for name in map(type_of, tagger_tags) if name is not None}
    gold_types = set(corpus.types)
    shared = gold_types & tagger_types
    if gold_types and tagger_types and not shared:
        raise AnalysisError(
            f"No entity type of the corpus ({_listed(gold_types)}) is one of the tagger's ({_listed(tagger_types)}): "
            f"say which is which, for instance --label-map {_example_pair(gold_types, tagger_types)}."
        )
    # A tagger that has no B-X is asked for I-X instead (`TaggerLabels.gold_column`).
    lacking = {tag for tag in corpus.tags if tag is not None and tag[0] == "I" and type_of(tag) in shared}
    return {
        "labels_only_in_data": sorted(gold_types - tagger_types) + sorted(lacking - set(tagger_tags)),
        "labels_only_in_model": sorted(tagger_types - gold_types),
    }


def _example_pair(gold_types: Iterable[str], tagger_types: Iterable[str]) -> str:
    """A plausible entry of a label map: names that begin alike (`person=PER`), else the first of each."""
    pairs = [(gold, other) for gold in sorted(gold_types) for other in sorted(tagger_types)]
    alike = [(one, other) for one, other in pairs if one.lower().startswith(other.lower())]
    return "=".join([*alike, *pairs][0])


def _tag_names(annotations: Annotations, given: tuple[str, ...] | None) -> dict[RawTag, str | None]:
    """What each of the source's tags stands for, None: unlabelled; every name is a tag."""
    distinct = set(chain.from_iterable(annotations.tags)) - NULL_TAGS
    if not distinct:
        raise AnalysisError(f"No word of {annotations.source} has a tag: give a labelled split, or name --tag-column.")
    names: dict[RawTag, str | None] = dict.fromkeys(NULL_TAGS)
    numeric = all(isinstance(tag, int) or _is_integer(tag) for tag in distinct)
    if numeric:
        names |= _names_of_numbers(annotations, distinct, given or annotations.tag_names)
    else:
        names |= {tag: str(tag) for tag in distinct}
        if given:
            annotations.notes.append("--tag-names changes nothing: the tags are names already.")
    wrong = malformed_tags({name for name in names.values() if name is not None})
    if wrong:
        tag = next(tag for tag in _in_order(annotations) if names[tag] in wrong)
        raise AnalysisError(
            f"{_place_of(annotations, tag)} has the tag {names[tag]!r}, which is none beside the others "
            f"({_listed({name for name in names.values() if name} - wrong)}): mend it, or name --tag-column."
        )
    return names


def _names_of_numbers(
    annotations: Annotations, numbers: Iterable[RawTag], names: tuple[str, ...] | None
) -> dict[RawTag, str]:
    if names is None:
        raise AnalysisError(
            f"The tags of {annotations.source} are numbers, and nothing says what they stand for: "
            "give --tag-names O,B-PER,I-PER,... in the order of the numbers."
        )
    by_number = dict(enumerate(names))
    named: dict[RawTag, str] = {}
    for number in numbers:
        if int(str(number)) not in by_number:
            raise AnalysisError(
                f"{_place_of(annotations, number)} has the tag number {number}, but only {len(names)} tags have names "
                f"({_listed(names)}): give --tag-names with all of them."
            )
        named[number] = by_number[int(str(number))]
    return named


def _is_integer(tag: RawTag) -> bool:
    return isinstance(tag, str) and tag.isascii() and tag.isdigit()


def _in_order(annotations: Annotations) -> Iterable[RawTag]:
    return chain.from_iterable(annotations.tags)


def _place_of(annotations: Annotations, tag: RawTag) -> str:
    """The first sentence and word with this tag, for messages."""
    row = next(row for row, tags in enumerate(annotations.tags) if tag in tags)
    word = annotations.words[row][annotations.tags[row].index(tag)]
    return f"{annotations.where(row)}: the word {word[:40]!r}"


def _renamed(
    tags: list[list[str | None]], label_map: Mapping[str, str], source: str, notes: list[str]
) -> list[list[str | None]]:
    """BIO2 tags with their types renamed."""
    if not label_map:
        return tags
    bad = [f"{old}={new}" for old, new in label_map.items() if not new or new == OUTSIDE]
    if bad:
        raise AnalysisError(f"--label-map {','.join(bad)} names no entity type after the equals sign: give one.")
    distinct = {tag for sentence in tags for tag in sentence if tag is not None}
    types = {name for name in map(type_of, distinct) if name is not None}
    unknown = sorted(set(label_map) - types)
    if types and len(unknown) == len(label_map):
        raise AnalysisError(
            f"--label-map renames {_listed(unknown)}, but the types of {source} are {_listed(types)}: "
            "write the corpus's type on the left of the equals sign."
        )
    if unknown:
        notes.append(f"--label-map renames types that the corpus does not have: {', '.join(unknown)}.")
    names: dict[str | None, str | None] = {None: None, OUTSIDE: OUTSIDE}
    for tag in distinct - {OUTSIDE}:
        prefix, _, name = tag.partition("-")
        names[tag] = f"{prefix}-{label_map.get(name, name)}"
    return [[names[tag] for tag in sentence] for sentence in tags]


def _mend_surrogates(annotations: Annotations) -> None:
    """Replaces halves of surrogate pairs, which JSON may hold and no UTF-8 can, by U+FFFD, and notes it."""

    def mend(text: str) -> str:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    mended = 0
    for words in annotations.words:
        for position, word in enumerate(words):
            if not word.isascii() and mend(word) != word:
                words[position] = mend(word)
                mended += 1
    annotations.ids = [given and mend(given) for given in annotations.ids]
    if mended:
        annotations.notes.append(f"Words with broken characters (lone surrogates), read as U+FFFD: {mended}.")


def _sample(available: int, limit: int | None, seed: int, notes: list[str]) -> list[int]:
    """Rows to keep, ascending."""
    if limit is None:
        return list(range(available))
    if limit > available:
        notes.append(f"--limit {limit} is more than the {available} sentences there are: all are kept.")
    return sorted(random.Random(seed).sample(range(available), min(limit, available)))


def _duplicates(sentence_ids: Sequence[str]) -> dict[str, Any]:
    repeated = {name: count for name, count in Counter(sentence_ids).items() if count > 1}
    return {"count": sum(repeated.values()) - len(repeated), "examples": list(repeated)[:EXAMPLES]}


def _invalid(found: Sequence[InvalidTransition], scheme: str, annotations: Annotations) -> dict[str, Any]:
    examples = [
        {
            "sentence_id": str(one.sentence) if (name := annotations.ids[one.sentence]) is None else name,
            "position": one.position,
            "previous": one.previous,
            "tag": one.tag,
            "read_as": one.read_as,
        }
        for one in found[:EXAMPLES]
    ]
    return {"count": len(found), "read_as": READING_OF_INVALID[scheme], "examples": examples}


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:_SHOWN]) + (", ..." if len(ordered) > _SHOWN else "")
