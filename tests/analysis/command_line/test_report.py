"""Reports on a run: their figures, and that no text of a corpus becomes markup."""

from __future__ import annotations

import json
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import seqeval.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analysis.command_line import cli
from analysis.command_line.report import html, markdown
from analysis.command_line.report.facts import Report, WorstSentence, report_of
from analysis.run.run import Run
from analysis.scores.scores_stage import confusion_of, scores_of
from components import palette
from tests.analysis.command_line.stored_runs import GOOD, publish, tags_of
from tests.analysis.export.exported_spans import spans_of_tags
from tests.runs import make_run, random_run

VOID = {"meta", "br", "hr", "img", "input", "link"}
HOSTILE = [" ".join(words) for words, _, _ in GOOD]
AUDIT: dict[str, Any] = {
    "sentences": 1,
    "words": 1,
    "scheme": "IOB2",
    "sampled": None,
    "spans": {},
    "invalid_transitions": {"count": 0},
    "duplicate_ids": {"count": 2, "examples": ["<b>*x*</b>", "@all"]},
    "counts": {},
}


def with_manifest(run: Run) -> Run:
    """A run from `make_run` with the manifest entries of a published one."""
    run.manifest = {
        **run.manifest,
        "tagger": {"label": "toy-tagger", "backend": "precomputed", "labels": []},
        "scores": scores_of(run),
        "confusion": confusion_of(run),
        "audit": AUDIT,
        "hashes": {"corpus": "c0"},
        "versions": {"python": "3"},
        "timings": {"corpus": 1.5},
    }
    return run


class Page(HTMLParser):
    """The elements, attributes and text of a page; elements must be closed in order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.items: list[str] = []
        self._open: list[str] = []
        self.feed(content)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "li":
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            assert "url(" not in data
            assert "@import" not in data
            return
        self.text += data
        if "li" in self._open:
            self.items[-1] += data


def tokens_of(document: str) -> list[Token]:
    """The tokens of a Markdown document, also those inside lines."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(document)
    return [inner for token in parsed for inner in (token, *(token.children or []))]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    publish(folder, "good", GOOD)
    return folder / "store"


@pytest.fixture(autouse=True)
def _store(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAINER_STORE", str(store))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)


def report(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert cli.main(["report", "good", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_the_scores_are_those_of_seqeval(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(report(capsys, "--format", "json"))
    gold, predicted = tags_of(GOOD)
    for name in ("precision", "recall", "f1"):
        score = getattr(seqeval.metrics, f"{name}_score")(gold, predicted)
        assert found["scores"]["strict"][name] == pytest.approx(score)
        assert found["scores"]["seqeval_default"][name] == pytest.approx(score)
    by_type = seqeval.metrics.classification_report(gold, predicted, output_dict=True, zero_division=0)
    for name, score in found["scores"]["per_type"].items():
        assert score["f1"] == pytest.approx(by_type[name]["f1-score"])
        assert f"{score['f1']:.4f}" in report(capsys)
        assert f"{score['f1']:.4f}" in report(capsys, "--format", "md")


def test_the_most_frequent_errors_and_the_worst_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(report(capsys, "--format", "json"))
    confusions = Counter({(c["outcome"], c["gold"], c["predicted"]): c["count"] for c in found["confusions"]})
    assert confusions == {
        ("type", "ORG", "LOC"): 1,
        ("spurious", None, "PER"): 1,
        ("boundary", "ORG", "ORG"): 1,
        ("missed", "LOC", None): 1,
    }
    assert {tuple(c["examples"]) for c in found["confusions"]} == {
        ("<script>alert(1)</script>",),
        ("`x`",),
        ("ACME Ltd",),
        ("Łódź",),
    }
    assert found["worst_by"] == "errors"
    assert [(s["id"], s["errors"], s["loss"]) for s in found["worst"]] == [("s1", 2, None), ("s2", 2, None)]
    gold, _ = tags_of(GOOD)
    for sentence, number in zip(found["worst"], (1, 2), strict=True):
        spans = [pair["gold"] for pair in sentence["pairs"] if pair["gold"]]
        assert len(spans) == len(spans_of_tags(list(GOOD[number][0]), gold[number]))
        assert all(span["text"] == " ".join(sentence["words"][span["start"] : span["end"]]) for span in spans)


def test_the_matrix_and_how_the_run_was_made(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    found = json.loads(report(capsys, "--format", "json"))
    assert sum(map(sum, found["matrix"]["counts"][:-1])) == found["corpus"]["spans"]
    shown = Page(report(capsys)).text
    for text in (found["run"], found["hashes"]["corpus"], found["command"], *found["audit"], "precomputed"):
        assert text in shown
    assert "--predictions" in found["command"]
    assert str(store) not in found["command"]


def test_errors_are_tinted_by_their_count_and_correct_cells_by_their_share_of_the_row() -> None:
    sentences = (
        [(["x"], ["B-PER"], ["B-PER"])] * 90 + [(["x"], ["B-PER"], ["O"])] * 10 + [(["x"], ["O"], ["B-LOC"])] * 2
    )
    page = Page(html.html_report(report_of(with_manifest(make_run(sentences, types=["PER", "LOC"])))))
    cells = [value for name, value in page.attributes if name == "class" and value in ("right", "wrong")]
    shares = [float(value.removeprefix("--share: ")) for _, value in page.attributes if value.startswith("--share: ")]
    assert cells == ["right", "wrong", "wrong"]
    assert shares[:3] == pytest.approx([90 / 100, 10 / 10, 2 / 10])


def test_sentences_are_sorted_by_loss_if_there_is_one() -> None:
    run = with_manifest(random_run(60, seed=4))
    made = report_of(run)
    losses = [float(np.nansum(run.words.loss[run.sentence_words(row)])) for row in range(len(run.sentences))]
    assert made.worst_by == "loss"
    assert [one.loss for one in made.worst] == pytest.approx(sorted(losses, reverse=True)[: len(made.worst)], rel=1e-4)
    assert len(made.worst) == 15
    assert "highest loss" in html.html_report(made)
    assert json.loads(json.dumps(made.to_json()))["worst"][0]["loss"] == pytest.approx(max(losses), rel=1e-4)


def test_html_is_one_file_that_asks_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.html"
    assert report(capsys, "--output", file) == ""
    page = Page(file.read_text(encoding="utf-8"))
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form", "a"}
    names = {name for name, _ in page.attributes}
    assert not names & {"src", "href", "srcset", "action"}
    assert not any(name.startswith("on") for name in names)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert file.read_text(encoding="utf-8") == report(capsys, "--format", "html")


def test_sentences_in_html_have_their_words_and_labels(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = Page(report(capsys)).items[:2]
    assert "2 errors · sentence s1" in first
    assert "".join(first.split()).endswith("LOC<script>alert(1)</script>goldORG|PER`x`spurious")
    assert "".join(second.split()).endswith("ORGACMELtdwrongboundaryofŁódźLOCmissed")


TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["<script>", "</style>", "</p>", "&amp;", "*a*", "|", "`", "``", "]](x)", "@me", "#1", "1.", "- x", "http://x.y"]
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report on a corpus of hostile words, types and ids."""
    words = draw(st.lists(TEXTS, min_size=1, max_size=6))
    type_ = draw(TEXTS)
    tags = [draw(st.sampled_from(["O", f"B-{type_}", f"I-{type_}"])) for _ in words]
    run = make_run([(words, ["O"] * len(words), tags)], types=[type_], ids=[draw(TEXTS)], name=draw(TEXTS))
    return report_of(with_manifest(run))


def without_space(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and not character.isspace())


@settings(max_examples=40)
@given(made=reports())
def test_no_text_becomes_an_element(made: Report) -> None:
    page = Page(html.html_report(made))
    ordinary = Page(html.html_report(report_of(with_manifest(make_run([(["x"], ["O"], ["B-X"])])))))
    assert page.tags <= ordinary.tags | {"bdi", "ol", "li", "span"}
    assert {name for name, _ in page.attributes} <= {name for name, _ in ordinary.attributes} | {"style", "dir"}
    for sentence in made.worst:
        for word in sentence.words:
            assert without_space(word) in without_space(page.text)


@settings(max_examples=40)
@given(made=reports())
def test_no_text_becomes_markdown(made: Report) -> None:
    tokens = tokens_of(markdown.markdown_report(made))
    kinds = {token.type for token in tokens}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "em_open",
        "blockquote_open",
        "fence",
        "hr",
        "s_open",
    }
    assert sum(token.type == "strong_open" for token in tokens) == 1
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", *["h2"] * 7]
    assert sum(token.type == "table_open" for token in tokens) == 4 + bool(made.confusions)
    codes = {without_space(token.content) for token in tokens if token.type == "code_inline"}
    assert {without_space(label) for label in made.matrix["labels"]} <= codes
    for sentence in made.worst:
        assert without_space(" ".join(sentence.words)) in codes
        assert without_space(sentence.id) in codes


def test_a_bar_divides_no_cell() -> None:
    made = report_of(with_manifest(make_run([(["x|y"], ["O"], ["B-a|b"])])))
    codes = [token.content for token in tokens_of(markdown.markdown_report(made)) if token.type == "code_inline"]
    assert codes.count("a|b") == 3, "a row of the scores, and a row and a column of the matrix"
    assert codes.count("spurious a|b") == 2
    assert "x|y" in codes


@settings(max_examples=200)
@given(text=TEXTS | st.text(st.sampled_from('`*_[]<>#|~&$+-=.:/@ 1aw\n!(){}\\"'), max_size=12))
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    inline = [token for token in tokens_of(f"- {markdown.escaped(text)}\n") if token.type == "inline"]
    children = [child for token in inline for child in token.children or []]
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert without_space(shown.replace("@\u200b", "@")) == without_space(text)
    tokens = tokens_of(f"| a |\n| --- |\n| {markdown.code(text).replace('|', chr(92) + '|')} |\n")
    (code,) = [token for token in tokens if token.type == "code_inline"]
    assert without_space(code.content) == without_space(text)


def test_a_long_sentence_is_shown_around_its_errors() -> None:
    words = [f"w{number}" for number in range(500)]
    gold = ["O"] * 500
    predicted = ["O"] * 500
    gold[100] = predicted[300] = "B-X"
    (sentence,) = report_of(with_manifest(make_run([(words, gold, predicted)]))).worst
    pieces = html.pieces(sentence)
    assert " ".join(piece.text for piece in pieces).split() == [*words[94:107], *words[294:307]]
    assert [piece.follows_gap for piece in pieces] == [True, False, False, True, False, False]
    assert html.is_cut(sentence)
    assert not html.is_cut(WorstSentence("1", None, words[:5], None, 0, []))


def test_types_have_the_colours_of_the_dashboard() -> None:
    assert palette.LIGHT.types == html.LIGHT_TYPES
    assert palette.DARK.types == html.DARK_TYPES


def test_a_folder_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "good", "--output", "/no/such/folder/report.html"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: The report cannot be written to /no/such/folder/report.html")
    assert len(captured.err.splitlines()) == 1
