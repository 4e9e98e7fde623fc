"""How neuron components over a corpus are drawn."""

from __future__ import annotations

from components.corpus_activity import CorpusComponent, Mix, corpus_rows


def flat(content: object) -> str:
    """All that a plain tree holds, for searching."""
    return repr(content)


def test_rows_over_a_corpus_hold_text_as_text() -> None:
    hostile = "<b>&amp;"
    component = CorpusComponent(
        "6.2", 2, 0.25, 0.5, ((hostile, 3), ("x", 1)), Mix((("PER", 0, 3), (None, -1, 1))), 1, 4, 100, chosen=True
    )
    drawn = flat(corpus_rows([component], Mix(((None, -1, 9),)), 0))
    assert hostile in drawn
    for said in ("25.0%", "50.0%", "4 of 100 words", "×3", "PER 75.0%", "no entity", "1 of 4 words"):
        assert said in drawn, said
    assert '{"component": "6.2", "word": "<b>&amp;"}' in drawn


def test_a_selection_that_holds_none_of_the_words_says_so() -> None:
    component = CorpusComponent("6.2", 2, 0.25, 0.5, (), Mix(()), 0, 0, 100, chosen=False)
    assert "none of them is in the selection" in flat(corpus_rows([component], Mix(()), 0))
