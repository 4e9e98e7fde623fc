"""spaCy's JSON and DocBin: what is read is what spaCy itself says of its documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError
from analysis.formats import optional_package
from analysis.formats.annotations import Columns
from analysis.formats.registry import format_of
from analysis.formats.text_records import TextRecords
from tests.analysis.formats.reading import corpus_of, entities_of, shown

spacy = pytest.importorskip("spacy", reason="spaCy is not installed")

TEXTS = ("Ada Lovelace left.  Rome fell 😀 in Zürich.", "New York, again!")
PATTERNS = [
    {"label": "PER", "pattern": "Ada Lovelace"},
    {"label": "LOC", "pattern": "Rome"},
    {"label": "LOC", "pattern": "Zürich"},
    {"label": "LOC", "pattern": "New York"},
]


def documents(*, with_sentences: bool) -> list[Any]:
    nlp = spacy.blank("en")
    if with_sentences:
        nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)
    return list(nlp.pipe(TEXTS))


def write(folder: Path, docs: list[Any], ending: str) -> Path:
    path = folder / f"some{ending}"
    if ending == ".spacy":
        spacy.tokens.DocBin(docs=docs).to_disk(path)
    elif ending == ".json":
        path.write_text(json.dumps([doc.to_json() for doc in docs], indent=1), "utf-8")
    else:
        path.write_text("".join(json.dumps(doc.to_json()) + "\n" for doc in docs), "utf-8")
    return path


def read(path: Path) -> TextRecords:
    chosen = format_of(path)
    assert chosen.read is not None
    found = chosen.read(path, Columns())
    assert isinstance(found, TextRecords)
    return found


def parts_of(docs: list[Any]) -> list[Any]:
    """The sentences, or the documents that have none."""
    return [part for doc in docs for part in (doc.sents if doc.has_annotation("SENT_START") else [doc[:]])]


@pytest.mark.parametrize("ending", [".spacy", ".json", ".jsonl"])
@pytest.mark.parametrize("with_sentences", [True, False])
def test_words_entities_and_sentences_are_those_of_spacy(tmp_path: Path, ending: str, with_sentences: bool) -> None:
    docs = documents(with_sentences=with_sentences)
    found = read(write(tmp_path, docs, ending))
    parts = parts_of(docs)
    assert len(parts) == (3 if with_sentences else 2)
    assert [one.text for one in found.records] == [part.text for part in parts]
    assert [entities_of(one) for one in found.records] == [[(e.text, e.label_) for e in part.ents] for part in parts]
    words = [[(one.text or "")[start:end] for start, end in one.words or ()] for one in found.records]
    assert words == [[token.text for token in part if not token.is_space] for part in parts]
    assert [one.document for one in found.records] == (["1", "1", "2"] if with_sentences else ["1", "2"])


@pytest.mark.parametrize("ending", [".spacy", ".jsonl"])
def test_it_is_a_corpus(tmp_path: Path, ending: str) -> None:
    corpus = corpus_of(write(tmp_path, documents(with_sentences=True), ending))
    assert shown(corpus)["1#1"] == "Ada/B-PER Lovelace/I-PER left ."
    assert corpus.audit["spans"] == {"LOC": 3, "PER": 1}
    assert corpus.audit["read_as"].startswith("Read as ")


@pytest.mark.parametrize("ending", [".spacy", ".jsonl"])
def test_span_groups_are_counted(tmp_path: Path, ending: str) -> None:
    docs = documents(with_sentences=False)
    docs[0].spans["sc"] = [docs[0][0:1], docs[0][0:2]]
    found = read(write(tmp_path, docs, ending))
    assert found.counts["ignored_spans_of_span_groups"] == 2
    assert 'Spans of span groups, which are not read: 2 of "sc".' in found.notes


@pytest.mark.parametrize("ending", [".spacy", ".jsonl"])
def test_span_groups_alone_are_refused_by_name(tmp_path: Path, ending: str) -> None:
    doc = spacy.blank("en")(TEXTS[0])
    doc.spans["people"] = [doc[0:2]]
    with pytest.raises(AnalysisError, match=r'no entities in .*, only spans in span groups \(1 of "people"\)'):
        read(write(tmp_path, [doc], ending))


def test_words_that_are_no_tokens_are_not_lost(tmp_path: Path) -> None:
    document = {"text": "Ada left Rome", "ents": [{"start": 9, "end": 13, "label": "LOC"}]}
    path = tmp_path / "some.jsonl"
    path.write_text(json.dumps({**document, "tokens": [{"id": 0, "start": 0, "end": 3}]}), "utf-8")
    corpus = corpus_of(path)
    assert list(shown(corpus).values()) == ["Ada left Rome/B-LOC"]
    assert corpus.audit["counts"]["texts_with_other_tokens"] == 1


def test_tokens_without_annotation_are_counted(tmp_path: Path) -> None:
    doc = spacy.blank("en")("Ada left")
    found = read(write(tmp_path, [doc], ".spacy"))
    assert found.counts["tokens_without_annotation"] == 2


def test_ids_in_the_user_data_are_kept(tmp_path: Path) -> None:
    docs = documents(with_sentences=True)
    docs[0].user_data |= {"id": "a", "document_id": "book"}
    docs[1].user_data |= {"id": "b"}
    path = tmp_path / "some.spacy"
    spacy.tokens.DocBin(docs=docs, store_user_data=True).to_disk(path)
    assert [(one.id, one.document) for one in read(path).records] == [("a#1", "book"), ("a#2", "book"), ("b", None)]


def test_a_docbin_is_recognised_without_its_ending(tmp_path: Path) -> None:
    path = write(tmp_path, documents(with_sentences=True), ".spacy")
    other = path.rename(tmp_path / "some.bin")
    assert format_of(other).name == "spacy"


@pytest.mark.parametrize("content", [b"", b"no DocBin", b"\x78\x9c\x00"])
def test_another_file_with_its_ending_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.spacy"
    path.write_bytes(content)
    with pytest.raises(AnalysisError, match=r"some\.spacy cannot be read as a DocBin of spaCy"):
        read(path)


def test_without_spacy_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, documents(with_sentences=True), ".spacy")

    monkeypatch.setattr(optional_package, "is_installed", lambda package: False)
    with pytest.raises(AnalysisError, match=r"needs the package spacy, .*`pip install spacy`"):
        read(path)


def test_a_broken_document_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text('{"text": "Ada", "ents": [{"start": 0, "end": 3}]}\n', "utf-8")
    with pytest.raises(AnalysisError, match='line 1: "label" is None, which is not a text'):
        read(path)
