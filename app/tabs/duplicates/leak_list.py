"""Sentences that also occur in other splits: their number, their effect on the scores, and each beside its match."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.duplicates.comparison import Comparison, GoldSentence, compare, gold_sentence
from analysis.duplicates.leaks import (
    NO_ROW,
    leak_rows,
    leaked_sentences,
    leaks_of,
    leaks_with_differing_labels,
    references_of,
)
from analysis.duplicates.similarity import level_of
from analysis.run.run import Run
from analysis.run.tags import TagSet, type_of
from analysis.scores.ledger import read_spans
from analysis.scores.metrics import entity_scores
from analysis.selection.clauses import Leaked
from analysis.selection.clauses.duplicates import NONE, ONLY
from app.state import ViewState
from app.tabs.duplicates.duplicate_groups import label_differences, threshold_in
from app.views.sentence_list import paged, sentence_item
from components import formats
from components.duplicates import disagreements, word_marks
from components.scores import ScoreRow, score_table
from components.sentence import SpanMark, segments, sentence_html

PAGE_SIZE = 10

Bool = npt.NDArray[np.bool_]


def rows_in(state: ViewState) -> npt.NDArray[np.int64]:
    """`analysis.duplicates.leaks.leak_rows` of the leaks that reach the threshold: references x sentences."""
    rows = leak_rows(state.run)
    reaching = np.append(leaks_of(state.run).reaching(level_of(threshold_in(state))), False)
    return np.where(reaching[rows], rows, NO_ROW)


def leaked_in(state: ViewState) -> npt.NDArray[np.int64]:
    """The leaked sentences of the selection: those with different labels first, then the most similar ones."""
    leaks, rows = leaks_of(state.run), rows_in(state)
    leaked = rows != NO_ROW
    found = np.flatnonzero(leaked.any(axis=0) & _selected(state))
    similarity = np.append(np.where(leaks.exact, np.float32(2), leaks.cosine), np.float32(-2))[rows[:, found]]
    differing_labels = (leaks_with_differing_labels(state.run) & leaked)[:, found].any(axis=0)
    return found[np.lexsort((found, -similarity.max(axis=0, initial=-2), ~differing_labels))]


def leak_page(state: ViewState, sentences: npt.NDArray[np.int64]) -> list[Component]:
    """Counts and scores, then one page of sentences, each with its matches in the references."""
    leaks, rows = leaks_of(state.run), rows_in(state)

    def item(sentence: int) -> Component:
        own = [int(row) for row in rows[:, sentence] if row != NO_ROW]
        own.sort(key=lambda row: (not leaks.exact[row], -leaks.cosine[row]))
        return _item(state, sentence, own)

    return [_summary(state), *paged(state, sentences, item, PAGE_SIZE)]


def _selected(state: ViewState) -> Bool:
    return state.selection.without(Leaked.name).masks(state.scene).sentences


def _summary(state: ViewState) -> Component:
    return html.Div(
        [
            html.Div(reference_table(state), className="leak-references"),
            html.Div(score_table(score_rows(state), "Scored on"), className="leak-scores"),
        ],
        className="leak-summary",
    )


def reference_table(state: ViewState) -> html.Table:
    """For each reference, how many selected sentences occur in it, exactly and nearly."""
    run, leaks, rows, selected = state.run, leaks_of(state.run), rows_in(state), _selected(state)
    is_exact = np.append(leaks.exact, False)
    heads = ("Exact", "Near")
    body = []
    for number, reference in enumerate(references_of(run)):
        leaked, exact = rows[number] != NO_ROW, is_exact[rows[number]]
        counts = [int(np.count_nonzero(mask & selected)) for mask in (leaked & exact, leaked & ~exact)]
        title = f"{formats.counted(reference.sentences, 'sentence')} in the reference"
        body.append(
            html.Tr(
                [
                    html.Th([reference.label, html.Span(title, className="note")], scope="row"),
                    *(html.Td(formats.count(count), className="number") for count in counts),
                ]
            )
        )
    head = html.Tr(
        [html.Th("Reference", scope="col"), *(html.Th(name, scope="col", className="number") for name in heads)]
    )
    return html.Table([html.Thead(head), html.Tbody(body)], className="figures-table")


def score_rows(state: ViewState) -> list[ScoreRow]:
    """Strict scores of all selected sentences, of the leaked ones, and of the others."""
    run = state.run
    threshold = f"{threshold_in(state):.2f}"
    leaked = leaked_sentences(run, leaks_of(run).reaching(level_of(threshold_in(state))))
    spans = state.selection.without(Leaked.name).masks(state.scene).spans
    is_leaked = leaked[run.spans.sentence]
    chosen = state.selection.to_query().get(Leaked.name)
    rows: list[tuple[str, Bool, str | None]] = [
        ("all sentences", spans, None),
        ("leaked only", spans & is_leaked, f"{ONLY}:{threshold}"),
        ("without leaked", spans & ~is_leaked, f"{NONE}:{threshold}"),
    ]
    result = []
    for name, mask, value in rows:
        micro = entity_scores(run, mask).micro
        result.append(
            ScoreRow(
                label=name,
                type_code=-1,
                precision=micro.precision,
                recall=micro.recall,
                f1=micro.f1,
                support=micro.support,
                predicted=micro.predicted,
                changes={Leaked.name: value},
                selected=value == chosen,
                hint="Clear this filter" if value is None else f"Select the sentences: {name}",
            )
        )
    return result


def _item(state: ViewState, sentence: int, rows: list[int]) -> Component:
    """A sentence with its matches in the references (`rows`, most similar first)."""
    run = state.run
    own = gold_sentence(run.words, run.sentences, run.tag_set.tags, sentence)
    references: list[Component] = []
    shared: list[int] = []
    differing_labels: set[int] = set()
    for row in rows:
        columns = {name: leaks_of(run).table[name][row].as_py() for name in ("words", "tags")}
        other = GoldSentence(**columns)
        found = compare(other, own)
        shared = shared or [here for _, here in found.aligned]
        differing_labels.update(here for _, here in found.differing_labels)
        references.append(_reference(run, row, other, found))
        references += disagreements(label_differences(run, found, other, own), "here", "in the reference")
    marks = word_marks(len(own.words), shared, sorted(differing_labels))
    return sentence_item(state, sentence, [formats.counted(len(own.words), "word")], more=references, marks=marks)


def _reference(run: Run, row: int, sentence: GoldSentence, found: Comparison) -> Component:
    leaks = leaks_of(run)
    source_row, copies = (leaks.table[name][row].as_py() for name in ("source_row", "copies"))
    head = [
        f"{references_of(run)[int(leaks.reference[row])].label} #{source_row}",
        "same text" if leaks.exact[row] else f"cosine {formats.ratio(float(leaks.cosine[row]))}",
        *([] if copies == 1 else [f"{formats.count(copies)} copies"]),
    ]
    shared, differing_labels = ([there for there, _ in pairs] for pairs in (found.aligned, found.differing_labels))
    drawn = reference_sentence(run.tag_set, sentence, word_marks(len(sentence.words), shared, differing_labels))
    return html.Div([html.Span(" · ".join(head), className="note"), drawn], className="leak-reference")


def reference_sentence(tag_set: TagSet, sentence: GoldSentence, marks: list[str]) -> html.Div:
    """A sentence of a reference; it has no predictions, so its gold entities are drawn like correct ones."""
    known = dict.fromkeys(tag_set.types)
    types = TagSet((*known, *(name for tag in sentence.tags if tag and (name := type_of(tag)) and name not in known)))
    codes = np.array([types.tag_codes[tag] if tag else -1 for tag in sentence.tags], np.int64)
    spans = read_spans(codes, np.zeros(len(codes), np.int64))
    drawn = []
    for start, end, code in zip(spans.start.tolist(), spans.end.tolist(), spans.type.tolist(), strict=True):
        bounds, kind = (start, end), (types.types[code], code)
        drawn.append(SpanMark(bounds, kind, bounds, kind, "correct"))
    before_all_rows = -len(sentence.words) - 1  # its words are not words of the run
    return sentence_html(segments(sentence.words, before_all_rows, drawn), marks=marks)
