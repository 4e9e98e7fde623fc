"""Sentences that also stand in other splits: how many, what they do to the scores, and each beside its likeness."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.clauses import Leaked
from analysis.clauses.duplicates import NONE, ONLY
from analysis.comparison import GoldSentence, compare, gold_sentence
from analysis.duplicates import distinct_text
from analysis.leaks import best_leaks, leaked_sentences, leaks_of, references_of, relabelled_leaks
from analysis.ledger import read_spans
from analysis.metrics import entity_scores
from analysis.similarity import level_of
from analysis.tags import TagSet, type_of
from app.state import View
from app.views.duplicate_groups import relabelled_words, threshold_in
from app.views.sentence_list import paged, sentence_item
from components import formats
from components.duplicates import disagreements, word_marks
from components.scores import ScoreRow, score_table
from components.sentence import SpanMark, segments, sentence_html

PAGE = 10

Bool = npt.NDArray[np.bool_]


def leak_rows(view: View) -> Bool:
    """Which rows of the leaks reach the threshold and are of a sentence in the selection."""
    leaks = leaks_of(view.run)
    selected = view.selection.without(Leaked.name).masks(view.run).sentences
    distinct = distinct_text(view.run)
    texts = np.zeros(int(distinct.max(initial=-1)) + 1, np.bool_)
    texts[distinct[selected & (distinct >= 0)]] = True
    rows: Bool = leaks.reaching(level_of(threshold_in(view))) & texts[leaks.text]
    return rows


def leaked_in(view: View) -> npt.NDArray[np.int64]:
    """The leaked sentences of the selection: those labelled otherwise first, then the most similar."""
    run, leaks = view.run, leaks_of(view.run)
    selected = view.selection.without(Leaked.name).masks(run).sentences
    found = np.flatnonzero(leaked_sentences(run, leak_rows(view)) & selected)
    best = best_leaks(run)[distinct_text(run)[found]]
    likeness = np.where(leaks.exact[best], np.float32(2), leaks.cosine[best])
    return found[np.lexsort((found, -likeness, ~relabelled_leaks(run)[found]))]


def leak_page(view: View, sentences: npt.NDArray[np.int64]) -> list[Component]:
    """Counts and scores, then one page of the sentences, each with the sentence of the reference under it."""
    best = best_leaks(view.run)[distinct_text(view.run)]
    return [_summary(view), *paged(view, sentences, lambda sentence: _item(view, sentence, int(best[sentence])), PAGE)]


def _summary(view: View) -> Component:
    return html.Div(
        [
            html.Div(reference_table(view), className="leak-references"),
            html.Div(score_table(score_rows(view), "Scored on"), className="leak-scores"),
        ],
        className="leak-summary",
    )


def reference_table(view: View) -> html.Table:
    """For each reference how many sentences of the selection it has, exactly and nearly."""
    run, leaks, rows = view.run, leaks_of(view.run), leak_rows(view)
    selected = view.selection.without(Leaked.name).masks(run).sentences
    heads = ("Exactly", "Nearly")
    body = []
    for number, reference in enumerate(references_of(run)):
        here = rows & (leaks.reference == number)
        exactly = leaked_sentences(run, here & leaks.exact)
        nearly = leaked_sentences(run, here & ~leaks.exact)
        counts = [int(np.count_nonzero(mask & selected)) for mask in (exactly, nearly)]
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


def score_rows(view: View) -> list[ScoreRow]:
    """Strict scores of the selection whole, of what leaked, and without it."""
    run = view.run
    likeness = f"{threshold_in(view):.2f}"
    leaked = leaked_sentences(run, leaks_of(run).reaching(level_of(threshold_in(view))))
    spans = view.selection.without(Leaked.name).masks(run).spans
    is_leaked = leaked[run.spans.sentence]
    chosen = view.selection.to_query().get(Leaked.name)
    rows: list[tuple[str, Bool, str | None]] = [
        ("all sentences", spans, None),
        ("leaked alone", spans & is_leaked, f"{ONLY}:{likeness}"),
        ("without leaked", spans & ~is_leaked, f"{NONE}:{likeness}"),
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
                hint="Let go of the filter" if value is None else f"Select the sentences: {name}",
            )
        )
    return result


def _item(view: View, sentence: int, row: int) -> Component:
    run, leaks = view.run, leaks_of(view.run)
    there = {name: leaks.table[name][row].as_py() for name in ("words", "tags", "source_row", "copies")}
    own = gold_sentence(run.words, run.sentences, run.tag_set.tags, sentence)
    other = GoldSentence(there["words"], there["tags"])
    found = compare(other, own)
    label = references_of(run)[int(leaks.reference[row])].label
    name = f"{label} #{there['source_row']}"
    likeness = "the same text" if leaks.exact[row] else f"cosine {formats.ratio(float(leaks.cosine[row]))}"
    copies = [] if there["copies"] == 1 else [f"{formats.count(there['copies'])} times there"]
    head = " · ".join([name, likeness, *copies])
    reference = html.Div(
        [
            html.Span(head, className="note"),
            reference_sentence(run.tag_set, other, _marks(other, found.aligned, found.relabelled, side=0)),
        ],
        className="leak-reference",
    )
    return sentence_item(
        view,
        sentence,
        [formats.counted(len(own.words), "word")],
        more=[reference, *disagreements(relabelled_words(run, found, other, own), "here", "there")],
        marks=_marks(own, found.aligned, found.relabelled, side=1),
    )


def _marks(sentence: GoldSentence, aligned: Any, relabelled: Any, side: int) -> list[str]:
    return word_marks(len(sentence.words), [pair[side] for pair in aligned], [pair[side] for pair in relabelled])


def reference_sentence(tag_set: TagSet, sentence: GoldSentence, marks: list[str]) -> html.Div:
    """A sentence of another split with its labels, which nobody predicts: they are drawn as if they were right."""
    known = dict.fromkeys(tag_set.types)
    types = TagSet((*known, *(name for tag in sentence.tags if tag and (name := type_of(tag)) and name not in known)))
    codes = np.array([types.tag_codes[tag] if tag else -1 for tag in sentence.tags], np.int64)
    spans = read_spans(codes, np.zeros(len(codes), np.int64))
    drawn = []
    for start, end, code in zip(spans.start.tolist(), spans.end.tolist(), spans.type.tolist(), strict=True):
        bounds, kind = (start, end), (types.types[code], code)
        drawn.append(SpanMark(bounds, kind, bounds, kind, "correct"))
    before_all_rows = -len(sentence.words) - 1  # none of them is a word of the run
    return sentence_html(segments(sentence.words, before_all_rows, drawn), marks=marks)
