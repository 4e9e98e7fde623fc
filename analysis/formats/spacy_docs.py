"""Documents of spaCy in a binary file (`DocBin`): words, entities and, if annotated, sentences."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.documents import Bounds, in_sentences, read_as
from analysis.formats.format import Format, Sample
from analysis.formats.optional_package import optional_package
from analysis.formats.spacy_writer import write_spacy
from analysis.formats.span_groups import note_groups
from analysis.formats.text_records import Entity, TextRecord, TextRecords

if TYPE_CHECKING:
    from spacy.tokens import Doc

_ENDING = ".spacy"
_ZLIB = b"\x78"
_ATTRIBUTES = b"attrs"
_HEADER_BYTES = 200


def read_docbin(path: Path, columns: Columns) -> TextRecords:
    """Reads a file. Tokens that are not white space are the words; a document without sentences is one sentence.

    Its id and the id of its document are those of `Doc.user_data` (`id`, `document_id`), if they are given.

    Raises:
        AnalysisError: spaCy is not installed, or cannot read the file.
    """
    read = TextRecords(str(path))
    bounds: list[Bounds] = []
    groups: Counter[str] = Counter()
    unlabelled = 0
    for number, doc in enumerate(_docs(path, columns), start=1):
        entities = [Entity(one.start_char, one.end_char, one.label_) for one in doc.ents]
        for group, spans in doc.spans.items():
            groups[group] += len(spans)
        unlabelled += sum(token.ent_iob == 0 for token in doc)
        words = [(token.idx, token.idx + len(token)) for token in doc if not token.text.isspace()]
        has_sentences = doc.has_annotation("SENT_START")
        sentences = [(one.start_char, one.end_char) for one in doc.sents] if has_sentences else [(0, len(doc.text))]
        bounds.append(sentences)
        place = f"{path}, document {number}"
        name, document = doc.user_data.get("id"), doc.user_data.get("document_id")
        if name is None and document is None:
            document = str(number)
        read.records.append(TextRecord(place, doc.text, entities, name, document, words=words))
    read.read_as = read_as("a DocBin of spaCy", len(read.records), "Doc.ents")
    note_groups(read, groups, "Doc.ents")
    if unlabelled:
        read.counts["tokens_without_annotation"] = unlabelled
        read.notes.append(f"Tokens that are not annotated, read as outside of entities: {unlabelled}.")
    return in_sentences(read, bounds, "as the file does")


def _docs(path: Path, columns: Columns) -> Iterator[Doc]:
    what = f"{path} is a DocBin of spaCy, which"
    tokens, vocabulary = optional_package("spacy.tokens", what), optional_package("spacy.vocab", what).Vocab()
    try:
        yield from tokens.DocBin().from_bytes(path.read_bytes()).get_docs(vocabulary)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise AnalysisError(
            f"{path} cannot be read as a DocBin of spaCy ({type(error).__name__}: {error}). Save it again with "
            f"DocBin.to_disk, or give another {columns.format_option}."
        ) from error


def _recognises(sample: Sample) -> bool:
    if sample.ending == _ENDING:
        return True
    try:
        return sample.content.startswith(_ZLIB) and _ATTRIBUTES in zlib.decompressobj().decompress(
            sample.content, _HEADER_BYTES
        )
    except zlib.error:
        return False


DOCBIN = Format(
    name="spacy",
    title="spaCy DocBin",
    endings=(_ENDING,),
    holds="both",
    recognises=_recognises,
    read=read_docbin,
    write=write_spacy,
    package="spacy",
)
