"""Every code block of docs/python.md runs, in order, in a folder that has the files it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.analysis.pipeline.killed_stages import write_corpus
from tests.conftest import REPOSITORY
from tests.tiny_models import build_tagger

PAGE = REPOSITORY / "docs" / "python.md"


def code_blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_code_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_tagger(tmp_path / "my-tagger", "bert-cased")
    write_corpus(tmp_path / "test.conll", 40)
    write_corpus(tmp_path / "predicted.conll", 40)
    write_corpus(tmp_path / "train.conll", 20)  # the first half of the corpus, so that some of it is leaked
    monkeypatch.chdir(tmp_path)
    blocks = code_blocks()
    assert blocks
    for number, code in enumerate(blocks, 1):
        exec(compile(code, f"{PAGE.name}, block {number}", "exec"), {"__name__": "page"})
    assert (tmp_path / "spans.csv").read_text("utf-8").count("\n") > 1
