"""Every code block of docs/python.md runs, in order, in a folder that has the files it names."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.analysis.pipeline.killed_stages import write_corpus
from tests.conftest import REPOSITORY
from tests.tiny_models import build_tagger

PAGE = REPOSITORY / "docs" / "python.md"


def code_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def sentences(path: Path) -> list[list[tuple[str, str]]]:
    """Words and tags of a CoNLL file, sentence by sentence."""
    blocks = path.read_text("utf-8").strip().split("\n\n")
    return [[(word, tag) for word, tag in (line.split("\t") for line in block.split("\n"))] for block in blocks]


def entity(sentence: list[tuple[str, str]]) -> str:
    """The one entity of a sentence."""
    return " ".join(word for word, tag in sentence if tag != "O")


@pytest.mark.slow
def test_every_code_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_tagger(tmp_path / "my-tagger", "bert-cased")
    write_corpus(tmp_path / "test.conll", 40)
    write_corpus(tmp_path / "predicted.conll", 40)
    texts = (" ".join(word for word, _ in sentence) for sentence in sentences(tmp_path / "test.conll"))
    lines = (json.dumps({"text": text, "entities": []}) + "\n" for text in texts)
    (tmp_path / "other.jsonl").write_text("".join(lines), "utf-8")
    write_corpus(tmp_path / "train.conll", 20)  # the first half of the corpus, so that some of it is leaked
    monkeypatch.chdir(tmp_path)
    blocks = code_blocks()
    assert blocks
    for number, code in enumerate(blocks, 1):
        exec(compile(code, f"{PAGE.name}, block {number}", "exec"), {"__name__": "page"})
    leaked = sentences(tmp_path / "train.conll")
    expected = [
        (str(row), entity(sentence))
        for row, sentence in enumerate(sentences(tmp_path / "test.conll"))
        if sentence not in leaked
    ]
    with (tmp_path / "spans.csv").open(encoding="utf-8", newline="") as file:
        exported = [(row["sentence_id"], row["gold_text"]) for row in csv.DictReader(file) if row["gold_text"]]
    assert len(expected) == 20
    assert exported == expected
