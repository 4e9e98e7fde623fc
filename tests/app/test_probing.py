"""The tab Probing: its texts, their taggings, and its messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from analysis.errors import AnalysisError
from analysis.probing.tag_texts import tag_texts
from analysis.probing.typed_text import CORPUS_SPACES, TOKENIZER
from analysis.run.run import Run
from analysis.run.tags import TagSet
from analysis.taggers.reload import load_run_tagger
from app.server.live import LiveTagger
from app.state import ViewState
from app.tabs.probing.probe_results import EARLIER, SENTENCE, results, splitting
from app.tabs.probing.tab import SPLITTINGS, corpus_version
from app.views.typed_text import (
    CHARACTERS,
    LINE_CHARACTERS,
    LINES,
    ProbedText,
    earlier_lines,
    lines_of,
    probed_text,
    sentence_text,
)
from components import formats
from components.probing import ProbedWord, probe_table
from tests.app.catalog import state_of
from tests.app.test_needs import without_confidences
from tests.components.tree import as_components, attributes, by_class, of_type, text_of
from tests.runs import Sentence, make_run, random_run
from tests.tiny_models import build_tagger

SENTENCES: list[Sentence] = [
    (
        ["John", "Smith", "met", "Ann", "in", "Paris", "."],
        ["B-PER", "I-PER", "O", "B-PER", "O", "B-LOC", "O"],
        ["O"] * 7,
    ),
    (["the", "U.S.", "and", "Acme", ","], ["O", "B-LOC", "O", "B-ORG", "O"], ["O"] * 5),
    ([], [], []),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger with random weights that predicts an entity for some words, but not for all."""
    folder = build_tagger(tmp_path_factory.mktemp("model"), "bert-cased", seed=3)
    weights = load_file(folder / "model.safetensors")
    weights["classifier.bias"][0] += 1.5
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.fixture
def run(model: Path) -> Run:
    run = make_run(SENTENCES, types=["PER", "ORG", "LOC"])
    run.manifest["options"]["model"] = str(model)
    return run


@pytest.fixture(scope="module")
def live() -> Iterator[LiveTagger]:
    tagger = LiveTagger()
    yield tagger
    tagger.close()


def drawn(state: ViewState, live: LiveTagger, text: str, before: str = "") -> tuple[Any, str]:
    tree, counts = results(state, live, ProbedText(text, before))
    return as_components(tree), counts


def table(item: Any) -> list[list[str]]:
    rows = [one for one in of_type(item, type(as_components_row())) if by_class(one, "word-text")]
    return [[text_of(cell) for cell in row.children] for row in rows]


def as_components_row() -> Any:
    from dash import html

    return html.Tr()


def rewrites(item: Any) -> dict[str, dict[str, Any]]:
    """What each enabled counterfactual button writes."""
    from dash import html

    buttons = [one for one in of_type(item, html.Button) if not one.disabled]
    return {text_of(one): json.loads(attributes(one)["data-rewrite"]) for one in buttons}


def test_every_word_is_listed_with_the_taggers_figures(run: Run, live: LiveTagger) -> None:
    text = "Ann met Acme\tin  São Paulo, again"
    tree, counts = drawn(state_of(run), live, text)
    (tagged,) = tag_texts(load_run_tagger(run), [text], TOKENIZER)
    (item,) = by_class(tree, "item")
    rows = table(item)
    assert [row[0] for row in rows] == [word.text for word in tagged.words]
    for number, row in enumerate(rows):
        p, second = float(tagged.p[number]), float(tagged.p_second[number])
        assert row[1] == tagged.predicted[number]
        assert row[2] == formats.ratio(p) + ("low" if p < 0.8 else "")
        assert row[3] == tagged.second(number)
        assert row[4:] == [formats.ratio(second), formats.ratio(p - second)]
    low = int((tagged.p < 0.8).sum())
    assert counts.endswith(f"{low} of {len(rows)} words low")
    (sentence,) = by_class(item, "sentence")
    labels = [text_of(one) for one in by_class(sentence, "label")]
    assert labels == [span.type for span in tagged.spans]
    shown = text_of(sentence)
    for label in labels:
        shown = shown.replace(f"{label} ", "", 1)
    assert shown == text, "the text is shown as typed"
    assert not any("data-word" in attributes(one) for one in by_class(sentence, "word"))


def test_the_threshold_flags(run: Run, live: LiveTagger) -> None:
    text = "Ann met Acme in Paris"
    (tagged,) = tag_texts(load_run_tagger(run), [text], TOKENIZER)
    for threshold in ("0", "0.5", "0.95", "1"):
        tree, counts = drawn(state_of(run, flag=threshold), live, text)
        number = int((tagged.p < float(threshold)).sum())
        assert len(by_class(tree, "flag")) == number
        assert f"{number} of 5 words low" in counts
        shades = [one.style["--shade"] for one in by_class(tree, "word")]
        assert sum(shade != "0.00" for shade in shades) == number


def test_only_notable_words_are_listed_if_requested(run: Run, live: LiveTagger) -> None:
    text = (
        "John beat the European Union at home (3-1) & nobody met Angela Merkel; again, the crowd of 4.5% left São Paulo"
    )
    (tagged,) = tag_texts(load_run_tagger(run), [text], TOKENIZER)
    tree, _ = drawn(state_of(run, flag="0.4", listed="marked"), live, text)
    wanted = [
        word.text
        for word, tag, p in zip(tagged.words, tagged.predicted, tagged.p, strict=True)
        if tag != "O" or p < 0.4
    ]
    assert 0 < len(wanted) < len(tagged.words)
    assert [row[0] for row in table(tree)] == wanted
    assert f"{len(tagged.words) - len(wanted)} confident word" in text_of(tree)


def test_empty_lines_are_skipped_and_lines_keep_their_numbers(run: Run, live: LiveTagger) -> None:
    tree, _ = drawn(state_of(run), live, "\r\nAnn\r\n \t \r\nParis\n")
    heads = [text_of(one) for one in by_class(tree, "item-head")]
    assert [head.split(" · ")[0] for head in heads] == ["line 2", "line 4"]
    assert rewrites(by_class(tree, "item")[1])["UPPER CASE"] == {"line": 3, "text": "PARIS", "swaps": None}


def test_counterfactuals_replace_the_line(run: Run, live: LiveTagger) -> None:
    text = "Ann met John in Paris ."
    tree, _ = drawn(state_of(run, swaps="4"), live, text)
    written = rewrites(tree)
    assert written["lower case"]["text"] == "ann met john in paris ."
    assert written["UPPER CASE"]["text"] == "ANN MET JOHN IN PARIS ."
    assert written["no final punctuation"]["text"] == "Ann met John in Paris"
    assert written["swap an entity"]["swaps"] == 5
    assert written["swap an entity"]["text"] != text
    tree, _ = drawn(state_of(run), live, "ann 1")
    assert "lower case" not in rewrites(tree)
    assert "no final punctuation" not in rewrites(tree)


def test_edit_is_compared_with_the_focused_sentence(run: Run, live: LiveTagger) -> None:
    state = state_of(run, focus=3)
    sentence = sentence_text(run, 3)
    assert probed_text(state, None) == ProbedText(sentence, "")
    tree, _ = drawn(state, live, f"{sentence}\nJohn Smith met Bob in Paris .\nsomething else entirely")
    as_it_stands, edited, other = by_class(tree, "item")
    assert "unchanged from the corpus" in text_of(as_it_stands)
    assert by_class(as_it_stands, "changes") == []
    assert f"Compared with {SENTENCE}:" in text_of(edited)
    assert by_class(other, "changes") == [], "a text that shares nothing with the sentence is no edit of it"
    before, after = tag_texts(load_run_tagger(run), [sentence, "John Smith met Bob in Paris ."], TOKENIZER)
    rows = table(edited)
    for number, row in enumerate(rows):
        column = int(np.argmax(after.probabilities[number]))
        delta = float(after.probabilities[number, column] - before.probabilities[number, column])
        same = before.predicted[number] == after.predicted[number]
        assert row[6] == ("same" if same else before.predicted[number])
        assert row[7] == ("0" if abs(delta) < 0.005 else f"{delta:+.3f}".replace("-", "−"))


def test_edit_without_a_sentence_is_compared_with_the_earlier_text(run: Run, live: LiveTagger) -> None:
    tree, _ = drawn(state_of(run), live, "Ann met Bob\nJohn slept", "Ann met Bob\nAnn slept")
    first, second = by_class(tree, "item")
    assert by_class(first, "changes") == []
    assert f"Compared with {EARLIER}:" in text_of(second)
    tree, _ = drawn(state_of(run), live, "Ann met Bob", "x" * (LINE_CHARACTERS + 1))
    assert by_class(tree, "changes") == [], "what was too long before is nothing to hold a text against"


def test_lines_are_compared_with_their_earlier_versions() -> None:
    assert earlier_lines(["a", "b", "c"], ["a", "B", "c"]) == [None, "b", None]
    assert earlier_lines(["a", "b"], ["new", "a", "b"]) == [None, None, None]
    assert earlier_lines([""], ["typed"]) == [""]


@pytest.mark.parametrize("focus", [8, 0, None])
def test_words_of_the_corpus_are_never_split(run: Run, live: LiveTagger, focus: int | None) -> None:
    tree, _ = drawn(state_of(run, focus=focus), live, "the u.s. and Acme, or U.K.")
    assert [row[0] for row in table(tree)] == ["the", "u.s.", "and", "Acme", ",", "or", "U", ".", "K", "."]


def test_the_tab_says_how_words_are_split(run: Run, live: LiveTagger, model: Path) -> None:
    assert splitting(run, live) == TOKENIZER
    glued = make_run([(["Paris,", "Rome,"], ["O", "O"], ["O", "O"])], types=["PER", "ORG", "LOC"])
    glued.manifest["options"]["model"] = str(model)
    assert splitting(glued, live) == CORPUS_SPACES
    assert len(set(SPLITTINGS.values())) == len(SPLITTINGS) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\n" * (LINES + 3), f"The text has 103 lines, but at most {LINES} are allowed. Remove 3 lines."),
        ("fine\n" + "a" * (LINE_CHARACTERS + 1), "Line 2 has 12,001 characters"),
        (f"{'a' * 9_000}\n" * 3, f"at most {CHARACTERS:,} are allowed. Remove 7,003 characters."),
    ],
)
def test_too_much_text_shows_a_message(run: Run, live: LiveTagger, text: str, message: str) -> None:
    tree, _ = drawn(state_of(run), live, text)
    assert message in text_of(tree)
    with pytest.raises(AnalysisError):
        lines_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "a " * 6_000,
        "\u200b",
        "\x00",
        "\ud83d\ude80".encode("utf-16", "surrogatepass").decode("utf-16"),
        "محمد",
    ],
)
def test_unusual_texts_are_tagged(run: Run, live: LiveTagger, text: str) -> None:
    tree, counts = drawn(state_of(run), live, text)
    assert by_class(tree, "item"), counts


def test_nothing_typed_says_what_to_do(run: Run, live: LiveTagger) -> None:
    for text in ("", " \n\t\n"):
        tree, _ = drawn(state_of(run), live, text)
        assert "press Tag" in text_of(tree)
        assert "largest loss" in text_of(tree)
    nothing = make_run([([], [], [])])
    tree, _ = drawn(state_of(nothing), live, "")
    assert "press Tag" in text_of(tree)
    assert by_class(tree, "item") == []
    assert "Probe" in text_of(corpus_version(state_of(nothing)))


def test_unlikely_runner_up_is_grey() -> None:
    rivals = (0.0, 0.0099, 0.01, 0.5)
    words = [ProbedWord("a", ("O", -1), 0.5, ("B-PER", 0), p_second, low=False) for p_second in rivals]
    tree = as_components(probe_table(words, 0.8, scored=True, compared=False))
    rows = of_type(tree, type(as_components_row()))[1:]
    quiet = [[text_of(cell) for cell in by_class(row, "unlikely")] for row in rows]
    assert quiet == [["B-PER", "0.000"], ["B-PER", "0.010"], [], []]


def test_a_tagger_that_is_gone_is_a_sentence_and_the_corpus_version_still_stands(live: LiveTagger) -> None:
    run = random_run(5, seed=1)
    run.manifest["options"]["model"] = "/nowhere/tagger"
    tree, _ = drawn(state_of(run, focus=0), live, "Ann met Bob")
    assert "was not found: /nowhere/tagger" in text_of(tree)
    version = corpus_version(state_of(run, focus=0))
    assert by_class(version, "sentence")
    assert "runner-up" in text_of(version), "what the run says of the word in focus"


def test_sixty_types_have_their_colours(live: LiveTagger, tmp_path: Path) -> None:
    types = [f"TYPE{number}" for number in range(60)]
    model = build_tagger(tmp_path / "model", "bert-cased", types=types)
    run = make_run(SENTENCES, types=[*types, "PER", "ORG", "LOC"])
    run.manifest["options"]["model"] = str(model)
    tree, _ = drawn(state_of(run), live, "Ann met Acme in São Paulo, again and again and again")
    tag_set = TagSet(tuple(types))
    for label in by_class(tree, "tag-label"):
        tag = text_of(label)
        code = -1 if tag == "O" else tag_set.type_codes[tag.split("-", 1)[1]]
        assert ("t-none" if code < 0 else f"t{code % 8}") in label.className.split()


def test_text_comes_from_the_link_else_the_page_else_the_focus(run: Run) -> None:
    typed = {"text": "long", "before": "earlier", "run": run.id, "focus": 3}
    assert probed_text(state_of(run, focus=3, text="short", before="b"), typed) == ProbedText("short", "b")
    assert probed_text(state_of(run, focus=3, text="long"), typed) == ProbedText("long", "earlier")
    assert probed_text(state_of(run, focus=3, text="another"), typed) == ProbedText("another", "")
    assert probed_text(state_of(run, focus=3), typed) == ProbedText("long", "earlier", in_link=False)
    assert probed_text(state_of(run, focus=4), typed).text == sentence_text(run, 4)
    assert probed_text(state_of(run), typed | {"run": "other"}) == ProbedText("", "")
    assert probed_text(state_of(run), {"again": 1}) == ProbedText("", "")


def test_text_is_kept_as_text(run: Run, live: LiveTagger) -> None:
    hostile = "<img src=x onerror=alert(1)> & <b>Ann</b>"
    tree, _ = results(state_of(run), live, ProbedText(hostile, ""))
    assert "dangerously" not in json.dumps(tree, default=lambda one: one.to_plotly_json())
    (sentence,) = by_class(as_components(tree), "sentence")
    assert "".join(text_of(word) for word in by_class(sentence, "word")) == hostile.replace(" ", "")


def test_a_tagger_without_probabilities_gives_entities_alone(tmp_path: Path, live: LiveTagger) -> None:
    spacy = pytest.importorskip("spacy", reason="spaCy is not installed")
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(
        [{"label": "PER", "pattern": "Ann"}, {"label": "LOC", "pattern": "Paris"}]
    )
    nlp.to_disk(tmp_path / "rules")
    run = without_confidences(make_run(SENTENCES, types=["PER", "ORG", "LOC"]))
    run.manifest["options"]["model"] = str(tmp_path / "rules")
    assert splitting(run, live) == TOKENIZER
    tree, counts = drawn(state_of(run), live, "Ann met Acme, Paris", before="ann met Acme, Paris")
    assert table(tree) == [
        ["Ann", "B-PER", "O"],
        ["met", "O", "same"],
        ["Acme", "O", "same"],
        [",", "O", "same"],
        ["Paris", "B-LOC", "same"],
    ]
    assert counts == "2 entities · 5 words"
    (changes,) = by_class(tree, "changes")
    assert f"Compared with {EARLIER}: 1 label change" in text_of(changes)
