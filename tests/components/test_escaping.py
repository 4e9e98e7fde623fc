"""A corpus is untrusted input: its content is always shown as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

from analysis.run.run import Run
from analysis.scores.metrics import entity_scores
from analysis.selection.scene import Scene
from analysis.selection.selection import Selection
from app.frame.shell import chips
from app.state import ViewState
from app.tabs.metrics import bars, score_rows
from app.tabs.misclassified import error_kinds, sentence_page, wrong_sentences
from app.views.confusion import confusion_view
from app.views.embedding_map import hover_card
from app.views.errors_grid import grid_rows
from app.views.sentence_detail import sentence_detail
from app.views.sentence_parts import sentence_segments, sentence_title
from components.palette import LIGHT
from components.panels import empty_state, navigates
from components.scores import outcome_bars, score_table, support_figure
from components.type_palette import TypePalette
from tests.components.test_sentence_parity import HOSTILE, draw_in_grid
from tests.components.tree import as_components, attributes, by_class, of_type, text_of, walk
from tests.runs import make_run

TYPES = ("<script>alert(1)</script>", "a\"b'c", "none", "=x", "مكان", "creative-work")
TEXTS = tuple(text for text in HOSTILE if text)
PLAIN_VALUES = (str, int, float, bool, type(None))


@pytest.fixture(scope="module")
def run() -> Run:
    """Each hostile text as a word of each hostile type: correct, wrong, missed and spurious."""
    sentences = []
    for kind in TYPES:
        other = TYPES[(TYPES.index(kind) + 1) % len(TYPES)]
        golds, guesses = [f"B-{kind}", f"B-{kind}", f"B-{kind}", "O"], [f"B-{kind}", f"B-{other}", "O", f"B-{kind}"]
        size = len(TEXTS)
        sentences.append((TEXTS, [golds[n % 4] for n in range(size)], [guesses[n % 4] for n in range(size)]))
    return make_run(sentences, types=TYPES, ids=[f"<b>{number}</b>" for number in range(len(TYPES))])


def viewed(run: Run, **clauses: str) -> ViewState:
    query = {name.replace("_", "-"): value for name, value in clauses.items()}
    return ViewState(Scene(run), Selection.from_query(query, Scene(run)), 0, {})


def assert_inert(drawn: Any) -> None:
    """Check that there are only HTML elements with plain attribute values, and no markup in texts."""
    for one in walk(drawn):
        assert type(one) is getattr(html, type(one).__name__, None), f"{type(one)} may not show corpus text"
        assert not isinstance(one, html.Script | html.Iframe | html.ObjectEl | html.Embed)
        for name, value in one.to_plotly_json()["props"].items():
            assert name not in ("dangerouslySetInnerHTML", "href", "src", "srcDoc")
            if name == "style" and value is not None:
                assert all(isinstance(part, PLAIN_VALUES) for part in value.values())
            elif name != "children":
                assert isinstance(value, PLAIN_VALUES), (name, value)
    json.dumps([one.to_plotly_json() for one in walk(drawn)], default=Component.to_plotly_json)


def test_sentences_hold_every_word_as_it_is(run: Run) -> None:
    state = viewed(run)
    for page in (sentence_page(state, wrong_sentences(state)), sentence_detail(state, 0), hover_card(state, 1)):
        assert_inert(page)
    page = sentence_page(state, wrong_sentences(state))
    shown = [text_of(word) for word in by_class(page, "word")]
    assert len(shown) == len(run.words)
    assert set(shown) == set(TEXTS)


def test_titles_and_cards_name_ids_and_words(run: Run) -> None:
    assert "<b>0</b>" in sentence_title(run, 0)
    assert text_of(by_class(hover_card(viewed(run), 0), "word-text")) == TEXTS[0]


@pytest.mark.parametrize("level", ["types", "tags"])
def test_matrices_and_lists_name_types_as_they_are(run: Run, level: str) -> None:
    state = ViewState(Scene(run), Selection(), 0, {"level": level})
    matrix = as_components(confusion_view(state, normalise="counts"))
    for drawn in (matrix, error_kinds(state), score_table(score_rows_of(state)), outcome_bars(bars(state), ["a"] * 6)):
        assert_inert(drawn)
    heads = [text_of(head) for head in by_class(matrix, "head")]
    names = TYPES if level == "types" else [f"{prefix}-{name}" for name in TYPES for prefix in "B"]
    assert set(names) <= set(heads)


def score_rows_of(state: ViewState) -> Any:
    return score_rows(state, entity_scores(state.run))


def test_texts_of_plotly_figures_are_escaped(run: Run) -> None:
    figure = support_figure(score_rows_of(viewed(run)), TypePalette(LIGHT))
    assert all("<" not in text for text in figure.data[0].text)
    assert figure.data[0].text[0] == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert figure.data[0].customdata[0] == TYPES[0]


def test_chips_show_the_clauses(run: Run) -> None:
    state = viewed(run, search=TEXTS[0], word=TEXTS[2], gold_type=TYPES[0])
    drawn = chips(state)
    assert_inert(drawn)
    labels = [text_of(chip) for chip in by_class(drawn, "chip")]
    assert any(TEXTS[0] in one for one in labels)
    assert any(TEXTS[2] in one for one in labels)


def test_values_of_clicks_survive_the_attribute(run: Run) -> None:
    for text in (*TEXTS, *TYPES):
        given = {"search": text, "page": None}
        assert json.loads(navigates(given)["data-navigate"]) == given
        (button,) = of_type(empty_state("x", "y", given), html.Button)
        assert json.loads(attributes(button)["data-navigate"]) == given


def test_grid_rows_contain_only_text(run: Run) -> None:
    for level in ("types", "tags"):
        state = ViewState(Scene(run), Selection(), None, {"level": level})
        rows = grid_rows(state, 0, 200, "loss", True)["rows"]
        assert rows
        texts = {word for row in rows for part in row["parts"] for word in part["words"]}
        assert texts - {"…"} <= set(TEXTS)
        assert json.loads(json.dumps(rows))


def test_a_cell_of_the_grid_shows_them(run: Run) -> None:
    drawn = draw_in_grid([sentence_segments(run, 0)], [])["sentences"][0]["drawn"]

    def words(node: Any) -> list[str]:
        if isinstance(node, str):
            return []
        return (
            ["".join(node[2])] if node[1].split()[:1] == ["word"] else [one for part in node[2] for one in words(part)]
        )

    assert words(drawn) == list(TEXTS)


def test_long_words_do_not_make_long_style_or_attributes(run: Run) -> None:
    """A word of 10,000 characters is in the page once per drawing, and not copied into attributes."""
    page = sentence_detail(viewed(run), run.words.text.to_pylist().index("x" * 10_000))
    for one in walk(page):
        assert all(len(str(value)) < 200 for name, value in one.to_plotly_json()["props"].items() if name != "children")


def test_no_component_shows_markup() -> None:
    root = Path(__file__).resolve().parents[2]
    for file in [*(root / "components").rglob("*.py"), *(root / "app").rglob("*.py"), *(root / "assets").glob("*.js")]:
        text = file.read_text()
        for way in (
            "Markdown",
            "dangerously",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ):
            assert way not in text, f"{file.name} uses {way}"
