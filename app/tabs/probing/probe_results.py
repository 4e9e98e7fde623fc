"""The taggings of the typed texts, line by line."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from dash import html
from dash.development.base_component import Component

from analysis.errors import AnalysisError
from analysis.probing.counterfactuals import PLAIN, swapped
from analysis.probing.tagged_text import TaggedText
from analysis.probing.tagging_diff import TaggingDiff, diff_taggings
from analysis.probing.typed_text import vocabulary_of
from analysis.run.figures import has_confidences
from analysis.run.run import Run
from analysis.run.run_cache import RunCache
from analysis.run.tags import MISSING, type_of
from app.options import Choice, Number, WholeNumber
from app.server.live import LiveTagger
from app.state import ViewState
from app.tabs.probing.probe_starters import starting_points
from app.views.typed_text import ProbedText, earlier_lines, lines_of, sentence_text
from components import formats
from components.panels import data_attributes, empty_state
from components.probing import LabelChange, ProbedWord, TagMark, change_list, probe_table
from components.sentence import SpanMark, segments, sentence_html
from components.static_html import Element, element

if TYPE_CHECKING:
    from analysis.taggers.backend import WordTagger
    from analysis.taggers.huggingface.model import Tagger

LEAST_SIMILARITY = 0.25
"""Minimum share of equal words, ignoring case, for a line to count as an edit of an earlier text."""
MOVED = 0.05
"""Minimum change of a probability that is listed if the label stays the same."""
MOVES = 3
OPEN_TABLES = 3
"""Maximum number of lines for which the tables are expanded."""
SHADE = 0.55
SENTENCE, EARLIER = "the sentence in the corpus", "the earlier text"

_TAGGED: RunCache[Mapping[str, TaggedText]] = RunCache(64)
_SPLITTING: RunCache[str] = RunCache(1)


FLAG = Number("flag", default=0.8, least=0, most=1)
"""Words with a lower probability are flagged."""
LISTED = Choice("listed", ("all", "marked"))
SWAPS = WholeNumber("swaps", default=0, least=0)
"""Number of entities that were swapped so far."""


@dataclass(frozen=True)
class _Line:
    """A tagged line of the text box.

    Attributes:
        number: Number of the line, from 0, including empty lines.
        tagged: The tagging.
        against: Name of the earlier text that the line is compared with, or "".
        diff: Differences from the earlier tagging, or None.
        before: The earlier tagging, or None.
    """

    number: int
    tagged: TaggedText
    against: str = ""
    diff: TaggingDiff | None = None
    before: TaggedText | None = None


def splitting(run: Run, live: LiveTagger) -> str:
    """How texts are split into words for the run's tagger; raises LiveError without a tagger."""
    return live.answer(run, lambda tagger: _splitting(run, tagger))


def _splitting(run: Run, tagger: Tagger | WordTagger) -> str:
    from analysis.probing.tag_texts import text_splitting  # noqa: PLC0415 - imports torch, which only this thread loads

    return _SPLITTING.get(run, None, lambda: text_splitting(run, tagger))


def results(state: ViewState, live: LiveTagger, probed: ProbedText) -> tuple[Any, str]:
    """The list of lines, and its counts."""
    try:
        lines = _tagged_lines(state, live, probed)
    except AnalysisError as error:
        return empty_state(str(error)), ""
    if not lines:
        return starting_points(state), ""
    threshold, only_marked = state[FLAG], state[LISTED] == "marked"
    drawn = [
        _item(state, line, threshold, only_marked=only_marked, is_open=len(lines) <= OPEN_TABLES) for line in lines
    ]
    if not probed.in_link:
        drawn.insert(0, html.P("This text is too long for a link. It is only kept in this page.", className="note"))
    words = sum(len(line.tagged.words) for line in lines)
    entities = sum(len(line.tagged.spans) for line in lines)
    counted = formats.counted(words, "word")
    if has_confidences(state.run):
        low = sum(int((line.tagged.p < threshold).sum()) for line in lines)
        counted = f"{low:,} of {counted} low"
    return drawn, f"{formats.counted(entities, 'entity', 'entities')} · {counted}"


def _tagged_lines(state: ViewState, live: LiveTagger, probed: ProbedText) -> list[_Line]:
    lines = lines_of(probed.text)
    try:
        earlier = earlier_lines(lines_of(probed.before), lines)
    except AnalysisError:  # the earlier text was too long
        earlier = [None] * len(lines)
    sentence = None if state.focus is None else sentence_text(state.run, state.focus)
    written = [number for number, line in enumerate(lines) if line.strip()]
    befores = [earlier[number] for number in written]
    texts = [*(lines[number] for number in written), *(text for text in (sentence, *befores) if text and text.strip())]
    tagged = _tag(state.run, live, texts)
    return [
        _line(number, tagged[lines[number]], tagged.get(sentence or ""), tagged.get(before or ""))
        for number, before in zip(written, befores, strict=True)
    ]


def _line(number: int, tagged: TaggedText, sentence: TaggedText | None, earlier: TaggedText | None) -> _Line:
    for name, before in ((SENTENCE, sentence), (EARLIER, earlier)):
        if before is not None and (diff := diff_taggings(before, tagged)).similarity >= LEAST_SIMILARITY:
            return _Line(number, tagged, name, diff, before)
    return _Line(number, tagged)


def _tag(run: Run, live: LiveTagger, texts: Collection[str]) -> Mapping[str, TaggedText]:
    """The tagging of each text; recent taggings are cached."""
    distinct = tuple(dict.fromkeys(texts))

    def work(tagger: Tagger | WordTagger) -> Mapping[str, TaggedText]:
        from analysis.probing.tag_texts import tag_texts  # noqa: PLC0415 - as above

        taggings = tag_texts(tagger, distinct, _splitting(run, tagger), vocabulary_of(run))
        return dict(zip(distinct, taggings, strict=True))

    if not distinct:
        return {}
    return _TAGGED.get(run, distinct, lambda: live.answer(run, work))


def _item(state: ViewState, line: _Line, threshold: float, *, only_marked: bool, is_open: bool) -> Component:
    tagged, diff = line.tagged, line.diff
    words = _probed_words(state.run, line, threshold)
    facts = [
        f"line {line.number + 1}",
        formats.counted(len(words), "word"),
        formats.counted(len(tagged.spans), "entity", "entities"),
    ]
    buttons = html.Div(_counterfactuals(state, line), className="elsewhere")
    head = html.Div([html.Span(" · ".join(facts), className="note"), buttons], className="item-head")
    parts: list[Any] = [head, _annotated(state.run, tagged, words)]
    if diff is not None and line.before is not None and line.before.text == tagged.text:
        parts.append(html.P("This text is unchanged from the corpus.", className="note"))
        diff = None
    if diff is not None and line.before is not None:
        parts.append(_changes(state.run, line.before, tagged, diff, words, line.against))
    parts.append(_table(words, threshold, tagged, only_marked=only_marked, compared=diff is not None, is_open=is_open))
    return html.Article(parts, className="item probe-line")


def _probed_words(run: Run, line: _Line, threshold: float) -> list[ProbedWord]:
    tagged, diff, before = line.tagged, line.diff, line.before
    found = []
    for number, word in enumerate(tagged.words):
        was: TagMark | None = None
        delta = float("nan")
        is_new = diff is not None and diff.counterparts[number] == MISSING
        if diff is not None and before is not None and diff.counterparts[number] != MISSING:
            earlier = before.predicted[diff.counterparts[number]]
            was = _mark(run, earlier) if earlier != tagged.predicted[number] else None
            delta = float(diff.deltas[number])
        found.append(
            ProbedWord(
                text=word.text,
                predicted=_mark(run, tagged.predicted[number]),
                p=float(tagged.p[number]),
                second=_mark(run, tagged.second(number)),
                p_second=float(tagged.p_second[number]),
                low=bool(tagged.p[number] < threshold),
                was=was,
                delta=delta,
                is_new=is_new,
            )
        )
    return found


def _mark(run: Run, tag: str | None) -> TagMark | None:
    return None if tag is None else (tag, _type_code(run, type_of(tag)))


def _type_code(run: Run, name: str | None) -> int:
    return -1 if name is None else run.tag_set.type_codes.get(name, -1)


def _annotated(run: Run, tagged: TaggedText, words: Sequence[ProbedWord]) -> Component:
    """The typed text with underlined entities and a background for uncertain words."""
    marks = []
    for span in tagged.spans:
        mark = (span.type, _type_code(run, span.type))
        marks.append(SpanMark(None, None, (span.start, span.end), mark, "correct"))
    stops = [*(word.start for word in tagged.words[1:]), len(tagged.text)]
    gaps = [tagged.text[word.end : stop] for word, stop in zip(tagged.words, stops, strict=bool(tagged.words))]
    no_row = -len(words) - 1  # the words are not words of the run
    parts = segments([word.text for word in words], no_row, marks)
    return sentence_html(parts, [SHADE if word.low else 0.0 for word in words], gaps)


def _changes(
    run: Run,
    before: TaggedText,
    after: TaggedText,
    diff: TaggingDiff,
    words: Sequence[ProbedWord],
    against: str,
) -> Element:
    changes = []
    for change in diff.changes:
        now = "" if change.after is None else after.text[slice(*after.characters(change.after))]
        was = "" if change.before is None else before.text[slice(*before.characters(change.before))]
        changes.append(
            LabelChange(
                kind=change.kind,
                words=now or was,
                before=None if change.before is None else (change.before.type, _type_code(run, change.before.type)),
                after=None if change.after is None else (change.after.type, _type_code(run, change.after.type)),
                words_before=was if now and was.casefold() != now.casefold() else "",
            )
        )
    steady = [word for word in words if word.was is None and abs(word.delta) >= MOVED]
    moves = sorted(steady, key=lambda word: -abs(word.delta))[:MOVES]
    return change_list(changes, moves, against)


def _table(
    words: Sequence[ProbedWord],
    threshold: float,
    tagged: TaggedText,
    *,
    only_marked: bool,
    compared: bool,
    is_open: bool,
) -> Element:
    shown = words
    if only_marked:
        inside = {number for span in tagged.spans for number in range(span.start, span.end)}
        shown = [word for number, word in enumerate(words) if number in inside or word.low or word.was is not None]
    rest = len(words) - len(shown)
    scored = not all(isnan(word.p) for word in words)
    left_out = formats.counted(rest, "confident word" if scored else "word")
    summary = f"Words ({left_out} without an entity hidden)" if rest else "Words"
    return element(
        "details",
        element("summary", summary),
        probe_table(shown, threshold, scored=scored, compared=compared),
        open=is_open,
        className="probe-words",
    )


def _counterfactuals(state: ViewState, line: _Line) -> list[Component]:
    """Buttons that replace the line by a variant of it."""
    text, turn = line.tagged.text, state[SWAPS]
    buttons = [_rewrites(line.number, name, text, change(text)) for name, change in PLAIN.items()]
    swap = swapped(state.run, line.tagged, turn)
    if swap is None:
        return [
            *buttons,
            _rewrites(line.number, "swap an entity", text, text, "The corpus has no other entity of these types"),
        ]
    title = f"Replace {swap.old} by {swap.new}, another entity of its type in the corpus"
    return [*buttons, _rewrites(line.number, "swap an entity", text, swap.text, title, turn + 1)]


def _rewrites(line: int, name: str, old: str, new: str, title: str = "", swaps: int | None = None) -> html.Button:
    changes = {"line": line, "text": new, "swaps": swaps}
    return html.Button(
        name,
        type="button",
        className="quiet-button",
        disabled=new == old,
        title=title or ("This would change nothing" if new == old else f"Change this line: {name}"),
        **data_attributes(rewrite=json.dumps(changes)),
    )
