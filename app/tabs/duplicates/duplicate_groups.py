"""Groups of similar sentences, page by page: each sentence with the one that it is linked to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from analysis.duplicates.comparison import Comparison, GoldSentence, compare, gold_sentence, label_name
from analysis.duplicates.groups import DEFAULT_THRESHOLD, EXACT, Groups, Member, groups_of, members_of
from analysis.duplicates.similarity import LOWEST
from analysis.run.run import Run
from analysis.run.tags import MISSING, type_of
from analysis.selection.clauses import Duplicates
from app.options import Number
from app.state import ViewState
from app.view_options import PAGE
from app.views.sentence_list import pager, sentence_item
from components import formats
from components.duplicates import Label, LabelDifference, disagreements, group_card, missing_words, word_marks
from components.panels import navigates

THRESHOLD = Number("threshold", default=DEFAULT_THRESHOLD, least=LOWEST, most=1)
"""Minimum cosine of near duplicates."""
PAGE_SIZE = 8
"""Groups per page."""
MEMBERS, SELECTED_MEMBERS = 5, 40
"""Maximum number of shown sentences of a group, and of the selected group."""


def threshold_in(state: ViewState) -> float:
    """The threshold in the URL, rounded to two decimals."""
    return round(state[THRESHOLD], 2)


def shown_groups(state: ViewState, kind: str) -> tuple[Groups, npt.NDArray[np.int64]]:
    """The groups of a kind, and the ordered numbers of those with a sentence in the selection."""
    groups = groups_of(state.run, kind, threshold_in(state))
    selected = state.selection.without(Duplicates.name).masks(state.scene).sentences
    present = np.zeros(len(groups.size) + 1, dtype=bool)  # the last is for sentences in no group
    present[groups.of_sentence[selected]] = True
    return groups, groups.order[present[groups.order]]


def group_page(state: ViewState, groups: Groups, numbers: npt.NDArray[np.int64]) -> list[Component]:
    """One page of groups, with buttons to the other pages."""
    pages = max(-(-len(numbers) // PAGE_SIZE), 1)
    page = min(state[PAGE], pages)
    cards: list[Component] = [
        _card(state, groups, int(number)) for number in numbers[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ]
    return [*cards, pager(page, pages)] if pages > 1 else cards


def _card(state: ViewState, groups: Groups, number: int) -> Component:
    run = state.run
    first, size, texts = int(groups.first[number]), int(groups.size[number]), int(groups.texts[number])
    clause = Duplicates(groups.level if texts > 1 else EXACT, first, int(run.sentences.source_row[first]))
    select = {Duplicates.name: clause.value}
    chosen = state.selection.to_query().get(Duplicates.name) == clause.value
    members = members_of(run, groups, number, SELECTED_MEMBERS if chosen else MEMBERS)
    if texts == 1:
        title, facts = f"{formats.count(size)} copies", []
    else:
        title = formats.counted(size, "sentence")
        weakest = formats.ratio(float(groups.similarity[number]))
        facts = [formats.counted(texts, "text"), f"cosine {weakest}{' or more' if texts > 2 else ''}"]
    rest = []
    if size > len(members):
        changes = {**select, "tab": "raw"}
        button = html.Button("Show all in Raw data", type="button", className="quiet-button", **navigates(changes))
        rest = [html.P([f"and {formats.count(size - len(members))} more", button], className="group-rest")]
    return group_card(
        title,
        facts,
        _items(state, members, is_pair=size == 2),
        disagrees=bool(groups.disagrees[number]),
        chosen=chosen,
        select=select,
        rest=rest,
    )


def _items(state: ViewState, members: Sequence[Member], *, is_pair: bool) -> list[Component]:
    """The sentences of a group; in a pair, each sentence is marked where it differs from the other."""
    return [
        _pair_head(state, members[0], members[1]) if is_pair and member.other is None else _item(state, member, is_pair)
        for member in members
    ]


def _pair_head(state: ViewState, first: Member, second: Member) -> Component:
    found = _compared(state.run, second.sentence, first.sentence)
    marks = word_marks(
        int(state.run.sentences.word_count[first.sentence]),
        [other for other, _ in found.aligned],
        [other for other, _ in found.differing_labels],
    )
    return sentence_item(state, first.sentence, [_length(state.run, first.sentence)], marks=marks)


def _item(state: ViewState, member: Member, is_pair: bool) -> Component:
    run, sentence = state.run, member.sentence
    if member.other is None:
        return sentence_item(state, sentence, [_length(run, sentence)])
    found = _compared(run, sentence, member.other)
    name = _name(run, member.other)
    one, other = _gold(run, sentence), _gold(run, member.other)
    marks = word_marks(len(one.words), [at for _, at in found.aligned], [at for _, at in found.differing_labels])
    similarity = f"same text as {name}" if member.same_text else f"cosine {formats.ratio(member.cosine)} to {name}"
    shared = {at for at, _ in found.aligned}
    absent = [] if is_pair else [word for at, word in enumerate(other.words) if at not in shared]
    return sentence_item(
        state,
        sentence,
        [_length(run, sentence), similarity],
        more=[
            *missing_words(absent, name),
            *disagreements(label_differences(run, found, other, one), "here", f"in {name}"),
        ],
        marks=marks,
    )


def _compared(run: Run, sentence: int, other: int) -> Comparison:
    """Compare two sentences; in the resulting pairs of positions, that of `other` comes first."""
    return compare(_gold(run, other), _gold(run, sentence))


def label_differences(run: Run, found: Comparison, other: GoldSentence, one: GoldSentence) -> list[LabelDifference]:
    """The words of `one` that have a different label in `other`.

    Args:
        run: The run, for the colours of the types.
        found: Comparison of `other` and `one`, in this order.
        other: The other sentence.
        one: The sentence.
    """
    return [
        LabelDifference(
            word=one.words[at],
            here=_label(run, one.tags[at], found.same),
            there=_label(run, other.tags[there], found.same),
        )
        for there, at in found.differing_labels
    ]


def _label(run: Run, tag: str | None, same: bool) -> Label:
    kind = None if tag is None else type_of(tag)
    return label_name(tag, same=same), MISSING if kind is None else run.tag_set.type_codes.get(kind, MISSING)


def _gold(run: Run, sentence: int) -> GoldSentence:
    return gold_sentence(run.words, run.sentences, run.tag_set.tags, sentence)


def _name(run: Run, sentence: int) -> str:
    return f"#{int(run.sentences.source_row[sentence])}"


def _length(run: Run, sentence: int) -> str:
    return formats.counted(int(run.sentences.word_count[sentence]), "word")
