"""The content of the tab Activations, with a real tiny tagger, compared with pandas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.errors import AnalysisError
from analysis.neurons.components import neuron_sample
from analysis.probing.tag_texts import tag_texts
from analysis.probing.typed_text import TOKENIZER
from analysis.run.run import Run
from analysis.selection.scene import Scene
from analysis.taggers.huggingface.model import TaggerOptions, load_tagger
from app.server.live import LiveTagger
from app.state import ViewState
from app.tabs.activations.corpus_activity import corpus_components, draw_corpus, shown_layer
from app.tabs.activations.text_activity import chosen_layers, draw_text
from components.static_html import static_html
from tests.app.catalog import state_of
from tests.runs import make_run, neuron_values, random_run
from tests.tiny_models import build_tagger

SENTENCES = [
    (["John", "flew", "to", "Paris", "."], ["B-PER", "O", "O", "B-LOC", "O"], ["B-PER", "O", "O", "O", "O"]),
    (["nobody", "did"], ["O", "O"], ["O", "O"]),
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveTagger]:
    folder = build_tagger(tmp_path_factory.mktemp("tagger") / "tiny", "bert-cased")
    tagger = LiveTagger(lambda _run: load_tagger(TaggerOptions(str(folder), device="cpu")))
    yield tagger
    tagger.close()


@pytest.fixture
def run() -> Run:
    return make_run(SENTENCES, [[0.1, 0.1, 0.2, 5.0, 0.1], [0.3, 0.2]])


def drawn(state: ViewState, live: LiveTagger, kept: dict[str, Any] | None = None) -> str:
    """The panel as text."""
    parts = draw_text(state, live, kept)
    return f"{parts.title}\n{static_html(parts.layers)}\n{static_html(parts.body)}"


def words_of(state: ViewState, live: LiveTagger, kept: dict[str, Any] | None = None) -> list[str]:
    """Texts of the words."""
    return [
        node[2] for node in nodes(static_html(draw_text(state, live, kept).body).tree) if "column-word" in classes(node)
    ]


def nodes(tree: Any) -> Iterator[Any]:
    if isinstance(tree, list):
        if len(tree) > 1 and isinstance(tree[1], dict):
            yield tree
        for part in tree:
            yield from nodes(part)


def classes(node: Any) -> list[str]:
    return str(node[1].get("className", "")).split()


def by_class(state: ViewState, live: LiveTagger, name: str) -> list[Any]:
    return [node for node in nodes(static_html(draw_text(state, live, None).body).tree) if name in classes(node)]


def under_words(state: ViewState, live: LiveTagger, kind: str) -> list[str]:
    """The texts of a row under the words; "" for an empty cell."""
    found = []
    for node in by_class(state, live, f"of-{kind}"):
        if "title" in node[1]:  # the head of the row
            continue
        children = node[2:]
        found.append("" if not children else children[0][2] if isinstance(children[0], list) else children[0])
    return found


def test_facts_of_a_sentence_are_under_its_words(run: Run, live: LiveTagger) -> None:
    words, gold, predicted = SENTENCES[0]
    state = state_of(run)
    assert under_words(state, live, "predicted") == predicted
    differing = [tag if tag != other else "" for tag, other in zip(gold, predicted, strict=True)]
    assert under_words(state, live, "gold") == differing
    assert under_words(state, live, "loss") == ["0.10", "0.10", "0.20", "5.00", "0.10"]
    assert under_words(state, live, "p") == [f"{p:.2f}" for p in run.words.p_predicted[: len(words)]]
    assert under_words(state_of(run, focus=6), live, "gold") == [], "no word of it is wrong"


def test_facts_of_typed_text_are_under_its_words(run: Run, live: LiveTagger) -> None:
    text = "John met IBM, again in Paris"
    state = state_of(run, text=text, special="with")
    tagged = live.answer(run, lambda tagger: tag_texts(tagger, [text], TOKENIZER)[0])
    assert words_of(state, live)[1:-1] == [word.text for word in tagged.words]
    assert under_words(state, live, "predicted") == ["", *tagged.predicted, ""]
    assert under_words(state, live, "p") == ["", *(f"{p:.2f}" for p in tagged.p), ""]
    assert under_words(state, live, "loss") == under_words(state, live, "gold") == []


def test_without_focus_the_sentence_with_the_largest_loss_is_shown(run: Run, live: LiveTagger) -> None:
    assert words_of(state_of(run), live) == SENTENCES[0][0]
    assert "#0 · 5 words · layers 1–2" in drawn(state_of(run), live)
    assert words_of(state_of(run, focus=6), live) == ["nobody", "did"]


def test_largest_loss_is_of_the_selection(run: Run, live: LiveTagger) -> None:
    assert words_of(state_of(run, {"ids": "1"}), live) == SENTENCES[1][0]
    shown = drawn(state_of(run, {"search": "no sentence says this"}), live)
    assert "This selection has no word" in shown
    assert "Clear the selection" in shown


def test_typed_text_takes_precedence_over_the_focus(run: Run, live: LiveTagger) -> None:
    state = state_of(run, focus=6, text="John met\n\nIBM, again", line="2")
    assert words_of(state, live) == ["IBM", ",", "again"]
    assert "line 2 of 2" in drawn(state, live)
    assert words_of(state_of(run, text="John met\n\nIBM", line="99"), live) == ["IBM"]
    assert words_of(state_of(run, focus=6, text="  \n "), live) == ["nobody", "did"]


def test_text_that_the_page_keeps_is_for_its_run_and_focus(run: Run, live: LiveTagger) -> None:
    kept = {"text": "IBM", "run": run.id, "focus": 6}
    assert words_of(state_of(run, focus=6), live, kept) == ["IBM"]
    assert words_of(state_of(run, focus=0), live, kept) == SENTENCES[0][0]
    assert words_of(state_of(run, focus=6, text="Paris"), live, kept) == ["Paris"]


def test_special_tokens_are_left_out_by_default(run: Run, live: LiveTagger) -> None:
    assert words_of(state_of(run, special="with"), live) == ["[CLS]", *SENTENCES[0][0], "[SEP]"]


def test_number_of_components_is_limited_by_the_words(run: Run, live: LiveTagger) -> None:
    for number, shown in (("2", 2), ("4", 4), ("10", 5)):
        assert len(by_class(state_of(run, components=number), live, "component-card")) == shown


def test_one_layer_a_range_or_all_can_be_selected(run: Run) -> None:
    def chosen(**options: str) -> tuple[int, int]:
        return chosen_layers(state_of(run, None, None, **options), 6)

    assert chosen() == (1, 6)
    assert chosen(**{"from-layer": "3", "to-layer": "3"}) == (3, 3)
    assert chosen(**{"from-layer": "2", "to-layer": "4"}) == (2, 4)
    assert chosen(**{"from-layer": "5", "to-layer": "4"}) == (4, 5)
    assert chosen(**{"from-layer": "9", "to-layer": "12"}) == (6, 6)


def test_layers_change_what_is_shown(run: Run, live: LiveTagger) -> None:
    def styles(**options: str) -> list[Any]:
        return [node[1]["style"] for node in by_class(state_of(run, None, None, **options), live, "word-column")]

    first, last, both = styles(**{"to-layer": "1"}), styles(**{"from-layer": "2"}), styles()
    assert first != last != both != first
    assert "layer 2 " in drawn(state_of(run, None, None, **{"from-layer": "2"}), live)


def test_what_the_tagger_refuses_is_said(run: Run, live: LiveTagger) -> None:
    assert "At most 500 can be analysed" in drawn(state_of(run, text=". , " * 300), live)
    assert "at most 12,000 are allowed" in drawn(state_of(run, text="x" * 13_000), live)

    def gone(_run: Run) -> Any:
        raise AnalysisError("The tagger of this run is gone.")

    without = LiveTagger(gone)
    assert "The tagger of this run is gone." in drawn(state_of(run), without)
    assert "Paris" in drawn(state_of(run), without), "the sentence stays"
    without.close()


def test_a_run_without_words_asks_for_text(live: LiveTagger) -> None:
    assert "Type a text" in drawn(state_of(make_run([([], [], [])])), live)


def sampled(seed: int = 0) -> Run:
    base = random_run(60, seed=seed)
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(len(base.words), 300, replace=False))
    strengths = random.gamma(0.3, size=(2, 300, 4)).astype(np.float32)
    values = neuron_values(rows, strengths, layers=(3, 6))
    sentences = [
        tuple(
            [None if code < 0 else base.tag_set.tags[code] for code in column[base.sentence_words(row)]]
            if column is not None
            else base.words.text.to_pylist()[base.sentence_words(row)]
            for column in (None, base.words.gold_tag, base.words.predicted_tag)
        )
        for row in range(len(base.sentences))
    ]
    return make_run(sentences, types=base.tag_set.types, seed=seed, **values)


@pytest.mark.parametrize(
    "clauses", [{}, {"min-confidence": "0.6"}, {"outcome": "missed"}, {"gold-type": "ORG", "component": "3.2"}]
)
def test_components_are_counted_under_the_other_clauses(clauses: dict[str, str]) -> None:
    run = sampled()
    state = state_of(run, clauses)
    layer = shown_layer(state, neuron_sample(run))
    assert layer.layer == (3 if "component" in clauses else 6)
    names = np.array([*run.tag_set.tags, ""])
    words = pd.DataFrame(
        {
            "text": run.words.text.to_pylist(),
            "gold": names[run.words.gold_tag],
            "predicted": names[run.words.predicted_tag],
            "selected": state.selection.without("component").masks(Scene(run)).words,
        }
    )
    for number, component in enumerate(corpus_components(state, layer)):
        strengths = pd.Series(layer.strengths[:, number], index=neuron_sample(run).rows)
        top = words.loc[strengths.nlargest(100, keep="first").index]
        inside = top[top.selected]
        assert (component.of, component.counted) == (100, len(inside))
        assert dict(component.words).items() <= inside.text.value_counts().to_dict().items()
        assert [count for _, count in component.words] == sorted(inside.text.value_counts(), reverse=True)[:36]
        known = inside[(inside.gold != "") & (inside.predicted != "")]
        assert component.wrong == (known.gold != known.predicted).sum()
        types = inside.gold.str.partition("-")[2].value_counts().to_dict()
        outside = types.pop("", 0)
        assert {name: count for name, _, count in component.mix.parts if name} == types
        assert {name: count for name, _, count in component.mix.parts}.get(None, 0) == outside
        sample = strengths[words.selected.reindex(strengths.index)]
        assert component.share_of_all == pytest.approx(strengths.sum() / layer.strengths.sum(), rel=1e-4)
        everything = pd.DataFrame(layer.strengths, index=strengths.index).loc[sample.index]
        assert component.share == pytest.approx(sample.sum() / everything.to_numpy().sum(), rel=1e-4)
        if len(sample) < 100:
            assert np.isnan(component.concentration), "one word is more than 1% of them"
        else:
            top = sample.nlargest(int(np.ceil(len(sample) / 100)))
            assert component.concentration == pytest.approx(top.sum() / sample.sum(), rel=1e-4)
        clicked = state_of(run, {**clauses, "component": component.value})
        assert component.counted == (clicked.masks.words).sum()
        assert component.chosen == (clauses.get("component") == component.value)


def test_the_sample_is_counted_under_the_selection() -> None:
    run = sampled()
    rows = neuron_sample(run).rows
    state = state_of(run, {"outcome": "missed", "component": "6.1"})
    gold, predicted = run.words.gold_tag, run.words.predicted_tag
    inside = rows[state_of(run, {"outcome": "missed"}).masks.words[rows]]
    title, _, body = draw_corpus(state)
    assert title == f"4 components of 64 neurons, over a sample of 300 words, {len(inside)} of them in the selection"
    drawn_body = str(static_html(body))
    assert f"'{len(inside)} words of the sample in the selection'" in drawn_body
    known = inside[(gold[inside] >= 0) & (predicted[inside] >= 0)]
    wrong = int((gold[known] != predicted[known]).sum())
    assert f"{wrong} of {len(inside)} words" in drawn_body
    assert "All 300 words of the sample" in str(static_html(draw_corpus(state_of(run))[2]))


def sentence_rows(run: Run, word: int) -> set[int]:
    """Rows of the words of a word's sentence."""
    rows = run.sentence_words(int(run.words.sentence[word]))
    return set(range(rows.start, rows.stop))


def test_selection_without_sample_words_shows_a_message_and_a_clear_button() -> None:
    run = sampled()
    rows, texts = set(neuron_sample(run).rows.tolist()), run.words.text.to_pylist()
    outside = next(
        {"ids": str(run.sentences.id[int(run.words.sentence[row])]), "word": text, "component": "6.1"}
        for row, text in enumerate(texts)
        if not any(texts[each] == text for each in rows & sentence_rows(run, row))
    )
    _, layers, body = draw_corpus(state_of(run, outside))
    assert "none of these is in the selection" in str(static_html(body))
    (button,) = [node for node in nodes(static_html(body).tree) if node[0] == "button"]
    assert json.loads(button[1]["data-navigate"]) == dict.fromkeys(outside)
    assert layers is not None, "the layer can be changed all the same"


def test_unsampled_layer_shows_the_last_one() -> None:
    run = sampled()
    assert shown_layer(state_of(run, layer="3"), neuron_sample(run)).layer == 3
    assert shown_layer(state_of(run, layer="4"), neuron_sample(run)).layer == 6


def test_runs_without_the_stage_or_without_layers_show_a_message() -> None:
    run = make_run(SENTENCES)
    assert "python -m analysis run" in str(static_html(draw_corpus(state_of(run))[2]))
    empty = neuron_values(np.zeros(0, np.int64), np.zeros((0, 0, 0), np.float32), layers=())
    empty["jsons"]["neurons"]["note"] = "No feed-forward layer was found."
    title, layers, body = draw_corpus(state_of(make_run(SENTENCES, **empty)))
    assert (title, layers) == ("", None)
    assert "No feed-forward layer was found." in str(static_html(body))


def test_sixty_types_unknown_to_the_tagger_are_shown() -> None:
    types = tuple(f"type-{number}" for number in range(60))
    sentence = (["a", "b"], ["B-type-59", "B-type-7"], ["O", "B-type-7"])
    strengths = np.array([[[1.0], [0.5]]], np.float32)
    run = make_run([sentence], types=types, **neuron_values(np.arange(2), strengths, layers=(1,)))
    assert "type-59 50.0%" in str(static_html(draw_corpus(state_of(run))[2]))
