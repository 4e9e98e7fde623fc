"""Reads labelled data: sentences of words with BIO2 tags from any source, and an audit of how they were read."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.corpus.options import SEED
from analysis.corpus.sentence_cuts import cut_sentences
from analysis.corpus.source_tags import SourceTags
from analysis.corpus.sources import read_source
from analysis.corpus.tag_naming import check_label_map, example_pair, names_of_tags, renamed, types_of_label_map
from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.tag_schemes import INVALID_TRANSITIONS_NOTE, InvalidTransition, detect_scheme, to_bio2
from analysis.messages import listed, quoted, shown
from analysis.run.tags import TagSet, type_of

EXAMPLES = 5
"""The number of examples of a finding that the audit keeps."""
EXAMPLES_OF_COLUMN = 3
"""The number of words and of tags by which messages show what was read."""
MAX_TYPES = 1_000
"""Maximum number of entity types of corpus and tagger: the matrices grow with its square."""


@dataclass(frozen=True)
class CorpusText:
    """The words of a corpus without its labels, for results that do not depend on labels.

    Attributes:
        words: All words in order.
        offsets: int64, n + 1: first word of each sentence, then the number of words.
    """

    words: list[str]
    offsets: npt.NDArray[np.int64]

    def sentence(self, row: int) -> list[str]:
        """The words of a sentence."""
        return self.words[self.offsets[row] : self.offsets[row + 1]]

    def sentences(self) -> list[str]:
        """The sentences, with words joined by spaces."""
        return [" ".join(self.sentence(row)) for row in range(len(self.offsets) - 1)]

    def content_hash(self) -> str:
        """sha256 (hex) of words and sentence bounds."""
        content = [self.offsets.tolist(), self.words]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Corpus:
    """The labelled sentences of one split.

    Attributes:
        label: Label in the run picker, such as `uner-ewt/test`.
        sentence_ids: n ids as in the data, else the source row as text.
        documents: The document of each sentence, n: its id as in the data, else its number as text, from 1; None: the
            sentence is in no document.
        source_rows: int64, n: row of each sentence in the whole source, in file order from 0, also if the corpus is a
            sample.
        offsets: int64, n + 1: first word of each sentence, then the number of words.
        words: All words in order.
        tags: BIO2 tags after the label map, one per word; None: unlabelled.
        audit: What was found and how it was read, as JSON: sentences, documents, words, unlabelled_words, spans
            {type: n}, empty_sentences, duplicate_ids {count, examples}, invalid_transitions {count, read_as, examples},
            scheme, read_as (a sentence), columns {word, tag, id, document}, sampled {limit, seed, of} or None,
            label_map, counts {what readers skipped: n}, notes [sentences]. All except scheme, read_as, columns and
            counts describe only the sentences that are kept.
        source: The tags as written in the source; None if the corpus was not read from a source.
        texts: The text of each sentence, if the source has texts instead of words; else empty.
    """

    label: str
    sentence_ids: list[str]
    documents: list[str | None]
    source_rows: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    words: list[str]
    tags: list[str | None]
    audit: dict[str, Any]
    source: SourceTags | None = None
    texts: Sequence[str] = ()

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The gold entity types, sorted."""
        return tuple(sorted({name for tag in set(self.tags) if tag is not None and (name := type_of(tag)) is not None}))

    @cached_property
    def tag_set(self) -> TagSet:
        """The tags of `types`, in that order. Codes made from it do not depend on any tagger."""
        return TagSet(self.types)

    @property
    def text(self) -> CorpusText:
        """The words and the sentence bounds."""
        return CorpusText(self.words, self.offsets)

    def content_hash(self) -> str:
        """sha256 (hex) of ids, rows, sentence bounds, words, tags, documents and texts; not of label, audit and source.

        The texts are part of it because the offsets of predictions are positions in them.
        """
        content = [self.sentence_ids, self.source_rows.tolist(), self.offsets.tolist(), self.words, self.tags]
        content += [self.documents, list(self.texts)]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class CorpusOptions:
    """What to read, and how. The fields are options of analysis.corpus.options.

    Attributes:
        dataset: A file, a folder of splits, a folder of `save_to_disk`, or a dataset of the hub.
        split: Name of the split; may be omitted if there is only one.
        config: Configuration of a hub dataset.
        revision: Revision of a hub dataset.
        format: Name of the files' format; None: recognised by their content.
        word_column: Name, or position in a CoNLL file (from 0); None: found by name or position.
        tag_column: Likewise.
        id_column: Name; None: found by name.
        document_column: Name, or position in a CoNLL file; None: found by name.
        split_words: Split words at entities by character offsets that begin or end inside them.
        tag_names: Names of integer tags, in order.
        label_map: Gold type -> its new name.
        max_sentence_words: Cut longer sentences; None: none.
        limit: Number of sentences to sample; None: all.
        seed: Seed of the sample.
    """

    dataset: str
    split: str | None = None
    config: str | None = None
    revision: str | None = None
    format: str | None = None
    word_column: str | None = None
    tag_column: str | None = None
    id_column: str | None = None
    document_column: str | None = None
    split_words: bool = False
    tag_names: tuple[str, ...] | None = None
    label_map: Mapping[str, str] = field(default_factory=dict)
    max_sentence_words: int | None = None
    limit: int | None = None
    seed: int = SEED.default


def load_corpus(options: CorpusOptions, like: CorpusOptions | None = None) -> Corpus:
    """Read a corpus, convert its tags to BIO2, rename its types, and sample it.

    Args:
        options: What to read, and how.
        like: Options of a similar corpus. Its columns, tag names and label map are used as far as they fit, if
            `options` has none.

    Raises:
        AnalysisError: The source cannot be read as labelled sentences.
    """
    if options.limit is not None and options.limit < 1:
        raise AnalysisError(f"--limit {options.limit} is not valid. Give 1 or more.")
    columns = _columns(options, None if like is None else _columns(like))
    annotations, label = read_source(
        options.dataset,
        options.config,
        options.split,
        options.revision,
        columns,
        options.format,
        options.split_words,
    )
    if not any(annotations.words):
        raise AnalysisError(f"{annotations.source} contains no words. Give a source of labelled sentences.")
    notes = annotations.notes
    names = names_of_tags(annotations, options.tag_names, None if like is None else like.tag_names)
    named = [[names[tag] for tag in sentence] for sentence in annotations.tags]
    scheme = detect_scheme(named)
    if options.max_sentence_words is not None:
        cut_sentences(annotations, to_bio2(named, scheme)[0], options.max_sentence_words)
        named = [[names[tag] for tag in sentence] for sentence in annotations.tags]
    tags, invalid = to_bio2(named, scheme)
    label_map = types_of_label_map(options.label_map, names)
    if label_map:
        check_label_map(label_map, tags, annotations.source, notes)
    elif like is not None:
        label_map = types_of_label_map(like.label_map, names)
    tags = renamed(tags, label_map)
    _replace_surrogates(annotations)
    rows = _sample(len(annotations), options.limit, options.seed, notes)
    kept = set(rows)
    sentence_ids = [str(row) if (given := annotations.ids[row]) is None else given for row in rows]
    documents = [None if (document := annotations.documents[row]) is None else str(document) for row in rows]
    sentences = [annotations.words[row] for row in rows]
    flat_tags = list(chain.from_iterable(tags[row] for row in rows))
    spans = Counter(type_of(tag) for tag in flat_tags if tag is not None and tag[0] == "B")
    if not spans:
        notes.append("No word of the corpus belongs to an entity.")
    audit = {
        "sentences": len(rows),
        "documents": len({*documents} - {None}),
        "words": len(flat_tags),
        "unlabelled_words": flat_tags.count(None),
        "spans": dict(sorted(spans.items())),
        "empty_sentences": sum(not sentence for sentence in sentences),
        "duplicate_ids": _duplicates(sentence_ids),
        "invalid_transitions": _invalid([one for one in invalid if one.sentence in kept], scheme, annotations),
        "scheme": scheme,
        "read_as": annotations.read_as,
        "columns": {name: getattr(annotations.columns, name) for name in ("word", "tag", "id", "document")},
        "sampled": None
        if options.limit is None
        else {"limit": options.limit, "seed": options.seed, "of": len(annotations)},
        "label_map": dict(label_map),
        "counts": dict(annotations.counts),
        "notes": notes,
    }
    return Corpus(
        label=label,
        sentence_ids=sentence_ids,
        documents=documents,
        source_rows=np.array(rows, dtype=np.int64),
        offsets=np.array([0, *accumulate(map(len, sentences))], dtype=np.int64),
        words=list(chain.from_iterable(sentences)),
        tags=flat_tags,
        audit=audit,
        texts=[annotations.texts[row] for row in rows] if annotations.texts else (),
        source=SourceTags.of(annotations.tags, annotations.lines, rows, names),
    )


def match_labels(corpus: Corpus, tagger_tags: Sequence[str]) -> dict[str, list[str]]:
    """Compare gold tags with the tagger's tags by name.

    Args:
        corpus: The corpus with the gold tags.
        tagger_tags: BIO2 tags that the tagger can predict (`TaggerLabels.tags`).

    Returns:
        Entries for the audit, sorted: `labels_only_in_data`, the types that the tagger does not have, and tags that it
        does not have of types that it has; `labels_only_in_model`, the types that the corpus does not have.

    Raises:
        AnalysisError: Corpus and tagger both have types but none in common, or together more than MAX_TYPES.
    """
    tagger_types = {name for name in map(type_of, tagger_tags) if name is not None}
    gold_types = set(corpus.types)
    shared = gold_types & tagger_types
    if gold_types and tagger_types and not shared:
        raise AnalysisError(
            f"The corpus and the tagger share no entity type (corpus: {listed(gold_types)}; tagger: "
            f"{listed(tagger_types)}). {columns_read(corpus)} If these are the wrong columns, give --word-column and "
            f"--tag-column. Else give the new names, for example --label-map {example_pair(gold_types, tagger_types)}."
        )
    if len(gold_types | tagger_types) > MAX_TYPES:
        raise AnalysisError(
            f"The corpus has {len(gold_types):,} entity types and the tagger {len(tagger_types):,}, together more than "
            f"{MAX_TYPES:,} (corpus: {listed(gold_types)}; tagger: {listed(tagger_types)}). {columns_read(corpus)} "
            "Check --tag-column and the tags of the tagger."
        )
    # For a tagger without B-X, I-X is used instead (`TaggerLabels.gold_column`).
    lacking = {tag for tag in corpus.tags if tag is not None and tag[0] == "I" and type_of(tag) in shared}
    return {
        "labels_only_in_data": sorted(gold_types - tagger_types) + sorted(lacking - set(tagger_tags)),
        "labels_only_in_model": sorted(tagger_types - gold_types),
    }


def columns_read(corpus: Corpus) -> str:
    """One sentence: the columns of words and tags, each with examples."""
    if corpus.audit.get("read_as"):
        return str(corpus.audit["read_as"])
    columns = corpus.audit["columns"]
    tags = () if corpus.source is None else corpus.source.written
    words_read = f"Words were read from {_column(columns['word'])} ({_examples(corpus.words)})"
    return f"{words_read}, tags from {_column(columns['tag'])} ({_examples(tags)})."


def _examples(values: Sequence[str]) -> str:
    return ", ".join(map(shown, values[:EXAMPLES_OF_COLUMN]))


def _column(name: str | None) -> str:
    if name is None:
        return "the source"
    return f"column {name}" if name.isdecimal() else f"column {quoted(name)}"


def _columns(options: CorpusOptions, suggested: Columns | None = None) -> Columns:
    return Columns(options.word_column, options.tag_column, options.id_column, options.document_column, suggested)


def _replace_surrogates(annotations: Annotations) -> None:
    """Replace lone surrogates, which JSON can contain but UTF-8 cannot, by U+FFFD, and add a note."""

    def replace(text: str) -> str:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    replaced = 0
    for words in annotations.words:
        for position, word in enumerate(words):
            if not word.isascii() and replace(word) != word:
                words[position] = replace(word)
                replaced += 1
    annotations.ids = [given and replace(given) for given in annotations.ids]
    annotations.documents = [
        replace(document) if isinstance(document, str) else document for document in annotations.documents
    ]
    if replaced:
        annotations.notes.append(f"Words with invalid characters (lone surrogates), read as U+FFFD: {replaced}.")


def _sample(available: int, limit: int | None, seed: int, notes: list[str]) -> list[int]:
    """Rows to keep, ascending."""
    if limit is None:
        return list(range(available))
    if limit > available:
        notes.append(f"--limit {limit} exceeds the {available} sentences of the corpus, so all are kept.")
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
    return {"count": len(found), "read_as": INVALID_TRANSITIONS_NOTE[scheme], "examples": examples}
