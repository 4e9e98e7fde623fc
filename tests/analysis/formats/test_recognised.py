"""A JSON file is recognised by its structure, however long its first object is and however late its first span."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.formats.format import SAMPLE_BYTES
from analysis.formats.registry import format_of
from tests.analysis.formats.files import json_file, json_lines, load, tagged

LONG = "Ada " * (SAMPLE_BYTES // 4)
TOKEN = {"id": 1, "text": "Ada", "start_char": 0, "end_char": 3}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "stanza": {"text": LONG, "sentences": [{"tokens": [TOKEN], "ents": []}]},
    "spacy-json": {"text": LONG, "ents": [{"start": 0, "end": 3, "label": "PER"}]},
    "langextract": {
        "text": LONG,
        "extractions": [{"extraction_class": "PER", "extraction_text": "Ada"}],
        "document_id": "d",
    },
    "bioc": {"id": "d", "passages": [{"text": LONG, "offset": 0, "infons": {}, "annotations": []}]},
    "label-studio": {"data": {"text": LONG}, "annotations": []},
    "gliner2": {"text": LONG, "entities": {"PER": ["Ada"]}},
    "spans": {"text": LONG, "entities": [[0, 3, "PER"]]},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_first_object_may_be_longer_than_the_sample(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    paths = [
        json_lines(tmp_path, document, document),
        json_file(tmp_path, [document]),
        json_file(tmp_path, document, 1),
    ]
    for path in paths:
        assert format_of(path).name == name
    if name == "bioc":
        assert format_of(json_file(tmp_path, {"source": "x", "documents": [document]})).name == name


MANY = 300
SPAN = {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}
ANNOTATION = {"annotation_id": 1, "annotator": 1, "lead_time": 2.5}
EMPTY: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "argilla": (
        [
            {"fields": {"text": "x"}, "responses": {}, "suggestions": {}},
            {"fields": {"text": "x"}, "responses": {"ner": []}},
            {"text": "x", "ner.responses": None, "ner.suggestion": None},
        ],
        {"fields": {"text": "Ada"}, "responses": {"ner": [{"value": [{"start": 0, "end": 3, "label": "PER"}]}]}},
    ),
    "label-studio-min": ([{"text": "x", **ANNOTATION}], {"text": "Ada", "label": [SPAN], **ANNOTATION}),
    "doccano": (
        [{"id": 1, "text": "x", "label": []}, {"id": 1, "text": "x", "label": [], "Comments": []}],
        {"id": 2, "text": "Ada", "label": [[0, 3, "PER"]]},
    ),
    "spans": ([{"text": "x", "spans": []}], {"text": "Ada", "spans": [[0, 3, "PER"]]}),
}


@pytest.mark.parametrize("name", EMPTY)
def test_the_first_spans_may_stand_behind_many_texts_without_any(name: str, tmp_path: Path) -> None:
    without, last = EMPTY[name]
    for one in without:
        path = json_lines(tmp_path, *[one] * MANY, last)
        assert format_of(path).name == name
        assert tagged(load(path))[-1] == "Ada/B-PER"


READ_AS = {
    "bioc": ("x.json", DOCUMENTS["bioc"], 'Read as BioC JSON: 1 document, entities from "annotations".'),
    "langextract": (
        "x.json",
        DOCUMENTS["langextract"],
        'Read as LangExtract JSON lines: 1 document, entities from "e',
    ),
    "stanza": ("x.json", DOCUMENTS["stanza"], 'Read as Stanza documents as JSON: 1 document, entities from "ents".'),
    "stanza (tags)": ("x.json", [[{"id": 1, "text": "Ada", "ner": "O"}]], "Read as Stanza documents as JSON: 1 sent"),
    "spacy-json": (
        "x.json",
        DOCUMENTS["spacy-json"],
        "Read as spaCy documents as JSON (Doc.to_json): 1 document, ent",
    ),
    "pubtator": ("x.txt", "7|t|Ada\n", "Read as PubTator: 1 document, entities from the lines below each text."),
    "brat": ("x.ann", "T1\tPER 0 3\tAda\n", "Read as BRAT: 1 document, entities from .ann files."),
}


@pytest.mark.parametrize("name", READ_AS)
def test_the_audit_says_how_documents_were_read(name: str, tmp_path: Path) -> None:
    file_name, content, expected = READ_AS[name]
    (tmp_path / "x.txt").write_text("Ada", encoding="utf-8")
    path = tmp_path / file_name
    path.write_text(content if isinstance(content, str) else json.dumps(content).replace(LONG, "Ada"), encoding="utf-8")
    assert load(path).audit["read_as"].startswith(expected)
