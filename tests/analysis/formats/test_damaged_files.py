"""Damaged JSON of every format that is JSON is read, or refused with a sentence; nothing else happens."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.formats.registry import FORMATS
from tests.analysis.formats.files import load

SPAN = {"start": 3, "end": 7, "label": "LOC", "text": "Rome", "score": 0.5}
REGION = {"value": {"start": 3, "end": 7, "text": "Rome", "labels": ["LOC"]}, "to_name": "text", "type": "labels"}
OFFSET = {"offset": 3, "length": 4}
FILES: dict[str, Any] = {
    "label-studio": [
        {
            "id": 1,
            "data": {"text": "In Rome", "id": "a"},
            "annotations": [{"result": [REGION], "was_cancelled": False}],
            "predictions": [{"model_version": "m", "result": [REGION]}],
        }
    ],
    "label-studio-min": [{"id": 1, "text": "In Rome", "label": [{**SPAN, "label": None, "labels": ["LOC"]}]}],
    "prodigy": [
        {
            "text": "In Rome",
            "meta": {"id": "a"},
            "tokens": [{"text": "In", "start": 0, "end": 2}, {"text": "Rome", "start": 3, "end": 7}],
            "spans": [SPAN, {"token_start": 0, "token_end": 1, "label": "X"}],
            "answer": "accept",
        }
    ],
    "argilla": [
        {
            "id": "a",
            "fields": {"text": "In Rome"},
            "metadata": {"doc": "d"},
            "responses": {"ner": [{"value": [SPAN], "status": "submitted"}]},
            "suggestions": [{"question_name": "ner", "value": [SPAN], "score": [0.5], "agent": "m"}],
        },
        {
            "text": "In Rome",
            "ner.responses": [[SPAN]],
            "ner.responses.status": ["submitted"],
            "ner.suggestion": [SPAN],
            "ner-suggestion": [SPAN],
            "ner-suggestion-metadata": {"agent": "m"},
            "annotation": [["LOC", 3, 7]],
            "tokens": ["In", "Rome"],
        },
    ],
    "doccano": [{"id": 1, "text": "In Rome", "label": [[3, 7, "LOC"]], "relations": []}],
    "hf-pipeline": [
        {"text": "In Rome", "entities": [{"entity": "B-LOC", "score": 0.5, "word": "Rome", "start": 3, "end": 7}]},
        {"text": "In Rome", "entities": [{"entity_group": "LOC", "score": 0.5, "word": "Rome", "index": 1}]},
    ],
    "gliner": [[SPAN], []],
    "gliner-data": [{"id": "a", "tokenized_text": ["In", "Rome"], "ner": [[1, 1, "LOC"]]}],
    "gliner2": [{"text": "In Rome", "entities": {"LOC": ["Rome", SPAN], "PER": []}}],
    "spans": [{"text": "In Rome", "entities": [SPAN, [3, 7, "LOC"], ["Rome", "LOC"]], "id": 1, "doc_id": "d"}],
    "bioc": {
        "documents": [
            {
                "id": "d",
                "passages": [
                    {
                        "offset": 0,
                        "text": "In Rome",
                        "annotations": [
                            {"id": "1", "infons": {"type": "LOC"}, "text": "Rome", "locations": [OFFSET, OFFSET]},
                            {"id": "2", "infons": {"type": "LOC"}, "text": "Rome", "locations": [OFFSET]},
                        ],
                        "sentences": [{"offset": 0, "text": "In Rome", "annotations": []}],
                        "relations": [],
                    }
                ],
                "relations": [{}],
            }
        ]
    },
    "langextract": [
        {
            "text": "In Rome",
            "document_id": "d",
            "extractions": [
                {
                    "extraction_class": "LOC",
                    "extraction_text": "Rome",
                    "char_interval": {"start_pos": 3, "end_pos": 7},
                    "alignment_status": "match_exact",
                },
                {"extraction_class": "LOC", "extraction_text": "Rome", "char_interval": None},
            ],
        }
    ],
    "stanza": [
        {
            "text": "In Rome",
            "sentences": [
                {
                    "tokens": [
                        {"id": [1], "text": "In", "start_char": 0, "end_char": 2, "ner": "O"},
                        {"id": 2, "text": "Rome", "misc": "start_char=3|end_char=7"},
                    ],
                    "ents": [{"type": "LOC", "text": "Rome", "start_char": 3, "end_char": 7}],
                }
            ],
        },
        {"sentences": [{"tokens": [{"id": [1, 2], "text": "In", "start_char": 0, "end_char": 2, "ner": "O"}]}]},
    ],
    "stanza (tokens)": [[{"id": [1], "text": "In", "ner": "O"}, {"id": 2, "text": "Rome", "ner": "S-LOC"}]],
    "spacy-json": [
        {
            "text": "In Rome",
            "ents": [{"start": 3, "end": 7, "label": "LOC"}],
            "sents": [{"start": 0, "end": 7}],
            "tokens": [{"id": 0, "start": 0, "end": 2}, {"id": 1, "start": 3, "end": 7}],
            "spans": {"group": [{"start": 0, "end": 2, "label": "X"}]},
        }
    ],
    "json": [
        {"tokens": ["In", "Rome"], "ner_tags": ["O", "B-LOC"], "id": "a", "doc_id": "d"},
        {"tokens": "In Rome", "ner_tags": "O B-LOC"},
    ],
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False) | st.sampled_from(["", "LOC", "Rome"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["text", "value", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _nodes(one, (*path, key))


def test_every_format_of_json_is_damaged() -> None:
    json_formats = {one.name for one in FORMATS if one.read is not None and ".json" in "".join(one.endings)}
    assert {name.partition(" ")[0] for name in FILES} == json_formats


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = copy.deepcopy(FILES[name])
    *way, last = data.draw(st.sampled_from(list(_nodes(content))))
    parent = content
    for key in way:
        parent = parent[key]
    parent[last] = data.draw(json_values)
    path = tmp_path_factory.mktemp("damaged") / "x.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    for format_ in (name.partition(" ")[0], None):
        try:
            load(path, format=format_)
        except AnalysisError as error:
            assert str(path.name) in str(error) or "--" in str(error)
