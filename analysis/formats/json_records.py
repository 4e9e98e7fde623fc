"""Makes records of the texts of a JSON file: which keys are read, and what stands under them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.formats.annotations import Columns
from analysis.formats.findings import Finding, Findings
from analysis.formats.json_values import JsonValue, json_values
from analysis.formats.label_keys import key_of_labels
from analysis.formats.records import DOCUMENT_COLUMNS, ID_COLUMNS, MAX_DOCUMENT_ID_LENGTH
from analysis.formats.text_records import Entity, TextRecord
from analysis.formats.text_words import Bounds, bounds_in_order
from analysis.messages import listed, quoted, shown

WORD_KEYS = ("tokens", "words")
TEXT_KEYS = ("text", "sentence", "content", "data", "document", "input")

OTHER_WORDS = Finding("texts_with_other_tokens", "Texts that do not consist of their tokens, split into words anew")


def listed_entities(path: Path, columns: Columns, is_entity: Callable[[Any], bool]) -> JsonObjects:
    """The objects of a file whose values may also be bare lists of the entities of a text.

    Such a list is read as `{"entities": [...]}`. A file that is one list of entities is about one text.

    Args:
        path: The file.
        columns: The keys to read.
        is_entity: Whether a value is an entity, not a text with entities.

    Raises:
        AnalysisError: The file is not JSON, a value is neither an object nor a list, or each line is an entity.
    """
    values = json_values(path)
    if values and all(is_entity(one.value) for one in values):
        if values[0].line is not None and len(values) > 1:
            raise AnalysisError(
                f"{path} has one entity per line, and does not say in which text it stands. Write all entities of a "
                "text in one line, as a list."
            )
        values = [JsonValue([one.value for one in values], str(path))]
    return JsonObjects.of_values(
        str(path),
        [
            JsonValue({"entities": one.value}, one.place, one.line) if isinstance(one.value, list) else one
            for one in values
        ],
        columns,
    )


@dataclass(frozen=True)
class JsonObjects:
    """The objects of a file and the keys that are read."""

    source: str
    values: Sequence[JsonValue]
    columns: Columns

    @classmethod
    def of(cls, path: Path, columns: Columns) -> JsonObjects:
        """The objects of a file.

        Raises:
            AnalysisError: As `json_values`, or a value is not an object.
        """
        return cls.of_values(str(path), json_values(path), columns)

    @classmethod
    def of_values(cls, source: str, values: Sequence[JsonValue], columns: Columns) -> JsonObjects:
        """The objects of a source.

        Raises:
            AnalysisError: A value is not an object.
        """
        for one in values:
            if not isinstance(one.value, dict):
                raise AnalysisError(f"{one.place} is not a JSON object, but {shown(one.value)}.")
        return cls(source, values, columns)

    @property
    def keys(self) -> list[str]:
        """All keys of the objects."""
        return list(dict.fromkeys(key for one in self.values for key in one.value))

    def key(self, option: str, usual: Iterable[str]) -> str | None:
        """The key to read: the given one, else that of a similar source, else the first usual one, ignoring case.

        Before usual keys of labels comes a key whose name promises the labels that are read (`Columns.labels`).

        Args:
            option: `word`, `tag`, `id` or `document`.
            usual: Names of keys.

        Raises:
            AnalysisError: No object has the given key.
        """
        keys = self.keys
        if option == "tag":
            found = key_of_labels([one.value for one in self.values], tuple(usual), self.columns.labels)
            usual = () if found is None else (found.lower(),)
        given: str | None = getattr(self.columns, option)
        if given is not None and self.values and given not in keys:
            raise AnalysisError(
                f"{self.source} has no key {quoted(given)} (keys: {listed(keys)}). "
                f"Correct {self.columns.option(option)}."
            )
        suggested: str | None = getattr(self.columns.suggested, option, None)
        if given is None and suggested in keys:
            given = suggested
        by_lower = {key.lower(): key for key in reversed(keys)}
        return given or next((by_lower[key] for key in usual if key in by_lower), None)

    def record_maker(self, text_key: str | None) -> RecordMaker:
        """What makes records of the objects, with their ids and documents."""
        document_key = self.key("document", DOCUMENT_COLUMNS)
        if self.columns.document is None and not all(_is_short(one.value.get(document_key)) for one in self.values):
            document_key = None  # it holds the texts of documents
        return RecordMaker(text_key, self.key("id", ID_COLUMNS), document_key, self.columns)


@dataclass(frozen=True)
class RecordMaker:
    """Makes records of objects.

    Attributes:
        text_key: Key of the text; None: there are only ids.
        id_key: Key of the id; None: there is none.
        document_key: Key of the document; None: there is none.
        wanted: What was asked for, which decides the options that messages name.
    """

    text_key: str | None
    id_key: str | None
    document_key: str | None
    wanted: Columns = field(default_factory=Columns)

    def columns(self, entities_key: str | None) -> Columns:
        """The keys that are read, for the audit."""
        return Columns(self.text_key, entities_key, self.id_key, self.document_key)

    def text(self, one: JsonValue) -> str | None:
        """The text of an object; None: it has none.

        Raises:
            AnalysisError: It is not a text.
        """
        text = one.value.get(self.text_key)
        if not isinstance(text, str | None):
            raise AnalysisError(
                f"{one.place}: {quoted(str(self.text_key))} contains {shown(text)}, which is not a text. "
                f"Correct it{self.wanted.or_option('word')}."
            )
        return text

    def record(self, one: JsonValue, text: str | None, entities: Sequence[Entity]) -> TextRecord:
        """A record with the id and the document of an object.

        Raises:
            AnalysisError: The id or the document is neither text nor a number.
        """
        return TextRecord(
            one.place,
            text,
            entities,
            self._name(one, self.id_key),
            self._name(one, self.document_key),
            one.line,
        )

    @staticmethod
    def _name(one: JsonValue, key: str | None) -> str | None:
        name = one.value.get(key)
        if isinstance(name, dict | list):
            raise AnalysisError(f"{one.place}: {quoted(str(key))} contains {shown(name)}, which is not an id.")
        return None if name is None or name == "" else str(name)


def _is_short(value: Any) -> bool:
    return not isinstance(value, dict | list) and len(str(value)) <= MAX_DOCUMENT_ID_LENGTH


def list_at(one: JsonValue, *keys: str) -> list[Any]:
    """The list under the first key that has a value; empty: none has one.

    Raises:
        AnalysisError: The value is not a list.
    """
    key = next((key for key in keys if one.value.get(key) is not None), None)
    value = [] if key is None else one.value[key]
    if not isinstance(value, list):
        raise AnalysisError(f"{one.place}: {quoted(str(key))} contains {shown(value)}, which is not a list.")
    return value


def with_keys_of(one: JsonValue, key: str) -> JsonValue:
    """An object with the keys of the object under a key, such as "meta", which may hold ids."""
    inner = one.value.get(key)
    return JsonValue({**inner, **one.value}, one.place, one.line) if isinstance(inner, dict) else one


def words_of(one: JsonValue, text: str | None, findings: Findings) -> list[Bounds] | None:
    """The bounds of an object's words (`tokens`, `words`); None: there are none, or the text has other words."""
    words = next((one.value[key] for key in WORD_KEYS if one.value.get(key)), None)
    if text is None or not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    bounds = bounds_in_order(text, words)
    if bounds is None:
        findings.add(OTHER_WORDS, f"{shown(text)} ({one.place})")
    return bounds


def count_text(number: int) -> str:
    """`1 text`, `1,000 texts`."""
    return f"{number:,} text" + ("s" if number != 1 else "")
