"""The tags as the source writes them, carried beside the tags that they are read as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.corpus.corpus import Corpus, CorpusOptions, load_corpus
from analysis.corpus.stage import CORPUS, SOURCE
from analysis.run.schema import SOURCE_LINES, SOURCE_TAG_NAMES, SOURCE_TAGS
from analysis.run.tags import TagSet
from tests.workspace import MemoryWorkspace, perform

IOB1 = "# id first\nAda I-PER\nLovelace I-PER\nin O\n\nParis I-LOC\nRome B-LOC\nx _\n"


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def written(corpus: Corpus) -> list[str | None]:
    assert corpus.source is not None
    return [corpus.source.written[code] if code >= 0 else None for code in corpus.source.codes]


def named(corpus: Corpus) -> list[str | None]:
    assert corpus.source is not None
    return [corpus.source.named[code] if code >= 0 else None for code in corpus.source.codes]


def test_tags_are_kept_as_the_file_writes_them_with_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "test.conll", IOB1)
    corpus = load_corpus(CorpusOptions(path, label_map={"PER": "person"}))
    assert corpus.tags == ["B-person", "I-person", "O", "B-LOC", "B-LOC", None]
    assert written(corpus) == ["I-PER", "I-PER", "O", "I-LOC", "B-LOC", "_"]
    assert named(corpus) == ["I-PER", "I-PER", "O", "I-LOC", "B-LOC", None]
    assert corpus.source is not None
    assert corpus.source.lines.tolist() == [2, 6]


def test_a_sample_keeps_the_tags_and_lines_of_its_own_sentences(tmp_path: Path) -> None:
    text = "\n".join(f"word{number} B-T{number % 7}\n" for number in range(50))
    corpus = load_corpus(CorpusOptions(write(tmp_path, "test.conll", text), limit=9, seed=5))
    rows = corpus.source_rows.tolist()
    assert len(rows) == 9
    assert written(corpus) == [f"B-T{row % 7}" for row in rows] == corpus.tags
    assert corpus.source is not None
    assert corpus.source.lines.tolist() == [2 * row + 1 for row in rows]


def test_numbers_stay_numbers_and_say_what_they_stand_for(tmp_path: Path) -> None:
    lines = [{"tokens": ["a", "b", "c"], "tags": [0, 1, -100]}, {"tokens": ["d"], "tags": [None]}]
    path = write(tmp_path, "test.jsonl", "\n".join(map(json.dumps, lines)))
    corpus = load_corpus(CorpusOptions(path, tag_names=("O", "B-PER")))
    assert corpus.tags == ["O", "B-PER", None, None]
    assert written(corpus) == ["0", "1", "-100", None]
    assert named(corpus) == ["O", "B-PER", None, None]


def test_a_source_without_lines_has_none(tmp_path: Path) -> None:
    path = write(tmp_path, "test.json", json.dumps([{"tokens": ["a"], "tags": ["B-X"]}, {"tokens": [], "tags": []}]))
    corpus = load_corpus(CorpusOptions(path))
    assert corpus.source is not None
    assert corpus.source.lines.tolist() == [0, 0]


def test_how_tags_are_written_does_not_change_what_the_corpus_is(tmp_path: Path) -> None:
    bio2 = IOB1.replace("Ada I-", "Ada B-").replace("Paris I-", "Paris B-")
    one = load_corpus(CorpusOptions(write(tmp_path, "one.conll", IOB1)))
    other = load_corpus(CorpusOptions(write(tmp_path, "other.conll", bio2)))
    assert one.tags == other.tags
    assert one.content_hash() == other.content_hash()
    assert one.source is not None
    assert other.source is not None
    assert one.source.content_hash() != other.source.content_hash()
    assert "source_tags" in SOURCE.resources
    assert "source_tags" not in CORPUS.resources


@pytest.mark.parametrize("extra", ["", "\n\nnext O\n"])
def test_the_stage_stores_what_the_corpus_carries(tmp_path: Path, extra: str) -> None:
    corpus = load_corpus(CorpusOptions(write(tmp_path, "test.conll", IOB1 + extra)))
    workspace = MemoryWorkspace(tmp_path)
    perform(SOURCE, workspace, TagSet(("LOC", "PER")), resources={"source_tags": corpus.source})
    codes, names = workspace.read(SOURCE_TAGS), workspace.read(SOURCE_TAG_NAMES)
    assert [names[code]["written"] if code >= 0 else None for code in codes] == written(corpus)
    assert [names[code]["named"] if code >= 0 else None for code in codes] == named(corpus)
    assert len(workspace.read(SOURCE_LINES)) == len(corpus.sentence_ids)
