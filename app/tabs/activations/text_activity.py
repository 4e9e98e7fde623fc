"""The activity of the tagger's neurons in one text: the focused sentence, or a typed text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from analysis.neurons.text_components import TextActivity, TextComponents, text_components
from analysis.probing.tagged_text import TaggedText
from analysis.probing.typed_text import cut_texts, splitting_of, vocabulary_of
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.tags import MISSING, type_codes_of, type_of
from app.frame.controls import nothing_selected
from app.options import Choice, WholeNumber
from app.server.live import LiveTagger
from app.state import ViewState
from app.view_options import TEXT
from app.views.elsewhere import elsewhere
from app.views.sentence_parts import sentence_segments
from app.views.typed_text import KeptText, lines_of, sentence_words
from components import formats
from components.activity import TagMark, WordColumn, component_cards, fact_heads, layer_strip, word_columns
from components.panels import Changes, empty_state, navigates
from components.sentence import sentence_html
from components.static_html import element

if TYPE_CHECKING:
    from analysis.taggers.huggingface.model import Tagger

SHORT = 36
"""A text of at most this many words is drawn large."""


LINE = WholeNumber("line", default=1, least=1)
"""The shown line, from 1, if several lines are typed."""
FROM_LAYER = WholeNumber("from-layer", default=1, least=1)
TO_LAYER = WholeNumber("to-layer", default=0, least=0)
"""0 is the last layer."""
COMPONENTS = WholeNumber("components", default=6, least=2, most=10)
SPECIAL = Choice("special", ("without", "with"))
"""Whether special tokens are included."""


@dataclass(frozen=True)
class Activity:
    """The tagger's answer about a text.

    Attributes:
        neurons: Activity of the neurons.
        tagged: Tagging of typed text; None for a sentence of the corpus, whose tagging is in the run.
    """

    neurons: TextActivity
    tagged: TaggedText | None = None


_ACTIVITIES: RunCache[Activity] = RunCache(2)
"""A small cache, because activities are large; clicks on layers and numbers of components need the same one again."""

Work = Callable[["Tagger"], Activity]


@dataclass(frozen=True)
class ShownText:
    """The shown text.

    Attributes:
        words: Words of the corpus sentence; None for typed text, which the tagger's tokenizer splits.
        typed: The shown line of the typed text, or "".
        line: Number of the line among the non-empty lines, from 1.
        lines: Number of non-empty lines.
        sentence: Row of the corpus sentence, or None.
        first: Row of the sentence's first word.
    """

    words: tuple[str, ...] | None
    typed: str = ""
    line: int = 1
    lines: int = 1
    sentence: int | None = None
    first: int = 0


@dataclass(frozen=True)
class Drawn:
    """The parts of the panel.

    Attributes:
        title: Describes the shown text.
        layers: The layer control, or None if the layers are not known.
        body: Everything else.
    """

    title: str
    layers: Any
    body: Any


def shown_text(state: ViewState, kept: KeptText | None) -> ShownText | None:
    """The typed text, else the focused sentence, else the sentence of the selected word with the largest loss.

    Args:
        state: The state; a `text` in the URL takes precedence.
        kept: Typed text that the page keeps because it is too long for a link.

    Raises:
        AnalysisError: The typed text is too long.
    """
    text = state[TEXT]
    if not text and kept and (kept.get("run"), kept.get("focus")) == (state.run.id, state.focus):
        text = kept.get("text") or ""
    lines = [line for line in lines_of(text) if line.strip()]
    if lines:
        line = min(state[LINE], len(lines))
        return ShownText(None, lines[line - 1], line, len(lines))
    word = focus_or_worst(state)
    if word is None:
        return None
    sentence = int(state.run.words.sentence[word])
    first = state.run.sentence_words(sentence).start
    return ShownText(tuple(sentence_words(state.run, word)), sentence=sentence, first=first)


def focus_or_worst(state: ViewState) -> int | None:
    """The focused word, else the selected word with the largest loss, so that the tab opens with an error."""
    if state.focus is not None:
        return state.focus
    selected = np.flatnonzero(state.selection.masks(state.scene).words)
    if not len(selected):
        return None
    return int(selected[np.argmax(np.nan_to_num(state.run.words.loss[selected], nan=-1.0))])


def no_word(state: ViewState) -> Component:
    """Why no sentence is shown."""
    if not len(state.run.words):
        return empty_state("This run has no words. Type a text.")
    return nothing_selected(state, "This selection has no word. Clear it, or type a text.")


def draw_text(state: ViewState, live: LiveTagger, kept: KeptText | None) -> Drawn:
    """The panel of one text."""
    try:
        text = shown_text(state, kept)
    except AnalysisError as error:
        return Drawn("", None, empty_state(str(error)))
    if text is None:
        return Drawn("", None, no_word(state))
    try:
        answer = _activity_of(state, live, text)
    except AnalysisError as error:
        return Drawn(_title(state, text), None, [empty_state(str(error)), *_sentence(state, text)])
    layers = len(answer.neurons.layers)
    first, last = chosen_layers(state, layers)
    found = text_components(answer.neurons, first, last, state[COMPONENTS], with_special=state[SPECIAL] == "with")
    which = f"layer {first}" if first == last else f"layers {first}–{last}"
    title = f"{_title(state, text)} · {which} · {formats.percent(1 - found.error**2)} of the activity explained"
    body = [*_sentence(state, text), *_components(state, text, found, answer.tagged)]
    return Drawn(title, layer_strip(layers, first, last), body)


def chosen_layers(state: ViewState, available: int) -> tuple[int, int]:
    """First and last layer of the URL, limited to the available layers; `to-layer` 0 is the last layer."""
    first = min(state[FROM_LAYER], available)
    last = min(state[TO_LAYER] or available, available)
    return min(first, last), max(first, last)


def _activity_of(state: ViewState, live: LiveTagger, text: ShownText) -> Activity:
    run = state.run
    work = _typed_work(run, text.typed) if text.words is None else _sentence_work(text.words)
    return _ACTIVITIES.get(run, (text.words, text.typed), lambda: live.answer(run, work))


def _typed_work(run: Run, typed: str) -> Work:
    def work(tagger: Tagger) -> Activity:
        from analysis.neurons.activations import text_activity  # noqa: PLC0415 - imports torch, which must not be loaded before the fork
        from analysis.probing.tag_texts import tag_texts  # noqa: PLC0415 - as above

        splitting, kept = splitting_of(run, tagger.encoder), vocabulary_of(run)
        cut = cut_texts(tagger.encoder, [typed], splitting, kept)
        activity = text_activity(tagger, [word.text for word in cut.words[0]], cut.subwords)
        return Activity(activity, tag_texts(tagger, [typed], splitting, kept)[0])

    return work


def _sentence_work(words: tuple[str, ...]) -> Work:
    def work(tagger: Tagger) -> Activity:
        from analysis.neurons.activations import text_activity  # noqa: PLC0415 - as above

        return Activity(text_activity(tagger, words, tagger.encoder.encode(words, np.array([0, len(words)], np.int64))))

    return work


def _title(state: ViewState, text: ShownText) -> str:
    if text.sentence is None:
        return "typed text" if text.lines == 1 else f"line {text.line} of {text.lines}"
    words = formats.counted(int(state.run.sentences.word_count[text.sentence]), "word")
    return f"#{int(state.run.sentences.source_row[text.sentence])} · {words}"


def _sentence(state: ViewState, text: ShownText) -> list[Any]:
    """The annotated corpus sentence; for typed text, buttons to its other lines and back to the corpus."""
    if text.sentence is not None:
        parts = sentence_segments(state.run, text.sentence, state.focus)
        others = html.Div(elsewhere(state.run, focus_or_worst(state), "activations"), className="elsewhere")
        return [html.Div([sentence_html(parts), others], className="activity-sentence")]
    back = "Back to the focused sentence" if state.focus is not None else "Back to the corpus"
    steps = [
        _step("‹ Previous line", text.line - 1, text.line > 1),
        _step("Next line ›", text.line + 1, text.line < text.lines),
    ]
    changes: Changes = {"text": None, "before": None, "line": None}
    leave = html.Button(back, type="button", className="quiet-button activity-back", **navigates(changes))
    return [html.Div([*(steps if text.lines > 1 else []), leave], className="activity-typed-foot")]


def _size(words: int) -> str:
    """CSS class of a text's size."""
    return "short" if words <= SHORT else ""


def _step(text: str, line: int, usable: bool) -> html.Button:
    changes = {"line": str(line) if line > 1 else None}
    return html.Button(text, type="button", className="quiet-button", disabled=not usable, **navigates(changes))


def _components(state: ViewState, text: ShownText, found: TextComponents, tagged: TaggedText | None) -> list[Any]:
    if not found.strengths.shape[1]:
        return [empty_state("No neuron is active at these words.")]
    columns = [
        _word_column(state, text, name, word, tagged)
        for name, word in zip(found.names, found.words.tolist(), strict=True)
    ]
    cards = component_cards(found.names, found.strengths, found.shares)
    return [
        element(
            "div",
            element("div", fact_heads(columns), *cards, className="component-cards"),
            element("div", *word_columns(columns, found.strengths), className=f"word-columns {_size(len(columns))}"),
            className="activity-table",
        )
    ]


def _word_column(state: ViewState, text: ShownText, name: str, word: int, tagged: TaggedText | None) -> WordColumn:
    """A word of the text, by its position, with its prediction, gold tag and loss; position -1 is a special token."""
    run = state.run
    if word < 0:
        return WordColumn(name, special=True)
    if tagged is not None:
        tag = tagged.predicted[word]
        return WordColumn(name, predicted=None if tag is None else (tag, _type_code(run, tag)), p=float(tagged.p[word]))
    row = text.first + word
    return WordColumn(
        name,
        row=row,
        focus=row == state.focus,
        predicted=_mark(run, int(run.words.predicted_tag[row])),
        p=float(run.words.p_predicted[row]),
        gold=_mark(run, int(run.words.gold_tag[row])) if run.words.is_wrong[row] else None,
        loss=float(run.words.loss[row]),
    )


def _mark(run: Run, code: int) -> TagMark | None:
    return None if code == MISSING else (run.tag_set.tags[code], int(type_codes_of(np.array([code]))[0]))


def _type_code(run: Run, tag: str) -> int:
    name = type_of(tag)
    return MISSING if name is None else run.tag_set.type_codes.get(name, MISSING)
