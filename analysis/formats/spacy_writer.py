"""Writes spaCy's DocBin (https://spacy.io/api/docbin), the format of its training data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analysis.formats.optional_package import optional_package
from analysis.formats.writable import unwritable
from analysis.formats.written import LabelledSentence, Labels

TITLE = "spaCy DocBin"


def write_spacy(sentences: Iterable[LabelledSentence], labels: Labels, _tagger: str) -> Iterator[bytes]:
    """A DocBin with a document per sentence; `Doc.user_data` has its `id` and, if there is one, its `document_id`.

    The format can only be written whole: memory grows by about 220 bytes per word.

    Raises:
        AnalysisError: The package spacy is not installed, or a word is empty, which spaCy does not allow.
    """
    tokens = optional_package("spacy.tokens", TITLE)
    vocabulary = optional_package("spacy.vocab", TITLE).Vocab()
    documents = tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)
    for sentence in sentences:
        if "" in sentence.words:
            raise unwritable(sentence, "it has an empty word", TITLE)
        last = len(sentence.words) - 1
        spaces = [position < last for position in range(len(sentence.words))]
        document = tokens.Doc(vocabulary, words=list(sentence.words), spaces=spaces)
        document.ents = [
            tokens.Span(document, *sentence.word_range(entity), label=entity.label)
            for entity in sentence.entities(labels)
        ]
        document.user_data["id"] = sentence.id
        if sentence.document is not None:
            document.user_data["document_id"] = sentence.document
        documents.add(document)
    yield documents.to_bytes()
