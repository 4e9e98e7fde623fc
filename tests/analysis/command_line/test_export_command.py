"""`export` of labelled sentences: what goes to stdout and to files, the selection, and wrong usage."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from analysis.command_line import cli
from analysis.export.annotations import LABELS, WRITERS
from tests.analysis.command_line.stored_runs import GOOD, publish, tags_of
from tests.analysis.export.exported_spans import READERS, Spans, spans_of_tags


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    publish(folder, "good", GOOD)
    return folder / "store"


@pytest.fixture(autouse=True)
def _store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINER_STORE", str(store))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


def export(*arguments: object) -> int:
    return cli.main(["export", "good", *map(str, arguments)])


def expected(labels: str) -> Spans:
    """Text and spans of the corpus, from its tags."""
    gold, predicted = tags_of(GOOD)
    texts = [" ".join(words) for words, _, _ in GOOD]
    tags = gold if labels == "gold" else predicted
    return [(text, spans_of_tags(text.split(" "), row)) for text, row in zip(texts, tags, strict=True)]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", WRITERS)
def test_a_file_and_stdout_have_the_spans_of_the_corpus(
    name: str, labels: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    if not WRITERS[name].is_available:
        pytest.skip(f"needs the package {WRITERS[name].format.package}")
    file = tmp_path / "out"
    assert export("--format", name, "--labels", labels, "--output", file) == 0
    written = capfdbinary.readouterr()
    assert (written.out, written.err.decode()) == (b"", f"4 sentences written to {file}\n")
    assert READERS[name](file.read_bytes(), labels) == expected(labels)
    assert export("--format", name, "--labels", labels) == 0
    printed = capfdbinary.readouterr()
    assert READERS[name](printed.out, labels) == expected(labels)
    assert printed.err == b"4 sentences\n"


@pytest.mark.parametrize(
    "command",
    [
        ["export", "hostile", "--table", "words"],
        ["export", "hostile", "--table", "loaded", "--format", "jsonl"],
        ["export", "hostile", "--format", "conll"],
        ["report", "hostile"],
    ],
)
def test_a_terminal_gets_no_control_characters_and_a_pipe_every_byte(
    command: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, "hostile", [(["a\x1b[31mé", "b"], ["B-PER", "O"], ["O", "O"])])
    monkeypatch.setenv("EXPLAINER_STORE", str(tmp_path / "store"))
    capfd.readouterr()
    assert cli.main(command) == 0
    redirected = capfd.readouterr().out
    assert "\x1b[31m" in redirected or "\\u001b[31m" in redirected  # JSON escapes it
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.main(command) == 0
    assert capfd.readouterr().out == redirected.replace("\x1b", "\\x1b")


def test_gold_labels_are_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--format", "spans") == 0
    assert READERS["spans"](capsys.readouterr().out.encode(), "gold") == expected("gold")


def test_filters_choose_whole_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--format", "prodigy", "--gold-type", "ORG", "--pred-type", "LOC") == 0
    captured = capsys.readouterr()
    (task,) = map(json.loads, captured.out.splitlines())
    assert task["text"] == expected("gold")[1][0]
    assert task["meta"]["id"] == "s1"
    assert captured.err == "1 sentences\n"


def test_no_sentence_is_a_file_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--format", "label-studio", "--search", "nowhere") == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--format", "prodigy", "--table", "words"], "--table does not apply to --format prodigy"),
        (["--format", "jsonl"], "--format jsonl needs --table"),
        (["--format", "csv", "--table", "words", "--labels", "gold"], "--labels does not apply"),
        (["--format", "conll", "--labels", "silver"], "--labels"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert named in line


def test_a_sentence_that_does_not_fit_leaves_no_file(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path_factory.mktemp("marks")
    publish(folder, "marks", [(["Rome"], ["B-LOC"], ["O"]), (["a\tb", "x"], ["O", "O"], ["O", "O"])])
    capsys.readouterr()
    arguments = ("--store", folder / "store", "--output", tmp_path / "out.conll", "--format")
    assert cli.main(["export", "marks", *map(str, arguments), "conll"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith('Error: Sentence "s1" cannot be written as CoNLL')
    assert len(captured.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    assert cli.main(["export", "marks", *map(str, arguments), "spans"]) == 0
