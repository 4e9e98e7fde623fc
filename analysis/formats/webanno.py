"""WebAnno TSV 3, which INCEpTION and WebAnno export: one word per line, with the annotations of each layer.

The format: https://inception-project.github.io/releases/36.0/docs/user-guide.html#sect_formats_webannotsv3
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.annotations import Annotations, Columns
from analysis.formats.column_layout import is_position
from analysis.formats.format import Format
from analysis.formats.sentence_builder import SentenceBuilder
from analysis.formats.tag_schemes import UNTYPED
from analysis.formats.text_lines import iterate_lines
from analysis.messages import quoted, shown
from analysis.run.tags import OUTSIDE

_FORMAT = "#FORMAT=WebAnno TSV 3"
_FIXED = 3
"""The columns before those of layers: number, offsets, word."""
_ENTITY_LAYER = re.compile(r"named|entit|\bner?\b|\bNE\b|(?<=[._])NE", re.IGNORECASE)
_FEATURES = ("value", "label", "type", "class", "category", "entity", "tag")
_ESCAPED = re.compile(r"\\(.)")
_LETTERS = {"t": "\t", "n": "\n", "r": "\r"}
_STACK = re.compile(r"(?<!\\)\|")
_VALUE = re.compile(r"(?s)(.*?)(?<!\\)\[(\d+)\]")
_NONE, _WITHOUT_VALUE = "_", "*"
_EXAMPLES = 2


@dataclass(frozen=True)
class _Feature:
    """A column of annotations.

    Attributes:
        layer: The layer, without its package.
        name: The feature; empty: the layer has none.
        kind: SP (spans), CH (chains) or RL (relations).
        position: Its column, from 0.
    """

    layer: str
    name: str
    kind: str
    position: int

    @property
    def full_name(self) -> str:
        return f"{self.layer}|{self.name}" if self.name else self.layer


def read_webanno(path: Path, columns: Columns) -> Annotations:
    """Reads a WebAnno TSV 3 file.

    Entities are those of the layer whose name looks like named entities, or of the only layer of spans. Another one is
    given as `--tag-column LAYER`, `LAYER|FEATURE`, or by its position from 0. Spans with `[n]` join all words with that
    number. Of spans that share words the longest is kept; the others are counted, and so are chains.

    Raises:
        AnalysisError: The file has no layer of spans, it cannot be told which one has the entities, or a line has too
            few columns.
    """
    lines = iterate_lines(path)
    features: list[_Feature] = []
    builder = SentenceBuilder(Annotations(str(path)))
    reader: _Reader | None = None
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if text[:1].isdecimal():
            reader = reader or _Reader(path, features, _choose(path, features, columns), builder)
            reader.read_row(text.split("\t"), number)
            continue
        if reader is not None:
            reader.finish_sentence()
        if text.startswith("#T_"):
            features += _features_of(text, _FIXED + len(features))
        elif text.startswith("#Sentence.id="):
            builder.begin_sentence(text.partition("=")[2].strip(), number)
    if reader is not None:
        reader.finish_sentence()
        reader.describe()
    return builder.annotations


def _features_of(line: str, position: int) -> Iterator[_Feature]:
    """The columns that a line such as `#T_SP=package.NamedEntity|identifier|value` declares."""
    kind, _, declared = line.removeprefix("#T_").partition("=")
    layer, *names = declared.split("|")
    for number, name in enumerate(names or [""]):
        yield _Feature(layer.rpartition(".")[2], name, kind, position + number)


def _choose(path: Path, features: Sequence[_Feature], columns: Columns) -> _Feature:
    given = columns.tag
    spans = [feature for feature in features if feature.kind == "SP"]
    if not spans:
        raise AnalysisError(f"{path} is WebAnno TSV without a layer of spans. Export a layer with entities.")
    if given is not None:
        chosen = [
            feature
            for feature in spans
            if given.lower() in (feature.full_name.lower(), feature.layer.lower(), feature.name.lower())
            or (is_position(given) and int(given) == feature.position)
        ]
    else:
        chosen = [feature for feature in spans if _ENTITY_LAYER.search(feature.layer)]
        layers = {feature.layer for feature in spans}
        chosen = chosen or (spans if len(layers) == 1 else [])
    if not chosen or len({feature.layer for feature in chosen}) > 1:
        names = ", ".join(feature.full_name for feature in spans)
        wrong = f"has no layer {quoted(given)}" if given is not None and not chosen else "has several layers of spans"
        raise AnalysisError(
            f"{path} is WebAnno TSV and {wrong} ({names}). Give one of them with {columns.option('tag')}."
        )
    by_name = {feature.name.lower(): feature for feature in reversed(chosen)}
    usual = next((by_name[name] for name in _FEATURES if name in by_name), None)
    return usual or next((feature for feature in chosen if feature.name.lower() != "identifier"), chosen[0])


class _Reader:
    def __init__(self, path: Path, features: Sequence[_Feature], chosen: _Feature, builder: SentenceBuilder) -> None:
        self._path = path
        self._features = features
        self._chosen = chosen
        self._builder = builder
        self._words: list[str] = []
        self._spans: dict[object, tuple[str, list[int]]] = {}
        self._first_line = 0
        self._number = ""
        builder.annotations.columns = Columns("2", chosen.full_name)

    def read_row(self, cells: Sequence[str], line: int) -> None:
        """Read the line of a word, or of a part of the word before (`1-1.1`)."""
        counts = self._builder.annotations.counts
        if len(cells) <= self._chosen.position:
            raise AnalysisError(
                f"{self._path}, line {line} has {len(cells)} columns, too few for {self._chosen.full_name} in column "
                f"{self._chosen.position}. Export the file again."
            )
        number = cells[0].partition("-")[0]
        if number != self._number:
            self.finish_sentence()
        self._number = number
        values = [_value_of(part) for part in _STACK.split(cells[self._chosen.position]) if part not in ("", _NONE)]
        if "." in cells[0]:
            counts["entities_in_parts_of_words"] += len(values)
        else:
            self._first_line = self._first_line if self._words else line
            self._words.append(_unescaped(cells[2]))
        for feature in self._features:
            is_chained = feature.kind == "CH" and cells[feature.position : feature.position + 1] not in (
                [],
                [_NONE],
                [""],
            )
            counts["chained_words"] += is_chained and feature.name == self._first_of_layer(feature)
        position = len(self._words) - 1
        for place, (label, shared) in enumerate(values):
            key = (line, place) if shared is None else shared
            positions = self._spans.setdefault(key, (label, []))[1]
            if position not in positions:
                positions.append(position)

    def _first_of_layer(self, feature: _Feature) -> str:
        return next(other.name for other in self._features if other.layer == feature.layer)

    def finish_sentence(self) -> None:
        """Finish the current sentence; of spans that share words, the longest is kept."""
        if not self._words:
            return
        builder = self._builder
        tags = [OUTSIDE] * len(self._words)
        for label, positions in sorted(self._spans.values(), key=lambda span: -len(span[1])):
            if any(tags[position] != OUTSIDE for position in positions):
                builder.annotations.counts["stacked_entities"] += 1
                continue
            for place, position in enumerate(positions):
                tags[position] = f"{'B' if place == 0 else 'I'}-{label}"
        for word, tag in zip(self._words, tags, strict=True):
            builder.add_word(word, tag, self._first_line)
        builder.finish_sentence()
        self._words, self._spans = [], {}

    def describe(self) -> None:
        """Say what was read, and which layers were not."""
        annotations = self._builder.annotations
        annotations.counts = +annotations.counts
        words = list(chain.from_iterable(annotations.words))[:_EXAMPLES]
        tags = dict.fromkeys(tag for tag in chain.from_iterable(annotations.tags) if tag != OUTSIDE)
        annotations.read_as = (
            f"Read as WebAnno TSV 3: words from column 2 ({', '.join(map(shown, words))}), tags from the layer "
            f"{self._chosen.full_name} in column {self._chosen.position} "
            f"({', '.join(map(shown, list(tags)[:_EXAMPLES])) or OUTSIDE}), counted from 0."
        )
        others = dict.fromkeys(feature.layer for feature in self._features if feature.layer != self._chosen.layer)
        if others:
            annotations.notes.append(f"Layers that were not read: {', '.join(others)}.")


def _value_of(written: str) -> tuple[str, str | None]:
    """The label of an annotation, and the number that it shares with other words of its span; None: it has none."""
    found = _VALUE.fullmatch(written)
    label = found[1] if found else written
    return (UNTYPED if label == _WITHOUT_VALUE else _unescaped(label)), found[2] if found else None


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _LETTERS.get(match[1], match[1]), text) if "\\" in text else text


WEBANNO = Format(
    name="webanno",
    title="WebAnno TSV 3 (INCEpTION)",
    endings=(".tsv",),
    holds="gold",
    recognises=lambda sample: sample.text.startswith(_FORMAT),
    read=read_webanno,
)
