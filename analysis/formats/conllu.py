"""CoNLL-U: ten columns, entities as `NER=B-PER` or `Entity=B-PER` in MISC.

The format: https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import get_args

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.column_layout import is_position
from analysis.formats.comments import document_of, sentence_id_of
from analysis.formats.conll import skipped_by_number
from analysis.formats.conllu_writer import write_conllu
from analysis.formats.findings import Findings
from analysis.formats.format import SAMPLE_BYTES, Format, Sample
from analysis.formats.label_names import Labels, labels_said, says_other
from analysis.formats.multiword_tags import MultiwordTags
from analysis.formats.sentence_builder import SentenceBuilder
from analysis.formats.tag_forms import is_prefixed
from analysis.formats.text_lines import iterate_lines
from analysis.messages import listed, quoted, shown
from analysis.run.tags import OUTSIDE

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
MISC = COLUMNS.index("MISC")
_FORM = COLUMNS.index("FORM")
_KEYS = ("ner", "entity", "ne", "namedentity")
_NUMBER = re.compile(r"\d+([-.]\d+)?")
_FIRST_LINES = 10_000
_EXAMPLES = 2


def read_conllu(path: Path, columns: Columns) -> Annotations:
    """Reads a CoNLL-U file.

    The tags are the values of a key in MISC: the given one, else `NER` or `Entity`, else the one that has tags such as
    `B-PER`. A column may be given instead, by its name (`XPOS`) or its position from 0. Multiword tokens and empty
    nodes are left out and counted; the tag of a multiword token is that of its words if these have none. `# sent_id`
    and `# newdoc` give ids and documents.

    Raises:
        AnalysisError: A line does not have ten columns, no key of MISC has tags or several do, or they are brackets of
            coreference.
    """
    lines = iterate_lines(path)
    first = list(islice(lines, _FIRST_LINES))
    word = _column(path, columns, "word")
    given = _column(path, columns, "tag") if columns.tag and _is_column(columns.tag) else None
    tag_column = MISC if given is None else given
    key = None if given is not None else _key(path, first, columns)
    builder = SentenceBuilder(Annotations(str(path), Columns(COLUMNS[word], key or COLUMNS[tag_column])))
    counts = builder.annotations.counts
    findings = Findings()
    multiword = MultiwordTags(findings)
    for number, line in enumerate(chain(first, lines), start=1):
        text = line.rstrip("\r\n")
        if not text.strip():
            builder.finish_sentence()
        elif text[0] == "#":
            counts["comment_lines"] += 1
            starts, document = document_of(text)
            if starts:
                builder.begin_document(document)
            elif (sentence_id := sentence_id_of(text)) is not None:
                builder.begin_sentence(sentence_id, number)
        else:
            place = f"{path}, line {number}"
            cells = _cells(text, place, columns)
            tag = cells[tag_column] if key is None else _value(cells[MISC], key, place, columns)
            skipped = skipped_by_number(cells[0])
            if skipped is not None:
                counts[skipped] += 1
                multiword.begin(cells[0], tag, place)
            else:
                builder.add_word(cells[word], tag, number)
                multiword.end(cells[0], builder.tags)
    builder.finish_sentence()
    counts.update(findings.counts)
    builder.annotations.notes += findings.notes
    if key is not None:
        _fill_missing(builder.annotations, key)
    builder.annotations.read_as = _read_as(builder.annotations, word, tag_column, key)
    return builder.annotations


def _cells(line: str, place: str, columns: Columns) -> list[str]:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise AnalysisError(
            f"{place} has {len(cells)} columns, but CoNLL-U has {len(COLUMNS)}, separated by tabs. Correct the line, "
            f"or give {columns.format_option} conll."
        )
    return cells


def _is_column(name: str) -> bool:
    return is_position(name) or name.upper() in COLUMNS


def _column(path: Path, columns: Columns, what: str) -> int:
    """The position of a column that was given by name or position; of words, FORM by default."""
    name: str | None = getattr(columns, what)
    if name is None:
        return _FORM
    if not _is_column(name) or (is_position(name) and not 0 <= int(name) < len(COLUMNS)):
        raise AnalysisError(
            f"{path} is CoNLL-U and has no column {quoted(name)}. {columns.choose(what, ', '.join(COLUMNS), 'FORM')}"
        )
    return int(name) if is_position(name) else COLUMNS.index(name.upper())


def _key(path: Path, lines: Iterable[str], columns: Columns) -> str:
    """The key of the tags in MISC, as the file writes it.

    Raises:
        AnalysisError: MISC does not have it, or several keys have tags.
    """
    given = columns.tag
    values = _misc_values(lines)
    keys = [key for key in values if key.lower() == given.lower()] if given else _keys_with_tags(values, columns.labels)
    if len(keys) == 1:
        return keys[0]
    keys_there = f"(keys there: {listed(values) or 'none'})"
    if keys:
        raise AnalysisError(
            f"{path} has tags at several keys in MISC {keys_there}. Give one with {columns.option('tag')}."
        )
    lacking = "tags of entities, such as NER=B-PER," if given is None else f"{given}="
    raise AnalysisError(
        f"{path} is CoNLL-U without {lacking} in MISC {keys_there}. Give the key or the column of the tags with "
        f"{columns.option('tag')}."
    )


def _keys_with_tags(values: Mapping[str, set[str]], labels: Labels) -> list[str]:
    """The key with a usual name, else all keys whose values are `O` and tags with prefixes.

    A key whose name promises the labels that are read comes first, and one that promises others is not read.
    """
    values = {key: found for key, found in values.items() if not says_other(key, labels)}
    said = [key for key in values if labels_said(key) == labels]
    if len(said) == 1:
        return said
    usual = next((key for name in _KEYS for key in values if key.lower() == name), None)
    if usual is not None:
        return [usual]
    return [key for key, found in values.items() if (tags := found - {OUTSIDE, "_"}) and all(map(is_prefixed, tags))]


def _misc_values(lines: Iterable[str]) -> dict[str, set[str]]:
    """The keys in MISC with their values."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        cells = line.rstrip("\r\n").split("\t")
        if line[:1].isdecimal() and len(cells) == len(COLUMNS):
            for pair in cells[MISC].split("|"):
                key, assigned, value = pair.partition("=")
                if assigned:
                    values[key].add(value)
    return values


def _value(misc: str, key: str, place: str, columns: Columns) -> str | None:
    """The value of a key in MISC; None: it is not there.

    Raises:
        AnalysisError: It is a bracket of coreference.
    """
    start = f"{key}="
    value = next((pair.removeprefix(start) for pair in misc.split("|") if pair.startswith(start)), None)
    if value is not None and (value.startswith("(") or (value.endswith(")") and "(" not in value)):
        raise AnalysisError(
            f"{place}: the value {shown(value)} of {key}= is a bracket of coreference, not a tag such as B-PER. "
            f"Give the key of the tags with {columns.option('tag')}."
        )
    return value


def _fill_missing(annotations: Annotations, key: str) -> None:
    """Read words without the key as `O` if the file writes no `O`; else they are unlabelled."""
    missing = sum(tags.count(None) for tags in annotations.tags)
    if not missing or any(OUTSIDE in tags for tags in annotations.tags):
        return
    annotations.tags[:] = [[OUTSIDE if tag is None else tag for tag in tags] for tags in annotations.tags]
    annotations.notes.append(f"Words without {key}= were read as O: {missing:,}.")


def _read_as(annotations: Annotations, word: int, tag_column: int, key: str | None) -> str:
    words = islice(chain.from_iterable(annotations.words), _EXAMPLES)
    distinct = dict.fromkeys(tag for tag in chain.from_iterable(annotations.tags) if tag not in (None, OUTSIDE, "_"))
    tags = islice(distinct, _EXAMPLES)
    in_misc = "" if key is None else f"{key}= in "
    return (
        f"Read as CoNLL-U: words from column {word}, {COLUMNS[word]} ({', '.join(map(shown, words))}), tags from "
        f"{in_misc}column {tag_column}, {COLUMNS[tag_column]} ({', '.join(map(shown, tags)) or OUTSIDE}), counted from "
        "0."
    )


def _recognises(sample: Sample) -> bool:
    """Whether all rows have ten columns that begin with a number, and MISC has tags of entities."""
    whole = sample.lines if len(sample.content) < SAMPLE_BYTES else sample.lines[:-1]
    rows = [line.split("\t") for line in whole if line.strip() and not line.startswith("#")]
    is_conllu = bool(rows) and all(len(row) == len(COLUMNS) and _NUMBER.fullmatch(row[0]) for row in rows)
    values = _misc_values(whole) if is_conllu else {}
    return any(_keys_with_tags(values, labels) for labels in get_args(Labels))


CONLLU = Format(
    name="conllu",
    title="CoNLL-U",
    endings=(".conllu",),
    holds="both",
    recognises=_recognises,
    read=read_conllu,
    write=write_conllu,
)
