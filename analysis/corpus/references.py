"""References: other splits that the corpus is compared with, each with its own reading options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.corpus.corpus import Corpus, CorpusOptions, columns_read, load_corpus
from analysis.corpus.sources import SPLIT_HINT
from analysis.corpus.tag_naming import example_pair, parse_label_map, parse_tag_names
from analysis.errors import AnalysisError
from analysis.messages import listed, quoted
from analysis.option_kinds import absolute_path, source_name

OPTIONS = (
    "format",
    "word-column",
    "tag-column",
    "id-column",
    "document-column",
    "tag-names",
    "label-map",
    "config",
    "revision",
)
"""Options of a reference, with the same meaning as the corpus options of the same names."""

_BEFORE_OPTION = re.compile(rf",\s*(?=(?:{'|'.join(OPTIONS)})=)")
_ANY_OPTION = re.compile(r",\s*([a-z]+(?:-[a-z]+)*)=")
_CORPUS_OPTION = re.compile(rf"--({'|'.join(OPTIONS)})\b")


@dataclass(frozen=True)
class ReferenceOptions:
    """A reference and how to read it.

    Attributes:
        text: The text as given, for messages.
        dataset: A file, a folder or a hub id.
        split: Name of the split; None: the only one.
        config: Configuration of a hub dataset.
        revision: Revision of a hub dataset.
        format: Name of the files' format; None: recognised by their content.
        word_column: Name, or position in a CoNLL file (from 0); None: as in the corpus if the reference has such a
            column, else found.
        tag_column: Likewise.
        id_column: Likewise, a name.
        document_column: Likewise.
        tag_names: Names of integer tags, in order; None: those of the reference, else those of the corpus.
        label_map: Type -> its new name; empty: the label map of the corpus.
    """

    text: str
    dataset: str
    split: str | None = None
    config: str | None = None
    revision: str | None = None
    format: str | None = None
    word_column: str | None = None
    tag_column: str | None = None
    id_column: str | None = None
    document_column: str | None = None
    tag_names: tuple[str, ...] | None = None
    label_map: Mapping[str, str] = field(default_factory=dict)

    def corpus_options(self, corpus: CorpusOptions) -> CorpusOptions:
        """Corpus options for the reference: all sentences, and the corpus's revision if both are the same dataset.

        Sentences are cut as in the corpus.
        """
        same_dataset = self.dataset == corpus.dataset
        return CorpusOptions(
            dataset=self.dataset,
            split=self.split,
            config=self.config or (corpus.config if same_dataset else None),
            revision=self.revision or (corpus.revision if same_dataset else None),
            format=self.format,
            word_column=self.word_column,
            tag_column=self.tag_column,
            id_column=self.id_column,
            document_column=self.document_column,
            split_words=corpus.split_words,
            tag_names=self.tag_names,
            label_map=self.label_map,
            max_sentence_words=corpus.max_sentence_words,
        )


def parse_reference(text: str) -> ReferenceOptions:
    """Reads the value of `--reference`: `SOURCE`, `SOURCE:SPLIT`, and then any of `OPTIONS` as `,name=value`.

    Paths may contain commas and colons, and values may contain commas: only a comma before the name of an option and an
    equals sign separates parts.

    Raises:
        AnalysisError: The source or the split is missing, an option does not exist, has no value or is given twice.
    """
    if Path(text).expanduser().exists():
        return ReferenceOptions(text, text)
    source, *given = _BEFORE_OPTION.split(text)
    values: dict[str, str] = {}
    for part in given:
        name, _, value = part.partition("=")
        if not value.strip():
            raise AnalysisError(f"The reference {quoted(text)} has no value for {name}. Write {name}=VALUE.")
        if name in values:
            raise AnalysisError(f"The reference {quoted(text)} has the option {name} twice. Give it once.")
        values[name] = value.strip()
    dataset, split = _source_and_split(source)
    _refuse_unknown_options(text, dataset, values)
    return ReferenceOptions(
        text=text,
        dataset=dataset,
        split=split,
        config=values.get("config"),
        revision=values.get("revision"),
        format=values.get("format"),
        word_column=values.get("word-column"),
        tag_column=values.get("tag-column"),
        id_column=values.get("id-column"),
        document_column=values.get("document-column"),
        tag_names=parse_tag_names(values["tag-names"]) if "tag-names" in values else None,
        label_map=parse_label_map(values["label-map"]) if "label-map" in values else {},
    )


def reference_source(text: str) -> str:
    """Check that the source in the value of `--reference` can be a file, a folder or a hub id; returns the value.

    Raises:
        ValueError: It cannot. The text is the rest of a message.
    """
    source_name(_BEFORE_OPTION.split(text)[0])
    return text


def absolute_reference(text: str) -> str:
    """The value of `--reference` with the absolute path of its source, valid in any working directory."""
    if Path(text).expanduser().exists():
        return absolute_path(text)
    source, *given = _BEFORE_OPTION.split(text)
    dataset, split = _source_and_split(source)
    place = absolute_path(dataset) if split is None else f"{absolute_path(dataset)}:{split}"
    return ",".join([place, *given])


def _refuse_unknown_options(text: str, dataset: str, values: Mapping[str, str]) -> None:
    """Raise an error for text that looks like an option but is none. Pairs of a label map look like options."""
    searched = [value for name, value in values.items() if name != "label-map"]
    if not Path(dataset).expanduser().exists():
        searched.append(dataset)
    unknown = next((match[1] for value in searched if (match := _ANY_OPTION.search(value))), None)
    if unknown is not None:
        raise AnalysisError(
            f"The reference {quoted(text)} has the unknown option {quoted(unknown)}. Use one of: {', '.join(OPTIONS)}."
        )


def _source_and_split(source: str) -> tuple[str, str | None]:
    dataset, colon, split = source.rpartition(":")
    # The colon in a path, as in that of a Windows drive, is followed by a slash.
    if not colon or set(split) & {"/", "\\"} or Path(source).expanduser().exists():
        dataset, split = source, ""
    elif not split.strip():
        raise AnalysisError(
            f"The reference {quoted(source)} has no split after its colon. Write SOURCE:SPLIT, or only SOURCE."
        )
    if not dataset.strip():
        raise AnalysisError(f"The reference {quoted(source)} has no source. Write SOURCE, or SOURCE:SPLIT.")
    return dataset, split or None


def load_references(texts: Sequence[str], options: CorpusOptions, corpus: Corpus) -> list[Corpus]:
    """Read all sentences of references, with the columns, tag names and label map of the corpus by default.

    Args:
        texts: References in the format of `parse_reference`.
        options: The options of the corpus.
        corpus: The corpus.

    Raises:
        AnalysisError: A reference is not valid, cannot be read, or has entity types but none in common with the corpus.
    """
    return [_load(parse_reference(text), options, corpus) for text in texts]


def _load(reference: ReferenceOptions, options: CorpusOptions, corpus: Corpus) -> Corpus:
    try:
        loaded = load_corpus(reference.corpus_options(options), like=options)
    except AnalysisError as error:
        reason = _about_reference(str(error), reference.dataset)
        raise AnalysisError(f"The reference {reference.text} cannot be used: {reason}") from error
    if loaded.types and corpus.types and not set(loaded.types) & set(corpus.types):
        raise AnalysisError(
            f"The reference {reference.text} and the corpus share no entity type (reference: {listed(loaded.types)}; "
            f"corpus: {listed(corpus.types)}). {columns_read(loaded)} If these are the wrong columns, write "
            f"--reference {reference.dataset},word-column=COLUMN,tag-column=COLUMN; if the types have other names, add "
            f"label-map={example_pair(loaded.types, corpus.types)}."
        )
    return loaded


def _about_reference(sentence: str, dataset: str) -> str:
    """A message about the options of the corpus, rewritten for the options of a reference."""
    replacements = {
        SPLIT_HINT: "",
        "Check --dataset, --config, --split and --revision": "Check its name, split, config and revision",
        "Check --dataset": "Check --reference",
        "Omit --split ": "Omit the split ",
        "Give --split one of": f"Write {dataset}:SPLIT with one of",
    }
    for of_corpus, of_reference in replacements.items():
        sentence = sentence.replace(of_corpus, of_reference)
    named = _CORPUS_OPTION.search(sentence)
    if named is None:
        return sentence
    rewritten = _CORPUS_OPTION.sub(r"\1", sentence)
    return f"{rewritten} Write options as --reference {dataset},{named[1]}=VALUE."
