"""Small readers of exported files, written from the tools' documentation alone: the spans of each sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Span = tuple[int, int, str]
"""Start, end (exclusive), type: by the characters of the text."""
Spans = list[tuple[str, list[Span]]]
"""Text and spans of each sentence."""


def spans_of_tags(words: list[str], tags: list[str]) -> list[Span]:
    """Spans of BIO2 tags, read as conlleval does, by the characters of the words joined with spaces.

    A word without a tag (`_`) neither ends a span nor belongs to it.
    """
    found: list[Span] = []
    position, before = 0, ""
    for word, tag in zip(words, tags, strict=True):
        if tag == "_":
            position += len(word) + 1
            continue
        prefix, _, name = tag.partition("-")
        if prefix == "I" and before == name:
            found[-1] = (found[-1][0], position + len(word), name)
        elif prefix in ("B", "I"):
            found.append((position, position + len(word), name))
        before = name
        position += len(word) + 1
    return found


def _blocks(content: str) -> list[list[str]]:
    """The lines of each sentence that are not comments, cells by tabs."""
    blocks = []
    for block in content.removeprefix("# global.columns = word gold predicted probability\n").split("\n\n")[:-1]:
        lines = block.split("\n")
        comment = next(at for at, line in enumerate(lines) if line.startswith("# sent_id = "))
        blocks.append(lines[comment + 1 :])
    return blocks


def _conll(content: bytes, labels: str) -> Spans:
    sentences = []
    for lines in _blocks(content.decode()):
        rows = [line.split("\t") for line in lines]
        assert {len(row) for row in rows} <= {4}
        words = [row[0] for row in rows]
        sentences.append((" ".join(words), spans_of_tags(words, [row[1 if labels == "gold" else 2] for row in rows])))
    return sentences


def _conllu(content: bytes, _labels: str) -> Spans:
    sentences = []
    for comment, *lines in _blocks(content.decode()):
        rows = [line.split("\t") for line in lines]
        assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
        assert {len(row) for row in rows} <= {10}
        tags = [dict(part.split("=", 1) for part in row[9].split("|") if part != "_").get("NER", "_") for row in rows]
        words = [row[1] for row in rows]
        text = comment.removeprefix("# text = ")
        assert text == " ".join(words)
        sentences.append((text, spans_of_tags(words, tags)))
    return sentences


def _lines(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.decode().split("\n")[:-1]]


def _dicts(entities: list[dict[str, Any]]) -> list[Span]:
    return [(entity["start"], entity["end"], entity["label"]) for entity in entities]


def _spans(content: bytes, _labels: str) -> Spans:
    return [(record["text"], _dicts(record["entities"])) for record in _lines(content)]


def _prodigy(content: bytes, labels: str) -> Spans:
    for task in _lines(content):
        assert task.get("answer") == ("accept" if labels == "gold" else None)
        tokens = task["tokens"]
        assert "".join(token["text"] + " " * token["ws"] for token in tokens) == task["text"]
        assert [token["id"] for token in tokens] == list(range(len(tokens)))
        for span in task["spans"]:
            assert tokens[span["token_start"]]["start"] == span["start"]
            assert tokens[span["token_end"]]["end"] == span["end"]
    return [(task["text"], _dicts(task["spans"])) for task in _lines(content)]


def _label_studio(content: bytes, labels: str) -> Spans:
    sentences = []
    for task in json.loads(content):
        text = task["data"]["text"]
        (given,) = task["annotations" if labels == "gold" else "predictions"]
        values = [region["value"] for region in given["result"]]
        assert all(text[value["start"] : value["end"]] == value["text"] for value in values)
        assert len({region["id"] for region in given["result"]}) == len(values)
        sentences.append((text, [(value["start"], value["end"], *value["labels"]) for value in values]))
    return sentences


def _doccano(content: bytes, _labels: str) -> Spans:
    return [(record["text"], [tuple(one) for one in record["label"]]) for record in _lines(content)]


def _argilla(content: bytes, _labels: str) -> Spans:
    records = json.loads(content)
    suggested = [record["suggestions"]["span"] for record in records]
    assert all(one["score"] is None or len(one["score"]) == len(one["value"]) for one in suggested)
    return [(record["fields"]["text"], _dicts(one["value"])) for record, one in zip(records, suggested, strict=True)]


def _spacy(content: bytes, _labels: str) -> Spans:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    documents = DocBin().from_bytes(content).get_docs(Vocab())
    return [
        (document.text, [(entity.start_char, entity.end_char, entity.label_) for entity in document.ents])
        for document in documents
    ]


READERS: dict[str, Callable[[bytes, str], Spans]] = {
    "conll": _conll,
    "conllu": _conllu,
    "spans": _spans,
    "prodigy": _prodigy,
    "label-studio": _label_studio,
    "doccano": _doccano,
    "argilla": _argilla,
    "spacy": _spacy,
}
"""Name of the format -> a function of the file's content and of the labels that were written."""
