"""Documents of Stanza as JSON: `sentences` with `ents` and `tokens`, or `Document.to_dict()`, a list of sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns, read_text
from analysis.formats.documents import Bounds, in_sentences, read_as
from analysis.formats.format import Format, Sample
from analysis.formats.json_lines import json_line
from analysis.formats.json_objects import json_objects, objects_in, text_in, text_or_none_in, whole_number_in
from analysis.formats.json_values import JsonValue
from analysis.formats.text_records import Entity, TextRecord, TextRecords
from analysis.messages import shown
from analysis.run.tags import OUTSIDE

_LIST_OF_SENTENCES = re.compile(r"\s*\[\s*\[\s*\{")
_PLACES = re.compile(r"start_char=(\d+)\|end_char=(\d+)")

Objects = list[dict[str, Any]]


def read_stanza(path: Path, columns: Columns) -> TextRecords | Annotations:
    """Reads a file: entities by their characters, or, if it has none, the tags of the tokens.

    Raises:
        AnalysisError: The file does not have the format.
    """
    text = read_text(path)
    if _LIST_OF_SENTENCES.match(text):
        sentences = {f"{path}, sentence {number}": tokens for number, tokens in enumerate(json_line(text, str(path)))}
        return _tagged(path, sentences)
    documents = list(json_objects(path))
    if any("ents" in one for document in documents for one in (document.value, *_sentences(document))):
        return _with_entities(path, documents)
    return _tagged(
        path,
        {
            f"{document.place}, sentence {number}": objects_in(sentence, "tokens", document.place)
            for document in documents
            for number, sentence in enumerate(_sentences(document))
        },
    )


def _sentences(document: JsonValue) -> Objects:
    return objects_in(document.value, "sentences", document.place)


def _tagged(path: Path, sentences: dict[str, Objects]) -> Annotations:
    """Sentences of tokens with tags.

    Args:
        path: The file.
        sentences: Place -> tokens.
    """
    annotations = Annotations(str(path), Columns(word="text", tag="ner"))
    for place, tokens in sentences.items():
        words = [(text_in(token, "text", place), _tag(token, place)) for token in _tokens(tokens, place)]
        annotations.append(None, [word for word, _ in words], [tag for _, tag in words])
    if all(token.get("ner") is None for token in chain.from_iterable(sentences.values())):
        raise AnalysisError(
            f'{path} has neither "ents" nor tokens with "ner". Add the processor "ner" to the pipeline.'
        )
    annotations.read_as = f'Read as {STANZA.title}: {len(annotations):,} sentences, tags of tokens from "ner".'
    return annotations


def _tag(token: dict[str, Any], place: str) -> str | None:
    return text_or_none_in(token, "ner", place) if "ner" in token else OUTSIDE


def _tokens(tokens: Any, place: str) -> Iterator[dict[str, Any]]:
    """The tokens of a list, without the words of which a multi-word token consists."""
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        raise AnalysisError(f"{place} is {shown(tokens)}, which is not a list of tokens.")
    last = 0
    for token in tokens:
        given = token.get("id")
        numbers = given if isinstance(given, list) else [given]
        number = numbers[-1] if numbers else None
        if not isinstance(number, int | None):
            raise AnalysisError(f'{place}: the "id" {shown(given)} is neither a whole number nor a list of them.')
        if len(numbers) > 1:
            last = number or 0
            yield token
        elif number is None or number > last:
            last = 0
            yield token


def _with_entities(path: Path, documents: list[JsonValue]) -> TextRecords:
    title = read_as(STANZA.title, len(documents), '"ents"')
    read = TextRecords(str(path), read_as=title, columns=Columns("text", "ents"))
    bounds: list[Bounds] = []
    for number, document in enumerate(documents, start=1):
        value, place = document.value, document.place
        sentences = _sentences(document)
        tokens = [[*_tokens(objects_in(sentence, "tokens", place), place)] for sentence in sentences]
        words = [[_characters(token, place) for token in one] for one in tokens]
        text = text_in(value, "text", place) if "text" in value else _text_of(tokens, words, place)
        bounds.append(
            [(one[0][0], one[-1][1]) for one in words if one] if any(words) else _found(sentences, text, place)
        )
        holders = (value,) if "ents" in value else sentences
        entities = [_entity(one, place) for holder in holders for one in objects_in(holder, "ents", place)]
        read.records.append(
            TextRecord(
                place,
                text,
                entities,
                document=str(number),
                line=document.line,
                words=[*chain(*words)] if any(words) else None,
            )
        )
    return in_sentences(read, bounds, "as the file does")


def _entity(value: dict[str, Any], place: str) -> Entity:
    start, end = (whole_number_in(value, key, place) for key in ("start_char", "end_char"))
    return Entity(start, end, text_in(value, "type", place), text=text_or_none_in(value, "text", place))


def _characters(token: dict[str, Any], place: str) -> tuple[int, int]:
    """The characters [start, end) of a token; older versions of Stanza write them into "misc"."""
    if "start_char" not in token and (match := _PLACES.search(str(token.get("misc")))):
        return int(match[1]), int(match[2])
    return whole_number_in(token, "start_char", place), whole_number_in(token, "end_char", place)


def _text_of(tokens: list[Objects], words: list[list[tuple[int, int]]], place: str) -> str:
    """The text of a document without one: its tokens at their places, with spaces between them."""
    if not any(words):
        raise AnalysisError(f'{place} has neither "text" nor "tokens". Add the text of the document.')
    text = ""
    for token, (start, _) in zip(chain(*tokens), chain(*words), strict=True):
        text = text.ljust(start) + text_in(token, "text", place)
    return text


def _found(sentences: Objects, text: str, place: str) -> Bounds:
    """Where the texts of sentences without tokens are in the text of their document."""
    found: list[tuple[int, int]] = []
    end = 0
    for sentence in sentences:
        written = text_in(sentence, "text", place)
        start = text.find(written, end)
        if start < 0:
            raise AnalysisError(f"{place}: the sentence {shown(written)} is not in the text of its document.")
        end = start + len(written)
        found.append((start, end))
    return found


def _recognises(sample: Sample) -> bool:
    if _LIST_OF_SENTENCES.match(sample.text):
        return '"text"' in sample.text and '"id"' in sample.text
    return any(_is_document(one) for one in sample.objects)


def _is_document(value: dict[str, Any]) -> bool:
    sentences = value.get("sentences")
    if not isinstance(sentences, list) or not sentences or not isinstance(sentences[0], dict):
        return False
    return "ents" in sentences[0] or ("tokens" in sentences[0] and "passages" not in value)


STANZA = Format(
    name="stanza",
    title="Stanza documents as JSON",
    endings=(".json", ".jsonl"),
    holds="predictions",
    recognises=_recognises,
    read=read_stanza,
)
