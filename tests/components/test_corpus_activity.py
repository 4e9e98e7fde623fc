"""How neuron components over a corpus are drawn."""

from __future__ import annotations

from dataclasses import replace

from components.corpus_activity import CorpusComponent, CorpusSample, Mix, corpus_rows


def flat(content: object) -> str:
    """The whole content of a tree as text, for searching."""
    return repr(content)


HOSTILE = "<b>&amp;"
COMPONENT = CorpusComponent(
    value="6.2",
    number=2,
    share=0.25,
    share_of_all=0.125,
    concentration=0.5,
    words=((HOSTILE, 3), ("x", 1)),
    mix=Mix((("PER", 0, 3), (None, -1, 1))),
    wrong=1,
    counted=4,
    of=100,
    chosen=True,
)
EVERYTHING = CorpusSample(words=9, selected=9, mix=Mix(((None, -1, 9),)), wrong=0)
SOME = CorpusSample(words=9, selected=4, mix=Mix(((None, -1, 4),)), wrong=0)


def test_rows_show_corpus_text_as_text() -> None:
    drawn = flat(corpus_rows([COMPONENT], EVERYTHING))
    assert HOSTILE in drawn
    for text in ("25.0%", "50.0%", "4 of 100 words", "×3", "PER 75.0%", "no entity", "1 of 4 words", "All 9 words of"):
        assert text in drawn, text
    assert '{"component": "6.2", "word": "<b>&amp;"}' in drawn
    assert "12.5%" not in drawn


def test_share_in_a_selection_is_compared_with_the_sample() -> None:
    drawn = flat(corpus_rows([COMPONENT], SOME))
    for text in ("4 words of the sample in the selection", "25.0%", "all 12.5%", "2.0 times its share", "more-share"):
        assert text in drawn, text
    rare = replace(COMPONENT, share=0.1)
    assert "more-share" not in flat(corpus_rows([rare], SOME))


def test_figures_of_too_few_words_are_a_dash() -> None:
    silent = replace(COMPONENT, share=float("nan"), share_of_all=0.0, concentration=float("nan"))
    drawn = flat(corpus_rows([silent], SOME))
    assert "nan" not in drawn
    assert "'–'" in drawn


def test_selection_without_top_words_shows_a_message() -> None:
    none = replace(COMPONENT, words=(), mix=Mix(()), wrong=0, counted=0)
    assert "no top word is in the selection" in flat(corpus_rows([none], SOME))
