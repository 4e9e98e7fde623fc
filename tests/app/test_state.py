"""From a query string to a view, and what a link says that cannot be followed."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from dash.exceptions import PreventUpdate

from analysis.errors import AnalysisError
from analysis.selection.selection import Selection
from app.frame.shell import all_reads
from app.frame.tab import options_of
from app.state import FOCUS, LOOKS, SELECTION, NoRunError, UndeclaredReadError, intent, read_state, skip_invalid_link
from app.tabs import TABS
from app.tabs.misclassified import SORT
from app.view_options import LEVEL, PAGE
from components.palette import DARK, LIGHT
from tests.app.catalog import MemoryCatalog, state_of
from tests.runs import make_run

RUN = make_run(
    [
        (["Anna", "saw", "Rome"], ["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-ORG"]),
        (["A&B", "=", "50%"], ["B-ORG", "O", "O"], ["O", "O", "O"]),
    ]
)
CATALOG = MemoryCatalog(RUN)
READS = (*all_reads(TABS), LOOKS)


def read(**parameters: str):
    return read_state(CATALOG, urlencode({"run": RUN.id, **parameters}), READS)


def test_a_run_alone_selects_everything() -> None:
    state = read()
    assert (state.run, state.selection, state.focus) == (RUN, Selection(), None)
    assert not any(state.is_set(option) for option in options_of(TABS))
    assert state.masks.words.all()
    assert state.theme is LIGHT


def test_clauses_focus_and_options_are_distinguished() -> None:
    state = read(
        **{"gold-type": "LOC", "pred-type": "none", "focus": "5", "level": "tags", "page": "3", "theme": "dark"}
    )
    assert state.selection.to_query() == {"gold-type": "LOC", "pred-type": "none"}
    assert state.focus == 5
    assert [option for option in options_of(TABS) if state.is_set(option)] == [LEVEL, PAGE]
    assert state[LEVEL] == "tags"
    assert state[SORT] == "loss"
    assert state[PAGE] == 3
    assert state.theme is DARK


@pytest.mark.parametrize("text", ["A&B", "50%", "a b+c", "Ωmega", "=", "?#/", "\u2028"])
def test_texts_survive_the_url(text: str) -> None:
    assert read(search=text, word=text).selection.to_query() == {"word": text, "search": text}


def test_leading_question_mark_is_ignored() -> None:
    assert read_state(CATALOG, f"?run={RUN.id}&focus=0", (FOCUS,)).focus == 0


@pytest.mark.parametrize("query", [None, "", "?", "run=", "focus=1"])
def test_query_without_a_run_is_rejected(query: str | None) -> None:
    with pytest.raises(NoRunError):
        read_state(CATALOG, query, READS)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"run": "gone"}, "'gone'"),
        ({"gold-type": "PLANET"}, '"PLANET"'),
        ({"pred-type": "=LOC?"}, '"LOC?"'),
        ({"gold-tag": "B-PLANET"}, '"B-PLANET"'),
        ({"outcome": "fine"}, '"fine"'),
        ({"min-loss": "much"}, '"much"'),
        ({"min-loss": "nan"}, '"nan"'),
        ({"lasso": "umap.all:1,2;3,4"}, "lasso"),
        ({"lasso": "tsne.all:1,2;3,4;5,6"}, '"tsne"'),
        ({"ids": "7"}, '"7"'),
        ({"search": ""}, "search"),
        ({"focus": "6"}, "'6'"),
        ({"focus": "-1"}, "'-1'"),
        ({"focus": "one"}, "'one'"),
        ({"focus": "²"}, "'²'"),
        ({"focus": ""}, "''"),
        ({"focus": "9" * 25}, "6 words"),
    ],
)
def test_invalid_link_is_reported_in_one_sentence(parameters: dict[str, str], message: str) -> None:
    with pytest.raises(AnalysisError) as problem:
        read(**parameters)
    sentence = str(problem.value)
    assert message in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


def test_invalid_option_is_reported_with_the_valid_values() -> None:
    with pytest.raises(AnalysisError, match=r"level='words'.*types, tags"):
        read(level="words")
    for value in ("-1", "0", "1.5", "", "x", "٣", "9" * 5_000):
        with pytest.raises(AnalysisError, match=r"page=.*Use a whole number from 1"):
            read(page=value)


def test_view_cannot_read_undeclared_parts() -> None:
    query = urlencode({"run": RUN.id, "level": "tags", "focus": "1", "gold-type": "LOC"})
    state = read_state(CATALOG, query, (LEVEL,))
    assert state[LEVEL] == "tags"
    for read_part in (
        lambda: state.selection,
        lambda: state.masks,
        lambda: state.focus,
        lambda: state.theme,
        lambda: state.palette,
        lambda: state[PAGE],
        lambda: state.is_set(PAGE),
    ):
        with pytest.raises(UndeclaredReadError, match="does not declare"):
            read_part()


def test_unread_parameters_are_not_checked() -> None:
    query = urlencode({"run": RUN.id, "gold-type": "PLANET", "focus": "99", "page": "x", "level": "tags"})
    assert read_state(CATALOG, query, (LEVEL,))[LEVEL] == "tags"
    for part in (SELECTION, FOCUS, PAGE):
        with pytest.raises(AnalysisError):
            read_state(CATALOG, query, (part,))


def test_masks_match_the_selection() -> None:
    state = state_of(RUN, {"outcome": "missed"})
    assert state.masks.spans.tolist() == [False, False, True]
    assert state.masks.words.tolist() == [False] * 3 + [True, False, False]
    assert state.masks.sentences.tolist() == [False, True]


def test_view_is_not_updated_for_an_invalid_link() -> None:
    @skip_invalid_link
    def callback(query: str | None) -> int:
        return len(read_state(CATALOG, query, READS).run.words)

    assert callback(f"run={RUN.id}") == 6
    for query in ("run=gone", None, f"run={RUN.id}&focus=99"):
        with pytest.raises(PreventUpdate):
            callback(query)


def test_other_errors_are_raised() -> None:
    @skip_invalid_link
    def callback() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        callback()


def test_intent_contains_the_new_parameters() -> None:
    assert intent(focus=3, gold_type="LOC", lasso=None) == {"focus": "3", "gold-type": "LOC", "lasso": None}
