"""The options of a corpus: what is read, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.option_kinds import FLAG, NAMES, SOURCE, TEXT, single, split_list, whole_number
from analysis.options import REQUIRED, Option


def _parse_label_map(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in split_list(text)]
    if not all(old and new for old, _, new in pairs):
        raise ValueError(f'"{text}" does not have the format old=new,old=new')
    return {old.strip(): new.strip() for old, _, new in pairs}


def _label_map_text(label_map: Any) -> str:
    names: list[Any] = [None]
    if isinstance(label_map, Mapping):
        names = [name for pair in label_map.items() for name in pair]
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f'{label_map!r} does not have the form {{"old": "new"}}')
    if any("," in name for name in names) or any("=" in old for old in label_map):
        raise ValueError("a type in a label map cannot contain a comma or an equals sign")
    return ",".join(f"{old}={new}" for old, new in label_map.items())


_HUB_DEFAULT = "the hub's"
_FOUND_AUTOMATICALLY = "found automatically"

DATASET: Option[str] = Option("dataset", SOURCE, REQUIRED, help="the corpus: a file, a folder or a hub id", metavar="D")
SPLIT: Option[str | None] = Option(
    "split", TEXT, None, help="split of the corpus", metavar="S", automatic="the only one"
)
CONFIG: Option[str | None] = Option(
    "config", TEXT, None, help="configuration of a hub dataset or of a folder", metavar="C", automatic=_HUB_DEFAULT
)
REVISION: Option[str | None] = Option(
    "revision", TEXT, None, help="revision of a hub dataset", metavar="R", automatic=_HUB_DEFAULT
)
FORMAT: Option[str | None] = Option(
    "format", TEXT, None, help="format of the corpus's files", metavar="F", automatic="recognised by the content"
)
WORD_COLUMN: Option[str | None] = Option(
    "word_column",
    TEXT,
    None,
    help="column of the words: its name, or its position in a CoNLL file, from 0",
    metavar="COLUMN",
    automatic=_FOUND_AUTOMATICALLY,
)
TAG_COLUMN: Option[str | None] = Option(
    "tag_column",
    TEXT,
    None,
    help="column of the tags: its name, or its position in a CoNLL file, from 0",
    metavar="COLUMN",
    automatic=_FOUND_AUTOMATICALLY,
)
ID_COLUMN: Option[str | None] = Option(
    "id_column", TEXT, None, help="name of the column of sentence ids", metavar="COLUMN", automatic=_FOUND_AUTOMATICALLY
)
DOCUMENT_COLUMN: Option[str | None] = Option(
    "document_column",
    TEXT,
    None,
    help="column of the document ids: its name, or its position in a CoNLL file, from 0",
    metavar="COLUMN",
    automatic=_FOUND_AUTOMATICALLY,
)
SPLIT_WORDS: Option[bool] = Option(
    "split_words",
    FLAG,
    False,
    help="split words at entities that begin or end inside them, instead of widening the entities",
    automatic="whole words",
)
TAG_NAMES: Option[tuple[str, ...] | None] = Option(
    "tag_names",
    NAMES,
    None,
    help="what integer tags stand for, in order",
    metavar="O,B-PER,...",
    automatic="from the dataset",
)
LABEL_MAP: Option[Mapping[str, str]] = Option(
    "label_map",
    single(_parse_label_map, _label_map_text),
    {},
    help="gold types, and what to call them",
    metavar="a=b,...",
    automatic="none",
)
MAX_SENTENCE_WORDS: Option[int | None] = Option(
    "max_sentence_words",
    whole_number(1),
    None,
    help="cut longer sentences, at a full stop if there is one",
    metavar="N",
    automatic="none are cut",
)
LIMIT: Option[int | None] = Option(
    "limit", whole_number(1), None, help="size of a random sample of sentences", metavar="N", automatic="all"
)
SEED: Option[int] = Option(
    "seed", whole_number(0, at_most=2**32 - 1), 0, help="seed of all that is drawn at random", metavar="N"
)

CORPUS_OPTIONS: tuple[Option[Any], ...] = (
    DATASET,
    SPLIT,
    CONFIG,
    REVISION,
    FORMAT,
    WORD_COLUMN,
    TAG_COLUMN,
    ID_COLUMN,
    DOCUMENT_COLUMN,
    SPLIT_WORDS,
    TAG_NAMES,
    LABEL_MAP,
    MAX_SENTENCE_WORDS,
    LIMIT,
    SEED,
)
